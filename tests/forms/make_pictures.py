"""The sample forms, drafted, laid and reviewed -> pictures in docs/: `python -m tests.forms.make_pictures`.

The review is taken in Chromium.
"""

import contextlib
import pathlib
import tempfile

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.cli import run
from knn_digits.forms.place import Matrix
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import Rect
from knn_digits.forms.template import read_template
from knn_digits.images import read_picture
from knn_digits.reports.canvas import write
from tests.forms.test_form_command import CHROMIUM, FLAGS

ROOT = pathlib.Path(__file__).parents[2]
DOCS, SAMPLES = ROOT / "docs", pathlib.Path("samples/forms")
PHOTO = SAMPLES / "filled-1.jpg"
WIDTH, COLORS = 800, 64  # of a picture: pixels, and colors, for small files
PART = 0.45  # of a page, from its top: where its fields are
PEN = (200, 30, 60)
BESIDE, HIGH = 5.0, 0.5  # mm, and of a box's height: what is read, right of its field
SIZES = (1280, 800), (400, 800)


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(ROOT):
        folder = pathlib.Path(name)
        run(["form", "draft", str(SAMPLES / "form-1.png"), "--output", str(folder / "form.json")])
        save("forms-draft", read_picture(folder / "form.fields.png").pixels)
        save("forms-laid", lay())
        form, scans = str(SAMPLES / "form.json"), map(str, sorted(SAMPLES.glob("filled-*.jpg")))
        review = folder / "review.html"
        run(["form", "read", form, *scans, "--output", str(folder / "out.csv"), "--review", str(review)])
        take(review)


def save(name: str, pixels: Pixels) -> None:
    """Write the upper part of a page."""
    page = Image.fromarray(pixels)
    page = page.crop((0, 0, page.width, round(PART * page.height)))
    page = page.resize((WIDTH, round(page.height * WIDTH / page.width)), Image.Resampling.LANCZOS)
    page.quantize(COLORS).save(DOCS / f"{name}.png", optimize=True)


def lay() -> Pixels:
    """Return a photo with the fields of the form drawn where they lie on it, and what is read in them."""
    drawn = read_picture(PHOTO).pixels.copy()
    template = read_template(SAMPLES / "form.json")
    reader, page = FormReader(template), template.pages[0]
    placed = reader.place(drawn)[1]
    assert placed
    height, width = read_picture(SAMPLES / page.picture).pixels.shape[:2]
    matrix = placed.matrix @ np.diag([width / page.width, height / page.height, 1])
    for one in reader.read(drawn).fields:
        left, top, wide, high = one.field.box
        seen = [outline(matrix, cell) for cell in one.field.cells]
        beside = outline(matrix, (left + wide + BESIDE, top, wide, HIGH * high))
        cv2.polylines(drawn, seen, True, PEN, 2, cv2.LINE_AA)
        size = float(beside[3, 1] - beside[0, 1])
        told = f"{one.text} {one.status}".strip()
        write(drawn, told, tuple(beside[3].tolist()), height=size, color=PEN)
    return drawn


def outline(matrix: Matrix, box: Rect) -> NDArray[np.int32]:
    """Return the corners of a box of the template on a picture, from the left top one clockwise."""
    left, top, wide, high = box
    corners = [(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]
    seen = cv2.perspectiveTransform(np.array([corners]), matrix)[0]
    return np.asarray(np.round(seen), np.int32)


def take(review: pathlib.Path) -> None:
    """Take the review at both sizes."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, height in SIZES:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
            page.goto(review.as_uri())
            page.screenshot(path=DOCS / f"forms-review-{width}.png")
        browser.close()


if __name__ == "__main__":
    main()
