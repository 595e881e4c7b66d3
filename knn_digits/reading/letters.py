"""Marks, those of lines with digits known -> how many words stand in the other lines.

What stands in such a line is not looked at one by one: marks near each other whose feet stand on one line are
writing or print.
"""

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.boxes import Box, Boxes
from knn_digits.photo.candidates import INK
from knn_digits.photo.gaps import find_words, gaps_and_ways, usual
from knn_digits.photo.lines import find_lines
from knn_digits.reading.marks import Marks

FEWEST = 3  # marks of a line
UNEVEN = 0.12  # of their usual height: from one foot to the next, usually, at most
APART = 1.0  # of the same: letters stand nearer to each other, usually
WIDE = 1.5  # width over height: one mark from which it is several letters that are joined


def count_words(marks: Marks, known: Boxes) -> int:
    """Return how many words stand in lines whose marks are not known; (n, 4) boxes hold those that are."""
    if not len(marks):
        return 0
    plain = np.flatnonzero((marks.features["level"] == 1) & (marks.features["kind"] == INK))
    boxes = marks.boxes[plain]
    boxes = boxes[~_stand_in(boxes, known)]
    return sum(_count_in(boxes[line]) for line in find_lines(boxes))


def _stand_in(boxes: Boxes, known: Boxes) -> NDArray[np.bool_]:
    """Return whose middle is in another's box."""
    middles = boxes[:, None, :2] + boxes[:, None, 2:] / 2
    inside = (known[:, :2] <= middles) & (middles <= known[:, :2] + known[:, 2:])
    return np.asarray((inside.sum(axis=2) == 2).sum(axis=1) > 0)


def _count_in(line: Boxes) -> int:
    """Return how many words a line has, from left to right; none where it is no writing."""
    feet = line[:, 1] + line[:, 3]
    if len(line) < FEWEST or np.median(np.abs(np.diff(feet))) > UNEVEN * np.median(line[:, 3]):
        return 0
    boxes = [Box(left=x, top=y, width=width, height=height) for x, y, width, height in line.tolist()]
    if usual(gaps_and_ways(boxes)[0]) > APART:
        return 0
    words = [line[word] for word in find_words(boxes)]
    return sum(len(word) > 1 or bool(word[0, 2] > WIDE * word[0, 3]) for word in words)
