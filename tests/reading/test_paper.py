from collections.abc import Callable

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.reading import read_photo
from tests.photo.scenes import (
    Sheet,
    blank,
    enlarge,
    rotate,
    rules,
    shoot,
    squares,
)
from tests.reading.readings import DIGITS, printed, without_spaces


@pytest.mark.parametrize("spacing", [70, 140])
def test_digits_on_ruled_paper_are_read(spacing: int, page: Sheet, model: DigitKNN) -> None:
    ruled = np.maximum(page.ink, printed(rules(page.ink.shape, spacing)))
    assert read_photo(shoot(ruled), model).text == DIGITS


@pytest.mark.parametrize("spacing", [30, 45])
def test_digits_on_squared_paper_are_read(spacing: int, page: Sheet, model: DigitKNN) -> None:
    squared = np.maximum(page.ink, printed(squares(page.ink.shape, spacing)))
    assert read_photo(shoot(squared), model).text == DIGITS


@pytest.mark.parametrize("lines", [rules, squares])
def test_digits_on_paper_printed_as_dark_as_the_pen_are_read(
    lines: Callable[[tuple[int, ...], int], Pixels], page: Sheet, model: DigitKNN
) -> None:
    printed = np.maximum(page.ink, lines(page.ink.shape, 85))
    read = "".join(read_photo(shoot(printed), model).text.split())
    # A 1 that stands along a line is like a piece of it.
    assert read in ("0123456789", "023456789")


@pytest.mark.parametrize("degrees", [-5, 5])
def test_digits_on_ruled_paper_that_lies_askew_are_read(degrees: float, page: Sheet, model: DigitKNN) -> None:
    ruled = np.maximum(page.ink, printed(rules(page.ink.shape, 70)))
    assert read_photo(shoot(rotate(ruled, degrees)), model).text == DIGITS


@pytest.mark.parametrize("gap", [0, 60])
def test_digits_in_the_boxes_of_a_form_are_read_and_empty_boxes_are_not(
    gap: int, sample: Dataset, model: DigitKNN
) -> None:
    sheet = Sheet(blank(260, 5 * 180 + 4 * gap + 80))
    for x in range(5):
        left = 40 + x * (180 + gap)
        cv2.rectangle(sheet.ink, (left, 40), (left + 180, 220), 255, 3)
        if x in (0, 1, 3):
            sheet.write(enlarge(sample.digits[24 + x]), left + 20, 60)
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "457"


def test_boxes_are_removed_across_the_edge_of_a_shadow(sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(500, 980))
    for x in range(5):
        cv2.rectangle(sheet.ink, (40 + 180 * x, 160), (200 + 180 * x, 340), 255, 2)
        sheet.write(enlarge(sample.digits[24 + x], 4.5), 57 + 180 * x, 187)
    shade = np.where(np.arange(500)[:, None] + 0.02 * np.arange(980) > 300, 0.35, 1.0)
    assert read_photo(shoot(sheet.ink, light=shade), model).text == "45678"


def test_a_sudoku_is_read_row_by_row(sample: Dataset, model: DigitKNN) -> None:
    sheet, cell = Sheet(blank(944, 944)), 96
    rows = [
        "53..7....",
        "6..195...",
        ".98....6.",
        "8...6...3",
        "4..8.3..1",
        "7...2...6",
        ".6....28.",
        "...419..5",
    ]
    for y, line in enumerate(rows):
        for x, digit in enumerate(line):
            if digit != ".":
                sheet.write(enlarge(sample.digits[20 + int(digit)], 3), 46 + x * cell, 46 + y * cell)
    for k in range(10):
        place, end, width = 40 + k * cell, 40 + 9 * cell, 5 if k % 3 == 0 else 2
        cv2.line(sheet.ink, (40, place), (end, place), 255, width)
        cv2.line(sheet.ink, (place, 40), (place, end), 255, width)
    found = read_photo(shoot(sheet.ink), model)
    assert found.text.replace(" ", "").split() == [line.replace(".", "") for line in rows]


def test_digits_in_a_grid_drawn_by_hand_are_read(sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(560, 560))
    for place, digit in enumerate("507283914"):
        y, x = divmod(place, 3)
        sheet.write(enlarge(sample.digits[20 + int(digit)], 3.5), 66 + 150 * x, 66 + 150 * y)
    along = np.linspace(40, 510, 12)
    for k in range(4):
        wobble = 40 + 156 * k + 2.5 * np.sin(along / 70 + k)
        for points in ((along, wobble), (wobble, along)):
            cv2.polylines(sheet.ink, [np.rint(np.stack(points, axis=1)).astype(np.int32)], False, 255, 4)
    assert read_photo(shoot(sheet.ink), model).text == "507\n283\n914"


BOXES = ["45.67", "8.0", "123"]  # as written in rows of boxes; . for an empty one


