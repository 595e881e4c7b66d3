import itertools
import time
import tracemalloc

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Box, Mark, count_left_out, cut_out, find_marks, find_one_mark, find_slope
from knn_digits.photo.components import MOST
from tests.photo.scenes import Sheet, as_ink, blank, enlarge, rotate, sheet_of

SEVEN_LINES = [range(row, row + 4) for row in (20, 24, 36, 44, 60, 64, 70)]


def boxes_in(ink: Pixels) -> list[list[Box]]:
    return [[mark.box for mark in line] for line in find_marks(as_ink(ink))]


def flat(ink: Pixels) -> list[Box]:
    return [box for line in boxes_in(ink) for box in line]


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """One line of five digits."""
    return sheet_of(sample.digits, range(20, 25))


# which marks


def test_a_mark_is_in_the_box_of_its_ink_and_holds_no_ink_of_its_neighbors(row: Sheet) -> None:
    assert flat(row.ink) == row.boxes
    for mark in find_marks(as_ink(row.ink))[0]:
        box = mark.box
        there = row.ink[box.top : box.bottom, box.left : box.right]
        inside = mark.ink[1:-1, 1:-1]
        assert inside.shape == there.shape
        assert (inside[there > 127] >= there[there > 127] - 1).all()


def test_boxes_that_overlap_keep_their_own_ink_each() -> None:
    page = blank(200, 200)
    cv2.line(page, (40, 40), (40, 160), 255, 8)
    cv2.line(page, (40, 160), (110, 160), 255, 8)
    cv2.line(page, (80, 20), (150, 145), 255, 8)
    marks = find_marks(as_ink(page))[0]
    assert len(marks) == 2
    assert sum(int((mark.ink > 127).sum()) for mark in marks) == int((page > 127).sum())


def test_a_5_whose_bar_is_detached_is_one_mark(sample: Dataset) -> None:
    page = sheet_of(sample.digits, [20, 25, 26]).ink
    page = np.pad(page, ((0, 0), (0, 160)))
    cv2.ellipse(page, (520, 125), (35, 40), 0, -90, 140, 255, 9)
    cv2.line(page, (515, 85), (500, 62), 255, 9)
    cv2.line(page, (518, 48), (560, 44), 255, 9)
    found = flat(page)
    assert len(found) == 4
    assert found[-1].top < 45
    assert found[-1].bottom > 160


def test_specks_dots_and_a_comma_are_left_out(row: Sheet) -> None:
    for left in (60, 190, 330, 470):
        cv2.circle(row.ink, (left, 20), 2, 255, -1)
    cv2.circle(row.ink, (178, 145), 7, 255, -1)
    cv2.line(row.ink, (318, 145), (312, 168), 255, 7)
    assert flat(row.ink) == row.boxes


def test_a_black_table_edge_at_the_border_is_left_out(row: Sheet) -> None:
    row.ink[:, -14:] = 255
    row.ink[-10:] = 255
    assert flat(row.ink) == row.boxes


def test_a_finger_in_the_corner_is_left_out(row: Sheet) -> None:
    cv2.ellipse(row.ink, (0, row.ink.shape[0]), (70, 35), 0, 0, 360, 255, -1)
    assert flat(row.ink) == row.boxes


def test_a_blot_is_left_out(row: Sheet) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 160)))
    cv2.circle(page, (page.shape[1] - 100, 110), 45, 255, -1)
    assert flat(page) == row.boxes


def test_a_frame_around_the_digits_is_left_out(row: Sheet) -> None:
    height, width = row.ink.shape
    page = np.pad(row.ink, 40)
    cv2.ellipse(
        page, (40 + width // 2, 40 + height // 2), (width // 2 + 25, height // 2 + 25), 0, 0, 360, 255, 4
    )
    assert len(flat(page)) == 5


def test_no_ink_has_no_marks() -> None:
    assert find_marks(as_ink(blank(100, 200))) == []
    assert find_one_mark(as_ink(blank(28, 28))) == []


def test_a_tiny_picture_is_one_mark_though_its_strokes_are_broken(sample: Dataset) -> None:
    ink = enlarge(sample.digits[23], 4)
    ink[54:58] = 0
    ((mark,),) = find_one_mark(as_ink(ink))
    left, top, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    assert mark.box == Box(left=left, top=top, width=width, height=height)


# reading order


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


# bounded work


def test_thousands_of_marks_are_found_in_time_and_what_is_left_out_is_counted() -> None:
    page = blank(1800, 1800)
    for top in range(10, 1760, 40):
        page[top : top + 33, 10:1790:12] = page[top : top + 33, 11:1790:12] = 255
    ink, started = as_ink(page), time.process_time()
    found = sum(map(len, find_marks(ink)))
    assert time.process_time() - started < 10
    assert count_left_out(ink) == (44 * 149, found)
    assert found == MOST


def test_the_slope_of_thousands_of_marks_takes_little_memory() -> None:
    dot = np.full((3, 3), 255, np.uint8)
    marks = [
        Mark(box=Box(left=12 * (n % 60), top=30 * (n // 60), width=3, height=20), ink=dot)
        for n in range(2500)
    ]
    tracemalloc.start()
    slope = find_slope(marks, 20.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert slope == 0
    assert most < 10_000_000
