import pathlib

import cv2
import numpy as np
import pytest

from benchmarks.data.forms.form import RESOLUTION, Form, print_form
from benchmarks.data.forms.readers import reader_of
from knn_digits.arrays import Pixels
from knn_digits.forms.draft import draft
from knn_digits.forms.reader import FormReader
from knn_digits.forms.template import read_template, write_template

MARKED, OTHER = 3, 8  # seeds of forms with marks in their corners


def pixels_of(form: Form) -> Pixels:
    return np.asarray(255 * form.sheet.clip(0, 1), np.uint8)


@pytest.fixture(scope="module")
def marked() -> tuple[Form, FormReader]:
    form = print_form(MARKED, "lines")
    assert form.template.pages[0].marks
    return form, reader_of(form)


def turned(pixels: Pixels, degrees: float) -> tuple[Pixels, np.ndarray]:
    side = 1600
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    seen = cv2.warpAffine(pixels, matrix, (side, side), borderValue=(255, 255, 255))
    return np.asarray(seen, np.uint8), matrix


def test_a_draft_names_the_marks_in_the_corners_and_a_template_keeps_them(tmp_path: pathlib.Path) -> None:
    form = print_form(MARKED, "lines")
    found = draft(pixels_of(form), resolution=RESOLUTION)
    assert np.allclose(found.pages[0].marks, form.template.pages[0].marks, atol=0.3)
    assert len(draft(pixels_of(form)).pages[0].marks) == 4  # whatever size is taken for it
    write_template(tmp_path / "form.json", found)
    assert np.allclose(read_template(tmp_path / "form.json").pages[0].marks, found.pages[0].marks, atol=1e-3)


def test_a_form_without_marks_has_none() -> None:
    form = print_form(2, "boxes")
    assert form.template.pages[0].marks == draft(pixels_of(form), resolution=RESOLUTION).pages[0].marks == ()


@pytest.mark.parametrize("degrees", [0, 20, -35, 90, 160, 180, 270])
def test_a_page_is_laid_on_its_marks_however_it_is_turned(
    marked: tuple[Form, FormReader], degrees: float
) -> None:
    form, reader = marked
    seen, matrix = turned(pixels_of(form), degrees)
    _, placed = reader.place(seen)
    assert placed is not None
    assert placed.fit > 0.9
    points = np.array([(100, 100, 1), (700, 1100, 1), (437, 620, 1)], np.float64)
    laid = points @ placed.matrix.T
    assert np.allclose(laid[:, :2] / laid[:, 2:], points @ matrix.T, atol=2)


def test_marks_alone_make_no_page_of_another_form_fit(marked: tuple[Form, FormReader]) -> None:
    other = print_form(OTHER, "lines")
    assert other.template.pages[0].marks
    _, placed = marked[1].place(pixels_of(other))
    assert placed is None or placed.fit < marked[1].trust.least_fit


def test_a_page_that_lost_a_mark_is_laid_on_its_other_print(marked: tuple[Form, FormReader]) -> None:
    seen = pixels_of(marked[0])
    seen[:100, :100] = 255
    _, placed = marked[1].place(seen)
    assert placed is not None
    assert placed.fit > marked[1].trust.least_fit
    assert np.allclose(placed.matrix, np.eye(3), atol=1)
