import dataclasses
import io
import json
import pathlib
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.errors import PhotoError, UsageError
from knn_digits.evaluation import add_scores, score_photo
from knn_digits.photo.boxes import Box
from knn_digits.reading import LARGEST, Reading, model_for_photos, read_photo
from tests.photo.scenes import (
    BLANKS,
    LIGHTS,
    Sheet,
    blank,
    crop,
    enlarge,
    join,
    rotate,
    rules,
    sheet_of,
    shoot,
    squares,
    widen,
)

PHOTOS = pathlib.Path(__file__).parents[2] / "shared" / "photos"
SAMPLES = pathlib.Path(__file__).parents[1] / "samples"
RULE = 0.4  # how dark printed rules are, ink being 1
DIGITS = "01234\n56789"


@pytest.fixture(scope="session")
def model() -> KnnClassifier:
    """The bundled model, ready for photos."""
    return model_for_photos(KnnClassifier.load(BUNDLED))


@pytest.fixture(scope="module")
def page(sample: Dataset) -> Sheet:
    """The ten digits on two lines."""
    return sheet_of(sample.digits, range(20, 25), range(25, 30))


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """01234 on one line."""
    return sheet_of(sample.digits, range(20, 25))


def boxes_of(reading: Reading) -> list[Box]:
    return [digit.box for line in reading.lines for digit in line.digits]


def without_spaces(reading: Reading) -> str:
    return reading.text.replace(" ", "")


def apart(found: Sequence[Box], drawn: Sequence[Box]) -> float:
    """Return by how many pixels a side of a box is off, at most."""
    sides: list[NDArray[np.int64]] = [
        np.array([(box.left, box.top, box.right, box.bottom) for box in boxes]) for boxes in (found, drawn)
    ]
    return float(np.abs(sides[0] - sides[1]).max())


def scaled(boxes: Sequence[Box], scale: float) -> list[Box]:
    return [
        Box(**{name: round(side * scale) for name, side in dataclasses.asdict(box).items()}) for box in boxes
    ]


def printed(lines: Pixels) -> Pixels:
    return (RULE * lines.astype(np.float64)).astype(np.uint8)


def save(path: pathlib.Path, pixels: Pixels, *, orientation: int | None = None) -> pathlib.Path:
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, quality=95, exif=exif)
    return path


# light and ink


@pytest.mark.parametrize("photograph", LIGHTS.values(), ids=LIGHTS)
def test_digits_are_read_in_any_light_and_ink(
    photograph: Callable[[Pixels], Pixels], page: Sheet, model: KnnClassifier
) -> None:
    assert read_photo(photograph(page.ink), model).text == DIGITS


@pytest.mark.parametrize("pixels", [4, 10, 12])
def test_a_thick_marker_is_read(pixels: int, page: Sheet, model: KnnClassifier) -> None:
    assert read_photo(shoot(widen(page.ink, pixels)), model).text == DIGITS


def test_a_thin_pen_is_read(page: Sheet, model: KnnClassifier) -> None:
    thin = np.asarray(cv2.erode(page.ink, np.ones((3, 3), np.uint8)), np.uint8)
    assert read_photo(shoot(thin), model).text == DIGITS


def test_what_shows_through_from_the_back_is_not_read(
    page: Sheet, sample: Dataset, model: KnnClassifier
) -> None:
    back = sheet_of(sample.digits, range(35, 40), range(30, 35)).ink[:, ::-1]
    light = np.asarray(1 - 0.1 * cv2.GaussianBlur(back, (0, 0), 3) / 255, np.float64)
    assert read_photo(shoot(page.ink, light=light), model).text == DIGITS


def test_creases_are_not_read(page: Sheet, model: KnnClassifier) -> None:
    y, x = np.mgrid[: page.ink.shape[0], : page.ink.shape[1]]
    light = 1 - 0.25 * np.clip((x - 0.5 * page.ink.shape[1]) / 40, 0, 1) * np.exp(-(((x - 420) / 90.0) ** 2))
    light *= 1 - 0.15 * np.exp(-(((y - 182) / 6.0) ** 2))
    assert read_photo(shoot(page.ink, light=light), model).text == DIGITS


