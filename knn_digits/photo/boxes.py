"""Stage 1: ink -> boxes of marks, line by line in reading order."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.photo.components import find_components
from knn_digits.photo.ink import Ink

MIN_MARK = 0.012  # of the picture's diagonal: smaller things are crumbs whatever else is there
CRUMB = 0.05  # of the diagonal of a picture of one digit: smaller things are crumbs
MIN_HEIGHT = 0.35  # of the usual height: lower marks are dots, dashes and crumbs
MAX_HEIGHT = 2.5  # of the usual height: larger things are no digits
FAINT_MARK = 0.6  # of the usual contrast: fainter marks show through or are shadow
SOLID = 0.45  # of its longer side: a thing with a stroke as thick as this may be a blot
FULL = 0.9  # of its convex hull: such a thing is a blot if its ink fills as much
JOIN_ACROSS = 0.1  # of the usual height: pieces of one digit are this near side by side
JOIN_DOWN = 0.25  # of the usual height: pieces of one digit are this near above each other
JOINED_SIZE = 1.25  # of the usual height: pieces are joined up to this size
PIECE_HEIGHT = 0.75  # of the usual height: the lower one of two pieces is lower than this
LINE_REACH = 0.6  # of the mean height: a mark whose center is this near to a line belongs to it
LINE_MEMORY = 3  # marks whose mean tells where a line has got to
MAX_SLOPE = 0.6  # rows per column: lines rise or fall up to 30 degrees
NEXT = 4.0  # of the usual height: marks this near in a row tell the slope of the lines
RING = (2, 4)  # pixels: the paper just outside a mark lies this far from it
SOFT = 0.45  # of the darkness within: darker paper just outside belongs to a shadow
OUTSIDE_SIZE = 0.5  # of the picture's sides: what is larger does not come from outside
FRAMED_MARKS = 3  # marks within another make it a frame
FRAMED_HEIGHT = 0.03  # of the frame: marks lower than this are crumbs
EDGE = 1  # pixel: what comes this near to the picture's edge touches it


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels; `left` and `top` are its first column and row."""

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
@dataclass(frozen=True, kw_only=True)
class Mark:
    """One mark on the photo that may be a digit.

    ink : (height, width) uint8
        Its own ink 0..255 and nothing of its neighbors'.
    """

    box: Box
    ink: Pixels


def find_marks(ink: Ink) -> list[list[Mark]]:
    """Return the marks that may be digits, line by line, from top to bottom and left to right.

    Parameters
    ----------
    ink : Ink
    """
    mask = ink.mask
    places, stats = find_components(mask)
    least = MIN_MARK * float(np.hypot(*mask.shape))
    boxes = {label: _box(stat) for label, stat in enumerate(stats) if label and max(stat[2:4]) >= least}
    boxes = {label: box for label, box in boxes.items() if not _is_from_outside(box, mask.shape)}
    boxes = {label: box for label, box in boxes.items() if not _is_frame(box, boxes)}
    boxes = {label: box for label, box in boxes.items() if not _is_blot(places, label, box)}
    boxes = {label: box for label, box in boxes.items() if not _is_soft(ink, places, label, box)}
    heights = [box.height for box in boxes.values()]
    usual = _usual(heights, heights)
    boxes = {
        label: box for label, box in boxes.items() if max(box.width / 2, box.height) <= MAX_HEIGHT * usual
    }
    marks = [_mark(ink, places, labels, box) for labels, box in _join(boxes, usual)]
    marks = [mark for mark in marks if mark.box.height >= MIN_HEIGHT * usual]
    contrast = _usual([_contrast(mark) for mark in marks], [mark.box.height for mark in marks])
    return _lines([mark for mark in marks if _contrast(mark) >= FAINT_MARK * contrast], usual)


def find_one_mark(ink: Ink) -> list[list[Mark]]:
    """Return all ink as one mark: a picture of a few pixels holds one digit, whose strokes may be broken.

    Parameters
    ----------
    ink : Ink
    """
    places, stats = find_components(ink.mask)
    least = CRUMB * np.hypot(*ink.mask.shape)
    boxes = {label: _box(stat) for label, stat in enumerate(stats) if label and max(stat[2:4]) >= least}
    if not boxes:
        return []
    return [[_mark(ink, places, list(boxes), functools.reduce(_union, boxes.values()))]]


def _box(stat: NDArray[np.int32]) -> Box:
    left, top, width, height = (int(value) for value in stat[:4])
    return Box(left=left, top=top, width=width, height=height)


def _usual(values: Sequence[float], heights: list[int]) -> float:
    """Return the median, weighted by the square of the heights: a page has more crumbs than digits."""
    if not values:
        return 0.0
    order = np.argsort(values)
    weights = (np.array(heights, np.float64)[order] ** 2).cumsum()
    return float(values[order[np.searchsorted(weights, weights[-1] / 2)]])


def _contrast(mark: Mark) -> float:
    """Return how dark the mark's ink is, 0 to 255."""
    return float(np.median(mark.ink[mark.ink > mark.ink.max() / 2])) if mark.ink.any() else 0.0


def _is_blot(places: NDArray[np.int32], label: int, box: Box) -> bool:
    there = places[box.top : box.bottom, box.left : box.right] == label
    depth = cv2.distanceTransform(np.pad(there.astype(np.uint8), 1), cv2.DIST_L2, 3)
    if 2 * float(depth.max()) <= SOLID * max(box.width, box.height):
        return False
    hull = cv2.contourArea(cv2.convexHull(cv2.findNonZero(there.astype(np.uint8))))
    return float(there.sum()) > FULL * hull


