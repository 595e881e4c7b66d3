import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.photo.boxes import Boxes
from knn_digits.reading.views import View
from tests.photo.scenes import as_ink, blank


def box_of_ink(view: View) -> Boxes:
    return np.array(cv2.boundingRect(view.ink.mask.astype(np.uint8)), np.int64)


@pytest.fixture
def page() -> Pixels:
    """A bar right of the middle and below it."""
    ink = blank(120, 200)
    ink[70:110, 150:160] = 255
    return ink


def test_a_box_lies_on_the_photo_at_its_scale(page: Pixels) -> None:
    view = View.of(as_ink(page), scale=2.5)
    box = view.on_photo(box_of_ink(view))
    assert (box.left, box.top, box.width, box.height) == (375, 175, 25, 100)
    assert view.scale == pytest.approx(2.5)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, 4])
def test_a_box_lies_on_the_photo_however_the_view_is_turned(quarters: int, page: Pixels) -> None:
    view = View.of(as_ink(page), scale=1).turned(quarters)
    assert view.quarters == quarters % 4
    assert (view.ink.mask == np.rot90(page > 127, quarters)).all()
    box = view.on_photo(box_of_ink(view))
    assert (box.left, box.top, box.width, box.height) == (150, 70, 10, 40)


def test_lines_that_fall_are_level_in_a_view_made_level_and_boxes_still_lie_on_the_photo() -> None:
    ink = blank(200, 400)
    for left in (60, 180, 300):
        top = 40 + (left - 60) // 4
        ink[top : top + 30, left : left + 30] = 255
    level = View.of(as_ink(ink), scale=1).levelled(0.25)
    _, _, stats, _ = cv2.connectedComponentsWithStats(level.ink.mask.astype(np.uint8))
    tops = stats[1:, 1]
    assert np.ptp(tops) <= 2
    assert level.scale == pytest.approx(1)
    for left, top, width, height, _ in stats[1:].tolist():
        box = level.on_photo(np.array([left, top, width, height]))
        assert ink[box.top : box.bottom, box.left : box.right].sum() == 255 * 30 * 30


def test_a_view_turned_and_made_level_has_one_way_back(page: Pixels) -> None:
    view = View.of(as_ink(page), scale=3).turned(1).levelled(0.1).turned(2)
    box = view.on_photo(box_of_ink(view))
    assert [box.left, box.right, box.top, box.bottom] == pytest.approx([450, 480, 210, 330], abs=20)
