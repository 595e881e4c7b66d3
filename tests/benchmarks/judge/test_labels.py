import numpy as np
import pytest

from benchmarks.judge.labels import MISNAMED, RIGHT, UNKNOWN, WRONG, from_boxes, from_text, match, read_order
from knn_digits.reading.marks import Marks

STEP = 40  # pixels from digit to digit


def row_of(*labels: int, shifts: dict[int, int] | None = None) -> Marks:
    """Return marks of these labels in a row; some are shifted by so many pixels."""
    lefts = [STEP * n + (shifts or {}).get(n, 0) for n in range(len(labels))]
    return Marks(
        wholes=np.full(len(labels), -1),
        boxes=np.array([(left, 0, 30, 50) for left in lefts], np.int64),
        digits=np.zeros((len(labels), 28, 28), np.uint8),
        labels=np.array(labels),
        features={},
    )


def box(place: int) -> np.ndarray:
    return np.array([STEP * place, 0.0, 30, 50])


def test_a_mark_in_the_box_of_its_digit_is_right_and_one_elsewhere_wrong() -> None:
    labels = from_boxes(row_of(3, 4, 5), [(3, box(0)), (4, box(1))])
    assert labels.tolist() == [RIGHT, RIGHT, WRONG]


def test_a_mark_with_another_label_than_its_digit_is_misnamed() -> None:
    assert from_boxes(row_of(3, 4), [(3, box(0)), (9, box(1))]).tolist() == [RIGHT, MISNAMED]


def test_a_mark_that_is_nearly_in_the_box_is_unknown() -> None:
    assert from_boxes(row_of(3, shifts={0: 10}), [(3, box(0))]).tolist() == [UNKNOWN]
    assert from_boxes(row_of(3, shifts={0: 20}), [(3, box(0))]).tolist() == [WRONG]


def test_the_text_is_aligned_with_what_is_read_and_strangers_are_wrong() -> None:
    marks = row_of(1, 7, 2, 3)
    labels, share = from_text(marks, np.array([0.9, 0.3, 0.9, 0.9]), ("123", True))
    assert labels.tolist() == [RIGHT, WRONG, RIGHT, RIGHT]
    assert share == 1


def test_a_digit_of_the_text_that_is_read_as_another_is_misnamed() -> None:
    labels, share = from_text(row_of(1, 7, 3), np.full(3, 0.9), ("123", True))
    assert labels.tolist() == [RIGHT, MISNAMED, RIGHT]
    assert share == pytest.approx(2 / 3)


def test_a_text_without_order_is_counted() -> None:
    marks = row_of(3, 1, 1)
    assert sorted(match(marks, np.array([0.9, 0.8, 0.7]), ("13", False))) == [(0, 3), (1, 1)]


def test_marks_are_read_line_by_line() -> None:
    marks = row_of(1, 2, 3)
    assert read_order(marks, np.array([2, 0, 1])) == [0, 1, 2]


def test_where_nothing_is_likely_nothing_is_matched() -> None:
    assert match(row_of(1, 2), np.full(2, 0.01), ("12", True)) == []