def test_a_blurred_photo_is_read(page: Sheet, model: KnnClassifier) -> None:
    blurred = np.asarray(cv2.GaussianBlur(shoot(page.ink), (0, 0), 4), np.uint8)
    assert read_photo(blurred, model).text == DIGITS


def test_a_poor_jpeg_is_read(page: Sheet, model: KnnClassifier) -> None:
    stream = io.BytesIO()
    Image.fromarray(shoot(page.ink)).save(stream, "JPEG", quality=12)
    assert read_photo(stream.getvalue(), model).text == DIGITS


@pytest.mark.parametrize("make", BLANKS.values(), ids=BLANKS)
def test_blank_paper_has_no_digits_and_says_so(make: Callable[[], Pixels], model: KnnClassifier) -> None:
    reading = read_photo(make(), model)
    assert (reading.lines, reading.text, reading.warnings) == ((), "", ("no digits found",))


def test_faint_ink_is_warned_of_and_strong_ink_is_not(page: Sheet, model: KnnClassifier) -> None:
    warned = ("low contrast: the ink is hardly darker than the paper",)
    assert read_photo(LIGHTS["faint pencil"](page.ink), model).warnings == warned
    assert read_photo(shoot(page.ink), model).warnings == ()


def test_a_digit_at_the_border_is_warned_of(page: Sheet, model: KnnClassifier) -> None:
    cut = shoot(page.ink)[page.boxes[0].top + 8 :]
    warning = "a digit touches the border: part of it may be missing"
    assert warning in read_photo(np.ascontiguousarray(cut), model).warnings


def test_very_thin_strokes_are_warned_of(model: KnnClassifier) -> None:
    warning = "very thin strokes: come nearer, or use a broader pen"
    warnings = []
    for width in (1, 4):
        ink = blank(400, 500)
        cv2.line(ink, (100, 80), (90, 300), 255, width)
        cv2.ellipse(ink, (300, 190), (70, 110), 0, 0, 360, 255, width)
        warnings.append(read_photo(shoot(ink), model).warnings)
    assert warnings == [(warning,), ()]


@pytest.mark.parametrize("color", [(255, 120, 20), (60, 60, 60)])
def test_a_cameras_time_stamp_is_left_out(
    color: tuple[int, int, int], page: Sheet, model: KnnClassifier
) -> None:
    photo = shoot(np.pad(page.ink, ((0, 80), (0, 0))))
    place = (photo.shape[1] - 270, photo.shape[0] - 8)
    cv2.putText(photo, "2024-05-03 12:40", place, cv2.FONT_HERSHEY_DUPLEX, 0.9, color, 2, cv2.LINE_AA)
    assert read_photo(photo, model).text == DIGITS


# paper


@pytest.mark.parametrize("spacing", [70, 140])
def test_digits_on_ruled_paper_are_read(spacing: int, page: Sheet, model: KnnClassifier) -> None:
    ruled = np.maximum(page.ink, printed(rules(page.ink.shape, spacing)))
    assert read_photo(shoot(ruled), model).text == DIGITS


@pytest.mark.parametrize("spacing", [30, 45])
def test_digits_on_squared_paper_are_read(spacing: int, page: Sheet, model: KnnClassifier) -> None:
    squared = np.maximum(page.ink, printed(squares(page.ink.shape, spacing)))
    assert read_photo(shoot(squared), model).text == DIGITS


@pytest.mark.parametrize("lines", [rules, squares])
def test_digits_on_paper_printed_as_dark_as_the_pen_are_read(
    lines: Callable[[tuple[int, ...], int], Pixels], page: Sheet, model: KnnClassifier
) -> None:
    printed = np.maximum(page.ink, lines(page.ink.shape, 85))
    assert read_photo(shoot(printed), model).text == DIGITS


@pytest.mark.parametrize("degrees", [-5, 5])
def test_digits_on_ruled_paper_that_lies_askew_are_read(
    degrees: float, page: Sheet, model: KnnClassifier
) -> None:
    ruled = np.maximum(page.ink, printed(rules(page.ink.shape, 70)))
    assert read_photo(shoot(rotate(ruled, degrees)), model).text == DIGITS


