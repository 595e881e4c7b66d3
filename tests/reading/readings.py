"""What the tests of reading share: the digits of a page, and what is read of them."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading, Reading

PHOTOS = pathlib.Path(__file__).parents[3] / "shared" / "photos"
SAMPLES = pathlib.Path(__file__).parents[2] / "samples"
RULE = 0.4  # how dark printed rules are, ink being 1
STROKE = 2  # pixels of a 28×28 digit: the box of what is read at another level is off by less
DIGITS = "01234\n56789"


def digits_of(reading: Reading) -> list[DigitReading]:
    return [digit for line in reading.lines for digit in line.digits]


def boxes_of(reading: Reading) -> list[Box]:
    return [digit.box for digit in digits_of(reading)]


def without_spaces(reading: Reading) -> str:
    return reading.text.replace(" ", "")


def apart(found: Sequence[Box], drawn: Sequence[Box]) -> float:
    """Return by how many pixels a side of a box is off, at most."""
    sides: list[NDArray[np.int64]] = [
        np.array([(box.left, box.top, box.right, box.bottom) for box in boxes]) for boxes in (found, drawn)
    ]
    return float(np.abs(sides[0] - sides[1]).max())


def scaled(boxes: Sequence[Box], scale: float) -> list[Box]:
    return [
        Box(**{name: round(side * scale) for name, side in dataclasses.asdict(box).items()}) for box in boxes
    ]


def printed(lines: Pixels) -> Pixels:
    return (RULE * lines.astype(np.float64)).astype(np.uint8)


def save(path: pathlib.Path, pixels: Pixels, *, orientation: int | None = None) -> pathlib.Path:
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, quality=95, exif=exif)
    return path


def comparable(reading: Reading) -> object:
    """Return the reading with its arrays as bytes."""
    digits = [
        [
            (digit.label, digit.probability, digit.box, digit.digit.tobytes(), digit.neighbors)
            for digit in line.digits
        ]
        for line in reading.lines
    ]
    return reading.width, reading.height, reading.warnings, digits
