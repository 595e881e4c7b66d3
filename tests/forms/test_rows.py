"""A table whose rows are alike: pages laid a row off, and digits of two rows that touch."""

import itertools

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.crops import Cutter
from knn_digits.forms.place import Finder
from knn_digits.forms.strokes import find_pieces
from knn_digits.forms.trust import load_trust

SIZE, ROW, TOP = (840, 1188), 38, 300  # pixels
COLUMNS = (80, 240, 420, 600, 760)
MARKS = np.array([(30.0, 30.0), (780.0, 30.0), (780.0, 1130.0), (30.0, 1130.0)])
PEN = (40, 40, 120), 3, cv2.LINE_AA  # color, thickness, kind


@pytest.fixture(scope="module")
def blank() -> Pixels:
    random = np.random.default_rng(1)
    page = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    for left, top in MARKS.astype(int).tolist():
        cv2.rectangle(page, (left, top), (left + 30, top + 30), (0, 0, 0), -1)
    for row in range(18):
        top = TOP + ROW * row
        for left, right in itertools.pairwise(COLUMNS):
            cv2.rectangle(page, (left, top), (right, top + ROW), (0, 0, 0), 2)
        word = "".join(random.choice(list("abcdefghiklmnoprstuw"), 5))
        cv2.putText(page, word, (90, top + 27), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return page


def test_a_page_that_first_seems_to_lie_a_row_off_is_laid_on_its_own_rows(blank: Pixels) -> None:
    off = np.hstack([MARKS + np.array([0, ROW]), np.full((4, 2), 30.0)])  # where the marks are said to be
    placed = Finder(blank, off).find(blank, least=load_trust().least_fit)
    assert placed is not None
    assert np.abs(placed.matrix - np.eye(3)).max() < 1  # pixel


def test_a_digit_of_the_row_above_that_touches_is_cut_off(blank: Pixels) -> None:
    page = blank.copy()
    top, middle = TOP + 3 * ROW, 330
    cv2.ellipse(page, (middle, top + ROW // 2 + 2), (9, 14), 0, 0, 360, *PEN)
    cv2.ellipse(page, (middle + 1, top - 10), (9, 14), 0, 0, 360, *PEN)
    box = (float(COLUMNS[1]), float(top), float(COLUMNS[2] - COLUMNS[1]), float(ROW))
    crop = Cutter(blank, across=1.0, down=1.0).cut(page, np.eye(3), box, float(ROW))
    (piece,) = find_pieces(crop, crop.on_crop(box), ROW * crop.scale, 0.0)
    assert piece.box.height <= 1.05 * ROW * crop.scale
