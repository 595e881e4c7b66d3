"""Marks -> what a model says of each, asked once; digits -> the model's full answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from knn_digits.arrays import Digits
from knn_digits.classifiers import Answers, Classifier
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.boxes import Mark
from knn_digits.reading.records import DigitReading, Neighbor

MOSTLY = 0.5  # of the votes: what has more for signs is known as one, if it is refused
REFUSE = 1.05  # doubt above which a mark is no digit


class MarkReader:
    """Classifies marks by a model, each once however often it is asked."""

    def __init__(self, model: Classifier) -> None:
        self._model = model
        self._known: dict[tuple[int, int], tuple[Mark, DigitReading]] = {}

    def read(self, marks: Sequence[Mark], *, quarters: int = 0) -> list[DigitReading]:
        """Classify marks, turned by so many quarters counter-clockwise."""
        new = [mark for mark in marks if (id(mark), quarters) not in self._known]
        if new:
            pictures = [match_stroke(np.ascontiguousarray(np.rot90(mark.ink, quarters))) for mark in new]
            digits = normalize(pictures)
            votes = self._model.classify(digits)
            for row, mark in enumerate(new):
                self._known[id(mark), quarters] = mark, _digit_reading(mark, digits, votes, row)
        return [self._known[id(mark), quarters][1] for mark in marks]


def _digit_reading(mark: Mark, digits: Digits, votes: Answers, row: int) -> DigitReading:
    label = int(votes.labels[row])
    strangeness = float(votes.strangeness[row])
    sign, share = votes.sign(row)
    refused = votes.doubt[row] > REFUSE
    return DigitReading(
        label=None if refused else label,
        probability=float(votes.probabilities[row, label]),
        box=mark.box,
        strangeness=strangeness,
        doubt=float(votes.doubt[row]),
        digit=digits[row],
        neighbors=_neighbors(votes, row),
        sign=sign if refused and share > MOSTLY else None,
        sign_share=share,
    )


def _neighbors(votes: Answers, row: int) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor(index=int(index), label=int(label), distance=float(distance))
        for index, label, distance in zip(*votes.evidence(row), strict=True)
    )


def answer_fully(
    lines: list[list[DigitReading]], model: Classifier, quick: Classifier
) -> list[list[DigitReading]]:
    """Return digits that were read by the model's `quick` with its full answers."""
    digits = [digit for line in lines for digit in line]
    if not digits or quick is model:
        return lines
    votes = model.classify(np.stack([digit.digit for digit in digits]))
    answers = iter(range(len(digits)))
    return [[_with_votes(digit, votes, next(answers)) for digit in line] for line in lines]


def _with_votes(digit: DigitReading, votes: Answers, row: int) -> DigitReading:
    label = int(votes.labels[row])
    return replace(
        digit,
        label=None if digit.label is None or votes.doubt[row] > REFUSE else label,
        probability=float(votes.probabilities[row, label]),
        doubt=float(votes.doubt[row]),
        neighbors=_neighbors(votes, row),
    )


def refuse_unsure(lines: list[list[DigitReading]], least: float) -> list[list[DigitReading]]:
    """Return the digits, those less probable than `least` refused."""
    return [
        [digit if digit.probability >= least else replace(digit, label=None) for digit in line]
        for line in lines
    ]
