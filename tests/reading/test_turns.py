import pathlib
from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Box
from knn_digits.photo.candidates import Candidates, Pictures, propose_plain
from knn_digits.photo.lines import find_slope
from knn_digits.reading import LARGEST, read_photo
from knn_digits.reading.orientation import load_orientation
from knn_digits.reading.turns import SAMPLE, find_level, find_turn, straighten
from knn_digits.reading.views import View
from tests.photo.scenes import (
    Sheet,
    as_ink,
    blank,
    enlarge,
    rotate,
    sheet_of,
    shoot,
)
from tests.reading.readings import DIGITS, SAMPLES, STROKE, apart, boxes_of, save


def plain_view(pictures: Iterable[Pixels]) -> View:
    """Return what stands in the place of a view with these marks."""
    held = Pictures(pictures)
    boxes, zeros = np.zeros((len(held), 4), np.int64), np.zeros(len(held))
    plain = Candidates(
        boxes=boxes,
        areas=boxes[:, 0],
        levels=zeros.astype(np.float32),
        kinds=boxes[:, 0],
        crossed=zeros.astype(np.float32),
        strokes=zeros.astype(np.float32),
        pictures=held,
    )
    return cast(View, SimpleNamespace(plain=plain))


@pytest.mark.parametrize(("orientation", "quarters"), [(6, 1), (8, 3), (3, 2)])
def test_boxes_lie_on_the_photo_as_exif_turns_it_upright(
    orientation: int, quarters: int, tmp_path: pathlib.Path, page: Sheet, model: DigitKNN
) -> None:
    stored = np.ascontiguousarray(np.rot90(shoot(page.ink), quarters))
    reading = read_photo(save(tmp_path / "turned.jpg", stored, orientation=orientation), model)
    assert (reading.height, reading.width) == page.ink.shape
    assert (reading.text, reading.warnings) == (DIGITS, ())
    assert apart(boxes_of(reading), page.boxes) <= 5 * STROKE


@pytest.mark.parametrize("as_file", [True, False])
def test_boxes_lie_on_the_full_photo_though_it_is_read_reduced(
    as_file: bool, tmp_path: pathlib.Path, sample: Dataset, model: DigitKNN
) -> None:
    sheet = sheet_of(sample.digits, range(20, 30), scale=26)
    photo = shoot(sheet.ink)
    assert max(photo.shape) > LARGEST
    reading = read_photo(save(tmp_path / "large.png", photo) if as_file else photo, model)
    assert (reading.height, reading.width) == sheet.ink.shape
    assert reading.text == "0123456789"
    assert apart(boxes_of(reading), sheet.boxes) <= 26 * STROKE


@pytest.mark.parametrize("digit", range(10))
def test_a_picture_of_28_by_28_pixels_is_one_digit_in_a_box_of_its_pixels(
    digit: int, tmp_path: pathlib.Path, sample: Dataset, model: DigitKNN
) -> None:
    ink = sample.digits[20 + digit]
    reading = read_photo(save(tmp_path / "tiny.png", 255 - ink), model)
    assert (reading.width, reading.height, reading.text) == (28, 28, str(digit))
    left, top, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    assert apart(boxes_of(reading), [Box(left=left, top=top, width=width, height=height)]) <= 1


def test_a_small_photo_of_several_digits_is_read(sample: Dataset, model: DigitKNN) -> None:
    sheet = sheet_of(sample.digits, range(20, 25), scale=1)
    reading = read_photo(shoot(sheet.ink), model)
    assert reading.text == "01234"
    assert apart(boxes_of(reading), sheet.boxes) <= 2


def test_a_photo_of_12_megapixels_is_read(tmp_path: pathlib.Path, sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(3000, 4000))
    for y in range(4):
        for x in range(5):
            sheet.write(enlarge(sample.digits[20 + 5 * y + x], 14), 400 + 640 * x, 300 + 600 * y)
    photo = np.repeat((255 - 0.8 * sheet.ink).astype(np.uint8)[..., None], 3, axis=2)
    path = save(tmp_path / "large.jpg", photo)
    reading = read_photo(path, model)
    assert reading.text == "\n".join(["01234", "56789"] * 2)
    assert (reading.width, reading.height) == (4000, 3000)
    assert apart(boxes_of(reading), sheet.boxes) <= 14 * STROKE


@pytest.mark.parametrize(
    ("quarters", "said"),
    [(1, "90 degrees clockwise"), (2, "upside down"), (3, "90 degrees counter-clockwise")],
)
def test_a_page_on_its_side_is_turned_with_a_warning_and_boxes_lie_on_the_photo(
    quarters: int, said: str, page: Sheet, model: DigitKNN
) -> None:
    photo = np.ascontiguousarray(np.rot90(shoot(page.ink), quarters))
    reading = read_photo(photo, model)
    assert reading.text == DIGITS
    assert reading.warnings == (f"page turned to read it: {said}",)
    assert (reading.height, reading.width) == photo.shape[:2]
    drawn = []
    for box in page.boxes:
        ink = blank(*page.ink.shape)
        ink[box.top : box.bottom, box.left : box.right] = 1
        left, top, width, height = cv2.boundingRect(np.ascontiguousarray(np.rot90(ink, quarters)))
        drawn.append(Box(left=left, top=top, width=width, height=height))
    assert apart(boxes_of(reading), drawn) <= 5 * STROKE


