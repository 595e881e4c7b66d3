import json
import pathlib
from collections.abc import Callable

import pytest

from knn_digits.classifiers.load import load_bundled
from knn_digits.reading import read_photo
from tests.cli.conftest import Call
from tests.models import load_model


def test_classify_prints_digits_below_the_least_probability_as_question_marks(
    knn: Call, photo: pathlib.Path
) -> None:
    digits = read_photo(photo, load_bundled()).digits  # JSON has their probabilities rounded
    below, most = sorted({digit.probability for digit in digits})[-2:]
    least = (below + most) / 2
    command = ("classify", "--model", "bundled", "--min-probability", least, photo)
    expected = "".join(str(digit.label) if digit.probability >= least else "?" for digit in digits)
    assert "".join(knn(*command).out.split()) == expected
    labels = [
        digit["label"]
        for line in json.loads(knn(*command, "--json").out)[0]["lines"]
        for digit in line["digits"]
    ]
    assert labels == [None if letter == "?" else int(letter) for letter in expected]
    assert set(knn(*command[:-2], 1, photo).out) == {"?", "\n"}


def test_classify_prints_each_probability_below_its_digit(knn: Call, photo: pathlib.Path) -> None:
    command = ("classify", "--model", "bundled", photo)
    (read,) = json.loads(knn(*command, "--json").out)
    rows = [row.split() for row in knn(*command, "--probabilities").out.splitlines()]
    for line, letters, printed in zip(read["lines"], rows[::2], rows[1::2], strict=True):
        assert "".join(letters) == line["text"].replace(" ", "")
        assert printed == [f"{digit['probability']:.3f}" for digit in line["digits"]]


@pytest.mark.parametrize("wrong", ["-0.1", "1.1", "nan", "much"])
def test_a_probability_outside_0_to_1_is_one_line(
    fails: Callable[..., str], photo: pathlib.Path, wrong: str
) -> None:
    assert "--min-probability" in fails(2, "classify", "--min-probability", wrong, photo)


def test_fit_sets_the_rate_of_refused_digits_which_evaluate_prints(knn: Call, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    fitting = ("fit", "--data", "sample", "--features", "blocks", "--refuse-rate", "0.2", "--output", path)
    assert knn(*fitting).code == 0
    assert load_model(path)[0]["validation"]["refusal"]["rate"] == 0.2
    said = knn("evaluate", "--model", path, "--data", "sample").out
    assert "expected calibration error of the probabilities " in said
    assert "of the digits would be refused" in said
    found = json.loads(knn("evaluate", "--model", path, "--data", "sample", "--json").out)
    assert 0.03 < found["refused"] / found["n"] < 0.2  # the digits that it knows are less strange
    assert 0 < found["calibration_error"] < 0.1


@pytest.mark.parametrize("wrong", ["-0.1", "1", "nan", "half"])
def test_a_rate_outside_0_to_1_is_one_line(fails: Callable[..., str], wrong: str) -> None:
    assert "--refuse-rate" in fails(2, "fit", "--data", "sample", "--refuse-rate", wrong)
