"""Digits that are read, and what else stands in their lines -> items, line by line, with features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Mask, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import Candidates
from knn_digits.photo.spots import Row, find_spots, long_rules
from knn_digits.reading.choice import Evidence, overlap
from knn_digits.reading.context import SAME, log_odds
from knn_digits.reading.evidence import Features, measure_light, measure_shape
from knn_digits.reading.marks import Marks, look_at
from knn_digits.reading.place import Places
from knn_digits.reading.views import View


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Items:
    """Digits and spots, line by line from left to right.

    boxes : (n, 4) int64
        In pixels of the ink.
    digits : (n, 28, 28) uint8
    lines : (n,) int64
        The line of each.
    rows : (n,) int64
        The row of a digit among the marks; -1 for a spot.
    features : dict
        Name -> (n,) float32.
    """

    boxes: Boxes
    digits: Digits
    lines: NDArray[np.int64]
    rows: NDArray[np.int64]
    features: Features

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def is_digit(self) -> Mask:
        """Which were read as digits, (n,) bool."""
        return self.rows >= 0


def find_items(
    view: View,
    marks: Marks,
    evidence: Evidence,
    lines: Sequence[NDArray[np.intp]],
    *,
    model: DigitKNN,
) -> Items:
    """Return what stands in the lines of digits.

    Parameters
    ----------
    view : View
    marks : Marks
    evidence : (n,) float64
        Of the marks.
    lines : sequence of (m,) int64
        Rows of those that are read, from left to right, at least one in each line and one line.
    model : DigitKNN
        Whose neighbors are asked; it must know marks that are no digits.
    """
    seen = np.concatenate(lines)
    rows = [Row.of(marks.boxes[line]) for line in lines]
    rules = long_rules(view.ink, view.rules, marks.boxes[seen]) if view.rules.any() else view.rules
    spots, where = find_spots(view.ink, rules, marks.boxes[seen], rows)
    digits, features = _look_at(spots, replace(view, rules=rules), model)
    features = features or dict.fromkeys(marks.features, np.zeros(0, np.float32))
    number = np.concatenate([np.repeat(np.arange(len(lines)), [len(line) for line in lines]), where])
    boxes = np.concatenate([marks.boxes[seen], spots.boxes])
    order = np.lexsort((boxes[:, 0] + boxes[:, 2] / 2, number))
    known = np.concatenate([evidence[seen], _evidence_of(spots.boxes, marks.boxes, evidence)])
    together = {
        name: np.concatenate([marks.features[name][seen], values])[order] for name, values in features.items()
    } | {"evidence": log_odds(known[order])}
    row = np.concatenate([seen, np.full(len(spots), -1)])[order]
    places = Places(boxes=boxes[order], lines=number[order].astype(np.int64), is_digit=row >= 0, rows=rows)
    strokes = together["stroke"] * boxes[order, 2:].max(axis=1)
    together |= places.measure(strokes)
    return Items(
        boxes=places.boxes,
        digits=np.concatenate([marks.digits[seen], digits])[order],
        lines=places.lines,
        rows=row,
        features={name: np.asarray(values, np.float32) for name, values in together.items()},
    )


def _look_at(spots: Candidates, view: View, model: DigitKNN) -> tuple[Digits, Features]:
    if not len(spots):
        return np.zeros((0, SIDE, SIDE), np.uint8), {}
    digits, looks = look_at(spots, model)
    features = looks.features | measure_shape(spots, digits)
    return digits, features | measure_light(spots, view.ink, view.rules)


def _evidence_of(spots: Boxes, boxes: Boxes, evidence: Evidence) -> Evidence:
    """Return the best evidence of the candidates that are the same thing as each spot."""
    shared = overlap(spots[:, None], boxes)
    return np.asarray(np.where(shared > SAME, evidence, 0).max(axis=1, initial=0), np.float64)
