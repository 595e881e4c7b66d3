"""Stage 1: ink -> boxes of marks, line by line in reading order."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.photo.components import Places, Stats, bounded, find_components, sizes
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
    # lizard forgives: a list of conditions, one after the other
    places, stats, chosen = _candidates(ink)
    boxes = {int(label): box_of(stats[label]) for label in bounded(stats, chosen, places.shape)}
    boxes = _without_frames(boxes)
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


def count_left_out(ink: Ink) -> tuple[int, int]:
    """Return how many things there are that may be marks, and how many of them `find_marks` looks at."""
    places, stats, chosen = _candidates(ink)
    return int(chosen.sum()), len(bounded(stats, chosen, places.shape))


def _candidates(ink: Ink) -> tuple[Places, Stats, NDArray[np.bool_]]:
    """Return the components, and which of them are neither crumbs nor come from outside, (components,)."""
    places, stats = find_components(ink.mask)
    large = sizes(stats) >= MIN_MARK * float(np.hypot(*places.shape))
    large[0] = False
    return places, stats, large & ~_are_from_outside(stats, places.shape)


def find_one_mark(ink: Ink) -> list[list[Mark]]:
    """Return all ink as one mark: a picture of a few pixels holds one digit, whose strokes may be broken.

    Parameters
    ----------
    ink : Ink
    """
    places, stats = find_components(ink.mask)
    least = CRUMB * np.hypot(*ink.mask.shape)
    boxes = {label: box_of(stat) for label, stat in enumerate(stats) if label and max(stat[2:4]) >= least}
    if not boxes:
        return []
    return [[_mark(ink, places, list(boxes), functools.reduce(union, boxes.values()))]]


def box_of(stat: NDArray[np.int32]) -> Box:
    """Return the box around a component."""
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


def _are_from_outside(stats: Stats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell a table's edge or a finger: it lies along the picture's edge or in its corner."""
    height, width = shape
    left, top, wide, high, _ = stats.T
    beside = (left <= EDGE) | (left + wide >= width - EDGE)
    above = (top <= EDGE) | (top + high >= height - EDGE)
    small = np.maximum(wide / width, high / height) < OUTSIDE_SIZE
    along = (beside & (wide < high / 4)) | (above & (high < wide))
    return np.asarray((beside & above & small) | along)


def corners(boxes: Iterable[Box]) -> NDArray[np.int64]:
    """Return the left, top, right and bottom of boxes, (4, n)."""
    return np.array([(b.left, b.top, b.right, b.bottom) for b in boxes], np.int64).reshape(-1, 4).T


def overlap(sides: NDArray[np.int64], box: Box) -> Mask:
    """Return which of the boxes with these sides, (4, n), have pixels in common with a box."""
    left, top, right, bottom = sides
    across = np.minimum(right, box.right) - np.maximum(left, box.left)
    return np.asarray((across > 0) & (np.minimum(bottom, box.bottom) > np.maximum(top, box.top)))


def _without_frames(boxes: dict[int, Box]) -> dict[int, Box]:
    """Leave out frames: other marks of some size lie in them."""
    left, top, right, bottom = corners(boxes.values())

    def is_frame(box: Box) -> bool:
        inside = (box.left < left) & (right < box.right) & (box.top < top) & (bottom < box.bottom)
        inside &= bottom - top > FRAMED_HEIGHT * box.height
        return int(inside.sum()) >= FRAMED_MARKS

    return {label: box for label, box in boxes.items() if not is_frame(box)}


def _join(boxes: dict[int, Box], usual: float) -> list[tuple[list[int], Box]]:
    """Put the pieces of one digit together: a 5 and its bar, a stroke that broke."""
    joined: list[tuple[list[int], Box]] = []
    sides = np.zeros((4, len(boxes)), np.int64)  # of the boxes in `joined`
    for label, box in sorted(boxes.items(), key=lambda item: -item[1].height):
        best = _nearest(sides[:, : len(joined)], box, usual) if box.height < PIECE_HEIGHT * usual else None
        if best is None:
            best = len(joined)
            joined.append(([label], box))
        else:
            labels, whole = joined[best]
            joined[best] = ([*labels, label], union(whole, box))
        sides[:, best] = corners([joined[best][1]])[:, 0]
    return joined


def _nearest(sides: NDArray[np.int64], piece: Box, usual: float) -> int | None:
    """Return the nearest of the wholes with these sides, (4, n), to which a piece may belong."""
    left, top, right, bottom = sides
    width, height = right - left, bottom - top
    union_width = np.maximum(right, piece.right) - np.minimum(left, piece.left)
    union_height = np.maximum(bottom, piece.bottom) - np.minimum(top, piece.top)
    across, down = union_width - width - piece.width, union_height - height - piece.height
    belongs = (
        (across <= JOIN_ACROSS * usual)
        & (down <= JOIN_DOWN * usual)
        & (union_height <= JOINED_SIZE * np.maximum(usual, height))
        & (union_width <= JOINED_SIZE * np.maximum(usual, width))
    )
    if not belongs.any():
        return None
    return int(np.where(belongs, across.clip(0) + down.clip(0), np.inf).argmin())


def union(one: Box, other: Box) -> Box:
    """Return the box around two."""
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
    levels = np.full(len(marks), np.inf)  # where each line has got to
    for mark in sorted(marks, key=lambda mark: mark.box.left):
        away = np.abs(_level([mark], slope) - levels)
        best = int(np.argmin(away))
        if lines and away[best] <= LINE_REACH * (mark.box.height + lines[best][-1].box.height) / 2:
            lines[best].append(mark)
        else:
            best = len(lines)
            lines.append([mark])
        levels[best] = _level(lines[best][-LINE_MEMORY:], slope)
    return sorted(lines, key=lambda line: _level(line, slope))


def _center(mark: Mark) -> tuple[float, float]:
    return mark.box.left + mark.box.width / 2, mark.box.top + mark.box.height / 2


def _level(marks: list[Mark], slope: float) -> float:
    """Return the mean row of the marks' centers, brought to column 0 along the slope."""
    return float(np.mean([y - slope * x for x, y in map(_center, marks)]))


def find_slope(marks: Sequence[Mark], usual: float) -> float:
    """Return the usual rise, in rows per column, from a mark to its next one in the row."""
    centers = np.array([_center(mark) for mark in marks]).reshape(-1, 2)
    rises = []
    for center in centers:  # row by row, as all pairs at once would fill the memory
        across, down = (centers - center).T
        in_row = (across > usual / 4) & (across < NEXT * usual) & (abs(down) < MAX_SLOPE * across)
        if in_row.any():
            following = int(np.where(in_row, np.hypot(across, 2 * down), np.inf).argmin())
            rises.append(down[following] / across[following])
    return float(np.median(rises)) if rises else 0.0
