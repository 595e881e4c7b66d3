import json
import pathlib

import numpy as np
import pytest

from benchmarks.data.nondigits import KINDS, LETTERS, SYMBOLS, Kind, make_things
from knn_digits.datasets import Dataset
from tests.benchmarks.conftest import Script

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
def test_things_are_made_the_same_again_and_differ_by_seed(kind: Kind, sample: Dataset) -> None:
    digits = sample.digits[:100]
    first, again, other = (make_things(kind, 20, digits, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (20, 28, 28)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first != other).any()


@every_kind
def test_things_have_ink_unless_they_are_blank(kind: Kind, sample: Dataset) -> None:
    things = make_things(kind, 50, sample.digits[:100])
    inked = (things.max(axis=(1, 2)) > 127) & (things.min(axis=(1, 2)) < 128)
    assert inked.any() != (kind.name == "blank")
    assert inked.mean() in (0, pytest.approx(1, abs=0.1))


def test_no_letter_is_a_digit() -> None:
    assert not set(LETTERS + SYMBOLS) & set("0123456789OoIl|!/()")


def test_the_script_prints_its_tables_again_from_what_it_wrote(
    script: Script, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    options = ("--data", small_data, "--model", "bundled", "--model", "cnn", "--n", 20)
    done = script("refusal.py", *options, "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "nondigits.png").stat().st_size > 10_000
    raw = json.loads((tmp_path / "refusal.json").read_text("utf-8"))
    assert [one["model"] for one in raw["measured"]] == ["bundled", "cnn"]
    assert str(tmp_path) not in json.dumps(raw)
    for one in raw["measured"]:
        assert set(one["kinds"]) == {kind.name for kind in KINDS} | {"all kinds"}
        assert 0.8 < one["kinds"]["all kinds"]["area"] < 1
        assert not one["blank_read"]
    again = script("refusal.py", "--from", tmp_path / "refusal.json")
    assert again.stdout == done.stdout
    assert "| expected calibration error " in done.stdout


@pytest.mark.parametrize("wrong", [["--n", "0"], ["--model", "none.npz"], []])
def test_what_it_cannot_do_is_one_clear_line(script: Script, wrong: list[str]) -> None:
    data = ["--data", "sample"] if wrong else []
    done = script("refusal.py", *data, *wrong)
    assert done.returncode in (2, 4)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
