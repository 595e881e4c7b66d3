"""Items of a page + what is known of it -> what each item is, as far as it is known.

Of a drawn page each box is known; of a photo only its text: it is aligned with what was learned before.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages import DrawnMark
from benchmarks.judge.labels import UNKNOWN
from knn_digits.photo.boxes import Boxes
from knn_digits.reading.choice import overlap
from knn_digits.reading.items import Items
from knn_digits.reading.records import SIGNS
from knn_digits.reading.records import UNKNOWN as ANY_LETTER
from knn_digits.reading.signs import DIGIT, NAMES, NOTHING

Names = NDArray[np.int64]  # (n,): rows of `NAMES`, or UNKNOWN
SAME, APART = 0.5, 0.35  # of the boxes' union: what shares more is the same thing, what shares less is none
LIKE_TIMES = "xX"  # letters of which it is not known whether they are read as such
MISSED = -4.0  # points of an alignment, for a mark of the truth that was not found
MISREAD = -2.0  # for a digit that was read as another
NEVER = -9.0  # for a digit that was found, but not chosen
LEAST = 1e-3  # probability whose logarithm is counted
SURE = 0.6  # of the truth must be found for its photo to be learned from
FOUND = 0.2  # probability from which a sign counts as found


def from_marks(items: Items, marks: Sequence[DrawnMark], scale: float) -> Names:
    """Return what items are on a page with these marks, whose pixels are so many of the ink's."""
    if not marks:
        return np.full(len(items), NAMES.index(NOTHING))
    boxes = np.round(scale * np.array([mark.box for mark in marks])).astype(np.int64)
    words = np.array([mark.printed and len(mark.text) > 1 for mark in marks], bool)
    names = []
    for box, is_digit in zip(items.boxes, items.is_digit, strict=True):
        shared = np.where(words, 0, overlap(box, boxes))
        best = int(shared.argmax())
        around = np.flatnonzero(words & _holds(boxes, box))
        if shared[best] >= SAME:
            names.append(_name(marks[best]))
        elif len(around):
            names.append(_name_in_word(marks[int(around[0])], is_digit=bool(is_digit)))
        else:
            names.append(UNKNOWN if shared[best] > APART else NAMES.index(NOTHING))
    return np.array(names, np.int64)


def _name_in_word(word: DrawnMark, *, is_digit: bool) -> int:
    """Return what a part of a printed word is, that is told as a whole."""
    return NAMES.index(ANY_LETTER) if word.text.isalpha() and not is_digit else UNKNOWN


def _holds(boxes: Boxes, box: Boxes) -> NDArray[np.bool_]:
    """Return which boxes hold the middle of another."""
    middle = box[:2] + box[2:] / 2
    return np.asarray(((boxes[:, :2] <= middle) & (middle <= boxes[:, :2] + boxes[:, 2:])).all(axis=1))


def _name(mark: DrawnMark) -> int:
    if mark.label is not None:
        return NAMES.index(DIGIT)
    if mark.text in SIGNS:
        return NAMES.index(mark.text)
    if mark.text.isalpha() and mark.text not in LIKE_TIMES:
        return NAMES.index(ANY_LETTER)
    return NAMES.index(NOTHING) if mark.text.isdigit() else UNKNOWN  # a digit that is struck out


def from_tokens(
    items: Items, labels: NDArray[np.int64], text: str, probabilities: NDArray[np.float64], *, signs: bool
) -> Names:
    """Return what items of a photo are by its text, in which each mark has a letter.

    Parameters
    ----------
    items : Items
    labels : (n,) int64
        Of those that are digits.
    text : str
        Digits, and signs where they are known: else only digits are told from each other.
    probabilities : (n, names) float64
        As a judge of signs tells them that did not learn from this photo.
    signs : bool
        Whether they are known.
    """
    names = np.full(len(items), UNKNOWN)
    told = probabilities.copy()
    if not signs:
        told[~items.is_digit] = np.eye(len(NAMES))[NAMES.index(NOTHING)]
    found = align(items, labels, text, told)
    right = sum(
        labels[row] == int(text[place])
        if text[place].isdigit()
        else told[row, NAMES.index(text[place])] > FOUND
        for row, place in found
    )
    if not text or right < SURE * len(text):
        return names
    names[items.is_digit | signs] = NAMES.index(NOTHING)
    for (before, last), (row, place) in pairwise([(-1, -1), *found, (len(items), len(text))]):
        if place - last > 1:  # what was missed may be anything between
            names[before + 1 : row] = UNKNOWN
    for row, place in found:
        names[row] = NAMES.index(DIGIT if text[place].isdigit() else text[place])
    return names


def align(
    items: Items, labels: NDArray[np.int64], text: str, probabilities: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Return items, each with the place in the text that it stands for, by an alignment of most points."""
    told = np.log(probabilities.clip(LEAST))
    left = told[:, NAMES.index(NOTHING)]
    points = np.full((len(text) + 1, len(items) + 1), -np.inf)
    points[:, 0] = MISSED * np.arange(len(text) + 1)
    points[0, 1:] = np.cumsum(left)
    steps = np.ones(points.shape, np.int8)  # 0: letter missed, 1: item left, 2: matched
    for i, letter in enumerate(text, 1):
        matched = _match(items, labels, letter, told)
        for j in range(1, len(items) + 1):
            ways = (
                points[i - 1, j] + MISSED,
                points[i, j - 1] + left[j - 1],
                points[i - 1, j - 1] + matched[j - 1],
            )
            steps[i, j] = int(np.argmax(ways))
            points[i, j] = ways[steps[i, j]]
    found = []
    i, j = len(text), len(items)
    while i and j:
        if steps[i, j] == 2:
            found.append((j - 1, i - 1))
        i, j = i - (steps[i, j] != 1), j - (steps[i, j] != 0)
    return found[::-1]


def _match(
    items: Items, labels: NDArray[np.int64], letter: str, told: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the points of each item for this letter."""
    if not letter.isdigit():
        return told[:, NAMES.index(letter)]
    points = told[:, NAMES.index(DIGIT)] + np.where(labels == int(letter), 0, MISREAD)
    return np.where(items.is_digit, points, NEVER)
