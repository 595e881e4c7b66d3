"""Marks of photos + their text -> how what tells of the labels of digits becomes one answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from benchmarks.judge.labels import match
from benchmarks.judge.learning import LIKELY, Known, folds_of
from knn_digits.arrays import CLASSES, Digits, Labels, Mask
from knn_digits.classifiers import Answers
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.alike import Shares, ask_each_other, join, shares_of_page
from knn_digits.reading.choice import Evidence, choose
from knn_digits.reading.judge import said_of_labels

# of the truths of marks, as a text is aligned with what is read: from 0.005 to 0.1 the weight is 1.4 to 1.7,
# and of 2,934 labels on sources left out 2,873 to 2,877 are right
MISTAKEN = 0.02
MOST = 10.0  # of what those that look alike may count: where the weight is sought


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """n marks of a photo that may be read, by themselves."""

    source: str
    weight: float  # of each
    truth: Labels  # the digit that stands there, (n,); -1: none, or it is not known
    ordered: bool  # whether the text tells what was misread, too
    digits: Digits
    labels: Labels  # by the neighbors that its judge asks
    evidence: Evidence  # of what was not learned from this source
    votes: Answers  # by the model

    @property
    def known(self) -> Mask:
        """Of which it is known what stands there, (n,)."""
        return np.asarray((self.truth >= 0) & self.ordered)


def pages_of(known: Known, model: DigitKNN) -> list[Page]:
    """Return what may be read of photos whose text is known."""
    return list(_pages(known, model))


def _pages(known: Known, model: DigitKNN) -> Iterator[Page]:
    for one, evidence in zip(known.examples, known.evidence, strict=True):
        chosen = choose(one.marks.boxes, evidence, least=LIKELY)
        if one.truth is None or not len(chosen):
            continue
        found = dict(match(one.marks, evidence, one.truth))
        digits = one.marks.digits[chosen]
        yield Page(
            source=one.source, weight=one.weight, ordered=one.truth[1],
            truth=np.array([found.get(int(row), -1) for row in chosen], np.int64),
            digits=digits, labels=one.marks.labels[chosen], evidence=evidence[chosen],
            votes=model.classify(digits),
        )  # fmt: skip


def learn_alike(pages: Sequence[Page], scout: DigitKNN, *, folds: int) -> tuple[float, dict[str, int]]:
    """Return the weight of `Judge.alike`, and how many labels are right on sources left out."""
    own, shares, right, counts, place = (
        np.concatenate(part) for part in zip(*_said(pages, scout), strict=True)
    )
    labels = np.zeros(len(right), np.int64)
    for train, test in folds_of([page.source for page in pages], folds):
        learned, out = np.isin(place, train), np.isin(place, test)
        weight = _weigh(own[learned], shares[learned], right[learned], counts[learned])
        labels[out] = join(own[out], shares[out], weight).argmax(axis=1)
    told = {
        "digits": len(right),
        "right by themselves": int((own.argmax(axis=1) == right).sum()),
        "right with those alike": int((labels == right).sum()),
    }
    return _weigh(own, shares, right, counts), told


def _said(pages: Sequence[Page], scout: DigitKNN) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield of the digits of each page that are known what they and those alike say, and what is right."""
    for place, page in enumerate(pages):
        own = np.asarray(page.votes.probabilities, np.float64)
        shares = shares_of_page(own, page.digits, page.evidence, scout=scout)
        known, count = page.known, int(page.known.sum())
        yield own[known], shares[known], page.truth[known], np.full(count, page.weight), np.full(count, place)


def _weigh(own: Shares, shares: Shares, right: Labels, counts: NDArray[np.float64]) -> float:
    """Return the weight of the shares that makes what is right likeliest."""

    def loss(weight: float) -> float:
        likely = join(own, shares, weight)[np.arange(len(right)), right]
        return -float(counts @ np.log((1 - MISTAKEN) * likely + MISTAKEN / CLASSES))

    return float(minimize_scalar(loss, bounds=(0, MOST), method="bounded").x)


def settle(pages: Sequence[Page], scout: DigitKNN, alike: float, *, least: float) -> NDArray[np.float64]:
    """Return how evidence of marks and answers of other models are put together, see `Judge.settled`.

    It is learned from what would be read: marks of at least so much evidence.
    """
    tables, right = [], list[bool]()
    for page in pages:
        asked = ask_each_other(page.votes, page.digits, page.evidence, scout=scout, weight=alike)
        sure = np.asarray(asked.votes.probabilities.max(axis=1), np.float64)
        same = (asked.votes.labels == page.labels) | asked.changed
        read = page.evidence >= least
        tables.append(said_of_labels(page.evidence, sure, same)[read])
        right += (asked.votes.labels == page.truth)[read].tolist()
    fitted = LogisticRegression(C=1.0).fit(np.concatenate(tables), np.array(right))
    return np.array([*fitted.intercept_, *fitted.coef_[0]])