@pytest.mark.parametrize("gap", [0, 60])
def test_digits_in_the_boxes_of_a_form_are_read_and_empty_boxes_are_not(
    gap: int, sample: Dataset, model: KnnClassifier
) -> None:
    sheet = Sheet(blank(260, 5 * 180 + 4 * gap + 80))
    for x in range(5):
        left = 40 + x * (180 + gap)
        cv2.rectangle(sheet.ink, (left, 40), (left + 180, 220), 255, 3)
        if x in (0, 1, 3):
            sheet.write(enlarge(sample.digits[24 + x]), left + 20, 60)
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "457"


def test_boxes_are_removed_across_the_edge_of_a_shadow(sample: Dataset, model: KnnClassifier) -> None:
    sheet = Sheet(blank(500, 980))
    for x in range(5):
        cv2.rectangle(sheet.ink, (40 + 180 * x, 160), (200 + 180 * x, 340), 255, 2)
        sheet.write(enlarge(sample.digits[24 + x], 4.5), 57 + 180 * x, 187)
    shade = np.where(np.arange(500)[:, None] + 0.02 * np.arange(980) > 300, 0.35, 1.0)
    assert read_photo(shoot(sheet.ink, light=shade), model).text == "45678"


def test_a_sudoku_is_read_row_by_row(sample: Dataset, model: KnnClassifier) -> None:
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


def test_digits_in_a_grid_drawn_by_hand_are_read(sample: Dataset, model: KnnClassifier) -> None:
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
def test_boxes_in_rows_share_walls_that_are_no_1s(
    sample: Dataset, model: KnnClassifier, quarters: int
) -> None:
    sheet, boxes = boxes_in_rows(sample)
    sheet.print(boxes)
    page = np.ascontiguousarray(np.rot90(sheet.ink, quarters))
    assert read_photo(shoot(page), model).text.replace(" ", "").split() == [
        line.replace(".", "") for line in BOXES
    ]


def test_strokes_are_followed_where_the_pen_hardly_touched(row: Sheet, model: KnnClassifier) -> None:
    fading = np.interp(np.arange(row.ink.shape[0]), [90, 150], [1, 0.42])[:, None]
    assert read_photo(shoot((row.ink * fading).astype(np.uint8)), model).text == "01234"


def test_a_small_noisy_picture_of_a_pencil_digit_is_read(sample: Dataset, model: KnnClassifier) -> None:
    digits = [0, 2, 3, 5, 6, 8]
    pictures = [np.pad(enlarge(sample.digits[20 + digit], 3), 40) for digit in digits]
    photos = [shoot(picture, pen=(130, 130, 135), noise=22) for picture in pictures]
    read = [read_photo(photo, model).text for photo in photos]
    assert sum(text == str(digit) for text, digit in zip(read, digits, strict=True)) >= 5


def test_boxes_in_rows_that_are_slanting_are_left_out(sample: Dataset, model: KnnClassifier) -> None:
    sheet, boxes = boxes_in_rows(sample)
    sheet.print(boxes)
    turned = cv2.warpAffine(sheet.ink, cv2.getRotationMatrix2D((360, 280), 6, 0.9), sheet.ink.shape[::-1])
    found = read_photo(shoot(np.asarray(turned, np.uint8)), model)
    assert found.text.replace(" ", "").split() == [line.replace(".", "") for line in BOXES]


def test_empty_boxes_in_rows_have_no_digits(sample: Dataset, model: KnnClassifier) -> None:
    assert read_photo(shoot(boxes_in_rows(sample)[1]), model).text == ""


def test_pencil_in_boxes_that_are_much_darker_is_read(sample: Dataset, model: KnnClassifier) -> None:
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


def test_a_page_on_a_wooden_table_is_read(row: Sheet, model: KnnClassifier) -> None:
    photo = on_table(shoot(row.ink))
    assert photo.shape == (460, 1020, 3)
    reading = read_photo(photo, model)
    assert reading.text == "01234"
    assert reading.lines[0].digits[0].box.left > 120  # in the pixels of the photo, not of the page


