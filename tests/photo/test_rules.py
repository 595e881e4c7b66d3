import cv2
import numpy as np
import pytest

from knn_digits.arrays import Digits, Mask, Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.candidates import propose_plain
from knn_digits.photo.components import find_components
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink
from tests.photo.scenes import Sheet, agreement, as_ink, blank, enlarge, rotate, rules, sheet_of, squares

SPACING = 140  # pixels: a line of digits a rule
PRINT = 0.4  # how dark printed rules are, ink being 1


@pytest.fixture(scope="module")
def written(sample: Dataset) -> Pixels:
    """The ink of ten digits on two lines, each in one piece."""
    return sheet_of(sample.digits, range(20, 25), range(25, 30)).ink


def unruled(ink: Ink) -> Mask:
    return ink.mask & ~find_rules(ink)


def pieces(mask: Mask) -> int:
    return len(find_components(mask).stats) - 1


def crossed(written: Pixels) -> Pixels:
    """A rule through the middle of each line of digits."""
    return np.maximum(written, rules(written.shape, SPACING, first=115))


def boxed(digits: Digits, rows: range, *, cell: int, gap: int, cells: int = 5) -> tuple[Pixels, Pixels]:
    """Return digits each in its box, and the digits alone; boxes beyond the digits are empty."""
    sheet = Sheet(blank(cell + 80, cells * (cell + gap) - gap + 80))
    for x, row in enumerate(rows):
        sheet.write(enlarge(digits[row]), 40 + x * (cell + gap) + (cell - 140) // 2, 40 + (cell - 140) // 2)
    alone = sheet.ink.copy()
    for x in range(cells):
        left = 40 + x * (cell + gap)
        cv2.rectangle(sheet.ink, (left, 40), (left + cell, 40 + cell), 255, 3)
    return sheet.ink, alone


def test_where_there_is_no_line_the_ink_stays_as_it_is(written: Pixels) -> None:
    ink = as_ink(written)
    assert (unruled(ink) == ink.mask).all()


def test_the_ink_given_is_not_changed(written: Pixels) -> None:
    ink = as_ink(crossed(written))
    before = ink.mask.copy()
    unruled(ink)
    assert (ink.mask == before).all()


def test_rules_above_and_below_the_digits_are_removed(written: Pixels) -> None:
    ruled = np.maximum(written, rules(written.shape, SPACING, first=43))
    assert agreement(ruled > 127, written) < 0.85
    assert agreement(unruled(as_ink(ruled)), written) > 0.98


def test_digits_crossed_by_a_rule_stay_whole(written: Pixels) -> None:
    left = unruled(as_ink(crossed(written)))
    assert agreement(left, written) > 0.97
    assert pieces(left) == pieces(written > 127) == 10


def test_rules_on_a_page_turned_by_5_degrees_are_removed(written: Pixels) -> None:
    page, alone = rotate(crossed(written), 5), rotate(written, 5)
    assert agreement(page > 127, alone) < 0.93
    assert agreement(unruled(as_ink(page)), alone) > 0.97


def test_print_fainter_than_the_pen_is_found_though_it_is_no_ink(written: Pixels) -> None:
    grey = (PRINT * squares(written.shape, 45).astype(np.float64)).astype(np.uint8)
    left = unruled(as_ink(np.maximum(written, grey)))
    assert agreement(left, written) > 0.95
    assert pieces(left) == 10


@pytest.mark.parametrize("filled", [5, 3])
def test_boxes_of_a_form_are_removed_filled_and_empty(filled: int, sample: Dataset) -> None:
    page, alone = boxed(sample.digits, range(20, 20 + filled), cell=180, gap=60)
    assert agreement(unruled(as_ink(page)), alone) > 0.98


def test_a_lone_box_around_a_digit_is_removed(sample: Dataset) -> None:
    page, alone = boxed(sample.digits, range(23, 24), cell=180, gap=0, cells=1)
    page, alone = np.pad(page, 150), np.pad(alone, 150)
    assert agreement(unruled(as_ink(page)), alone) > 0.98


@pytest.mark.parametrize("filled", [5, 3])
def test_a_joined_row_of_boxes_is_removed(filled: int, sample: Dataset) -> None:
    page, alone = boxed(sample.digits, range(20, 20 + filled), cell=180, gap=0)
    assert agreement(unruled(as_ink(page)), alone) > 0.97


def test_a_sudoku_grid_is_taken_off_the_digits(sample: Dataset) -> None:
    sheet, cell = Sheet(blank(944, 944)), 96
    for x, y, row in [(0, 0, 25), (3, 1, 23), (8, 2, 26), (1, 4, 21), (5, 5, 28), (7, 7, 24), (4, 8, 29)]:
        sheet.write(enlarge(sample.digits[row], 3), 46 + x * cell, 46 + y * cell)
    alone = sheet.ink.copy()
    for k in range(10):
        place, end, width = 40 + k * cell, 40 + 9 * cell, 5 if k % 3 == 0 else 2
        cv2.line(sheet.ink, (40, place), (end, place), 255, width)
        cv2.line(sheet.ink, (place, 40), (place, end), 255, width)
    left = unruled(as_ink(sheet.ink))
    assert agreement(left & (cv2.dilate(alone, np.ones((9, 9), np.uint8)) > 0), alone) > 0.98
    boxes = propose_plain(as_ink(sheet.ink), ~left).boxes
    digits = boxes[boxes[:, 3] > 10]  # the rest are crumbs of the rules' ends
    assert sorted(digits.tolist()) == sorted([b.left, b.top, b.width, b.height] for b in sheet.boxes)


def test_a_lone_1_is_not_taken_for_a_ruled_line() -> None:
    page = blank(300, 200)
    cv2.line(page, (105, 60), (95, 230), 255, 8)
    assert (unruled(as_ink(page)) == (page > 127)).all()


def test_a_row_of_1s_and_7s_is_not_taken_for_rules(sample: Dataset) -> None:
    page = sheet_of(sample.digits, [11, 21, 31, 41, 51], [17, 27, 37, 47, 57]).ink
    assert (unruled(as_ink(page)) == (page > 127)).all()
