"""Digits that touch across the wall between their boxes, and one that reaches over it."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import BLANK, Field, Template, TemplatePage
from knn_digits.images import write_png

RESOLUTION = 6  # pixels a mm
CELL = (8.0, 10.0)  # mm
CELLS = tuple((30.0 + CELL[0] * place, 40.0, CELL[0], CELL[1]) for place in range(3))
PEN = (40, 40, 120), 4, cv2.LINE_AA  # color, thickness, kind


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((100 * RESOLUTION, 80 * RESOLUTION, 3), 255, np.uint8)
    cv2.putText(page, "FORM 27 B", (60, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(page, "paid in", (20, 560), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 3, cv2.LINE_AA)
    for left, top, wide, high in CELLS:
        first, last = (np.array([(left, top), (left + wide, top + high)]) * RESOLUTION).astype(int)
        cv2.rectangle(page, first.tolist(), last.tolist(), (0, 0, 0), 2)
    return page


@pytest.fixture(scope="module")
def reader(blank: Pixels, tmp_path_factory: pytest.TempPathFactory) -> FormReader:
    folder = tmp_path_factory.mktemp("walls")
    write_png(folder / "form-1.png", blank)
    field = Field(name="paid", box=(30.0, 40.0, 24.0, 10.0), cells=CELLS)
    page = TemplatePage(picture="form-1.png", width=80, height=100)
    template = Template(name="walls", unit="mm", pages=(page,), fields=(field,), folder=folder)
    return FormReader(template, "bundled")


def read(reader: FormReader, page: Pixels) -> str:
    (field,) = reader.read(page).fields
    return field.text


def wall(place: int) -> int:
    return round(CELLS[place][0] * RESOLUTION)


def test_a_digit_that_is_as_much_in_the_next_box_is_one(reader: FormReader, blank: Pixels) -> None:
    page = blank.copy()
    cv2.ellipse(page, (wall(1) - 5, 45 * RESOLUTION), (20, 24), 0, 0, 360, *PEN)
    assert read(reader, page) == "0"


def test_digits_that_touch_at_the_walls_are_cut_there(reader: FormReader, blank: Pixels) -> None:
    page = blank.copy()
    for middle in (wall(1) - 24, wall(1) + 24, wall(2) + 24):
        cv2.ellipse(page, (middle, 45 * RESOLUTION), (24, 22), 0, 0, 360, *PEN)
    assert read(reader, page) == "000"


def test_a_speck_is_no_digit(reader: FormReader, blank: Pixels) -> None:
    page = blank.copy()
    middle = wall(1) - 24, 45 * RESOLUTION
    cv2.line(page, middle, (middle[0] + 3, middle[1]), (70, 70, 70), 5)
    (field,) = reader.read(page).fields
    assert field.status == BLANK
    cv2.line(page, middle, (middle[0], middle[1] + 24), (70, 70, 70), 4, cv2.LINE_AA)
    assert read(reader, page) == "1"