def test_a_blank_page_on_a_wooden_table_has_no_digits(model: KnnClassifier) -> None:
    assert read_photo(on_table(shoot(blank(300, 500))), model).text == ""


def test_a_lone_1_is_read(model: KnnClassifier) -> None:
    ink = blank(300, 240)
    cv2.line(ink, (128, 60), (112, 230), 255, 9)
    assert read_photo(shoot(ink), model).text == "1"


# what is and is not a digit


def test_a_plus_sign_between_digits_is_refused_or_left_out(sample: Dataset, model: KnnClassifier) -> None:
    sheet = Sheet(blank(220, 620))
    for left, row in [(40, 23), (420, 25)]:
        sheet.write(enlarge(sample.digits[row]), left, 40)
    cv2.line(sheet.ink, (280, 110), (330, 110), 255, 9)
    cv2.line(sheet.ink, (305, 85), (305, 135), 255, 9)
    assert without_spaces(read_photo(shoot(sheet.ink), model)).replace("?", "") == "35"


def test_a_dash_a_dot_and_a_comma_are_left_out(row: Sheet, model: KnnClassifier) -> None:
    cv2.circle(row.ink, (178, 145), 7, 255, -1)
    cv2.line(row.ink, (318, 145), (312, 168), 255, 7)
    page = np.pad(row.ink, ((0, 0), (0, 150)))
    cv2.line(page, (760, 110), (815, 108), 255, 9)
    assert read_photo(shoot(page), model).text == "01234"


def test_a_scribble_is_refused_or_left_out(row: Sheet, model: KnnClassifier) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 200)))
    points = np.random.default_rng(4).integers((760, 60), (880, 170), (30, 2))
    cv2.polylines(page, [points.astype(np.int32)], False, 255, 5)
    assert read_photo(shoot(page), model).text.replace("?", "") == "01234"


@pytest.mark.parametrize("letter", "AHKNYwx&%")
def test_a_letter_or_a_sign_is_refused_or_left_out(letter: str, row: Sheet, model: KnnClassifier) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 160)))
    cv2.putText(page, letter, (page.shape[1] - 150, 150), cv2.FONT_HERSHEY_DUPLEX, 4, 255, 9)
    assert read_photo(shoot(page), model).text.replace("?", "") == "01234"


@pytest.mark.parametrize("side", [100, 200])
def test_a_large_filled_square_on_its_own_is_left_out(side: int, model: KnnClassifier) -> None:
    page = blank(700, 900)
    page[100 : 100 + side, 300 : 300 + side] = 255
    assert read_photo(shoot(page), model).text == ""


def test_a_division_sign_between_digits_is_refused_or_left_out(sample: Dataset, model: KnnClassifier) -> None:
    sheet = Sheet(blank(220, 620))
    for left, row in [(40, 23), (420, 25)]:
        sheet.write(enlarge(sample.digits[row]), left, 40)
    cv2.line(sheet.ink, (280, 110), (330, 110), 255, 9)
    for row in (85, 135):
        cv2.circle(sheet.ink, (305, row), 6, 255, -1)
    assert without_spaces(read_photo(shoot(sheet.ink), model)).replace("?", "") == "35"


@pytest.mark.parametrize("alone", [True, False])
def test_a_filled_square_is_left_out(alone: bool, row: Sheet, model: KnnClassifier) -> None:
    page = np.pad(blank(*row.ink.shape) if alone else row.ink, ((0, 300), (0, 200)))
    page[60:160, 780:880] = 255
    assert read_photo(shoot(page), model).text == ("" if alone else "01234")


def test_a_table_edge_is_no_digit(row: Sheet, model: KnnClassifier) -> None:
    row.ink[:, -16:] = 255
    assert read_photo(shoot(row.ink), model).text == "01234"


