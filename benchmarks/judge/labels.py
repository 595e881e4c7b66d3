"""Marks + what is known of their page -> which of them are digits of the text with their label right.

Of a drawn page each box is known; of a photo only its text: it is aligned with what is read, and read again
with what was learned from that.
"""

import collections
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.lines import find_lines
from knn_digits.reading.choice import Evidence, choose, overlap
from knn_digits.reading.marks import Marks

RIGHT, WRONG, UNKNOWN, MISNAMED = 1, 0, -1, 2  # misnamed: a digit of the text, its label wrong
SAME, NEAR = 0.65, 0.4  # of the boxes' union: what shares more is the same thing, or may be
CHOSEN = 0.12  # evidence from which a mark may be what the truth tells
MISSED = -2.0  # points of an alignment, for a digit of the truth that was not read
MATCHED, MISREAD = 2.0, -1.5  # for one that was, and one that was read as another
BELIEVED = 0.7  # of the log-odds: what evidence adds to the points of a match
LEFT = 0.5  # of the log-odds: what evidence costs that is matched with nothing
SURE = 0.7  # of the truth must be found for what is likely and not found to be wrong

Truth = tuple[str, bool]  # the digits of the text, and whether they have an order
Labels = NDArray[np.int64]  # (n,): RIGHT, WRONG, UNKNOWN or MISNAMED


def from_boxes(marks: Marks, digits: Sequence[tuple[int, NDArray[np.float64]]]) -> Labels:
    """Return the labels of marks on a page where digits stand in these boxes (left, top, width, height)."""
    labels = np.full(len(marks), WRONG)
    for digit, box in digits:
        _set_right(labels, marks, overlap(np.asarray(box), marks.boxes), digit)
    return labels


def _set_right(labels: Labels, marks: Marks, shared: NDArray[np.float64], digit: int) -> None:
    same = marks.labels == digit
    labels[(shared > SAME) & same] = RIGHT
    labels[(shared > NEAR) & (shared <= SAME) & same & (labels == WRONG)] = UNKNOWN
    labels[(shared > SAME) & ~same & (labels == WRONG)] = MISNAMED


def read_order(marks: Marks, chosen: NDArray[np.intp]) -> list[int]:
    """Return the rows of chosen marks in reading order."""
    return [int(chosen[row]) for line in find_lines(marks.boxes[chosen]) for row in line]


def from_text(marks: Marks, evidence: Evidence, truth: Truth) -> tuple[Labels, float]:
    """Return the labels by the text, as far as it is found, and which share of it is."""
    labels = np.full(len(marks), WRONG)
    text, _ = truth
    found = match(marks, evidence, truth)
    for row, digit in found:
        _set_right(labels, marks, overlap(marks.boxes[row], marks.boxes), digit)
    right = collections.Counter(str(digit) for row, digit in found if marks.labels[row] == digit)
    share = sum(right.values()) / len(text)
    if share < SURE:
        missed = collections.Counter(text) - right
        likely = (labels == WRONG) & (evidence > 0.5)
        labels[likely & np.array([missed[str(label)] > 0 for label in marks.labels])] = UNKNOWN
    return labels, share


def match(marks: Marks, evidence: Evidence, truth: Truth) -> list[tuple[int, int]]:
    """Return rows of marks, each with the digit of the text that stands there."""
    rows = read_order(marks, choose(marks.boxes, evidence, least=CHOSEN))
    text, ordered = truth
    if not rows:
        return []
    return _aligned(text, marks, evidence, rows) if ordered else _counted(text, marks, evidence, rows)


def _counted(text: str, marks: Marks, evidence: Evidence, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return rows and digits of the best marks of each digit, as many as there are in the text."""
    left = collections.Counter(text)
    found = []
    for row in sorted(rows, key=lambda row: -evidence[row]):
        label = int(marks.labels[row])
        if left[str(label)]:
            left[str(label)] -= 1
            found.append((row, label))
    return found


def _aligned(text: str, marks: Marks, evidence: Evidence, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return rows of marks and the digits of the text that they stand for, by an alignment of most points."""
    safe = evidence[list(rows)].clip(0.02, 0.98)
    odds = np.log(safe / (1 - safe))
    read = [str(marks.labels[row]) for row in rows]
    points = np.full((len(text) + 1, len(rows) + 1), -np.inf)
    points[:, 0] = MISSED * np.arange(len(text) + 1)
    left = LEFT * odds.clip(0)
    points[0, 1:] = -np.cumsum(left)
    steps = np.zeros(points.shape, np.int8)  # 0: digit missed, 1: mark left, 2: matched
    for i, digit in enumerate(text, 1):
        for j, mark in enumerate(read, 1):
            match = MATCHED + BELIEVED * odds[j - 1] if digit == mark else MISREAD + min(0.0, odds[j - 1])
            ways = points[i - 1, j] + MISSED, points[i, j - 1] - left[j - 1], points[i - 1, j - 1] + match
            steps[i, j] = int(np.argmax(ways))
            points[i, j] = ways[steps[i, j]]
    found = []
    i, j = len(text), len(rows)
    while i and j:
        if steps[i, j] == 2:
            found.append((rows[j - 1], int(text[i - 1])))
        i, j = i - (steps[i, j] != 1), j - (steps[i, j] != 0)
    return found