def boxes_in_rows(sample: Dataset) -> tuple[Sheet, Pixels]:
    """Return the digits, and the boxes that share walls, each row by itself."""
    sheet, cell = Sheet(blank(560, 720)), 110
    boxes = blank(*sheet.ink.shape)
    for y, line in enumerate(BOXES):
        left, top = 40 + 30 * y, 40 + 165 * y
        for x, digit in enumerate(line):
            if digit != ".":
                sheet.write(enlarge(sample.digits[20 + int(digit)], 3.5), left + 6 + x * cell, top + 6)
            cv2.rectangle(boxes, (left + x * cell, top), (left + (x + 1) * cell, top + cell), 255, 3)
    return sheet, boxes


@pytest.mark.parametrize("quarters", [0, 3])
def test_boxes_in_rows_share_walls_that_are_no_1s(sample: Dataset, model: DigitKNN, quarters: int) -> None:
    sheet, boxes = boxes_in_rows(sample)
    sheet.print(boxes)
    page = np.ascontiguousarray(np.rot90(sheet.ink, quarters))
    assert read_photo(shoot(page), model).text.replace(" ", "").split() == [
        line.replace(".", "") for line in BOXES
    ]


def test_strokes_are_followed_where_the_pen_hardly_touched(row: Sheet, model: DigitKNN) -> None:
    fading = np.interp(np.arange(row.ink.shape[0]), [90, 150], [1, 0.42])[:, None]
    assert read_photo(shoot((row.ink * fading).astype(np.uint8)), model).text == "01234"


def test_a_small_noisy_picture_of_a_pencil_digit_is_read(sample: Dataset, model: DigitKNN) -> None:
    digits = [0, 2, 3, 5, 6, 8]
    pictures = [np.pad(enlarge(sample.digits[20 + digit], 3), 40) for digit in digits]
    photos = [shoot(picture, pen=(130, 130, 135), noise=22) for picture in pictures]
    read = [read_photo(photo, model).text for photo in photos]
    assert sum(text == str(digit) for text, digit in zip(read, digits, strict=True)) >= 5


def test_boxes_in_rows_that_are_slanting_are_left_out(sample: Dataset, model: DigitKNN) -> None:
    sheet, boxes = boxes_in_rows(sample)
    sheet.print(boxes)
    turned = cv2.warpAffine(sheet.ink, cv2.getRotationMatrix2D((360, 280), 6, 0.9), sheet.ink.shape[::-1])
    found = read_photo(shoot(np.asarray(turned, np.uint8)), model)
    assert found.text.replace(" ", "").split() == [line.replace(".", "") for line in BOXES]


def test_empty_boxes_in_rows_have_no_digits(sample: Dataset, model: DigitKNN) -> None:
    assert read_photo(shoot(boxes_in_rows(sample)[1]), model).text == ""


def test_pencil_in_boxes_that_are_much_darker_is_read(sample: Dataset, model: DigitKNN) -> None:
    sheet, boxes = boxes_in_rows(sample)
    photo = shoot(sheet.ink, pen=(165, 165, 165))
    photo[boxes > 0] = (20, 20, 20)
    assert read_photo(photo, model).text.replace(" ", "").split() == [line.replace(".", "") for line in BOXES]


def on_table(photo: Pixels, *, brightness: float = 90, margin: int = 120) -> Pixels:
    """Return the photo of a page as a page that lies askew on a brown table of grained wood."""
    height, width = photo.shape[0] + 2 * margin, photo.shape[1] + 2 * margin
    noise = np.random.default_rng(0).normal(0, 1, (height, width))
    grain = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigmaX=15, sigmaY=1.2))
    grain *= 6 / grain.std()
    table = np.clip(np.array([1.0, 0.6, 0.4]) * (brightness + grain[..., None]), 0, 255)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * photo.shape[1::-1]
    askew = corners + margin + np.array([(20, -30), (40, 10), (-30, 40), (-20, -10)])
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), askew.astype(np.float32))
    there = cv2.warpPerspective(np.ones(photo.shape[:2], np.float32), matrix, (width, height))[..., None]
    page = cv2.warpPerspective(photo, matrix, (width, height))
    return np.asarray(page * there + table * (1 - there), np.uint8)


def test_a_page_on_a_wooden_table_is_read(row: Sheet, model: DigitKNN) -> None:
    photo = on_table(shoot(row.ink))
    assert photo.shape == (460, 1020, 3)
    reading = read_photo(photo, model)
    assert reading.text == "01234"
    assert reading.lines[0].digits[0].box.left > 120  # in the pixels of the photo, not of the page


def test_a_blank_page_on_a_wooden_table_has_no_digits(model: DigitKNN) -> None:
    assert read_photo(on_table(shoot(blank(300, 500))), model).text == ""


def test_a_lone_1_is_read(model: DigitKNN) -> None:
    ink = blank(300, 240)
    cv2.line(ink, (128, 60), (112, 230), 255, 9)
    assert read_photo(shoot(ink), model).text == "1"