def test_a_5_with_a_detached_bar_is_a_5(row: Sheet, model: KnnClassifier) -> None:
    page = np.pad(row.ink, ((0, 0), (0, 160)))
    cv2.ellipse(page, (785, 125), (32, 38), 0, -100, 140, 255, 9)
    cv2.line(page, (776, 88), (770, 62), 255, 9)
    cv2.line(page, (780, 46), (830, 42), 255, 9)
    assert read_photo(shoot(page), model).text == "012345"


@pytest.mark.parametrize("pair", ["23", "67", "89", "28"])
@pytest.mark.parametrize("overlap", [2, 8])
def test_two_digits_that_touch_are_cut(
    pair: str, overlap: int, sample: Dataset, model: KnnClassifier
) -> None:
    sheet, left = Sheet(blank(220, 600)), 200
    sheet.write(enlarge(sample.digits[26]), 20, 40)
    for digit in pair:
        ink = crop(enlarge(sample.digits[20 + int(digit)]))
        sheet.write(ink, left, 60)
        left += ink.shape[1] - overlap
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "6" + pair


@pytest.mark.parametrize("group", ["01", "45", "35", "06", "303"])
def test_digits_pushed_together_until_they_touch_are_cut(
    group: str, sample: Dataset, model: KnnClassifier
) -> None:
    ink, _ = join([sample.digits[20 + int(digit)] for digit in group], overlap=3)
    sheet = Sheet(blank(260, ink.shape[1] + 300))
    sheet.write(enlarge(sample.digits[26]), 20, 40)
    sheet.write(ink, 200, 60)
    assert without_spaces(read_photo(shoot(sheet.ink), model)) == "6" + group


def test_three_digits_that_touch_are_cut_twice(sample: Dataset, model: KnnClassifier) -> None:
    sheet, left = Sheet(blank(220, 600)), 60
    for digit in (8, 6, 3):
        ink = crop(enlarge(sample.digits[20 + digit]))
        sheet.write(ink, left, 60)
        left += ink.shape[1] - 4
    assert read_photo(shoot(sheet.ink), model).text == "863"


def test_a_european_1_with_a_flag_is_a_1_and_a_7_with_a_bar_a_7(model: KnnClassifier) -> None:
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


# size and turn


@pytest.mark.parametrize(("orientation", "quarters"), [(6, 1), (8, 3), (3, 2)])
def test_boxes_lie_on_the_photo_as_exif_turns_it_upright(
    orientation: int, quarters: int, tmp_path: pathlib.Path, page: Sheet, model: KnnClassifier
) -> None:
    stored = np.ascontiguousarray(np.rot90(shoot(page.ink), quarters))
    reading = read_photo(save(tmp_path / "turned.jpg", stored, orientation=orientation), model)
    assert (reading.height, reading.width) == page.ink.shape
    assert (reading.text, reading.warnings) == (DIGITS, ())
    assert apart(boxes_of(reading), page.boxes) <= 3


@pytest.mark.parametrize("as_file", [True, False])
def test_boxes_lie_on_the_full_photo_though_it_is_read_reduced(
    as_file: bool, tmp_path: pathlib.Path, sample: Dataset, model: KnnClassifier
) -> None:
    sheet = sheet_of(sample.digits, range(20, 30), scale=13)
    photo = shoot(sheet.ink)
    assert max(photo.shape) > LARGEST
    reading = read_photo(save(tmp_path / "large.png", photo) if as_file else photo, model)
    assert (reading.height, reading.width) == sheet.ink.shape
    assert reading.text == "0123456789"
    assert apart(boxes_of(reading), sheet.boxes) <= 10


@pytest.mark.parametrize("digit", range(10))
def test_a_picture_of_28_by_28_pixels_is_one_digit_in_a_box_of_its_pixels(
    digit: int, tmp_path: pathlib.Path, sample: Dataset, model: KnnClassifier
) -> None:
    ink = sample.digits[20 + digit]
    reading = read_photo(save(tmp_path / "tiny.png", 255 - ink), model)
    assert (reading.width, reading.height, reading.text) == (28, 28, str(digit))
    left, top, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    assert apart(boxes_of(reading), [Box(left=left, top=top, width=width, height=height)]) <= 1


