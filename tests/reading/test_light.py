import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.reading import read_photo
from tests.photo.scenes import (
    BLANKS,
    LIGHTS,
    Sheet,
    blank,
    sheet_of,
    shoot,
    widen,
)
from tests.reading.readings import DIGITS


@pytest.mark.parametrize("photograph", LIGHTS.values(), ids=LIGHTS)
def test_digits_are_read_in_any_light_and_ink(
    photograph: Callable[[Pixels], Pixels], page: Sheet, model: DigitKNN
) -> None:
    assert read_photo(photograph(page.ink), model).text == DIGITS


@pytest.mark.parametrize("pixels", [4, 10, 12])
def test_a_thick_marker_is_read(pixels: int, page: Sheet, model: DigitKNN) -> None:
    assert read_photo(shoot(widen(page.ink, pixels)), model).text == DIGITS


def test_a_thin_pen_is_read(page: Sheet, model: DigitKNN) -> None:
    thin = np.asarray(cv2.erode(page.ink, np.ones((3, 3), np.uint8)), np.uint8)
    assert read_photo(shoot(thin), model).text == DIGITS


def test_a_faint_pencil_beside_a_marker_is_read(page: Sheet, model: DigitKNN) -> None:
    middle = len(page.ink) // 2
    marker = widen(page.ink[:middle], 10)
    pencil = np.asarray(cv2.erode(page.ink[middle:], np.ones((5, 5), np.uint8)) // 4, np.uint8)
    assert read_photo(shoot(np.vstack([marker, pencil])), model).text == DIGITS


def test_what_shows_through_from_the_back_is_not_read(page: Sheet, sample: Dataset, model: DigitKNN) -> None:
    back = sheet_of(sample.digits, range(35, 40), range(30, 35)).ink[:, ::-1]
    light = np.asarray(1 - 0.1 * cv2.GaussianBlur(back, (0, 0), 3) / 255, np.float64)
    assert read_photo(shoot(page.ink, light=light), model).text == DIGITS


def test_creases_are_not_read(page: Sheet, model: DigitKNN) -> None:
    y, x = np.mgrid[: page.ink.shape[0], : page.ink.shape[1]]
    light = 1 - 0.25 * np.clip((x - 0.5 * page.ink.shape[1]) / 40, 0, 1) * np.exp(-(((x - 420) / 90.0) ** 2))
    light *= 1 - 0.15 * np.exp(-(((y - 182) / 6.0) ** 2))
    assert read_photo(shoot(page.ink, light=light), model).text == DIGITS


def test_a_blurred_photo_is_read(page: Sheet, model: DigitKNN) -> None:
    blurred = np.asarray(cv2.GaussianBlur(shoot(page.ink), (0, 0), 4), np.uint8)
    assert read_photo(blurred, model).text == DIGITS


def test_a_poor_jpeg_is_read(page: Sheet, model: DigitKNN) -> None:
    stream = io.BytesIO()
    Image.fromarray(shoot(page.ink)).save(stream, "JPEG", quality=12)
    assert read_photo(stream.getvalue(), model).text == DIGITS


@pytest.mark.parametrize("make", BLANKS.values(), ids=BLANKS)
def test_blank_paper_has_no_digits_and_says_so(make: Callable[[], Pixels], model: DigitKNN) -> None:
    reading = read_photo(make(), model)
    assert (reading.lines, reading.text, reading.warnings) == ((), "", ("no digits found",))


def test_faint_ink_is_warned_of_and_strong_ink_is_not(page: Sheet, model: DigitKNN) -> None:
    warned = ("low contrast: the ink is hardly darker than the paper",)
    assert read_photo(LIGHTS["faint pencil"](page.ink), model).warnings == warned
    assert read_photo(shoot(page.ink), model).warnings == ()


def test_a_digit_at_the_border_is_warned_of(page: Sheet, model: DigitKNN) -> None:
    cut = shoot(page.ink)[page.boxes[0].top + 8 :]
    warning = "a digit touches the border: part of it may be missing"
    assert warning in read_photo(np.ascontiguousarray(cut), model).warnings


def test_very_thin_strokes_are_warned_of(model: DigitKNN) -> None:
    warning = "very thin strokes: come nearer, or use a broader pen"
    warnings = []
    for width in (1, 4):
        ink = blank(400, 500)
        cv2.line(ink, (100, 80), (90, 300), 255, width)
        cv2.ellipse(ink, (300, 190), (70, 110), 0, 0, 360, 255, width)
        warnings.append(read_photo(shoot(ink), model).warnings)
    assert warnings == [(warning,), ()]


@pytest.mark.parametrize("color", [(255, 120, 20), (60, 60, 60)])
def test_a_cameras_time_stamp_is_left_out(color: tuple[int, int, int], page: Sheet, model: DigitKNN) -> None:
    photo = shoot(np.pad(page.ink, ((0, 80), (0, 0))))
    place = (photo.shape[1] - 270, photo.shape[0] - 8)
    cv2.putText(photo, "2024-05-03 12:40", place, cv2.FONT_HERSHEY_DUPLEX, 0.9, color, 2, cv2.LINE_AA)
    assert read_photo(photo, model).text == DIGITS
