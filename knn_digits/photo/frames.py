"""Stage 1: ink -> the frames of forms on it, which stand alone or share their walls, and all its rules."""

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.digit import NO_INK, stroke_width
from knn_digits.photo.components import Components, Span, bounded, find_components
from knn_digits.photo.ink import Ink
from knn_digits.photo.numbers import numbers_of
from knn_digits.photo.rules import (
    FAINT,
    MIN_MARK,
    WHOLE,
    Piece,
    Rule,
    erase,
    find_straight_rules,
    fit_trimmed,
    is_seen,
    most_thickness,
    thin_ink,
    turn,
)
from knn_digits.ranks import median

NUMBERS = numbers_of(__name__)
FRAME_ASPECT: float = NUMBERS["FRAME_ASPECT"]  # the longer side of a frame over its shorter one, at most


def find_frames(faint: Mask) -> Mask:
    """Return the pixels of frames that touch nothing within, and of the rules of frames in rows.

    They go before rules are looked for, as the tops of a row of frames look like one dashed line.

    Parameters
    ----------
    faint : (height, width) bool
        Ink down to `FAINT` of the threshold.
    """
    components = find_components(faint)
    thickness = most_thickness(faint, stroke_width(faint))
    frames = np.zeros_like(faint)
    for label in _large(components):
        inside, there, margin = _component(components, label)
        level, back = _level(there)
        margin = max(1, round((1 - WHOLE) * min(level.shape)))
        if not _has_four_sides(level, margin):
            continue
        walls = _find_walls(level, margin)
        bare = not level[margin:-margin, margin:-margin].any()
        if walls:
            frames[inside] |= there & ~_without_walls(there, walls, level.shape[::-1], back, thickness)
        elif bare and max(level.shape) <= FRAME_ASPECT * min(level.shape):
            frames[inside] |= there
    if not frames.any():
        return frames
    wide = cv2.dilate(frames.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    return np.asarray(wide & (frames | ~faint))


def _find_walls(level: Mask, margin: int) -> list[int]:
    """Return the columns of the walls that frames in a row share; none where it is no such row."""
    height = len(level)
    if _even_walls(level.T, margin, height):
        return []  # a grid: its rules run on through many frames, and are found as rules
    return _even_walls(level, max(margin, height / FRAME_ASPECT), height * FRAME_ASPECT)


def _even_walls(level: Mask, least: float, most: float) -> list[int]:
    """Return the columns of walls from top to bottom, in even steps of `least` to `most` pixels."""
    width = level.shape[1]
    for frames in range(int(width / least), 1, -1):
        step = width / frames
        if step > most:
            break
        reach = max(1, round((1 - WHOLE) * step))
        bent = cv2.dilate(level.astype(np.uint8), np.ones((1, 2 * reach + 1), np.uint8))
        cover = bent.mean(axis=0)
        near = [slice(int(i * step) - reach, int(i * step) + reach + 2) for i in range(1, frames)]
        if all(cover[part].max() >= WHOLE for part in near):
            best = [np.flatnonzero(cover[part] == cover[part].max()).mean() for part in near]
            return [part.start + int(place) for part, place in zip(near, best, strict=True)]
    return []


def _without_walls(
    there: Mask, walls: list[int], size: tuple[int, int], back: NDArray[np.float64], thickness: float
) -> Mask:
    """Return a mark without the rules of its frames.

    Parameters
    ----------
    there : (height, width) bool
    walls : list
        The columns of the walls, once it lies level.
    size : (width, height)
        Of the level mark.
    back : (2, 3) float64
        Leads from the level mark to this one.
    thickness : float
        Pixels: of a rule, at most.
    """
    width, height = size
    rows = [((0, y), (width, y)) for y in (0, height - 1)]
    columns = [((x, 0), (x, height)) for x in (0, *walls, width - 1)]
    upright = abs(back[0, 0]) < abs(back[0, 1])  # the frames stand on each other
    reach = max(1, round((1 - WHOLE) * min(height, width / (len(walls) + 1))))
    left = there.astype(np.uint8)
    for ends, turned in ((rows, upright), (columns, not upright)):
        ink = turn(left) if turned else left
        pieces = _follow(ends, back[::-1] if turned else back, ink, reach, thickness)
        ink = erase(ink, [Rule((piece,)) for piece in pieces])
        left = turn(ink) if turned else ink
    return left.astype(bool)


def _follow(
    ends: list[tuple[tuple[int, int], tuple[int, int]]],
    back: NDArray[np.float64],
    ink: Pixels,
    reach: int,
    thickness: float,
) -> Iterator[Piece]:
    """Yield the rules between these ends, bent as the ink is."""
    thin = thin_ink(ink, thickness)
    for one, other in ends:
        (start, first), (stop, last) = sorted((back @ (*end, 1)).tolist() for end in (one, other))
        start, stop = max(0, round(start)), min(ink.shape[1], round(stop))
        columns = np.arange(stop - start)
        path = np.linspace(first, last, len(columns))
        offsets = np.arange(-reach, reach + 1)[:, None]
        near = thin[(np.round(path).astype(np.int64) + offsets).clip(0, len(ink) - 1), start + columns]
        found = near.any(axis=0)
        if found.sum() < 3 or not is_seen(float(found.mean())):  # a parabola needs three
            continue
        middle = path[found] + (near * offsets).sum(axis=0)[found] / near.sum(axis=0)[found]
        across = float(median(near.sum(axis=0)[found]))
        center, _ = fit_trimmed(columns[found], middle, across)
        yield Piece(start, stop, 0, center, across)


def remove_frame_sides(mask: Mask) -> Mask:
    """Return the ink without the sides of frames; what is within them, or touches them from within, is kept.

    A frame is a mark whose ink runs along all of its four sides, into the corners.

    Parameters
    ----------
    mask : (height, width) bool
    """
    components = find_components(mask)
    left = mask
    for label in _large(components):
        inside, there, margin = _component(components, label)
        if _has_four_sides(there, margin):
            left = mask.copy() if left is mask else left
            for part, own in zip(_sides(left[inside], margin), _sides(there, margin), strict=True):
                part[own] = False
    return left


def _large(components: Components) -> list[int]:
    """Return the components that are large enough for frames."""
    stats, shape = components.stats, components.ink.shape
    shorter = np.minimum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    return [int(label) for label in bounded(stats, shorter >= MIN_MARK * math.hypot(*shape), shape)]


def _component(components: Components, label: int) -> tuple[Span, Mask, int]:
    """Return where a component is, its pixels, and how far from its outline sides may lie."""
    there = components.own(label)
    return components.span(label), there, max(1, round((1 - WHOLE) * min(there.shape)))


def _level(there: Mask) -> tuple[Mask, NDArray[np.float64]]:
    """Return a mark, the smallest rectangle around it laid on its longer side, and the (2, 3) way back."""
    middle, (width, height), angle = cv2.minAreaRect(cv2.findNonZero(there.astype(np.uint8)))
    if width < height:
        width, height, angle = height, width, angle - 90
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, angle, 1.0), np.float64)
    matrix[:, 2] += np.array([width, height]) / 2 - middle
    size = (max(1, round(width) + 1), max(1, round(height) + 1))
    level = np.asarray(cv2.warpAffine(there * np.uint8(255), matrix, size)) > NO_INK
    return level, np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def _sides(there: Mask, margin: int) -> list[Mask]:
    return [there[:margin], there[-margin:], there[:, :margin].T, there[:, -margin:].T]


def _has_four_sides(there: Mask, margin: int) -> bool:
    return all(float(side.any(axis=0).mean()) >= WHOLE for side in _sides(there, margin))


def find_rules(ink: Ink) -> Mask:
    """Return the pixels of rules, frames and grids, (height, width) bool."""
    faint = ink.darkness > FAINT * ink.threshold
    frames = find_frames(faint)
    faint[frames] = False
    rules = find_straight_rules(faint)
    # What is no longer needed gives its memory to what is.
    mask = np.logical_or(rules, frames, out=faint)
    np.greater(ink.mask, mask, out=mask)  # ink, and none of these
    frames[ink.darkness <= 0] = False
    rules |= frames
    del frames
    left = remove_frame_sides(mask)
    rules |= np.greater(mask, left, out=mask)
    return rules
