"""Stages 3 + 4 + 5 as one object: digits -> answers, by neighbors (`knn`) or by a network (`network`)."""

from typing import Protocol

from numpy import float32
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels, Probabilities


class Answers(Protocol):
    """What every classifier says of n digits; `vote.Votes` and `network.Scores` say more."""

    @property
    def labels(self) -> Labels:
        """The answers, (n,) int64."""
        ...

    @property
    def probabilities(self) -> Probabilities:
        """The share of each label, (n, 10) float32, rows sum to 1."""
        ...

    @property
    def strangeness(self) -> NDArray[float32]:
        """How unlike a digit each is, (n,) float32: above 1 are few digits that were held out."""
        ...


class Classifier(Protocol):
    """What reads normalized digits."""

    def classify(self, digits: Digits) -> Answers:
        """Return the answers on (n, 28, 28) uint8 digits; DataError for another shape or dtype."""
        ...
