"""Chosen marks -> digits, as the user's model reads them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Mask
from knn_digits.classifiers import Answers, Classifier
from knn_digits.classifiers.hearing import MOSTLY
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import LEARNED
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.boxes import Box
from knn_digits.photo.boxes import Mark as InkMark
from knn_digits.reading.alike import ask_each_other
from knn_digits.reading.items import Items
from knn_digits.reading.judge import Judge
from knn_digits.reading.origins import name_neighbors
from knn_digits.reading.records import Line, Mark, Neighbor, Word
from knn_digits.reading.signs import DIGIT
from knn_digits.reading.turns import Seen
from knn_digits.reading.views import View
from knn_digits.reading.words import Placed, Text


def answer(seen: Seen, model: Classifier, judge: Judge, *, scout: DigitKNN, least: float) -> list[Mark]:
    """Return what is chosen as digits, then what is doubted; those less probable than `least` are refused.

    A label is refused, too, where it is more likely wrong than right, given that a digit stands there. What
    was taught counts as the model says: the judge's own model, `scout`, does not know of it.
    """
    rows = np.concatenate([seen.chosen, seen.doubted])
    if not len(rows):
        return []
    digits = seen.marks.digits[rows]
    votes, there = model.classify(digits), seen.judged.digits[rows]
    taught = _taught(votes, model)
    evidence = seen.judged.evidence[rows]
    asked = ask_each_other(votes, digits, evidence, scout=scout, weight=judge.alike, taught=taught)
    votes = asked.votes
    sure = votes.probabilities[np.arange(len(rows)), votes.labels]
    same = (votes.labels == seen.marks.labels[rows]) | asked.changed
    probabilities = judge.settle(evidence, sure.astype(np.float64), same)
    probabilities = np.where(taught, np.maximum(probabilities, there * sure), probabilities)
    refused = (probabilities < least) | (probabilities < there / 2)
    boxes = [seen.view.on_photo(seen.marks.boxes[row]) for row in rows]
    return [
        replace(
            as_mark(box, digits, votes, place, float(probability), refused=bool(unknown)),
            page_share=asked.share(place),
        )
        for place, (box, probability, unknown) in enumerate(zip(boxes, probabilities, refused, strict=True))
    ]


def _taught(votes: Answers, model: Classifier) -> Mask:
    """Return whose nearest neighbor a correction taught."""
    if model.knn is None:
        return np.zeros(len(votes.labels), bool)
    nearest = [votes.evidence(row)[0][:1] for row in range(len(votes.labels))]
    return np.array([any(model.knn.known.origin(int(one))[0] == LEARNED for one in row) for row in nearest])


def answer_text(
    seen: Seen, items: Items, text: Text, digits: Sequence[Mark], model: Classifier
) -> list[Line]:
    """Return the lines of a text.

    Parameters
    ----------
    seen : Seen
    items : Items
        What stands in the lines of its digits.
    text : Text
        Which of them are read.
    digits : sequence of Mark
        As `answer` returns them.
    model : Classifier
    """
    known = dict(zip(seen.read.tolist(), digits, strict=True))
    spots = [one.row for line in text.lines for word in line for one in word if items.rows[one.row] < 0]
    found = name_neighbors(look_at(items, spots, model, seen.view.on_photo), model)
    looked_at = dict(zip(spots, found, strict=True))

    def mark(one: Placed) -> Mark:
        seen_as = looked_at.get(one.row) or known[int(items.rows[one.row])]
        if one.name == DIGIT:
            return replace(seen_as, raised=one.raised)
        return replace(seen_as, label=None, sign=one.name, probability=float(text.probabilities[one.row]))

    return [Line(words=tuple(Word(marks=tuple(map(mark, word))) for word in line)) for line in text.lines]


def look_at(
    items: Items, rows: Sequence[int], model: Classifier, on_photo: Callable[[NDArray[np.int64]], Box]
) -> list[Mark]:
    """Return what was no digit as if it were one that is refused, at its place on the photo."""
    if not rows:
        return []
    digits = items.digits[list(rows)]
    votes = model.classify(digits)
    boxes = [on_photo(items.boxes[row]) for row in rows]
    return [as_mark(box, digits, votes, place, 0.0, refused=True) for place, box in enumerate(boxes)]


def answer_alone(mark: InkMark, model: Classifier, view: View, *, least: float) -> Mark:
    """Return what a picture of one digit is read as."""
    digits = normalize([match_stroke(mark.ink)])
    votes = model.classify(digits)
    probability = float(votes.probabilities[0, votes.labels[0]])
    refused = bool(votes.doubt[0] > 1) or probability < least
    box = np.array([mark.box.left, mark.box.top, mark.box.width, mark.box.height])
    return as_mark(view.on_photo(box), digits, votes, 0, probability, refused=refused)


def as_mark(box: Box, digits: Digits, votes: Answers, row: int, probability: float, *, refused: bool) -> Mark:
    """Return what one of some digits is read as."""
    sign, share = votes.sign(row)
    return Mark(
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
