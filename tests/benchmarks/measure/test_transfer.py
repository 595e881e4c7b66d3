"""What the measuring of transfer promises: errors of each digit, and the halves of a collection."""

import pathlib

import numpy as np
import pytest

from benchmarks.measure.sources import Source, thin
from benchmarks.measure.transfer import Models, count, parse, retrained
from benchmarks.models.hands import Marks, halves
from benchmarks.records import write_json
from benchmarks.report.transfer import transfer_tables
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.features.pixels import PixelValues


def test_errors_are_counted_of_each_digit_and_what_is_refused_too(sample: Dataset) -> None:
    model = DigitKNN.fit(sample.digits[:200], sample.labels[:200], feature=PixelValues())
    model.validate()
    labels = sample.labels[1000:1300]
    answers = model.classify(sample.digits[1000:1300])
    found = count([answers], labels)
    assert found["errors"] == (answers.labels != labels).sum()
    assert sum(one["errors"] for one in found["per_digit"].values()) == found["errors"]
    assert found["refused"]["errors"] == (answers.doubt > 1).sum()


def test_a_source_is_thinned_evenly(sample: Dataset) -> None:
    source = thin(Source(name="all", digits=sample.digits, labels=sample.labels), 50)
    assert len(source.labels) == 50
    assert (source.digits[-1] == sample.digits[-1]).all()


def test_the_halves_of_a_collection_have_as_many_of_each_name() -> None:
    marks = Marks(digits=np.zeros((8, 28, 28), np.uint8), names=np.array(list("aaaabbbb")))
    first, second = halves(marks)
    assert first.names.tolist() == second.names.tolist() == list("aabb")


def test_the_table_has_a_row_for_each_source_and_mark() -> None:
    rate = {"error_rate": 0.5, "interval": [0.4, 0.6]}
    model = rate | {"per_digit": {"1": rate}, "refused": rate}
    names = ("default without hands", "default", "bundled")
    mark = {"refused": rate, "known": rate, "read_as": [0] * 10}
    text = transfer_tables(
        {
            "measured": [{"source": "scans", "n": 10, "models": dict.fromkeys(names, model)}],
            "with_hands": ["bundled", "default"],
            "marks": [{"mark": "+", "left_out": "none", "models": {"bundled": mark, "default": mark}}],
        }
    )
    assert "50.00 (40.00 to 60.00)" in text
    assert text.count("| scans ") == 5
    assert "| +    |" in text


def test_networks_that_were_trained_again_have_columns_that_tell_their_epochs() -> None:
    rate = {"error_rate": 0.5, "interval": [0.4, 0.6]}
    row = {"n": 10, "models": {"cnn": rate}}
    retrained = {"network": "cnn", "epochs": 3, "epochs_of_recipe": 10, "measured": {"scans": rate}}
    text = transfer_tables(
        {
            "measured": [{"source": "scans", **row}, {"source": "others", **row}],
            "with_hands": [],
            "retrained": {"cnn": retrained},
            "marks": [],
        }
    )
    assert "cnn, trained again with hands (3 of 10 epochs)" in text
    assert text.count("50.00 (40.00 to 60.00)") == 3  # the others were not asked


def test_networks_that_were_trained_again_are_kept_when_models_are_measured_again(
    tmp_path: pathlib.Path,
) -> None:
    assert retrained(tmp_path) == {}
    raw = {"question": "transfer", "run": {}, "result": {"retrained": {"cnn": 1}, "most": 5}}
    write_json(tmp_path / "transfer.json", raw)
    assert retrained(tmp_path) == {"retrained": {"cnn": 1}}


def test_models_are_compared_with_their_hands_and_without() -> None:
    bundled = DigitKNN.load(BUNDLED)
    found = Models({"bundled": bundled}, {}).compared(None)
    assert list(found) == ["bundled without hands", "bundled"]
    plain = found["bundled without hands"].knn
    assert plain is not None
    assert (len(plain.labels), plain.signs, plain.hands) == (len(bundled.own[1]), None, None)


def test_what_knows_no_hands_alone_is_told_which_model_is_needed(sample: Dataset) -> None:
    model = DigitKNN.fit(sample.digits[:20], sample.labels[:20], feature=PixelValues())
    with pytest.raises(DataError, match="such as `bundled`"):
        Models({"pixels": model}, {})


def test_a_source_needs_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["--data", "x", "--hands", "y", "--source", "folder"])
    assert "NAME=PATH" in capsys.readouterr().err
