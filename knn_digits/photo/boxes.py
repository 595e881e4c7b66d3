"""Stage 1: boxes of marks on a photo -> what they hold, where they meet; the ink of one digit -> its mark."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.digit import stroke_width
from knn_digits.photo.components import find_components, sizes, soft_ink
from knn_digits.photo.ink import Ink
from knn_digits.record import Record

Boxes = NDArray[np.int64]  # (n, 4): left, top, width, height


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Box(Record):
    """A rectangle in pixels; `left` and `top` are its first column and row."""

    _listed: ClassVar[bool] = True

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.top + self.height


def cut_out(photo: Pixels, box: Box, *, scale: float, around: float) -> Pixels:
    """Return the pixels of a box and of the paper around it, at least one of them.

    Parameters
    ----------
    photo : (height, width[, 3]) uint8
    box : Box
    scale : float
        Pixels of `photo` for each pixel of the box.
    around : float
        How much paper, of the longer side of the box.
    """
    margin = around * max(box.width, box.height)
    height, width = photo.shape[:2]
    left, top, right, bottom = (
        round(side * scale)
        for side in (box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
    )
    left, top = min(max(0, left), width - 1), min(max(0, top), height - 1)
    return photo[top : max(top + 1, bottom), left : max(left + 1, right)]


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Mark:
    """One mark on the photo that may be a digit.

    ink : (height, width) uint8
        Its own ink 0..255 and nothing of its neighbors'.
    """

    box: Box
    ink: Pixels


def find_one_mark(ink: Ink) -> Mark | None:
    """Return all ink as one mark: a picture of a few pixels holds one digit, whose strokes may be broken.

    Parameters
    ----------
    ink : Ink

    Returns
    -------
    Mark, or None where there are crumbs at most
    """
    components = find_components(ink.mask)
    # Crumbs are shorter than a stroke is wide.
    large = np.flatnonzero(sizes(components.stats) >= stroke_width(ink.mask))[1:].tolist()
    if not large:
        return None
    box = functools.reduce(union, map(box_of, components.stats[large]))
    span = components.span(*large, around=1)
    return Mark(box=box, ink=soft_ink(ink.darkness[span], *components.cut_out(span, *large)))


def box_of(row: NDArray[np.integer[Any]]) -> Box:
    """Return the box of a row of `Boxes`, or the one around a component by its stats."""
    left, top, width, height = (int(value) for value in row[:4])
    return Box(left=left, top=top, width=width, height=height)


def box_around(points: NDArray[np.float64]) -> Box:
    """Return the box around points, (n, 2) columns and rows, of at least one pixel."""
    (left, top), (right, bottom) = np.round(points.min(axis=0)), np.round(points.max(axis=0))
    return Box(
        left=int(left), top=int(top), width=max(1, int(right - left)), height=max(1, int(bottom - top))
    )


def corners(boxes: Iterable[Box]) -> NDArray[np.int64]:
    """Return the left, top, right and bottom of boxes, (4, n)."""
    return np.array([(b.left, b.top, b.right, b.bottom) for b in boxes], np.int64).reshape(-1, 4).T


def overlap(sides: NDArray[np.int64], box: Box) -> Mask:
    """Return which of the boxes with these sides, (4, n), have pixels in common with a box."""
    left, top, right, bottom = sides
    across = np.minimum(right, box.right) - np.maximum(left, box.left)
    return np.asarray((across > 0) & (np.minimum(bottom, box.bottom) > np.maximum(top, box.top)))


def union(one: Box, other: Box) -> Box:
    """Return the box around two."""
    left, top = min(one.left, other.left), min(one.top, other.top)
    right, bottom = max(one.right, other.right), max(one.bottom, other.bottom)
    return Box(left=left, top=top, width=right - left, height=bottom - top)
