"""What is seen of a field -> the numbers that tell whether anything else is written in it, than is seen.

A digit may be too faint to be seen, or be written beyond the end of its field, where it is taken for what
others wrote around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.forms.crops import NEAR, Crop
from knn_digits.forms.records import Field
from knn_digits.forms.strokes import Mark, Piece, Written
from knn_digits.photo.boxes import Box

Sides = tuple[float, float, float, float]  # left, top, right, bottom in pixels of the crop


WIDE = 0.05  # of a box's height: strokes are about as wide
INNER = 0.06  # of a box's height: its edge is left out, where print is
DARKEST = 0.98  # of its pixels are lighter than strokes would be
LEAST = 0.003  # darkness: no paper is more even
MOST = 10.0  # spreads: what is darker is no better seen
FAR = 1.0  # of a box's height: strokes farther off are as far


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """A field on a page, and the marks that are its digits; None for a box where nothing is."""

    field: Field
    written: Written
    marks: tuple[Mark | None, ...]

    @property
    def crop(self) -> Crop:
        """Where it lies."""
        return self.written.crop

    @property
    def bare(self) -> list[Sides]:
        """The boxes where nothing is, or the whole field without boxes, on the crop."""
        if not self.field.cells:
            return [] if self.marks else [self.written.field]
        boxes = zip(self.field.cells, self.marks, strict=True)
        return [self.crop.on_crop(cell) for cell, mark in boxes if mark is None]


def measure_fields(seen: Sequence[Seen]) -> dict[str, NDArray[np.float32]]:
    """Return what speaks for more in each of n fields, one at least, by name, (n,) each."""
    found = [_measure(one) for one in seen]
    return {name: np.array([one[name] for one in found], np.float32) for name in found[0]}


def _measure(seen: Seen) -> dict[str, float]:
    written, bare, boxes = seen.written, seen.bare, [mark.box for mark in seen.marks if mark]
    left, _, right, _ = written.field
    around = _beside(written)
    before, after = _halves(around, (left + right) / 2)
    first, last = min([right, *(box.left for box in boxes)]), max([left, *(box.right for box in boxes)])
    return {
        "marks": float(len(boxes)),
        "bare": float(len(bare)),
        "faint": max([0.0, *(faint_ink(written.crop, box) for box in bare)]),
        "within": max([0.0, *(_within(one, left, right) for one in around)]),
        "noise": written.crop.noise / max(written.pen, LEAST),
        "fit": written.crop.fit,
        **_end("end", (right, last), [one.left for one in after], written.height),
        **_end("start", (-left, -first), [-one.right for one in before], written.height),
    }


def _beside(written: Written) -> list[Piece]:
    """Return the strokes of others at the height of a field."""
    _, top, _, bottom = written.field
    return [one for one in written.others if top <= one.box.top + one.box.height / 2 < bottom]


def _halves(pieces: Sequence[Piece], middle: float) -> tuple[list[Box], list[Box]]:
    """Return the boxes of strokes on the left of a column, and of those on its right."""
    boxes = [one.box for one in pieces]
    left = [box for box in boxes if box.left + box.width / 2 < middle]
    return left, [box for box in boxes if box not in left]


def _end(name: str, ends: tuple[float, float], places: Sequence[float], height: float) -> dict[str, float]:
    """Return how far the nearest of places is beyond an edge, and the last digit; and that from the edge."""
    edge, last = ends
    nearest = min(places, default=np.inf)
    return {
        f"over {name}": float(np.clip((nearest - edge) / height, -FAR, FAR)),
        f"gap at {name}": float(np.clip((nearest - last) / height, -FAR, FAR)),
        f"room at {name}": min((edge - last) / height, FAR),
    }


def _within(piece: Piece, left: float, right: float) -> float:
    """Return which share of a stroke's ink lies between two columns."""
    ink = piece.mask.sum(axis=0)
    columns = piece.box.left + np.arange(len(ink))
    return float(ink[(columns >= left) & (columns < right)].sum() / max(1, ink.sum()))


def faint_ink(crop: Crop, box: Sides) -> float:
    """Return how much darker the darkest of a box is than the rest, in spreads of that."""
    height = box[3] - box[1]
    edge = INNER * height
    left, top, right, bottom = (
        max(0, round(side + inward)) for side, inward in zip(box, (edge, edge, -edge, -edge), strict=True)
    )
    inner = slice(top, bottom), slice(left, right)
    if not (crop.away[inner] > NEAR).any():
        return 0.0
    seen = cv2.GaussianBlur(crop.ink[inner], (0, 0), WIDE * height)[crop.away[inner] > NEAR]
    middle, dark = np.quantile(seen, (0.5, DARKEST))
    spread = 1.4826 * float(np.median(np.abs(seen - middle))) + LEAST
    return min(float(dark - middle) / spread, MOST)