def test_a_small_photo_of_several_digits_is_read(sample: Dataset, model: KnnClassifier) -> None:
    sheet = sheet_of(sample.digits, range(20, 25), scale=1)
    reading = read_photo(shoot(sheet.ink), model)
    assert reading.text == "01234"
    assert apart(boxes_of(reading), sheet.boxes) <= 2


def test_a_photo_of_12_megapixels_is_read(
    tmp_path: pathlib.Path, sample: Dataset, model: KnnClassifier
) -> None:
    sheet = Sheet(blank(3000, 4000))
    for y in range(4):
        for x in range(5):
            sheet.write(enlarge(sample.digits[20 + 5 * y + x], 14), 400 + 640 * x, 300 + 600 * y)
    photo = np.repeat((255 - 0.8 * sheet.ink).astype(np.uint8)[..., None], 3, axis=2)
    path = save(tmp_path / "large.jpg", photo)
    reading = read_photo(path, model)
    assert reading.text == "\n".join(["01234", "56789"] * 2)
    assert (reading.width, reading.height) == (4000, 3000)
    assert apart(boxes_of(reading), sheet.boxes) <= 10


@pytest.mark.parametrize(
    ("quarters", "said"),
    [(1, "90 degrees clockwise"), (2, "upside down"), (3, "90 degrees counter-clockwise")],
)
def test_a_page_on_its_side_is_turned_with_a_warning_and_boxes_lie_on_the_photo(
    quarters: int, said: str, page: Sheet, model: KnnClassifier
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
    assert apart(boxes_of(reading), drawn) <= 3


@pytest.mark.parametrize("degrees", [-12, -8, 8])
def test_lines_that_rise_or_fall_are_read(degrees: float, page: Sheet, model: KnnClassifier) -> None:
    reading = read_photo(shoot(rotate(page.ink, degrees)), model)
    assert (reading.text, reading.warnings) == (DIGITS, ())


@pytest.mark.parametrize("degrees", [-30, -20, 15, 25])
@pytest.mark.parametrize("sample_photo", ["note.jpg", "form.jpg"])
def test_a_page_that_lies_askew_is_read_with_boxes_around_the_ink(
    degrees: float, sample_photo: str, model: KnnClassifier
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


def test_scattered_digits_are_all_read(sample: Dataset, model: KnnClassifier) -> None:
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


def test_digits_of_different_sizes_are_read(sample: Dataset, model: KnnClassifier) -> None:
    sheet, left = Sheet(blank(260, 900)), 30
    for row, scale in [(20, 5.0), (22, 3.5), (23, 6.0), (24, 4.0), (26, 5.5)]:
        sheet.write(enlarge(sample.digits[row], scale), left, round(130 - 14 * scale))
        left += round(28 * scale)
    assert read_photo(shoot(sheet.ink), model).text == "02346"


# what goes in


def test_a_path_its_name_its_bytes_and_its_pixels_give_one_reading(
    tmp_path: pathlib.Path, page: Sheet, model: KnnClassifier
) -> None:
    photo = shoot(page.ink)
    path = save(tmp_path / "page.png", photo)
    expected = comparable(read_photo(path, model))
    for source in (str(path), path.read_bytes(), photo):
        assert comparable(read_photo(source, model)) == expected


def test_grey_pixels_are_read_as_the_file_of_them(
    tmp_path: pathlib.Path, page: Sheet, model: KnnClassifier
) -> None:
    grey = np.ascontiguousarray(shoot(page.ink)[:, :, 1])
    path = save(tmp_path / "grey.png", grey)
    assert comparable(read_photo(grey, model)) == comparable(read_photo(path, model))


def test_a_view_of_pixels_is_read_and_left_as_it_was(page: Sheet, model: KnnClassifier) -> None:
    photo = np.asfortranarray(np.pad(shoot(page.ink), ((3, 3), (3, 3), (0, 0)), mode="edge"))
    photo.flags.writeable = False
    assert read_photo(photo[3:-3, 3:-3], model).text == DIGITS


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((100, 100), np.float64),
        np.zeros((100, 100), bool),
        np.zeros((100, 100, 4), np.uint8),
        np.zeros((100, 100, 1), np.uint8),
        np.zeros((2, 100, 100, 3), np.uint8),
        np.zeros(100, np.uint8),
        np.zeros((0, 100), np.uint8),
        np.zeros((100, 0, 3), np.uint8),
    ],
    ids=lambda photo: f"{photo.dtype} {photo.shape}",
)
def test_an_array_that_is_no_photo_is_told_in_one_line(photo: Pixels, model: KnnClassifier) -> None:
    with pytest.raises(PhotoError) as caught:
        read_photo(photo, model)
    assert str(caught.value) == (
        "a photo must be uint8 of shape (height, width) or (height, width, 3), "
        f"got {photo.dtype} of shape {photo.shape}"
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1, 3), (3, 3), (2, 400)])
def test_pixels_of_any_shape_are_read_even_if_there_is_nothing_to_read(
    shape: tuple[int, ...], model: KnnClassifier
) -> None:
    reading = read_photo(np.full(shape, 200, np.uint8), model)
    assert (reading.height, reading.width, reading.text) == (*shape[:2], "")