@pytest.mark.parametrize("degrees", [-12, -8, 8])
def test_lines_that_rise_or_fall_are_read(degrees: float, page: Sheet, model: DigitKNN) -> None:
    reading = read_photo(shoot(rotate(page.ink, degrees)), model)
    assert (reading.text, reading.warnings) == (DIGITS, ())


@pytest.mark.parametrize("degrees", [-30, -20, 15, 25])
@pytest.mark.parametrize("sample_photo", ["note.jpg", "form.jpg"])
def test_a_page_that_lies_askew_is_read_with_boxes_around_the_ink(
    degrees: float, sample_photo: str, model: DigitKNN
) -> None:
    photo = np.asarray(Image.open(SAMPLES / sample_photo).convert("RGB"))
    level = read_photo(photo, model)
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.7)
    askew = cv2.warpAffine(photo, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    reading = read_photo(np.asarray(askew, np.uint8), model)
    assert reading.text == level.text
    for before, after in zip(boxes_of(level), boxes_of(reading), strict=True):
        middle = (before.left + before.width / 2, before.top + before.height / 2, 1)
        x, y = matrix @ middle
        assert after.left - 3 <= x <= after.right + 3
        assert after.top - 3 <= y <= after.bottom + 3


def test_scattered_digits_are_all_read(sample: Dataset, model: DigitKNN) -> None:
    sheet = Sheet(blank(700, 1000))
    for row, left, top in [
        (20, 60, 40),
        (27, 500, 90),
        (23, 820, 30),
        (25, 240, 300),
        (29, 700, 380),
        (24, 80, 520),
    ]:
        sheet.write(enlarge(sample.digits[row], 4), left, top)
    found = read_photo(shoot(sheet.ink), model)
    assert sorted("".join(found.text.split())) == sorted("073594")


def test_digits_of_different_sizes_are_read(sample: Dataset, model: DigitKNN) -> None:
    sheet, left = Sheet(blank(260, 900)), 30
    for row, scale in [(20, 5.0), (22, 3.5), (23, 6.0), (24, 4.0), (26, 5.5)]:
        sheet.write(enlarge(sample.digits[row], scale), left, round(130 - 14 * scale))
        left += round(28 * scale)
    assert read_photo(shoot(sheet.ink), model).text == "02346"


def test_a_page_turned_by_quarters_is_seen_upright(page: Sheet, model: DigitKNN) -> None:
    orientation, scout = load_orientation(), model.unrefined()
    upright = View.of(as_ink(page.ink), scale=1)
    for quarters in range(4):
        assert find_turn(upright.turned(quarters), scout, orientation) == -quarters % 4


def test_a_page_that_few_of_its_marks_call_turned_is_asked_for_more_of_them(
    model: DigitKNN, sample: Dataset
) -> None:
    digits = sample.digits[[row for row in range(200) if sample.labels[row] in {2, 3, 4, 5, 7}][:90]]
    asked = range(0, len(digits), -(-len(digits) // SAMPLE))
    lying = [np.rot90(digit) if row in asked else digit for row, digit in enumerate(digits)]
    view = plain_view(np.ascontiguousarray(one) for one in lying)
    orientation, scout = load_orientation(), model.unrefined()
    assert find_turn(view, scout, orientation) == 0
    of_those = plain_view(view.plain.pictures[row] for row in asked)
    assert find_turn(of_those, scout, orientation) == 3


def test_a_page_of_few_marks_is_not_turned(model: DigitKNN, sample: Dataset) -> None:
    lying = np.rot90(sheet_of(sample.digits, [22, 23, 25]).ink)
    view = View.of(as_ink(np.ascontiguousarray(lying)), scale=1)
    assert find_turn(view, model.unrefined(), load_orientation()) == 0


def test_a_page_is_made_level_where_more_of_it_looks_like_digits_then(page: Sheet, model: DigitKNN) -> None:
    orientation, scout = load_orientation(), model.unrefined()
    level, askew = (View.of(as_ink(ink), scale=1) for ink in (page.ink, rotate(page.ink, 20)))
    assert find_level(level, scout, orientation) is level
    made_level = find_level(askew, scout, orientation)
    assert abs(find_slope(propose_plain(made_level.ink, made_level.rules).boxes)) < 0.05


@pytest.mark.parametrize("degrees", [-40, 40])
def test_a_page_far_askew_is_not_taken_for_one_on_its_side(
    degrees: float, page: Sheet, model: DigitKNN
) -> None:
    view = View.of(as_ink(rotate(page.ink, degrees)), scale=1)
    straight = straighten(view, model.unrefined(), load_orientation())
    assert straight.quarters == 0
    assert abs(find_slope(straight.plain.boxes)) < 0.05


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lies_turned_and_askew_is_set_upright(
    quarters: int, page: Sheet, model: DigitKNN
) -> None:
    lying = np.ascontiguousarray(np.rot90(rotate(page.ink, 10), quarters))
    straight = straighten(View.of(as_ink(lying), scale=1), model.unrefined(), load_orientation())
    assert straight.quarters == -quarters % 4
    assert abs(find_slope(straight.plain.boxes)) < 0.1
