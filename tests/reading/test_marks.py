import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.photo.candidates import CUT, INK
from knn_digits.photo.frames import find_rules
from knn_digits.reading.marks import Marks, find_marks, no_marks
from tests.photo.scenes import as_ink, blank, join, rules, sheet_of


@pytest.fixture(scope="module")
def scout(model: DigitKNN) -> DigitKNN:
    return model.unrefined()


@pytest.fixture(scope="module")
def marks(sample: Dataset, scout: DigitKNN) -> Marks:
    """What is found on a page of five digits."""
    return find_marks(as_ink(sheet_of(sample.digits, range(20, 25)).ink), scout)


def test_each_mark_has_its_box_its_digit_its_label_and_all_features(marks: Marks) -> None:
    assert marks.boxes.shape == (len(marks), 4)
    assert marks.digits.shape == (len(marks), 28, 28)
    assert {values.shape for values in marks.features.values()} == {(len(marks),)}
    assert all(values.dtype == np.float32 for values in marks.features.values())
    assert all(np.isfinite(values).all() for values in marks.features.values())


def test_the_labels_are_those_of_the_digits(marks: Marks) -> None:
    at_threshold = (marks.features["level"] == 1) & (marks.features["kind"] == INK)
    from_left = np.argsort(marks.boxes[at_threshold, 0])
    assert marks.labels[at_threshold][from_left].tolist() == [0, 1, 2, 3, 4]


def test_features_are_taken_by_name_in_the_order_asked(marks: Marks) -> None:
    table = marks.table(("level", "aspect"))
    assert table.shape == (len(marks), 2)
    assert (table[:, 0] == marks.features["level"]).all()


def test_digits_that_touch_are_marks_of_their_own_beside_the_whole(sample: Dataset, scout: DigitKNN) -> None:
    ink, (seam,) = join([sample.digits[22], sample.digits[28]], overlap=4)
    found = find_marks(as_ink(np.pad(ink, 40)), scout)
    parts = found.boxes[found.features["kind"] == CUT]
    assert len(parts) >= 2
    assert np.abs(parts[:, 0] - 40 - seam).min() <= 12
    assert (found.features["kind"] != CUT).any()


def test_the_rules_that_are_known_are_those_that_would_be_found(sample: Dataset, scout: DigitKNN) -> None:
    page = sheet_of(sample.digits, range(20, 25)).ink
    ink = as_ink(np.maximum(page, rules(page.shape, 70)))
    known, unknown = find_marks(ink, scout, find_rules(ink)), find_marks(ink, scout)
    assert known == unknown


def test_marks_of_a_fainter_pen_are_as_if_it_were_alone(sample: Dataset, scout: DigitKNN) -> None:
    dark, faint = (np.pad(sheet_of(sample.digits, [row]).ink, 40) for row in (20, 22))
    paper = np.zeros_like(dark)
    both = find_marks(as_ink(np.hstack([dark, faint // 5])), scout)
    alone = find_marks(as_ink(np.hstack([paper, faint])), scout)
    pen = both.boxes[:, 0] > dark.shape[1]
    at_threshold, same = (
        (one.features["level"] == 1) & (one.features["kind"] == INK) for one in (both, alone)
    )
    assert both.labels[at_threshold & pen].tolist() == alone.labels[same].tolist() == [2]
    for name in ("all in row", "darkness", "to usual height", "ink at 1.35"):
        here, there = both.features[name][at_threshold & pen], alone.features[name][same]
        assert here == pytest.approx(there, abs=0.05)


def test_paper_without_ink_has_no_marks(scout: DigitKNN) -> None:
    assert find_marks(as_ink(blank(100, 200)), scout) == no_marks()
    assert len(no_marks()) == 0
