"""Marks of fields and the model's answers on them -> digits as they are read, and what speaks for each."""

from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import Digits
from knn_digits.classifiers import Answers
from knn_digits.forms.crops import Crop
from knn_digits.forms.records import FieldDigit
from knn_digits.forms.strokes import Mark
from knn_digits.photo.boxes import Box

LIKELY = 3  # labels of a digit that a suggestion may take


@dataclass(frozen=True, eq=False, kw_only=True)
class Answered:
    """Marks as the model reads them."""

    marks: tuple[Mark, ...]
    digits: Digits
    votes: Answers
    rows: tuple[int, ...]  # of the votes, by mark


class Chosen:
    """The answers on the marks as they are read."""

    def __init__(self, answered: Answered) -> None:
        rows = np.array(answered.rows)
        self.votes, self.rows = answered.votes, rows
        self.labels, self.probabilities = answered.votes.labels[rows], answered.votes.probabilities[rows]
        self.strangeness, self.doubt = answered.votes.strangeness[rows], answered.votes.doubt[rows]

    def evidence(self, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what `Answers.evidence` does."""
        return self.votes.evidence(int(self.rows[row]))

    def sign(self, row: int) -> tuple[str, float]:
        """Return what `Answers.sign` does."""
        return self.votes.sign(int(self.rows[row]))


def digit_of(answered: Answered, i: int, crop: Crop, right: float) -> FieldDigit:
    """Return a mark as a digit, and its place on the picture; `right` is how likely it is read right."""
    row = answered.rows[i]
    votes = answered.votes
    order = np.argsort(-votes.probabilities[row], kind="stable")[:LIKELY]
    likely = tuple((int(label), float(votes.probabilities[row, label])) for label in order)
    rows, labels, _ = votes.evidence(row)
    return FieldDigit(
        label=None if right < 0.5 else int(votes.labels[row]),
        probability=right,
        likely=likely,
        box=_on_picture(answered.marks[i].box, crop),
        digit=answered.digits[row],
        neighbors=tuple(zip(rows.tolist(), labels.tolist(), strict=True)),
    )


def _on_picture(box: Box, crop: Crop) -> Box:
    corners = np.array([(x, y, 1.0) for x in (box.left, box.right) for y in (box.top, box.bottom)])
    seen = corners @ crop.matrix.T
    places = seen[:, :2] / seen[:, 2:]
    (left, top), (right, bottom) = np.round(places.min(axis=0)), np.round(places.max(axis=0))
    return Box(left=int(left), top=int(top), width=int(right - left) or 1, height=int(bottom - top) or 1)
