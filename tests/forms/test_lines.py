"""Digits in one wide box that lean to the right and touch."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Digits, Pixels
from knn_digits.datasets import load_dataset
from knn_digits.forms.lines import Choices
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import FREE, Field, Template, TemplatePage
from knn_digits.forms.renderings import Inked
from knn_digits.forms.strokes import Mark
from knn_digits.images import write_png
from knn_digits.photo.boxes import Box

RESOLUTION = 6  # pixels a mm
BOX = (20.0, 40.0, 40.0, 12.0)  # mm
PEN = (40, 40, 120), 4, cv2.LINE_AA  # color, thickness, kind


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((100 * RESOLUTION, 80 * RESOLUTION, 3), 255, np.uint8)
    cv2.putText(page, "FORM 27 B", (60, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(page, "paid in", (20, 560), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 3, cv2.LINE_AA)
    left, top, wide, high = (round(value * RESOLUTION) for value in BOX)
    cv2.rectangle(page, (left, top), (left + wide, top + high), (0, 0, 0), 2)
    return page


@pytest.fixture(scope="module")
def reader(blank: Pixels, tmp_path_factory: pytest.TempPathFactory) -> FormReader:
    folder = tmp_path_factory.mktemp("lines")
    write_png(folder / "form-1.png", blank)
    page = TemplatePage(picture="form-1.png", width=80, height=100)
    fields = (Field(name="paid", box=BOX),)
    return FormReader(Template(name="lines", unit="mm", pages=(page,), fields=fields, folder=folder))


@pytest.mark.parametrize("gap", [0, 4])
def test_digits_that_touch_and_lean_far_are_cut(reader: FormReader, blank: Pixels, gap: int) -> None:
    page = blank.copy()
    for column in (180, 208 + gap):
        cv2.ellipse(page, (column, 46 * RESOLUTION), (14, 23), 30, 0, 360, *PEN)
    (field,) = reader.read(page).fields
    assert len(field.digits) == 2


def test_a_broad_zero_is_one_digit_however_many_ways_there_are_to_cut_it(
    reader: FormReader, blank: Pixels
) -> None:
    page = blank.copy()
    turn = np.linspace(0, 2 * np.pi, 200)
    ring = np.stack([200 + 30 * np.cos(turn), 46 * RESOLUTION + 22 * np.sin(turn)], axis=1)
    cv2.polylines(page, [ring.round().astype(np.int32)], True, *PEN)
    (field,) = reader.read(page).fields
    assert field.text == "0"


def a_mark(left: int, top: int, width: int, height: int) -> Mark:
    light, none = np.zeros((height, width), np.float32), np.zeros((height, width), bool)
    inked = Inked(seen=light, ink=light, own=none.astype(np.uint8), printed=none)
    return Mark(
        inked=inked, box=Box(left=left, top=top, width=width, height=height), ink=1.0, high=height / 40,
        wide=width / 40, printed=0.0, cut=0.0, pieces=1, near=0.0,
    )  # fmt: skip


def test_the_bar_of_a_5_that_stands_apart_is_no_digit_of_its_own() -> None:
    five, bar, whole = a_mark(0, 0, 12, 28), a_mark(14, 0, 15, 7), a_mark(0, 0, 29, 28)
    choices = Choices(((0, 1), (1, 2), (0, 2)), (five, bar, whole), (0.0, 0.0, 0.0), 28.0, 28.0)
    # As strange as the digits of a drawn page are that was read 57.
    assert choices.choose((0.5, 1.01, 0.93), FREE) == (whole,)


def write_touching(page: Pixels, digits: Digits, height: int) -> None:
    """Write digits of that height into the middle of the box, each where the one before ends."""
    column, top = 180, 46 * RESOLUTION - height // 2
    for digit in digits:
        rows, columns = np.nonzero(digit > 60)
        inner = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        width = round(height * inner.shape[1] / inner.shape[0])
        share = cv2.resize(inner, (width, height), interpolation=cv2.INTER_CUBIC)[..., None] / 255
        there = page[top : top + height, column : column + width]
        there[...] = there * (1 - share) + share * PEN[0]
        column += width


def test_digits_much_lower_than_their_box_are_cut_where_they_touch(reader: FormReader, blank: Pixels) -> None:
    digits, random, cut = load_dataset("sample").digits, np.random.default_rng(1), 0
    for _ in range(16):
        page = blank.copy()
        write_touching(page, digits[random.choice(len(digits), 3)], 28)
        cut += len(reader.read(page).fields[0].digits) == 3
    assert cut >= 14
