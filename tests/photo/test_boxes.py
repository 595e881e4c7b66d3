import cv2
import numpy as np
import pytest

from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Box, corners, cut_out, find_one_mark, overlap, union
from tests.photo.scenes import as_ink, blank, enlarge


def test_a_tiny_picture_is_one_mark_though_its_strokes_are_broken(sample: Dataset) -> None:
    ink = enlarge(sample.digits[23], 4)
    ink[54:58] = 0
    mark = find_one_mark(as_ink(ink))
    assert mark is not None
    left, top, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    assert mark.box == Box(left=left, top=top, width=width, height=height)


def test_crumbs_beside_the_digit_of_a_tiny_picture_are_no_part_of_it() -> None:
    ink = blank(60, 60)
    ink[10:50, 20:28] = 255
    ink[5, 55] = 255
    mark = find_one_mark(as_ink(ink))
    assert mark is not None
    assert mark.box == Box(left=20, top=10, width=8, height=40)
    assert int((mark.ink > 0).sum()) == 8 * 40


def test_a_tiny_picture_without_ink_has_no_mark() -> None:
    assert find_one_mark(as_ink(blank(28, 28))) is None


def test_boxes_that_touch_share_no_pixel_and_boxes_that_overlap_do() -> None:
    box = Box(left=10, top=10, width=5, height=5)
    others = [Box(left=15, top=10, width=3, height=3), Box(left=14, top=14, width=9, height=9)]
    assert overlap(corners(others), box).tolist() == [False, True]
    assert union(box, others[0]) == Box(left=10, top=10, width=8, height=5)


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        (Box(left=10, top=20, width=4, height=8), range(8, 16), range(3, 9)),
        (Box(left=0, top=0, width=8, height=8), range(6), range(6)),
        (Box(left=200, top=20, width=4, height=8), range(8, 16), range(39, 40)),  # beyond the photo
    ],
)
def test_a_box_is_cut_out_with_the_paper_around_it(box: Box, rows: range, columns: range) -> None:
    photo = np.arange(30 * 40).reshape(30, 40) % 251
    cut = cut_out(photo.astype(np.uint8), box, scale=0.5, around=0.5)
    assert cut.tolist() == photo[rows.start : rows.stop, columns.start : columns.stop].tolist()
