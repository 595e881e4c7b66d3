from dataclasses import replace

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.spots import Row, find_spots
from tests.photo.scenes import Sheet, as_ink, sheet_of


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """One line of five digits."""
    return sheet_of(sample.digits, range(20, 25))


def spots_in(ink: Pixels, row: Sheet) -> list[list[int]]:
    """Return the boxes of what stands beside the digits of the line."""
    digits = np.array([(box.left, box.top, box.width, box.height) for box in row.boxes])
    spots, where = find_spots(as_ink(ink), np.zeros(ink.shape, bool), digits, [Row.of(digits)])
    assert where == [0] * len(spots)
    return [list(map(int, box)) for box in spots.boxes]


def test_digits_are_no_spots_and_a_point_between_them_is_one(row: Sheet) -> None:
    assert spots_in(row.ink, row) == []
    ink = row.ink.copy()
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].bottom
    cv2.circle(ink, (x, y), 8, 255, -1)
    ((left, top, width, height),) = spots_in(ink, row)
    assert (left + width // 2, top + height // 2, width, height) == (x, y, 17, 17)


def test_bars_above_each_other_are_one_mark_and_beside_each_other_two(row: Sheet) -> None:
    x, y = (row.boxes[2].right + row.boxes[3].left) // 2, row.boxes[2].top + row.boxes[2].height // 2
    for places, count in (([(0, -10), (0, 10)], 1), ([(-12, 0), (12, 0)], 2)):
        ink = row.ink.copy()
        for across, down in places:
            cv2.rectangle(ink, (x + across - 8, y + down - 3), (x + across + 8, y + down + 3), 255, -1)
        assert len(spots_in(ink, row)) == count


def test_what_is_far_above_or_below_a_line_or_too_large_is_none_of_its_marks(row: Sheet) -> None:
    ink = np.pad(row.ink, ((200, 200), (0, 0)))
    moved = Sheet(ink)
    moved.boxes = [replace(box, top=box.top + 200) for box in row.boxes]
    cv2.circle(ink, (300, 20), 8, 255, -1)
    cv2.rectangle(ink, (5, 205 + row.ink.shape[0]), (ink.shape[1] - 5, 212 + row.ink.shape[0]), 255, -1)
    assert spots_in(ink, moved) == []
