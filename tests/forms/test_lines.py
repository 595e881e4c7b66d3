"""Digits in one wide box that lean to the right and touch."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Digits, Pixels
from knn_digits.datasets import load_dataset
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import Field, Template, TemplatePage
from knn_digits.images import write_png

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
