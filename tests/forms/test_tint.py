"""White boxes with light walls on tinted paper, seen by a scanner of another resolution."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.crops import Cutter
from knn_digits.forms.strokes import find_pieces

TINT, WALL = (226, 240, 226), (150, 200, 220)
CELLS = tuple((20.0 + 9.0 * place, 20.0, 7.3, 10.0) for place in range(4))  # mm
BOX = (20.0, 20.0, 34.3, 10.0)
RESOLUTION, LOWER = 12, 8  # pixels a mm


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((50 * RESOLUTION, 80 * RESOLUTION, 3), TINT, np.uint8)
    for left, top, wide, high in CELLS:
        first, last = (np.array([(left, top), (left + wide, top + high)]) * RESOLUTION).astype(int)
        cv2.rectangle(page, first.tolist(), last.tolist(), (255, 255, 255), -1)
        cv2.rectangle(page, first.tolist(), last.tolist(), WALL, 3)
    return page


def scan(page: Pixels) -> Pixels:
    small = cv2.resize(page, None, fx=LOWER / RESOLUTION, fy=LOWER / RESOLUTION, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 3, small.shape)
    return np.asarray((cv2.GaussianBlur(small, (0, 0), 0.5) * 0.97 + noise).clip(0, 255), np.uint8)


def strokes(blank: Pixels, page: Pixels) -> list[tuple[float, float]]:
    """Return where the middles of strokes are, in mm."""
    cutter = Cutter(blank, across=RESOLUTION, down=RESOLUTION)
    crop = cutter.cut(scan(page), np.diag([LOWER / RESOLUTION, LOWER / RESOLUTION, 1.0]), BOX, 10.0)
    pieces = find_pieces(crop, crop.on_crop(BOX), 10.0 * crop.scale, 0.0)
    middles = [(one.box.left + one.box.width / 2, one.box.top + one.box.height / 2) for one in pieces]
    return [(x / crop.scale + crop.origin[0], y / crop.scale + crop.origin[1]) for x, y in middles]


def test_the_tint_between_white_boxes_is_no_stroke(blank: Pixels) -> None:
    assert strokes(blank, blank) == []


def test_a_stroke_over_the_tint_is_seen(blank: Pixels) -> None:
    page = blank.copy()
    place = (round(28.2 * RESOLUTION), 25 * RESOLUTION)  # between the first two boxes
    cv2.line(page, (place[0], place[1] - 40), (place[0], place[1] + 40), (40, 40, 140), 6, cv2.LINE_AA)
    ((x, y),) = strokes(blank, page)
    assert (x, y) == pytest.approx((28.2, 25.0), abs=0.5)
