"""What training networks again promises: they never learn from the people that they are asked to read."""

import numpy as np
import pytest

from benchmarks.measure.retrained import Training, parse, split_epochs
from benchmarks.measure.sources import WRITERS
from benchmarks.models.hands import Marks
from knn_digits.datasets import Dataset


def _marks(ink: int, names: str) -> Marks:
    return Marks(digits=np.full((len(names), 28, 28), ink, np.uint8), names=np.array(list(names)))


@pytest.mark.parametrize(
    ("left_out", "known"),
    [(None, [0, 1, 2, 2]), ("bhmsds", [0, 1]), ("hwd1000", [0, 2, 2]), (WRITERS, [0, 1, 2])],
)
def test_a_source_is_left_out_and_so_are_marks_that_are_no_digits(
    left_out: str | None, known: list[int]
) -> None:
    mnist = Dataset(digits=np.zeros((1, 28, 28), np.uint8), labels=np.array([5]), name="mnist", split="train")
    collections = {"hwd1000": _marks(1, "7"), "bhmsds": _marks(2, "33++"), "omniglot": _marks(9, "ab")}
    found = Training(mnist, collections).digits(left_out)
    assert sorted(found.digits[:, 0, 0].tolist()) == known
    labels = np.array([5, 7, 3])
    assert np.array_equal(found.labels, labels[found.digits[:, 0, 0]])


def test_a_network_may_be_given_its_epochs() -> None:
    assert [split_epochs(spelled) for spelled in ("cnn=3", "cnn")] == [("cnn", 3), ("cnn", None)]


@pytest.mark.parametrize("spelled", ["cnn=few", "cnn=0", "svc"])
def test_what_is_no_network_or_no_epochs_is_told_what_is_allowed(
    spelled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["--data", "x", "--hands", "y", "--network", spelled])
    assert "NAME=EPOCHS, of ann, cnn" in capsys.readouterr().err
