"""Pages of a form with much writing on them, as a phone shows them before a ground as light as they are."""

import pathlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.draft import draft
from knn_digits.forms.place import Finder
from knn_digits.forms.reader import FormReader
from knn_digits.forms.trust import load_trust
from knn_digits.images import write_png

FONT = cv2.FONT_HERSHEY_COMPLEX
SIZE = (840, 1188)  # pixels: width and height


@pytest.fixture(scope="module")
def blank() -> Pixels:
    random = np.random.default_rng(4)
    page = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    for row in range(14):
        text = "".join(random.choice(list("abcdefghiklmnoprstuw "), 14))
        cv2.putText(page, text, (60, 60 + 80 * row), FONT, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
        cv2.rectangle(page, (60, 72 + 80 * row), (780, 122 + 80 * row), (0, 0, 0), 2)
    return page


def written(blank: Pixels) -> Pixels:
    """Return the page with several strokes of a pen of half a millimeter for each letter of its print."""
    random, page = np.random.default_rng(5), blank.copy()
    for row in range(14):
        for x in range(70, 770, 14):
            points = np.array([x, 78 + 80 * row]) + random.uniform(0, 1, (4, 2)) * (14, 38)
            cv2.polylines(page, [points.astype(np.int32)], False, (30, 30, 40), 2, cv2.LINE_AA)
    return page


def test_a_page_full_of_writing_is_found_by_its_print(blank: Pixels) -> None:
    corners = np.array([(0, 0), (SIZE[0], 0), SIZE, (0, SIZE[1])], np.float32)
    seen = np.array([(120, 90), (905, 130), (860, 1270), (60, 1215)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    photo = cv2.warpPerspective(written(blank), matrix, (1000, 1360), borderValue=(255, 255, 255))
    placed = Finder(blank).find(np.asarray(photo, np.uint8), least=load_trust().least_fit)
    assert placed is not None
    found = cv2.perspectiveTransform(corners[None], placed.matrix)[0]
    assert np.abs(found - seen).max() < 4  # pixels
    assert placed.fit >= load_trust().least_fit


PAGES = {  # what two pages of a form have besides, and where
    "number below": (("page 1", 1180), ("page 2", 1180)),
    "number above": (("page 1", 30), ("page 2", 30)),
    "title of the first": (("Meter readings", 40), None),
    "title of the second": (None, ("Meter readings", 40)),
    "foot of the first": (("page 1", 1180), None),
}


@pytest.mark.parametrize("texts", PAGES.values(), ids=PAGES)
def test_pages_of_a_form_that_look_alike_are_told_apart(
    texts: tuple[tuple[str, int] | None, ...], blank: Pixels, tmp_path: pathlib.Path
) -> None:
    pages = [blank.copy() for _ in texts]
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), 1):
        if text:
            cv2.putText(page, text[0], (550, text[1]), FONT, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
        write_png(tmp_path / f"form-{number}.png", page)
    reader = FormReader(replace(draft(*pages), folder=tmp_path), "bundled")
    for number, page in enumerate(pages, 1):
        for seen in (page, written(page), np.ascontiguousarray(np.rot90(written(page)))):
            assert reader.place(seen)[0] == number


def test_a_page_of_a_form_without_print_is_never_found(blank: Pixels, tmp_path: pathlib.Path) -> None:
    pages = [blank, np.full_like(blank, 255)]
    for number, page in enumerate(pages, 1):
        write_png(tmp_path / f"form-{number}.png", page)
    reader = FormReader(replace(draft(*pages), folder=tmp_path), "bundled")
    assert [reader.read(page).template_page for page in pages] == [1, 0]


def test_the_print_of_a_blurred_photo_fits(blank: Pixels) -> None:
    photo = np.asarray(cv2.GaussianBlur(blank, (0, 0), 3.0), np.uint8)
    placed = Finder(blank).find(photo, least=1.0)
    assert placed is not None
    assert placed.fit > 0.8


def test_dark_writing_hides_no_print_in_a_light_color(blank: Pixels) -> None:
    orange = np.asarray(255 - (255 - blank.astype(np.float32)) * (0.05, 0.3, 0.8), np.uint8)
    placed = Finder(orange).find(written(orange), least=load_trust().least_fit)
    assert placed is not None
    assert placed.fit >= load_trust().least_fit


def test_print_on_which_nothing_is_written_tells_the_form(blank: Pixels, tmp_path: pathlib.Path) -> None:
    pale = np.asarray(255 - 0.4 * (255 - blank.astype(np.float32)), np.uint8)
    write_png(tmp_path / "pale-1.png", pale)
    reader = FormReader(replace(draft(pale, name="pale"), folder=tmp_path), "bundled")
    page = np.vstack([written(pale)[: SIZE[1] * 2 // 3], pale[SIZE[1] * 2 // 3 :]])
    _, placed = reader.place(page)
    assert placed is not None
    assert placed.fit >= load_trust().least_fit


def test_writing_in_fields_makes_print_around_them_no_less_like(
    blank: Pixels, tmp_path: pathlib.Path
) -> None:
    sheet = np.where(blank < 255, np.uint8(0), blank)
    pale = np.where(sheet == 0, np.array((240, 130, 60), np.uint8), sheet)  # as forms that machines read
    write_png(tmp_path / "form-1.png", pale)
    reader = FormReader(replace(draft(pale), folder=tmp_path))
    placed = reader.place(written(pale))[1]
    assert placed is not None
    assert placed.fit > 0.9
