import cv2
import numpy as np
import pytest

from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Box
from knn_digits.photo.gaps import count_spots, count_strokes, find_words
from tests.photo.scenes import Sheet, as_ink, sheet_of


def boxes_at(*lefts: int, width: int = 30, height: int = 50) -> list[Box]:
    return [Box(left=left, top=0, width=width, height=height) for left in lefts]


def lengths(boxes: list[Box]) -> list[int]:
    return [word.stop - word.start for word in find_words(boxes)]


def test_a_wider_gap_ends_a_word() -> None:
    assert lengths(boxes_at(0, 40, 80, 170, 210, 250, 340)) == [3, 3, 1]


@pytest.mark.parametrize("way", [20, 45, 90, 300])
def test_digits_at_even_distances_are_one_word_however_far_apart(way: int) -> None:
    assert lengths(boxes_at(*range(0, 6 * way, way))) == [6]


def test_uneven_writing_is_one_word() -> None:
    assert lengths(boxes_at(0, 45, 80, 133, 170, 220)) == [6]


def test_a_narrow_digit_in_the_cell_of_a_form_ends_no_word() -> None:
    boxes = boxes_at(0, 60, 180, 240)
    boxes.insert(2, Box(left=131, top=0, width=8, height=50))
    assert lengths(boxes) == [5]


def test_an_empty_cell_of_a_form_ends_a_word() -> None:
    assert lengths(boxes_at(0, 60, 120, 240, 300)) == [3, 2]


def test_the_only_gap_of_a_line_ends_a_word_where_another_digit_has_ample_room() -> None:
    assert [lengths(boxes_at(0, left)) for left in (40, 80, 160)] == [[2], [2], [1, 1]]


def test_no_digits_are_no_words_and_one_digit_is_one() -> None:
    assert (lengths([]), lengths(boxes_at(7))) == ([], [1])


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """One line of five digits."""
    return sheet_of(sample.digits, range(20, 25))


def dotted(row: Sheet, x: int, y: int, radius: int) -> list[int]:
    ink = row.ink.copy()
    cv2.circle(ink, (x, y), radius, 255, -1)
    return count_spots(as_ink(ink), [row.boxes])


def test_a_point_between_digits_is_counted_and_a_crumb_is_not(row: Sheet) -> None:
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].bottom
    assert count_spots(as_ink(row.ink), [row.boxes]) == [0]
    assert (dotted(row, x, y, 8), dotted(row, x, y, 2)) == ([1], [0])


def test_what_lies_before_after_above_or_below_a_line_is_no_sign_in_it(row: Sheet) -> None:
    first, last = row.boxes[0], row.boxes[-1]
    middle = (row.boxes[2].right + row.boxes[3].left) // 2
    for x, y in [
        (first.left - 15, first.bottom),
        (last.right + 15, last.bottom),
        (middle, 10),
        (middle, 200),
    ]:
        assert dotted(row, x, y, 8) == [0]


def test_strokes_that_stand_out_above_and_below_are_counted() -> None:
    low = boxes_at(0, 40, 80)
    high = Box(left=40, top=-15, width=20, height=80)
    tall = Box(left=40, top=-30, width=20, height=80)  # a tall 1 on the line
    for middle, found in ((low[1], 0), (high, 1), (tall, 0)):
        line = [low[0], middle, low[2]]
        assert count_strokes([line], [[False, True, False]]) == found
        assert count_strokes([line], [[True, False, True]]) == 0


def test_there_are_no_signs_where_there_is_nothing(row: Sheet) -> None:
    assert count_spots(as_ink(np.zeros_like(row.ink)), []) == []
    assert count_strokes([], []) == 0
