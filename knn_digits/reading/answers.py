"""Chosen marks -> digits, as the user's model reads them."""

import numpy as np

from knn_digits.arrays import Digits
from knn_digits.classifiers import Answers, Classifier
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.boxes import Box, Mark
from knn_digits.reading.judge import Judge
from knn_digits.reading.records import DigitReading, Neighbor
from knn_digits.reading.turns import Seen
from knn_digits.reading.views import View

MOSTLY = 0.5  # of the votes: what has more for signs is known as one, if it is refused
REFUSE = 1.05  # doubt above which a picture of one digit holds none


def answer(seen: Seen, model: Classifier, judge: Judge, *, least: float) -> list[DigitReading]:
    """Return what is chosen as digits, then what is doubted; those less probable than `least` are refused.

    A label is refused, too, where it is more likely wrong than right, given that a digit stands there.
    """
    rows = np.concatenate([seen.chosen, seen.doubted])
    if not len(rows):
        return []
    digits = seen.marks.digits[rows]
    votes = model.classify(digits)
    sure = votes.probabilities[np.arange(len(rows)), votes.labels]
    same = votes.labels == seen.marks.labels[rows]
    probabilities = judge.settle(seen.judged.evidence[rows], sure.astype(np.float64), same)
    refused = (probabilities < least) | (probabilities < seen.judged.digits[rows] / 2)
    boxes = [seen.view.on_photo(seen.marks.boxes[row]) for row in rows]
    return [
        _digit_reading(box, digits, votes, place, float(probability), refused=bool(unknown))
        for place, (box, probability, unknown) in enumerate(zip(boxes, probabilities, refused, strict=True))
    ]


def answer_alone(mark: Mark, model: Classifier, view: View, *, least: float) -> DigitReading:
    """Return what a picture of one digit is read as."""
    digits = normalize([match_stroke(mark.ink)])
    votes = model.classify(digits)
    probability = float(votes.probabilities[0, votes.labels[0]])
    refused = bool(votes.doubt[0] > REFUSE) or probability < least
    box = np.array([mark.box.left, mark.box.top, mark.box.width, mark.box.height])
    return _digit_reading(view.on_photo(box), digits, votes, 0, probability, refused=refused)


def _digit_reading(
    box: Box, digits: Digits, votes: Answers, row: int, probability: float, *, refused: bool
) -> DigitReading:
    sign, share = votes.sign(row)
    return DigitReading(
        label=None if refused else int(votes.labels[row]),
        probability=probability,
        box=box,
        strangeness=float(votes.strangeness[row]),
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
