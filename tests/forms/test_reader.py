from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.data.forms.form import RESOLUTION
from knn_digits.errors import DataError, UsageError
from knn_digits.forms.checks import RULES, failed_check, given_pass, likeliest
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import BLANK, DOUBTFUL, INVALID, LIKE, OK, READ, REFUSED, Checks, Field, Rect
from tests.forms.conftest import Example


def texts(example: Example, pixels: np.ndarray) -> dict[str, str]:
    page = example.reader.read(pixels)
    assert page.status == READ
    return {one.field.name: one.text for one in page.fields}


def test_a_filled_form_is_read_field_by_field(example: Example) -> None:
    assert texts(example, example.pixels) == dict(example.filled.truth)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_may_lie_any_way_round(example: Example, quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(example.pixels, quarters))
    assert texts(example, turned) == texts(example, example.pixels)


@pytest.mark.parametrize("share", [float("nan"), -0.1, 2, "0.1", None])
def test_a_share_of_errors_is_a_number_from_0_to_1(share: Any, example: Example) -> None:
    with pytest.raises(UsageError, match="max_errors must be a number from 0 to 1"):
        FormReader(example.template, "bundled", max_errors=share)


def test_a_page_has_the_shape_of_its_picture_as_far_as_drafts_take_one_for_a_paper(example: Example) -> None:
    (page,) = example.template.pages
    for stretch in 1 - 0.9 * LIKE, 1 + 0.9 * LIKE:
        pages = (replace(page, width=page.width * stretch),)
        FormReader(replace(example.template, pages=pages), "bundled")
    for stretch in 1 - 1.1 * LIKE, 1 + 1.1 * LIKE:
        pages = (replace(page, width=page.width * stretch),)
        with pytest.raises(DataError, match=r"page 1: it is .* pixels, another shape: correct width"):
            FormReader(replace(example.template, pages=pages), "bundled")


