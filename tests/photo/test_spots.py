from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Mask, Pixels
from knn_digits.datasets import Dataset
from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.spots import Row, find_spots, long_rules
from tests.photo.scenes import Sheet, as_ink, sheet_of


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """One line of five digits."""
    return sheet_of(sample.digits, range(20, 25))


def digits_of(row: Sheet) -> Boxes:
    return np.array([(box.left, box.top, box.width, box.height) for box in row.boxes])


def spots_in(ink: Pixels, row: Sheet, rules: Mask | None = None) -> list[list[int]]:
    """Return the boxes of what stands beside the digits of the line."""
    digits = digits_of(row)
    rules = np.zeros(ink.shape, bool) if rules is None else rules
    spots, where = find_spots(as_ink(ink), rules, digits, [Row.of(digits)])
    assert where == [0] * len(spots)
    return [list(map(int, box)) for box in spots.boxes]


def test_digits_are_no_spots_and_a_point_between_them_is_one(row: Sheet) -> None:
    assert spots_in(row.ink, row) == []
    ink = row.ink.copy()
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].bottom
    cv2.circle(ink, (x, y), 8, 255, -1)
    ((left, top, width, height),) = spots_in(ink, row)
    assert (left + width // 2, top + height // 2, width, height) == (x, y, 17, 17)


@pytest.mark.parametrize(("share", "found"), [(0.6, True), (0.4, False)])
def test_a_point_may_be_half_as_wide_as_a_stroke_and_less_is_a_crumb(
    row: Sheet, share: float, found: bool
) -> None:
    ink, size = row.ink.copy(), round(share * stroke_width(row.ink > 127))
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].bottom
    ink[y - size : y, x : x + size] = 255
    assert bool(spots_in(ink, row)) == found


def test_bars_above_each_other_are_one_mark_and_beside_each_other_two(row: Sheet) -> None:
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].top + row.boxes[2].height // 2
    for places, count in (([(0, -10), (0, 10)], 1), ([(-12, 0), (12, 0)], 2)):
        ink = row.ink.copy()
        for across, down in places:
            cv2.rectangle(ink, (x + across - 8, y + down - 3), (x + across + 8, y + down + 3), 255, -1)
        assert len(spots_in(ink, row)) == count


@pytest.mark.parametrize("slope", [-0.5, -0.25, 0.25, 0.5])
def test_the_dots_of_a_colon_are_one_mark_where_the_line_rises_or_falls(row: Sheet, slope: float) -> None:
    height, width = row.ink.shape
    ink = np.zeros((2 * width, width), np.uint8)
    moved = Sheet(ink)
    moved.boxes = [replace(box, top=box.top + width // 2 + round(slope * box.left)) for box in row.boxes]
    for before, box in zip(row.boxes, moved.boxes, strict=True):
        ink[box.top : box.bottom, box.left : box.right] = row.ink[
            before.top : before.bottom, before.left : before.right
        ]
    x = (row.boxes[2].right + row.boxes[3].left) // 2
    y = width // 2 + round(slope * x) + height // 2
    for down in (-20, 20):
        cv2.circle(ink, (round(x - slope * down), y + down), 4, 255, -1)
    assert [(wide, high) for _, _, wide, high in spots_in(ink, moved)] == [
        (9 + 40 * abs(slope), 49),
    ]


def test_what_is_far_above_or_below_a_line_or_too_large_is_none_of_its_marks(row: Sheet) -> None:
    ink = np.pad(row.ink, ((200, 200), (0, 0)))
    moved = Sheet(ink)
    moved.boxes = [replace(box, top=box.top + 200) for box in row.boxes]
    cv2.circle(ink, (300, 20), 8, 255, -1)
    cv2.rectangle(ink, (5, 205 + row.ink.shape[0]), (ink.shape[1] - 5, 212 + row.ink.shape[0]), 255, -1)
    assert spots_in(ink, moved) == []


def test_bars_of_signs_that_were_taken_for_a_dashed_rule_are_marks_and_a_rule_is_none(row: Sheet) -> None:
    ink, y = row.ink.copy(), row.boxes[0].top + 50
    for box, after in pairwise(row.boxes):
        middle = (box.right + after.left) // 2
        for down in (-9, 9):
            cv2.rectangle(ink, (middle - 17, y + down - 1), (middle + 17, y + down + 2), 255, -1)
    under = row.boxes[0].bottom + 12
    cv2.line(ink, (20, under), (760, under), 255, 4)
    found = (ink > 127) & (row.ink == 0)
    assert spots_in(ink, row, found) == []
    rules = long_rules(as_ink(ink), found, digits_of(row))
    assert [height for _, _, _, height in spots_in(ink, row, rules)] == [22] * 4
    assert (rules[under] == found[under]).all()
