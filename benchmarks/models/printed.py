"""Fonts -> `print.npz`: printed digits as a photo shows them, small and large.

Run as `python -m benchmarks.models.printed [--output FILE]`; see knn_digits/datasets/PRINT.md. The fonts are
those that come with matplotlib; the same versions of it and of Pillow give the same bytes.
"""

import argparse
import importlib.util
import pathlib
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.models.layers import write_layer
from knn_digits.arrays import CLASSES, Digits
from knn_digits.datasets.printed import PRINT, Printed
from knn_digits.digit import normalize_strokes
from knn_digits.errors import MissingPartError
from knn_digits.photo.candidates import propose_plain
from knn_digits.photo.ink import find_ink

FACES = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSansMono-Bold"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    *("cmr10", "cmb10", "cmss10", "cmtt10", "cmti10"),
)
SEEN = ((12, 0.7), (12, 1.5), (16, 1.2), (28, 0.8))  # pixels: the height of a digit, and how blurred it is
PAGE = (3000, 200)  # pixels: a page so wide is looked at as it is
INK = 40  # grey


def find_face(name: str) -> pathlib.Path:
    """Return the file of a font of matplotlib's."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise MissingPartError("printed digits are drawn with matplotlib's fonts: pip install matplotlib")
    return pathlib.Path(spec.origin).parent / "mpl-data/fonts/ttf" / f"{name}.ttf"


def draw_digits(face: pathlib.Path, height: int, blur: float) -> Digits:
    """Return 0 to 9 of a font, so high and so blurred, (10, 28, 28); none where one breaks."""
    page = Image.new("L", PAGE, 255)
    size = height / _height(face, 100) * 100
    font = ImageFont.truetype(face, size)
    for label in range(CLASSES):
        place = (PAGE[0] * (label + 0.5) / CLASSES, PAGE[1] / 2)
        ImageDraw.Draw(page).text(place, str(label), font=font, fill=INK, anchor="mm")
    seen = np.asarray(page.filter(ImageFilter.GaussianBlur(blur)))
    ink = find_ink(np.repeat(seen[..., None], 3, axis=2))
    marks = propose_plain(ink, np.zeros_like(ink.mask))
    middles = (marks.boxes[:, 0] + marks.boxes[:, 2] / 2) * CLASSES / ink.mask.shape[1]
    order = np.argsort(middles)
    if not np.array_equal(middles[order].astype(int), np.arange(CLASSES)):
        return normalize_strokes([])
    return normalize_strokes([marks.pictures[row] for row in order])


def _height(face: pathlib.Path, size: int) -> float:
    _, top, _, bottom = ImageFont.truetype(face, size).getbbox("0")
    return float(bottom - top)


def make() -> Printed:
    """Return the digits of all faces and sights; a face whose digits fall to pieces is left out there."""
    parts = [(name, digits) for name, digits in _draw_all() if len(digits) == CLASSES]
    return Printed(
        digits=np.concatenate([digits for _, digits in parts]),
        labels=np.tile(np.arange(CLASSES), len(parts)),
        faces=np.repeat([name for name, _ in parts], CLASSES),
    )


def _draw_all() -> Iterator[tuple[str, Digits]]:
    for name in FACES:
        for height, blur in SEEN:
            yield name, draw_digits(find_face(name), height, blur)


def main(arguments: Sequence[str]) -> None:
    """Make and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=PRINT)
    options = parser.parse_args(arguments)
    printed = make()
    write_layer(options.output, printed)
    print(f"{len(printed.labels)} digits of {len(set(printed.faces.tolist()))} faces")


if __name__ == "__main__":
    main(sys.argv[1:])