def test_a_missing_file_is_told(tmp_path: pathlib.Path, model: KnnClassifier) -> None:
    with pytest.raises(PhotoError, match=r"^cannot open the file: .+$"):
        read_photo(tmp_path / "none.jpg", model)


@pytest.mark.usefixtures("home")
def test_without_a_model_the_bundled_one_reads(page: Sheet, model: KnnClassifier) -> None:
    photo = shoot(page.ink)
    assert comparable(read_photo(photo)) == comparable(read_photo(photo, model))


# what comes out


def comparable(reading: Reading) -> object:
    """Return the reading with its arrays as bytes."""
    digits = [
        [
            (digit.label, digit.probability, digit.box, digit.digit.tobytes(), digit.neighbors)
            for digit in line.digits
        ]
        for line in reading.lines
    ]
    return reading.width, reading.height, reading.warnings, digits


def test_reading_twice_gives_the_same(page: Sheet, model: KnnClassifier) -> None:
    photo = shoot(page.ink, noise=10)
    assert comparable(read_photo(photo, model)) == comparable(read_photo(photo, model))


def test_records_cannot_be_changed(page: Sheet, model: KnnClassifier) -> None:
    reading = read_photo(shoot(page.ink), model)
    line = reading.lines[0]
    digit = line.digits[0]
    for record in (reading, line, digit, digit.box, digit.neighbors[0]):
        for field in dataclasses.fields(record):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(record, field.name, None)


def test_the_neighbors_are_training_digits_nearest_first_and_the_label_has_its_probability(
    page: Sheet, model: KnnClassifier
) -> None:
    for line in read_photo(shoot(page.ink), model).lines:
        for digit in line.digits:
            labels = [neighbor.label for neighbor in digit.neighbors]
            distances = [neighbor.distance for neighbor in digit.neighbors]
            assert len(labels) == model.options.k
            assert labels == [model.labels[neighbor.index] for neighbor in digit.neighbors]
            assert distances == sorted(distances)
            again = model.classify(digit.digit[None])
            assert digit.probability == pytest.approx(float(again.probabilities[0, int(digit.text)]))
            assert again.indices[0].tolist() == [neighbor.index for neighbor in digit.neighbors]


def test_a_model_for_photos_knows_european_digits_and_is_made_once(model: KnnClassifier) -> None:
    bundled = KnnClassifier.load(BUNDLED)
    assert not bundled.layers
    assert len(model.digits) > len(bundled.digits)
    assert set(model.labels[len(bundled.digits) :].tolist()) == {1, 7}
    assert model_for_photos(model) is model


def test_a_refused_digit_has_no_label_and_is_a_question_mark(model: KnnClassifier) -> None:
    ink, zigzag = blank(300, 300), [(70, 100), (100, 200), (130, 100), (160, 200), (190, 100), (220, 200)]
    cv2.polylines(ink, [np.array(zigzag, np.int32)], False, 255, 9)
    reading = read_photo(shoot(ink), model)
    assert reading.text == "?"
    (digit,) = reading.lines[0].digits
    assert digit.label is None
    assert digit.strangeness > 1