def _is_soft(ink: Ink, places: NDArray[np.int32], label: int, box: Box) -> bool:
    """Tell shadow: just outside it the paper is nearly as dark as within."""
    reach = RING[1]
    rows = slice(max(0, box.top - reach), box.bottom + reach)
    columns = slice(max(0, box.left - reach), box.right + reach)
    near, darkness = places[rows, columns], ink.darkness[rows, columns]
    own = (near == label).astype(np.uint8)
    inner, outer = (cv2.dilate(own, np.ones((2 * r + 1, 2 * r + 1), np.uint8)) for r in RING)
    ring = darkness[(outer > inner) & (near == 0)]
    return bool(ring.size and ring.mean() > SOFT * darkness[own > 0].mean())


def _is_from_outside(box: Box, shape: tuple[int, ...]) -> bool:
    """Tell a table's edge or a finger: it lies along the picture's edge or in its corner."""
    height, width = shape
    beside = box.left <= EDGE or box.right >= width - EDGE
    above = box.top <= EDGE or box.bottom >= height - EDGE
    small = max(box.width / width, box.height / height) < OUTSIDE_SIZE
    along = (beside and box.width < box.height / 4) or (above and box.height < box.width)
    return (beside and above and small) or along


def _is_frame(box: Box, boxes: dict[int, Box]) -> bool:
    """Tell a frame: other marks of some size lie in it."""
    inside = [
        other
        for other in boxes.values()
        if box.left < other.left
        and other.right < box.right
        and box.top < other.top
        and other.bottom < box.bottom
    ]
    return len([other for other in inside if other.height > FRAMED_HEIGHT * box.height]) >= FRAMED_MARKS


def _join(boxes: dict[int, Box], usual: float) -> list[tuple[list[int], Box]]:
    """Put the pieces of one digit together: a 5 and its bar, a stroke that broke."""
    joined: list[tuple[list[int], Box]] = []
    for label, box in sorted(boxes.items(), key=lambda item: -item[1].height):
        near = [i for i, (_, whole) in enumerate(joined) if _belong(whole, box, usual)]
        if near:
            best = min(near, key=lambda i: _distance(joined[i][1], box))
            labels, whole = joined[best]
            joined[best] = ([*labels, label], _union(whole, box))
        else:
            joined.append(([label], box))
    return joined


def _belong(whole: Box, piece: Box, usual: float) -> bool:
    union = _union(whole, piece)
    return (
        piece.height < PIECE_HEIGHT * usual
        and union.width - whole.width - piece.width <= JOIN_ACROSS * usual
        and union.height - whole.height - piece.height <= JOIN_DOWN * usual
        and union.height <= JOINED_SIZE * max(usual, whole.height)
        and union.width <= JOINED_SIZE * max(usual, whole.width)
    )


def _distance(one: Box, other: Box) -> float:
    union = _union(one, other)
    across, down = union.width - one.width - other.width, union.height - one.height - other.height
    return max(0, across) + max(0, down)


def _union(one: Box, other: Box) -> Box:
    left, top = min(one.left, other.left), min(one.top, other.top)
    right, bottom = max(one.right, other.right), max(one.bottom, other.bottom)
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def _mark(ink: Ink, places: NDArray[np.int32], labels: list[int], box: Box) -> Mark:
    """Cut out the ink of these components with its soft edge, and nothing of other components."""
    height, width = places.shape
    rows = slice(max(0, box.top - 1), min(height, box.bottom + 1))
    columns = slice(max(0, box.left - 1), min(width, box.right + 1))
    near = places[rows, columns]
    own = np.isin(near, labels)
    soft = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ((near == 0) | own)
    return Mark(box=box, ink=(255 * ink.darkness[rows, columns] * soft).astype(np.uint8))


def _lines(marks: list[Mark], usual: float) -> list[list[Mark]]:
    """Put the marks in reading order, following each line from left to right as it drifts."""
    slope = find_slope(marks, usual)
    lines: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: mark.box.left):
        away = [abs(_level([mark], slope) - _level(line[-LINE_MEMORY:], slope)) for line in lines]
        best = int(np.argmin(away)) if away else -1
        if away and away[best] <= LINE_REACH * (mark.box.height + lines[best][-1].box.height) / 2:
            lines[best].append(mark)
        else:
            lines.append([mark])
    return sorted(lines, key=lambda line: _level(line, slope))


def _center(mark: Mark) -> tuple[float, float]:
    return mark.box.left + mark.box.width / 2, mark.box.top + mark.box.height / 2


def _level(marks: list[Mark], slope: float) -> float:
    """Return the mean row of the marks' centers, brought to column 0 along the slope."""
    return float(np.mean([y - slope * x for x, y in map(_center, marks)]))


def find_slope(marks: Sequence[Mark], usual: float) -> float:
    """Return the usual rise, in rows per column, from a mark to its next one in the row."""
    centers = np.array([_center(mark) for mark in marks]).reshape(-1, 2)
    across, down = (centers[:, axis] - centers[:, axis, None] for axis in (0, 1))
    in_row = (across > usual / 4) & (across < NEXT * usual) & (abs(down) < MAX_SLOPE * across)
    rises = []
    for i, row in enumerate(in_row):
        if row.any():
            following = int(np.where(row, np.hypot(across[i], 2 * down[i]), np.inf).argmin())
            rises.append(down[i, following] / across[i, following])
    return float(np.median(rises)) if rises else 0.0