def test_boxes_in_parts_of_a_page_are_read_as_those_in_mm(example: Example) -> None:
    (page,) = example.template.pages
    size = np.array([page.width, page.height] * 2)

    def part(box: Rect) -> Rect:
        left, top, width, height = np.array(box) / size
        return left, top, width, height

    fields = tuple(
        replace(one, box=part(one.box), cells=tuple(map(part, one.cells))) for one in example.template.fields
    )
    pages = (replace(page, width=1.0, height=1.0, marks=tuple(map(part, page.marks))),)
    reader = FormReader(replace(example.template, unit="page", pages=pages, fields=fields), "bundled")
    found, wanted = (one.read(example.pixels).fields for one in (reader, example.reader))
    assert [one.text for one in found] == [one.text for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one.crop.shape == other.crop.shape
        assert one.probability == pytest.approx(other.probability, abs=0.05)


def test_a_page_may_be_moved_turned_scaled_and_seen_in_perspective(example: Example) -> None:
    height, width = example.pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = np.array([(90, 60), (1130, 20), (1180, 1500), (40, 1460)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    pixels = cv2.warpPerspective(example.pixels, matrix, (1240, 1600), borderValue=(90, 80, 70))
    assert texts(example, np.asarray(pixels, np.uint8)) == dict(example.filled.truth)


@pytest.mark.parametrize("share", [0.5, -0.1])  # of its height: within its boxes, and above them
def test_a_field_that_the_picture_cuts_off_is_to_be_looked_at(share: float, example: Example) -> None:
    lowest = max(example.template.fields, key=lambda one: one.box[1])
    end = round((lowest.box[1] + share * lowest.box[3]) * RESOLUTION)
    page = example.reader.read(example.pixels[:end])
    cut = [one for one in page.fields if one.field.box[1] + one.field.box[3] > end / RESOLUTION]
    assert page.status == READ
    assert lowest in [one.field for one in cut]
    for one in cut:
        assert (one.status, one.reason) == (DOUBTFUL, "a part of it lies outside the picture")
    whole = [one.field.name for one in page.fields if one not in cut and one.status in (OK, BLANK)]
    assert len(whole) > len(page.fields) / 2


def test_the_boxes_of_digits_are_where_they_stand_on_the_picture(example: Example) -> None:
    page = example.reader.read(np.ascontiguousarray(np.rot90(example.pixels, 2)))
    height, width = example.pixels.shape[:2]
    scale = width / example.template.pages[0].width
    for one in page.fields:
        left, top, wide, high = (side * scale for side in one.field.box)
        for digit in one.digits:
            x = width - digit.box.left - digit.box.width / 2
            y = height - digit.box.top - digit.box.height / 2
            assert left - 0.5 * high < x < left + wide + 0.5 * high
            assert top - 0.5 * high < y < top + 1.5 * high


def test_a_blank_form_has_blank_fields_alone_and_none_of_them_is_doubtful(example: Example) -> None:
    page = example.reader.read(np.asarray(255 * example.form.sheet, np.uint8))
    assert {(one.text, one.status) for one in page.fields} == {("", BLANK)}


def cell_of(example: Example, name: str, place: int) -> np.ndarray:
    """Return left, top, right and bottom of a box in pixels."""
    (field,) = (one for one in example.template.fields if one.name == name)
    left, top, wide, high = field.cells[place]
    return np.round(np.array([left, top, left + wide, top + high]) * RESOLUTION).astype(int)


def test_a_digit_that_is_crossed_out_is_told_so(example: Example) -> None:
    name, truth = next((name, truth) for name, truth in example.filled.truth.items() if len(truth) > 1)
    cells = example.filled.cells[name]
    left, top, right, bottom = cell_of(example, name, next(i for i, label in enumerate(cells) if label))
    rows = np.linspace(top + 6, bottom - 6, 7).round()
    zigzag = np.stack([np.where(np.arange(7) % 2, right - 4, left + 4), rows], axis=1).astype(np.int32)
    pixels = example.pixels.copy()
    cv2.polylines(pixels, [zigzag], False, (40, 40, 60), 2, cv2.LINE_AA)
    (one,) = (one for one in example.reader.read(pixels).fields if one.field.name == name)
    assert one.text == "?" + truth[1:]
    assert (one.status, one.reason) == (DOUBTFUL, "a digit looks crossed out")


def test_specks_of_dirt_are_nothing_written(example: Example) -> None:
    pixels = np.asarray(255 * example.form.sheet, np.uint8)
    for field in example.template.fields:
        left, top, right, bottom = cell_of(example, field.name, 0).tolist()
        cv2.circle(pixels, ((left + right) // 2, (top + 2 * bottom) // 3), 2, (90, 90, 90), -1, cv2.LINE_AA)
    assert set(texts(example, pixels).values()) == {""}


def test_a_page_of_something_else_is_refused_with_the_reason(example: Example) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (900, 700, 3)).astype(np.uint8)
    for pixels in (np.full((900, 700, 3), 240, np.uint8), noise):
        page = example.reader.read(pixels)
        assert page.status == REFUSED
        assert not page.fields
        assert "fits the form" in page.message


def test_a_text_that_fails_a_check_gets_the_likeliest_that_passes() -> None:
    field = Field(name="a", box=(0, 0, 1, 1), digits=(1, 3), checks=Checks(range=(0, 500)))
    assert failed_check(field, "718", {}) == "range"
    assert failed_check(field, "118", {}) == ""
    likely = [[(7, 0.6), (1, 0.4)], [(1, 1.0)], [(8, 1.0)]]
    assert likeliest(field, likely, {}) == "118"


def test_what_nothing_speaks_for_is_not_suggested(example: Example) -> None:
    sure = next(one for one in example.reader.read(example.pixels).fields if one.text and one.status == OK)
    other = Checks(pattern=f"(?!{sure.text}).*")  # all but what is written
    fields = tuple(
        replace(one, checks=other) if one == sure.field else one for one in example.template.fields
    )
    reader = FormReader(replace(example.template, fields=fields), "bundled")
    (found,) = (one for one in reader.read(example.pixels).fields if one.field.name == sure.field.name)
    assert (found.text, found.status, found.failed) == (sure.text, INVALID, "pattern")
    assert (found.suggestion, found.second) == ("", "")


@pytest.mark.parametrize(
    ("checks", "bad", "good"),
    [
        (Checks(check="luhn"), "79927398710", "79927398713"),
        (Checks(check="mod97"), "99", "98"),
        (Checks(pattern="[12].*"), "312", "112"),
        (Checks(sum_of=("x", "y")), "12", "13"),
    ],
)
def test_each_check_tells_bad_from_good(checks: Checks, bad: str, good: str) -> None:
    field = Field(name="a", box=(0, 0, 1, 1), checks=checks)
    others = {"x": "6", "y": "7"}
    assert failed_check(field, bad, others)
    assert not failed_check(field, good, others)


def test_a_check_that_is_passed_makes_a_field_surer(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = example.reader.read(example.pixels).fields
    told = given_pass("mod11", first.probability)
    assert first.probability < told < 1
    checked = replace(first.field, checks=Checks(check="mod11"))
    reader = FormReader(replace(example.template, fields=(checked, *example.template.fields[1:])), "bundled")
    monkeypatch.setattr(reader, "limit", (first.probability + told) / 2)
    for passes, status in ((True, OK), (False, INVALID)):
        monkeypatch.setitem(RULES, "mod11", [str.isalpha, str.isdigit][passes])
        found, *rest = reader.read(example.pixels).fields
        assert (found.text, found.status) == (first.text, status)
        assert found.probability == (told if passes else first.probability)
        assert [one.probability for one in rest] == [one.probability for one in others]


def test_fewer_errors_are_bought_with_more_to_look_at(example: Example) -> None:
    trust = example.reader.trust
    strict, loose = trust.limit(0.001), trust.limit(0.02)
    assert strict[0] >= loose[0]
    assert strict[2] >= loose[2]
    assert trust.limit(0) == (1.0, 0.0, 1.0)
    assert OK in {one.status for one in example.reader.read(example.pixels).fields}
