import cv2
import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.reading import read_photo
from tests.photo.scenes import (
    Sheet,
    blank,
    crop,
    enlarge,
    join,
    shoot,
)
from tests.reading.readings import without_spaces


def test_a_plus_sign_between_digits_is_refused_or_left_out(sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(220, 620))
    for left, row in [(40, 23), (420, 25)]:
        sheet.write(enlarge(sample.digits[row]), left, 40)
    cv2.line(sheet.ink, (280, 110), (330, 110), 255, 9)
    cv2.line(sheet.ink, (305, 85), (305, 135), 255, 9)
    assert without_spaces(read_photo(shoot(sheet.ink), model)).replace("?", "") == "35"


def test_a_dash_a_dot_and_a_comma_are_no_digits_and_part_them(row: Sheet, model: DigitKNN) -> None:
    cv2.circle(row.ink, (178, 145), 7, 255, -1)
    cv2.line(row.ink, (318, 145), (312, 168), 255, 7)
    page = np.pad(row.ink, ((0, 0), (0, 150)))
    cv2.line(page, (760, 110), (815, 108), 255, 9)
    reading = read_photo(shoot(page), model)
    assert [digit.label for digit in reading.digits] == [0, 1, 2, 3, 4]
    assert reading.text == "0 1 234"


def test_a_scribble_is_refused_or_left_out(row: Sheet, model: DigitKNN) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 200)))
    points = np.random.default_rng(4).integers((760, 60), (880, 170), (30, 2))
    cv2.polylines(page, [points.astype(np.int32)], False, 255, 5)
    assert read_photo(shoot(page), model).text.replace("?", "") == "01234"


def test_letters_and_signs_are_refused_or_left_out_but_for_an_a_at_most(row: Sheet, model: DigitKNN) -> None:
    read = {}
    for letter in "AHKNYwx&":
        page = np.pad(row.ink, ((0, 0), (0, 160)))
        cv2.putText(page, letter, (page.shape[1] - 150, 150), cv2.FONT_HERSHEY_DUPLEX, 4, 255, 9)
        read[letter] = read_photo(shoot(page), model).text.replace("?", "")
    assert {letter for letter, text in read.items() if text != "01234"} <= {"A"}


@pytest.mark.parametrize("side", [100, 200])
def test_a_large_filled_square_on_its_own_is_left_out(side: int, model: DigitKNN) -> None:
    page = blank(700, 900)
    page[100 : 100 + side, 300 : 300 + side] = 255
    assert read_photo(shoot(page), model).text == ""


def test_a_division_sign_between_digits_is_refused_or_left_out(sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(220, 620))
    for left, row in [(40, 23), (420, 25)]:
        sheet.write(enlarge(sample.digits[row]), left, 40)
    cv2.line(sheet.ink, (280, 110), (330, 110), 255, 9)
    for row in (85, 135):
        cv2.circle(sheet.ink, (305, row), 6, 255, -1)
    assert without_spaces(read_photo(shoot(sheet.ink), model)).replace("?", "") == "35"


@pytest.mark.parametrize("alone", [True, False])
def test_a_filled_square_is_left_out(alone: bool, row: Sheet, model: DigitKNN) -> None:
    page = np.pad(blank(*row.ink.shape) if alone else row.ink, ((0, 300), (0, 200)))
    page[60:160, 780:880] = 255
    assert read_photo(shoot(page), model).text == ("" if alone else "01234")


def test_a_table_edge_is_no_digit(row: Sheet, model: DigitKNN) -> None:
    row.ink[:, -16:] = 255
    assert read_photo(shoot(row.ink), model).text == "01234"


def test_a_5_with_a_detached_bar_is_a_5(row: Sheet, model: DigitKNN) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 160)))
    cv2.ellipse(page, (785, 125), (32, 38), 0, -100, 140, 255, 9)
    cv2.line(page, (776, 88), (770, 62), 255, 9)
    cv2.line(page, (780, 46), (830, 42), 255, 9)
    assert read_photo(shoot(page), model).text == "012345"


@pytest.mark.parametrize("pair", ["23", "67", "89", "28"])
@pytest.mark.parametrize("overlap", [2, 8])
def test_two_digits_that_touch_are_cut(pair: str, overlap: int, sample: Dataset, model: DigitKNN) -> None:
    sheet, left = Sheet(blank(220, 600)), 200
    sheet.write(enlarge(sample.digits[26]), 20, 40)
    for digit in pair:
        ink = crop(enlarge(sample.digits[20 + int(digit)]))
        sheet.write(ink, left, 60)
        left += ink.shape[1] - overlap
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "6" + pair


@pytest.mark.parametrize("group", ["45", "35", "303"])
def test_digits_pushed_together_until_they_touch_are_cut(
    group: str, sample: Dataset, model: DigitKNN
) -> None:
    ink, _ = join([sample.digits[20 + int(digit)] for digit in group], overlap=3)
    sheet = Sheet(blank(260, ink.shape[1] + 300))
    sheet.write(enlarge(sample.digits[26]), 20, 40)
    sheet.write(ink, 200, 60)
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "6" + group


def test_three_digits_that_touch_are_cut_twice(sample: Dataset, model: DigitKNN) -> None:
    sheet, left = Sheet(blank(220, 600)), 60
    for digit in (8, 6, 3):
        ink = crop(enlarge(sample.digits[20 + digit]))
        sheet.write(ink, left, 60)
        left += ink.shape[1] - 4
    assert read_photo(shoot(sheet.ink), model).text == "863"


def test_a_european_1_with_a_flag_is_a_1_and_a_7_with_a_bar_a_7(model: DigitKNN) -> None:
    ink = blank(240, 800)
    for left in (60, 430):
        cv2.polylines(
            ink, [np.array([(left, 110), (left + 55, 55), (left + 40, 185)], np.int32)], False, 255, 9
        )
    for left in (220, 600):
        top = [(left, 62), (left + 78, 58), (left + 30, 185)]
        cv2.polylines(ink, [np.array(top, np.int32)], False, 255, 9)
        cv2.line(ink, (left + 22, 120), (left + 80, 116), 255, 9)
    assert read_photo(shoot(ink), model).text == "1717"
