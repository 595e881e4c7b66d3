"""Blank forms of kinds that offices print, drawn line by line."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.draft import draft, lay_straight, lies_on_its_side
from knn_digits.forms.records import Field, Rect

RESOLUTION = 8  # pixels a mm
INK = (0, 0, 0)
Color = tuple[int, int, int]


class Blank:
    """A sheet of 150 by 100 mm to print on; places are in mm."""

    def __init__(self) -> None:
        self.pixels: Pixels = np.full((100 * RESOLUTION, 150 * RESOLUTION, 3), 255, np.uint8)

    def line(self, start: tuple[float, float], stop: tuple[float, float], color: Color = INK) -> None:
        first, last = (tuple(round(side * RESOLUTION) for side in place) for place in (start, stop))
        cv2.line(self.pixels, first, last, color, 2)

    def area(self, box: Rect, color: Color) -> None:
        left, top, wide, high = (round(side * RESOLUTION) for side in box)
        self.pixels[top : top + high, left : left + wide] = color

    def box(self, box: Rect, color: Color = INK) -> None:
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        for start, stop in (
            ((left, top), (right, top)), ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)), ((right, top), (right, bottom)),
        ):  # fmt: skip
            self.line(start, stop, color)

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


def test_hardly_visible_boxes_and_boxes_of_a_light_color_are_found(blank: Blank) -> None:
    for top, color in ((40, (232, 232, 232)), (55, (255, 225, 90)), (70, (255, 200, 205))):
        for place in range(4):
            blank.box((20 + 8 * place, top, 7, 8), color)
    assert [len(field.cells) for field in blank.fields()] == [4, 4, 4]


def test_areas_of_another_shade_are_boxes_unless_they_are_dark_or_printed_on(blank: Blank) -> None:
    for place in range(4):
        blank.area((20 + 9 * place, 40, 7, 8), (222, 222, 222))
        blank.area((20 + 9 * place, 55, 9, 9), (20, 20, 20) if place % 2 else (200, 60, 30))
    blank.area((20, 70, 100, 9), (215, 225, 255))
    blank.words("Section 3", (25, 76.5), scale=1.0)
    (field,) = blank.fields()
    assert len(field.cells) == 4
    assert field.box == pytest.approx((20, 40, 34, 8), abs=0.8)


@pytest.mark.parametrize("teeth", [(46, 48), (40, 42)])
def test_teeth_of_a_comb_part_it(blank: Blank, teeth: tuple[float, float]) -> None:
    blank.box((20, 40, 60, 8))
    for place in range(1, 10):
        blank.line((20 + 6 * place, teeth[0]), (20 + 6 * place, teeth[1]))
    (field,) = blank.fields()
    assert [cell[0] for cell in field.cells] == pytest.approx(
        [20 + 6 * place for place in range(10)], abs=0.5
    )


def test_strokes_in_uneven_steps_are_no_comb(blank: Blank) -> None:
    blank.box((20, 40, 60, 8))
    for place in (5, 8, 30, 34):
        blank.line((20 + place, 46), (20 + place, 48))
    (field,) = blank.fields()
    assert field.cells == ()


@pytest.mark.parametrize("walls", [False, True])
def test_a_row_of_short_lines_is_a_place_for_as_many_digits(blank: Blank, walls: bool) -> None:
    for place in range(6):
        left = 20 + 8 * place
        blank.line((left, 60), (left + 6, 60))
        if walls:
            blank.line((left, 55), (left, 60))
            blank.line((left + 6, 55), (left + 6, 60))
    (field,) = blank.fields()
    assert [cell[0] for cell in field.cells] == pytest.approx([20 + 8 * place for place in range(6)], abs=0.5)
    assert field.box[1] + field.box[3] == pytest.approx(60, abs=0.5)


def test_boxes_with_large_guides_printed_in_them_are_one_field(blank: Blank) -> None:
    for place in range(5):
        blank.box((20 + 8 * place, 40, 7, 9))
        blank.words("8", (21.2 + 8 * place, 47.6), scale=2.2)
    (field,) = blank.fields()
    assert len(field.cells) == 5


def test_a_line_of_small_print_is_no_line_to_write_on(blank: Blank) -> None:
    blank.words("thank you, return before 31/12/2026 to us, 12 High Street", (20, 60), scale=0.45)
    assert blank.fields() == ()


@pytest.mark.parametrize("degrees", [-2.0, 0.7])
def test_a_form_that_is_scanned_askew_is_laid_straight(blank: Blank, degrees: float) -> None:
    blank.box((20, 40, 90, 8))
    blank.line((20, 70), (110, 70))
    straight = blank.fields()
    height, width = blank.pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    askew = np.asarray(
        cv2.warpAffine(blank.pixels, matrix, (width, height), borderValue=(255, 255, 255)), np.uint8
    )
    found = draft(lay_straight(askew, RESOLUTION), resolution=RESOLUTION).fields
    assert [field.box for field in found] == [pytest.approx(field.box, abs=0.5) for field in straight]
    assert lay_straight(blank.pixels, RESOLUTION) is blank.pixels


def test_boxes_of_a_row_are_one_field_however_thick_their_walls_are(blank: Blank) -> None:
    for place in range(5):
        left = 20 + 6.2 * place
        blank.area((left, 40, 4.6, 6.6), INK)
        blank.area((left + 0.5, 40.5, 3.6, 5.6), (255, 255, 255))
    (field,) = blank.fields()
    assert len(field.cells) == 5


def test_short_lines_with_print_below_them_are_no_places_for_digits(blank: Blank) -> None:
    for place in range(4):
        left = 20 + 8 * place
        blank.line((left, 60), (left + 6, 60))
        blank.words("ab", (left, 61.1), scale=0.4)
    assert blank.fields() == ()


def test_dashed_boxes_are_closed_where_their_corners_are_gaps(blank: Blank) -> None:
    for place in range(3):
        left, right, top, bottom = 40 + 7 * place, 47 + 7 * place, 40, 48
        for step in range(5):
            across, down = left + 0.7 + 1.2 * step, top + 0.7 + 1.4 * step
            for level in (top, bottom):
                blank.line((across, level), (across + 0.6, level))
            for side in (left, right):
                blank.line((side, down), (side, down + 0.7))
    (field,) = blank.fields()
    assert len(field.cells) == 3


def test_slashes_printed_between_boxes_part_a_row(blank: Blank) -> None:
    left = 20.0
    for cells in (2, 2, 4):
        for place in range(cells):
            blank.box((left + 6 * place, 40, 6, 8))
        left += 6 * cells + 4
        if left < 60:
            blank.line((left - 2.7, 46), (left - 1.3, 42))
    assert [len(field.cells) for field in blank.fields()] == [2, 2, 4]


@pytest.mark.parametrize("number", [2, 7])
def test_teeth_on_a_line_part_it(blank: Blank, number: int) -> None:
    blank.line((30, 60), (30 + 6 * number, 60))
    for place in range(number + 1):
        blank.area((29.8 + 6 * place, 57, 0.7, 3), INK)
    (field,) = blank.fields()
    assert [cell[0] for cell in field.cells] == pytest.approx([30 + 6 * n for n in range(number)], abs=0.7)
    assert all(cell[2] == pytest.approx(5.3, abs=0.3) for cell in field.cells)


def test_lines_for_two_digits_beside_slashes_are_found(blank: Blank) -> None:
    for left, wide in ((30, 10), (44, 10), (58, 20)):
        blank.line((left, 60), (left + wide, 60))
        blank.line((left + wide + 1, 60), (left + wide + 3, 55))
    assert [field.box[::2] for field in blank.fields()] == [
        pytest.approx(place, abs=0.8) for place in ((30, 10), (44, 10), (58, 20))
    ]


def test_feet_and_heads_of_large_letters_are_no_lines(blank: Blank) -> None:
    for left in (20, 26, 32, 38):  # of bold serif letters that all but touch
        blank.area((left, 60, 5.6, 1.0), INK)
        blank.area((left + 1.5, 60, 2.5, 7), INK)
        blank.area((left, 66, 5.6, 1.0), INK)
    assert blank.fields() == ()


def test_boxes_near_a_rule_are_no_walls_of_the_paper_between_them(blank: Blank) -> None:
    for top in (39, 50, 61):
        blank.line((10, top), (140, top))
    for high in (40.3, 51.3):
        for left in (20, 60):
            for place in range(3):
                blank.box((left + 6 * place, high, 6, 8.4))
    assert [len(field.cells) for field in blank.fields()] == [3] * 4


def test_the_frame_around_boxes_is_no_line_to_write_on(blank: Blank) -> None:
    blank.box((18, 48, 60, 14))
    for place in range(4):
        blank.box((20 + 7 * place, 51, 7, 9))
    (field,) = blank.fields()
    assert len(field.cells) == 4


@pytest.mark.parametrize("focal", [0.7, 1.4])
def test_a_form_that_is_photographed_on_a_table_is_seen_from_above(blank: Blank, focal: float) -> None:
    for place in range(5):
        blank.box((20 + 8 * place, 40, 8, 9))
    blank.box((20, 70, 90, 10))
    flat = lay_straight(_photograph(blank.pixels, focal))
    height, width = flat.shape[:2]
    assert width / height == pytest.approx(150 / 100, rel=0.02)
    row, box = draft(flat, resolution=width / 150).fields
    assert (len(row.cells), len(box.cells)) == (5, 0)
    assert box.box[2] / row.box[2] == pytest.approx(90 / 40, rel=0.03)
    assert box.box[2] / box.box[3] == pytest.approx(9, rel=0.06)


def _photograph(sheet: Pixels, focal: float) -> Pixels:
    """Return a sheet on a brown table as a camera sees it that looks at it aslant, near or from afar."""
    height, width = sheet.shape[:2]
    size = (round(1.2 * width), round(1.3 * height))
    away = focal * max(size)
    lean = cv2.Rodrigues(np.array([0.35, -0.2, 0.05]))[0]
    camera = np.array([(away, 0, size[0] / 2), (0, away, size[1] / 2), (0, 0, 1)])
    middle = np.array([(1, 0, -width / 2), (0, 1, -height / 2), (0, 0, 1)])
    lies = np.column_stack([lean[:, 0], lean[:, 1], (0, 0, away)])
    table = np.full((size[1], size[0], 3), (110, 80, 60), np.uint8)
    seen = cv2.warpPerspective(
        sheet, camera @ lies @ middle, size, dst=table, borderMode=cv2.BORDER_TRANSPARENT
    )
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), 0.8), np.uint8)


def test_print_that_runs_along_columns_lies_on_its_side(blank: Blank) -> None:
    blank.box((20, 40, 90, 8))
    for turns in range(4):
        turned = np.ascontiguousarray(np.rot90(blank.pixels, turns))
        assert lies_on_its_side(turned, RESOLUTION) == (turns % 2 == 1)
    assert not lies_on_its_side(np.full((900, 900, 3), 255, np.uint8), RESOLUTION)


def test_fields_lie_where_they_are_on_a_page_that_is_nearly_shaped_like_a4() -> None:
    page = np.full((1203, 840, 3), 255, np.uint8)  # A4 of that width is 1188 pixels high
    cv2.rectangle(page, (100, 1100), (500, 1150), INK, 2)
    template = draft(page)
    (field,) = template.fields
    down = page.shape[0] / template.pages[0].height
    top, bottom = field.box[1] * down, (field.box[1] + field.box[3]) * down
    assert (top, bottom) == pytest.approx((1100, 1150), abs=4)
