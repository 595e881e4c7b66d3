"""Stage 1: the marks of a line -> its words.

Digits of one word stand at about the same distance, whether written close or spaced out; a word ends where it
is much larger. What is much larger is learned from drawn lines, and stands in `gaps.json`.
"""

import json
import pathlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.boxes import Box, corners
from knn_digits.ranks import median

FILE = pathlib.Path(__file__).with_name("gaps.json")  # made by `python -m benchmarks.learn_gaps`
LEARNED: dict[str, float] = json.loads(FILE.read_text("utf-8"))["gaps"]
# of the usual height: where a word ends, gap and way exceed the usual ones by more
WIDER = LEARNED["wider"]
# of the usual height: the same for the only gap of a line, which there is none to compare with
ALONE = LEARNED["alone"]


def find_words(boxes: Sequence[Box], *, wider: float | None = None) -> list[slice]:
    """Return the words of a line, from left to right.

    Parameters
    ----------
    boxes : sequence of Box
        Of its digits, from left to right.
    wider : float, optional
        Of their usual height: where a word ends, gap and way exceed the usual ones by more; by default
        that of digits.
    """
    if not boxes:
        return []
    wide = excess_of(boxes) > ((WIDER if wider is None else wider) if len(boxes) > 2 else ALONE)
    ends = [int(end) for end in 1 + np.flatnonzero(wide)]
    return [slice(start, stop) for start, stop in zip([0, *ends], [*ends, len(boxes)], strict=True)]


def excess_of(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Return by how much gap and way exceed the usual ones, the smaller of both, (n - 1,), over their height.

    There is nothing usual to the only gap of a line.
    """
    gaps, ways = gaps_and_ways(boxes)
    return np.minimum(gaps - usual(gaps), ways - usual(ways)) if len(gaps) > 1 else gaps


def gaps_and_ways(boxes: Sequence[Box]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the gaps between boxes and the ways from middle to middle, (n - 1,), over their usual height.

    Gaps are wide beside a narrow digit in the cell of a form, ways are short beside it in free writing.
    """
    left, top, right, bottom = corners(boxes)
    height = float(median(bottom - top))
    return (left[1:] - right[:-1]) / height, np.diff((left + right) / 2) / height


def usual(values: NDArray[np.float64]) -> float:
    """Return the median, of two in the middle the smaller; 0 where there are not several."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) > 1 else 0.0