def test_digits_below_the_least_probability_are_refused_and_keep_it(
    page: Sheet, model: KnnClassifier
) -> None:
    pixels = shoot(page.ink)
    before = [digit for line in read_photo(pixels, model).lines for digit in line.digits]
    least = sorted(digit.probability for digit in before)[len(before) // 2]
    after = [d for line in read_photo(pixels, model, min_probability=least).lines for d in line.digits]
    assert [digit.probability for digit in after] == [digit.probability for digit in before]
    wanted = [digit.label if digit.probability >= least else None for digit in before]
    assert [digit.label for digit in after] == wanted
    everything = read_photo(pixels, model, min_probability=1.0)
    assert set(everything.text) == {"?", "\n"}


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_least_probability_outside_0_to_1_is_told(least: float, page: Sheet, model: KnnClassifier) -> None:
    with pytest.raises(UsageError, match="min_probability must be from 0 to 1"):
        read_photo(shoot(page.ink), model, min_probability=least)


# words and signs


def spaced(sample: Dataset, text: str) -> Sheet:
    """Return the text on one line; what is no digit leaves a gap."""
    sheet = Sheet(blank(220, 80 + 140 * len(text)))
    for place, letter in enumerate(text):
        if letter.isdigit():
            sheet.write(enlarge(sample.digits[20 + int(letter)]), 40 + 140 * place, 40)
    return sheet


@pytest.mark.parametrize("text", ["123  456  78", "27 05", "4 1 7"])
def test_wider_gaps_are_kept_as_spaces_between_words(
    text: str, sample: Dataset, model: KnnClassifier
) -> None:
    (line,) = read_photo(shoot(spaced(sample, text).ink), model).lines
    words = ["417"] if text == "4 1 7" else text.split()  # evenly spaced out, it is one word
    assert [word.text for word in line.words] == words
    assert line.text == " ".join(words)
    assert [digit for word in line.words for digit in word.digits] == list(line.digits)
    for word in line.words:
        assert word.box.left == word.digits[0].box.left
        assert word.box.right == max(digit.box.right for digit in word.digits)


def test_a_point_between_digits_is_warned_of(sample: Dataset, model: KnnClassifier) -> None:
    sheet = spaced(sample, "3 14")
    assert read_photo(shoot(sheet.ink), model).warnings == ()
    cv2.circle(sheet.ink, (250, sheet.boxes[0].bottom - 4), 11, 255, -1)
    reading = read_photo(shoot(sheet.ink), model)
    said = "1 small mark between digits left out, line 1: perhaps points or signs"
    assert (without_spaces(reading), reading.warnings) == ("314", (said,))


def test_high_strokes_between_digits_are_warned_of(sample: Dataset, model: KnnClassifier) -> None:
    sheet = spaced(sample, "28 05 24")
    for place in (2, 5):
        left = 40 + 140 * place
        cv2.line(sheet.ink, (left + 40, 185), (left + 100, 35), 255, 11)
    reading = read_photo(shoot(sheet.ink), model)
    assert without_spaces(reading) == "28105124"
    said = "2 digits read 1 stand higher than their line: perhaps strokes between digits"
    assert reading.warnings == (said,)


# photos that people took


@pytest.mark.shared
def test_the_bundled_model_reads_94_percent_of_the_core_digits_of_the_first_photos(
    model: KnnClassifier,
) -> None:
    if not PHOTOS.is_dir():
        pytest.skip(f"needs the photos in {PHOTOS}")
    truth = json.loads((PHOTOS / "truth.json").read_text("utf-8"))
    scores = []
    for photo in truth:
        if photo.get("core", True) and photo.get("set", "first") == "first":
            read = "".join(read_photo(PHOTOS / photo["file"], model).text.split())
            scores.append(score_photo("".join(photo["lines"]), read, ordered=photo.get("ordered", True)))
    total = add_scores(scores)
    assert total.digits > 0
    assert (total.accuracy or 0.0) >= 0.94, total
