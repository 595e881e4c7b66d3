"""Stage 1: the marks of a line -> its words, and what in its gaps may be a sign.

Digits of one word stand at about the same distance, whether written close or spaced out; a word ends where it
is much larger. What is much larger was learned from drawn lines (`python -m benchmarks.measure.gaps`).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Box, box_of, corners, overlap
from knn_digits.photo.components import Stats, bounded, find_components
from knn_digits.photo.ink import Ink

WIDER = 0.45  # of the usual height: where a word ends, gap and way exceed the usual ones by more
ALONE = 1.3  # of the usual height: the same for the only gap of a line, which there is none to compare with
POINT = 0.8  # of the usual stroke: what is smaller is a crumb
LOW = 0.6  # of the line's usual height: points and commas are lower
COMMA = 0.25  # of the usual height: a comma goes so far below the line
NEAR = 3.0  # of the usual height: signs stand in gaps up to this
BEYOND = 0.08  # of its height: a stroke between digits stands out from them by this, above and below


def find_words(boxes: Sequence[Box]) -> list[slice]:
    """Return the words of a line, from left to right.

    Parameters
    ----------
    boxes : sequence of Box
        Of its digits, from left to right.
    """
    if not boxes:
        return []
    gaps, ways = gaps_and_ways(boxes)
    excess = np.minimum(gaps - usual(gaps), ways - usual(ways))
    wide = excess > WIDER if len(gaps) > 1 else gaps > ALONE
    ends = [int(end) for end in 1 + np.flatnonzero(wide)]
    return [slice(start, stop) for start, stop in zip([0, *ends], [*ends, len(boxes)], strict=True)]


def gaps_and_ways(boxes: Sequence[Box]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the gaps between boxes and the ways from middle to middle, (n - 1,), over their usual height.

    Gaps are wide beside a narrow digit in the cell of a form, ways are short beside it in free writing.
    """
    left, top, right, bottom = corners(boxes)
    height = float(np.median(bottom - top))
    return (left[1:] - right[:-1]) / height, np.diff((left + right) / 2) / height


def usual(values: NDArray[np.float64]) -> float:
    """Return the median, of two in the middle the smaller; 0 where there are not several."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) > 1 else 0.0


def count_spots(ink: Ink, lines: Sequence[Sequence[Box]]) -> list[int]:
    """Return for each line how many small marks stand between two of its digits: points, commas, signs.

    Parameters
    ----------
    ink : Ink
    lines : sequence of sequences of Box
        The digits, from left to right, in pixels of the ink.
    """
    places, stats = find_components(ink.mask)
    shorter = np.minimum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    large = shorter >= POINT * stroke_width(ink.mask)
    spots = stats[bounded(stats, large, places.shape)]
    every = corners(box for line in lines for box in line)
    alone = np.array([not overlap(every, box_of(spot)).any() for spot in spots], bool)
    return [_count_between(spots[alone], line) for line in lines]


def _count_between(spots: Stats, line: Sequence[Box]) -> int:
    left, top, right, bottom = corners(line)
    if len(line) < 2:
        return 0
    usual = float(np.median(bottom - top))
    x, y = spots[:, 0] + spots[:, 2] / 2, spots[:, 1] + spots[:, 3] / 2
    after = np.searchsorted(left, x)  # the digit to its right
    between = (after > 0) & (after < len(line)) & (spots[:, 3] < LOW * usual) & (spots[:, 2] < usual)
    after = after.clip(1, len(line) - 1)
    before = after - 1
    high = np.minimum(top[before], top[after])
    low = np.maximum(bottom[before], bottom[after]) + COMMA * usual
    near = left[after] - right[before] <= NEAR * usual
    return int((between & near & (y > high) & (y < low)).sum())


def count_strokes(lines: Sequence[Sequence[Box]], ones: Sequence[Sequence[bool]]) -> int:
    """Return how many digits read 1 may be strokes between digits: they stand out above and below.

    Parameters
    ----------
    lines : sequence of sequences of Box
    ones : sequence of sequences of bool
        Which of them are read 1.
    """
    found = 0
    for line, read_1 in zip(lines, ones, strict=True):
        for before, box, after, is_1 in zip(line, line[1:], line[2:], read_1[1:], strict=False):
            reach = BEYOND * box.height
            above = min(before.top, after.top) - box.top >= reach
            found += is_1 and above and box.bottom - max(before.bottom, after.bottom) >= reach
    return found
