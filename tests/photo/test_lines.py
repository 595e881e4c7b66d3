import itertools
import tracemalloc

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Box, Boxes
from knn_digits.photo.candidates import propose_plain
from knn_digits.photo.lines import find_lines, find_slope, is_raised, usual_height
from tests.photo.scenes import Sheet, as_ink, blank, enlarge, rotate, sheet_of

SEVEN_LINES = [range(row, row + 4) for row in (20, 24, 36, 44, 60, 64, 70)]


def boxes_in(ink: Pixels) -> list[list[Box]]:
    """Return the boxes of what is written, line by line."""
    boxes = propose_plain(as_ink(ink), np.zeros(ink.shape, bool)).boxes
    return [[box_at(boxes[row]) for row in line] for line in find_lines(boxes)]


def box_at(box: Boxes) -> Box:
    left, top, width, height = box.tolist()
    return Box(left=left, top=top, width=width, height=height)


def test_lines_are_read_from_top_to_bottom_and_each_from_left_to_right(sample: Dataset) -> None:
    sheet = sheet_of(sample.digits, *SEVEN_LINES)
    found = boxes_in(sheet.ink)
    assert [len(line) for line in found] == [4] * 7
    assert [box for line in found for box in line] == sheet.boxes


@pytest.mark.parametrize("degrees", [-20, -8, 8, 20])
def test_lines_that_rise_or_fall_stay_lines(degrees: float, sample: Dataset) -> None:
    lines = (range(20, 25), range(40, 45), range(60, 65))
    found = boxes_in(rotate(sheet_of(sample.digits, *lines).ink, degrees))
    assert [len(line) for line in found] == [5, 5, 5]
    for line in found:
        assert [box.left for box in line] == sorted(box.left for box in line)
        rise = [after.top < before.top for before, after in itertools.pairwise(line)]
        assert np.mean(rise) > 0.5 if degrees > 0 else np.mean(rise) < 0.5


def test_lines_that_begin_at_different_columns_are_not_mixed(sample: Dataset) -> None:
    sheet = Sheet(blank(560, 900))
    for y, (left, first) in enumerate([(300, 20), (40, 40), (160, 60)]):
        for x in range(4):
            sheet.write(enlarge(sample.digits[first + x]), left + 140 * x, 40 + 160 * y)
    found = boxes_in(sheet.ink)
    assert [len(line) for line in found] == [4, 4, 4]
    assert [box for line in found for box in line] == sheet.boxes


def test_large_and_small_digits_share_a_line(sample: Dataset) -> None:
    sheet, left = Sheet(blank(260, 900)), 30
    for row, scale in [(20, 5.0), (22, 3.5), (23, 6.0), (24, 4.0), (26, 5.5)]:
        sheet.write(enlarge(sample.digits[row], scale), left, round(130 - 14 * scale))
        left += round(28 * scale)
    assert boxes_in(sheet.ink) == [sheet.boxes]


def test_no_boxes_are_no_lines_and_have_no_slope() -> None:
    nothing = np.zeros((0, 4), np.int64)
    assert (find_lines(nothing), find_slope(nothing)) == ([], 0.0)


def test_the_slope_is_the_rise_from_each_box_to_the_next() -> None:
    boxes = np.array([(40 * n, 100 + 8 * n, 20, 30) for n in range(6)], np.int64)
    assert find_slope(boxes) == pytest.approx(0.2)


def test_crumbs_however_many_do_not_change_the_usual_height() -> None:
    assert usual_height(np.array([3.0] * 100 + [50.0] * 10)) == 50


def test_the_slope_of_thousands_of_boxes_takes_little_memory() -> None:
    boxes = np.array([(12 * (n % 60), 30 * (n // 60), 3, 20) for n in range(2500)], np.int64)
    tracemalloc.start()
    slope = find_slope(boxes)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert slope == 0
    assert most < 10_000_000


def columns_at(*tops: list[int]) -> Boxes:
    """Return the boxes of two columns of numbers of two digits, far apart, whose rows begin there."""
    return np.array(
        [
            (300 * column + 25 * place, top, 20, 40)
            for column, rows in enumerate(tops)
            for top in rows
            for place in (0, 1)
        ]
    )


def test_blocks_beside_each_other_are_read_one_after_the_other() -> None:
    boxes = columns_at([0, 80, 160], [40, 120, 200])
    assert find_lines(boxes) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]


def test_columns_whose_rows_stand_at_the_same_heights_are_read_row_by_row() -> None:
    boxes = columns_at([0, 80, 160], [4, 82, 158])
    assert find_lines(boxes) == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]


@pytest.mark.parametrize("slope", [-0.14, 0.14])
def test_columns_are_read_row_by_row_on_a_page_that_lies_askew(slope: float) -> None:
    boxes = columns_at([0, 80, 160], [4, 82, 158])
    boxes[:, 1] += np.round(slope * boxes[:, 0]).astype(np.int64)
    assert find_lines(boxes) == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]


@pytest.mark.parametrize("top", [0, 400])
def test_a_number_far_right_above_or_below_all_lines_is_read_first_or_last(top: int) -> None:
    boxes = columns_at([100, 180, 260], [top])
    found = find_lines(boxes)
    assert found == ([[6, 7]] if top == 0 else []) + [[0, 1], [2, 3], [4, 5]] + ([[6, 7]] if top else [])


def test_an_exponent_belongs_to_the_line_of_the_digit_that_it_is_raised_at() -> None:
    boxes = np.array([(0, 100, 30, 50), (34, 80, 14, 22), (60, 102, 30, 50), (0, 200, 30, 50)])
    assert find_lines(boxes) == [[0, 1, 2], [3]]
    assert is_raised(boxes[1], boxes[0])
    assert not is_raised(boxes[2], boxes[0])
