import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.frames import find_frames, remove_frame_sides
from knn_digits.photo.rules import FAINT
from tests.photo.scenes import as_ink, blank, sheet_of


def without_frames(page: Pixels) -> Mask:
    """Return the ink of a page without the frames on it."""
    ink = as_ink(page)
    return ink.mask & ~find_frames(ink.darkness > FAINT * ink.threshold)


def test_the_lines_of_boxes_in_a_row_go_and_a_stroke_that_crosses_them_stays() -> None:
    boxes, stroke = blank(200, 500), blank(200, 500)
    for left in range(40, 440, 100):
        cv2.rectangle(boxes, (left, 50), (left + 100, 150), 255, 3)
    cv2.line(stroke, (110, 80), (170, 120), 255, 10)  # across the first common wall
    found = without_frames(np.maximum(boxes, stroke))
    beside = cv2.dilate(stroke, np.ones((9, 9), np.uint8)) > 0  # there the wall is as thick as the stroke
    assert not found[(boxes > 0) & ~beside].any()
    assert found[stroke > 0].mean() > 0.97


def test_a_box_on_its_own_goes_only_if_it_touches_nothing_within() -> None:
    page = blank(300, 400)
    cv2.rectangle(page, (40, 50), (160, 170), 255, 3)
    cv2.rectangle(page, (220, 50), (340, 170), 255, 3)
    cv2.line(page, (280, 50), (280, 130), 255, 9)
    found = without_frames(page)
    assert not found[:, :200].any()
    assert (found[:, 200:] == (page[:, 200:] > 127)).all()


def test_a_0_is_not_taken_for_a_box(sample: Dataset) -> None:
    page = sheet_of(sample.digits, range(0, 50, 10)).ink
    assert (remove_frame_sides(page > 127) == (page > 127)).all()


def test_a_fine_line_aslant_is_no_frame() -> None:
    line = blank(60, 60)
    cv2.line(line, (20, 20), (31, 31), 255, 1)  # laid level it is one row high
    assert not find_frames(line > 0).any()
