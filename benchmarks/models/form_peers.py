"""A page of a form -> how many of its fields other readers read right, each in its own way.

All are told where the form's boxes are, by our own placement.
"""

import collections
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.data.forms.fill import Filled
from knn_digits.arrays import Digits, Labels, Pixels
from knn_digits.forms.reader import FormReader, Seen
from knn_digits.reading import Reader

Counts: TypeAlias = collections.Counter[str]
SIDE, K = 20, 5  # pixels of a digit, and neighbors, as in OpenCV's sample
EDGE = 0.1  # of a box, on each side: its printed walls, which the sample knows nothing of
WINDOW, DARKER = 31, 10  # pixels and levels of brightness: of the sample's adaptive threshold
LEAST = 0.25  # of a box's height: a digit


@dataclass(frozen=True, eq=False)
class Sample:
    """OpenCV's own OCR sample: neighbors of raw pixels, 20 on each side.

    References
    ----------
    OpenCV, samples/python/digits.py and digits_video.py, and its tutorial "OCR of Hand-written Data".
    """

    model: Any

    @classmethod
    def of(cls, digits: Digits, labels: Labels) -> "Sample":
        """Return the sample taught by digits of MNIST's size, whose margin is taken off."""
        margin = (digits.shape[1] - SIDE) // 2
        rows = digits[:, margin:-margin, margin:-margin].reshape(len(digits), -1)
        model = cv2.ml.KNearest.create()
        model.train(rows.astype(np.float32), cv2.ml.ROW_SAMPLE, labels.astype(np.int32)[:, None])
        return cls(model)

    def read(self, seen: Seen) -> str:
        """Return the digits in a field's boxes, or on its line."""
        field = seen.field
        return "".join(
            text for box in field.cells or (field.box,) for text in self._digits(_inside(seen, box))
        )

    def _digits(self, grey: Pixels) -> Iterator[str]:
        flags = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV
        ink = np.asarray(cv2.adaptiveThreshold(grey, 255, *flags, WINDOW, DARKER), np.uint8)
        contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for x, y, width, height in sorted(tuple(cv2.boundingRect(one)) for one in contours):
            if height >= LEAST * grey.shape[0]:
                digit = _centered(ink[y : y + height, x : x + width])
                row = digit.reshape(1, -1).astype(np.float32)
                yield str(int(self.model.findNearest(row, K)[0]))


def _inside(seen: Seen, box: tuple[float, float, float, float]) -> Pixels:
    left, top, right, bottom = seen.crop.on_crop(box)
    across, down = EDGE * (right - left), EDGE * (bottom - top)
    rows, columns = (
        slice(round(top + down), round(bottom - down)),
        slice(round(left + across), round(right - across)),
    )
    return np.asarray(cv2.cvtColor(seen.crop.pixels[rows, columns], cv2.COLOR_RGB2GRAY), np.uint8)


def _centered(ink: Pixels) -> NDArray[np.uint8]:
    """Return a digit as the sample shows it to its neighbors: as large as the square, about its middle."""
    side = max(ink.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return np.asarray(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def count_whole_page(counts: Counts, reader: FormReader, pixels: Pixels, filled: Filled) -> None:
    """Count fields of which the whole page's reader has read all digits, those whose middle lies in them."""
    begun = time.process_time()
    reading = Reader("bundled").read(pixels)
    counts["milliseconds"] += round(1000 * (time.process_time() - begun))
    _, placed = reader.place(pixels)
    if placed is None:
        return
    back = np.linalg.inv(placed.matrix)
    page, (height, width) = reader.template.pages[0], filled.form.sheet.shape[:2]
    places = []
    for digit in (digit for line in reading.lines for digit in line.digits):
        x, y, w = back @ (digit.box.left + digit.box.width / 2, digit.box.top + digit.box.height / 2, 1)
        places.append((x / w * page.width / width, y / w * page.height / height, digit.text))
    for field in reader.template.fields:
        left, top, wide, high = field.box
        inside = [p for p in places if left <= p[0] < left + wide and top <= p[1] < top + high]
        counts["fields"] += 1
        counts["right"] += "".join(p[2] for p in sorted(inside)) == filled.truth[field.name]


def count_crops(
    read: Callable[[Seen], str], counts: Counts, reader: FormReader, pixels: Pixels, filled: Filled
) -> None:
    """Count fields whose crop a reader reads right."""
    number, placed = reader.place(pixels)
    if placed is None:
        return
    begun = time.process_time()
    for seen in reader.look(pixels, number, placed):
        counts["fields"] += 1
        counts["right"] += read(seen) == filled.truth[seen.field.name]
    counts["milliseconds"] += round(1000 * (time.process_time() - begun))


def rapid_reader() -> Callable[[Seen], str] | None:
    """Return what RapidOCR reads in a field's crop; None where it is not installed."""
    try:
        from rapidocr import RapidOCR
    except (ImportError, OSError):
        return None
    engine = RapidOCR()

    def read(seen: Seen) -> str:
        texts = getattr(engine(seen.crop.pixels[..., ::-1]), "txts", None) or ()
        return "".join(letter for letter in "".join(texts) if letter.isdecimal())

    return read


def form_peers(digits: Digits, labels: Labels) -> dict[str, Callable[..., None]]:
    """Return the readers by name; what OpenCV's sample is taught are these digits."""
    found: dict[str, Callable[..., None]] = {
        "whole page": count_whole_page,
        "OpenCV's sample on boxes": functools.partial(count_crops, Sample.of(digits, labels).read),
    }
    if (read := rapid_reader()) is not None:
        found["RapidOCR on crops"] = functools.partial(count_crops, read)
    return found
