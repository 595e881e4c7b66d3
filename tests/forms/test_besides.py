"""What may stand in a field besides what is seen of it: too faint, or beyond its end."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import Field, Template, TemplatePage
from knn_digits.forms.trust import Trust, load_trust
from knn_digits.images import write_png

LINE = (60.0, 80.0, 200.0, 40.0)  # pixels: a line to write on
BOX = (60.0, 200.0, 30.0, 40.0)  # and a box
HEIGHT, WIDTH = 400, 400


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.line(page, (60, 120), (260, 120), (0, 0, 0), 2)
    cv2.rectangle(page, (60, 200), (90, 240), (0, 0, 0), 2)
    for row, text in enumerate(("Number", "Please fill in", "and return it", "to the office")):
        cv2.putText(page, text, (20 + 40 * row, 30 + 75 * row * (row > 1)), 2, 0.7, (0, 0, 0), 2)
    return page


@pytest.fixture(scope="module")
def reader(blank: Pixels, tmp_path_factory: pytest.TempPathFactory) -> FormReader:
    folder = tmp_path_factory.mktemp("form")
    write_png(folder / "form-1.png", blank)
    return FormReader(Template(
        name="besides", unit="px", pages=(TemplatePage(picture="form-1.png", width=WIDTH, height=HEIGHT),),
        fields=(Field(name="line", box=LINE), Field(name="box", box=BOX, cells=(BOX,))), folder=folder,
    ))  # fmt: skip


def noisy(page: Pixels) -> Pixels:
    return np.asarray((page + np.random.default_rng(0).normal(0, 6, page.shape)).clip(0, 255), np.uint8)


def one(page: Pixels, left: int, ink: int = 40) -> Pixels:
    page = page.copy()
    cv2.line(page, (left, 86), (left, 114), (ink,) * 3, 4)
    return page


def probability(reader: FormReader, page: Pixels, field: str) -> float:
    read = reader.read(noisy(page))
    return next(one.probability for one in read.fields if one.field.name == field)


def test_a_field_with_a_digit_beyond_its_end_is_trusted_less(reader: FormReader, blank: Pixels) -> None:
    inside = one(one(blank, 200), 235)
    beyond = one(inside, 266)
    assert probability(reader, beyond, "line") < probability(reader, inside, "line")


def test_a_box_with_a_stroke_too_faint_to_be_seen_is_trusted_less(reader: FormReader, blank: Pixels) -> None:
    page = one(blank, 100)
    faint = page.copy()
    cv2.line(faint, (75, 208), (75, 232), (240,) * 3, 5)
    assert probability(reader, faint, "box") < probability(reader, page, "box")


def test_what_is_learned_is_kept_as_it_is_written() -> None:
    trust = load_trust()
    again = Trust.from_dict(trust.as_dict())
    assert again.fields.names == trust.fields.names
    assert np.array_equal(again.whole, trust.whole)
