"""Blank forms of kinds that offices print, drawn line by line."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.draft import draft
from knn_digits.forms.records import Field, Rect

RESOLUTION = 8  # pixels a mm
INK = (0, 0, 0)


class Blank:
    """A sheet of 150 by 100 mm to print on; places are in mm."""

    def __init__(self) -> None:
        self.pixels: Pixels = np.full((100 * RESOLUTION, 150 * RESOLUTION, 3), 255, np.uint8)

    def line(self, start: tuple[float, float], stop: tuple[float, float]) -> None:
        first, last = (tuple(round(side * RESOLUTION) for side in place) for place in (start, stop))
        cv2.line(self.pixels, first, last, INK, 2)

    def box(self, box: Rect) -> None:
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        for start, stop in (
            ((left, top), (right, top)), ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)), ((right, top), (right, bottom)),
        ):  # fmt: skip
            self.line(start, stop)

    def dashes(self, start: tuple[float, float], stop: tuple[float, float]) -> None:
        ends = np.array([start, stop])
        number = round(np.abs(ends[1] - ends[0]).max() / 1.8)
        for place in np.arange(number) / (number - 0.4):  # a dash at both ends
            first = ends[0] + place * (ends[1] - ends[0])
            self.line(tuple(first), tuple(first + 0.6 / (number - 0.4) * (ends[1] - ends[0])))

    def words(self, text: str, place: tuple[float, float], *, scale: float = 1.0) -> None:
        """Print words whose base line begins at a place."""
        first = tuple(round(side * RESOLUTION) for side in place)
        cv2.putText(self.pixels, text, first, cv2.FONT_HERSHEY_TRIPLEX, scale, INK, 2, cv2.LINE_AA)

    def fields(self) -> tuple[Field, ...]:
        return draft(self.pixels, resolution=RESOLUTION).fields


@pytest.fixture
def blank() -> Blank:
    sheet = Blank()
    sheet.words("DO NOT HURRY", (20, 20), scale=2.0)
    sheet.words("please write clearly in the places below", (20, 28), scale=0.5)
    return sheet


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (40, 1), (40, 40)])
@pytest.mark.parametrize("grey", [0, 255])
def test_a_picture_too_small_for_a_form_has_no_fields(height: int, width: int, grey: int) -> None:
    assert draft(np.full((height, width, 3), grey, np.uint8)).fields == ()


def test_print_alone_has_no_fields(blank: Blank) -> None:
    blank.words("D O Q 0", (20, 70), scale=4.0)
    blank.line((10, 80), (140, 80))  # parts what is above from what is below
    assert blank.fields() == ()


def test_a_box_may_be_dashed(blank: Blank) -> None:
    left, top, right, bottom = 40, 40, 70, 50
    for start, stop in (
        ((left, top), (right, top)), ((left, bottom), (right, bottom)),
        ((left, top), (left, bottom)), ((right, top), (right, bottom)),
    ):  # fmt: skip
        blank.dashes(start, stop)
    (field,) = blank.fields()
    assert field.box == pytest.approx((left, top, right - left, bottom - top), abs=0.5)


def test_a_line_may_be_dotted(blank: Blank) -> None:
    blank.words("Total:", (20, 50))
    blank.dashes((45, 50), (85, 50))
    blank.line((20, 90), (130, 90))
    (field,) = blank.fields()
    assert (field.box[0], field.box[2]) == pytest.approx((45, 40), abs=1.5)
    assert field.box[1] + field.box[3] == pytest.approx(50, abs=0.5)


def test_a_line_may_lie_level_with_boxes_beside_it(blank: Blank) -> None:
    """It is no side of theirs, whichever side of them it lies on."""
    blank.line((20, 50), (50, 50))
    for place in range(3):
        blank.box((60 + 6 * place, 43, 6, 7))
    blank.line((95, 50), (125, 50))
    fields = blank.fields()
    assert [field.box[0] for field in fields] == pytest.approx([20, 60, 95], abs=0.5)
    assert [len(field.cells) for field in fields] == [0, 3, 0]


def test_heads_of_a_table_are_no_fields(blank: Blank) -> None:
    for row in range(4):
        for column, (left, wide) in enumerate(((20, 30), (50, 25), (75, 25))):
            blank.box((left, 40 + 10 * row, wide, 10))
            if row == 0 or column == 0:
                blank.words(f"head {row}{column}", (left + 2, 46.5 + 10 * row), scale=0.7)
    found = sorted((round(field.box[0]), round(field.box[1])) for field in blank.fields())
    assert found == [(left, top) for left in (50, 75) for top in (50, 60, 70)]


def test_a_box_apart_may_have_its_name_in_it(blank: Blank) -> None:
    blank.box((20, 40, 40, 12))
    blank.words("Sum", (21, 47.5), scale=0.6)
    (field,) = blank.fields()
    assert field.box == pytest.approx((20, 40, 40, 12), abs=0.5)


def test_printed_slashes_part_a_row_of_boxes(blank: Blank) -> None:
    for place in range(10):
        blank.box((20 + 7 * place, 40, 7, 9))
        if place in (2, 5):
            blank.line((22 + 7 * place, 47), (25 + 7 * place, 42))
    assert [len(field.cells) for field in blank.fields()] == [2, 2, 4]


def test_digits_in_boxes_of_a_filled_form_part_nothing(blank: Blank) -> None:
    for place in range(5):
        blank.box((20 + 7 * place, 40, 7, 9))
        if place < 3:
            blank.words(str(place), (22 + 7 * place, 46.5), scale=1.0)
    assert [len(field.cells) for field in blank.fields()] == [5]
