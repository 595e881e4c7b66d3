"""Marks of fields -> the model's answers on them, each by the rendering that looks most like a digit.

A mark is read as it is, and as it may go on below print. Where its neighbors do not all agree, its blurred
picture is read, too, to tell how far the label hangs on that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Pixels
from knn_digits.classifiers import Answers, Classifier
from knn_digits.digit import match_stroke, normalize
from knn_digits.forms.crops import Crop
from knn_digits.forms.records import FieldDigit
from knn_digits.forms.strokes import Mark
from knn_digits.photo.boxes import Box, box_around

LIKELY = 3  # labels of a digit that a suggestion may take


@dataclass(frozen=True, eq=False, kw_only=True)
class Answered:
    """Marks as the model reads them.

    marks : tuple of Mark
        n of them.
    digits : (n, 28, 28) uint8
        The rendering of each that is taken.
    votes : Answers
        On these.
    agreement : (n,) float
        Which share of its renderings is read as it is.
    shared : (n, 10) float
        How likely its renderings call each label: the mean of them.
    least : (n,) float
        How likely the rendering calls its label that does so least.
    """

    marks: tuple[Mark, ...]
    digits: Digits
    votes: Answers
    agreement: tuple[float, ...]
    shared: NDArray[np.float64]
    least: NDArray[np.float64]


class Chosen:
    """Answers on some digits of a call, by the row in it."""

    def __init__(self, votes: Answers, rows: Sequence[int]) -> None:
        self._votes, self._rows = votes, rows
        self.labels = np.asarray(votes.labels, np.int64)[rows]
        self.probabilities, self.strangeness, self.doubt = (
            np.asarray(getattr(votes, name), np.float32)[rows]
            for name in ("probabilities", "strangeness", "doubt")
        )

    def evidence(self, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what `Answers.evidence` does."""
        return self._votes.evidence(self._rows[row])

    def sign(self, row: int) -> tuple[str, float]:
        """Return what `Answers.sign` does."""
        return self._votes.sign(self._rows[row])


def normal(pictures: Sequence[Pixels]) -> Digits:
    """Return pictures of marks as they are classified."""
    return normalize([match_stroke(picture) for picture in pictures])


def answer_marks(marks: Sequence[Mark], model: Classifier) -> Answered:
    """Return marks, one at least, as a model reads them: each by the rendering that is doubted least."""
    first = _classified(marks, model, ("soft", "filled"))
    rows = [min(own, key=lambda row: float(first.votes.doubt[row])) for own in first.ways]
    votes = Chosen(first.votes, rows)
    called = _called(marks, first, model)
    pairs = list(zip(called, votes.labels, strict=True))
    return Answered(
        marks=tuple(marks),
        digits=first.digits[rows],
        votes=votes,
        agreement=tuple(float(np.mean(own.argmax(axis=1) == label)) for own, label in pairs),
        shared=np.stack([own.mean(axis=0, dtype=np.float64) for own in called]),
        least=np.array([own[:, label].min() for own, label in pairs], np.float64),
    )


def _called(marks: Sequence[Mark], first: "_Classified", model: Classifier) -> list[np.ndarray]:
    """Return how likely each rendering of a mark calls each label, the blurred one where votes are split."""
    called = [np.asarray(first.votes.probabilities)[own] for own in first.ways]
    split = [i for i, own in enumerate(first.ways) if not _agree(first.votes, own[0])]
    if split:
        blurred = _classified([marks[i] for i in split], model, ("blurred",)).votes.probabilities
        for i, row in zip(split, blurred, strict=True):
            called[i] = np.vstack([called[i], row])
    return called


@dataclass(frozen=True, eq=False)
class _Classified:
    digits: Digits
    votes: Answers
    ways: list[list[int]]  # by mark: the rows of its renderings


def _classified(marks: Sequence[Mark], model: Classifier, names: Sequence[str]) -> _Classified:
    """Return these renderings of marks, as far as a mark has them, as a model reads them."""
    held = [(i, getattr(mark.inked, name)) for name in names for i, mark in enumerate(marks)]
    held = [(i, picture) for i, picture in held if picture is not None]
    digits = normal([picture for _, picture in held])
    ways: list[list[int]] = [[] for _ in marks]
    for row, (i, _) in enumerate(held):
        ways[i].append(row)
    return _Classified(digits, model.classify(digits), ways)


def _agree(votes: Answers, row: int) -> bool:
    """Tell whether all that voted on a digit are of one label."""
    labels = votes.evidence(row)[1]
    return len(labels) > 0 and bool((labels == labels[0]).all())


def digit_of(answered: Answered, i: int, crop: Crop, *, label: int | None, probability: float) -> FieldDigit:
    """Return a mark as a digit with this label, None for one that is refused, with its place."""
    chances = answered.votes.probabilities[i]
    first, *others = np.argsort(-chances, kind="stable")[:LIKELY].tolist()
    # Labels that nothing speaks for are the least likely, and alike: which comes first tells nothing.
    likely = [first, *(other for other in others if chances[other] > chances.min())]
    rows, labels, _ = answered.votes.evidence(i)
    return FieldDigit(
        label=label,
        probability=probability,
        likely=tuple((one, float(chances[one])) for one in likely),
        box=_on_picture(answered.marks[i].box, crop),
        digit=answered.digits[i],
        neighbors=tuple(zip(rows.tolist(), labels.tolist(), strict=True)),
    )


def _on_picture(box: Box, crop: Crop) -> Box:
    corners = np.array([(x, y, 1.0) for x in (box.left, box.right) for y in (box.top, box.bottom)])
    seen = corners @ crop.matrix.T
    return box_around(seen[:, :2] / seen[:, 2:])
