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
        """How likely each label is, (n, 10) float32, rows sum to 1."""
        ...

    @property
    def strangeness(self) -> NDArray[float32]:
        """How unlike a digit each is, (n,) float32: above 1 are few digits that were held out."""
        ...

    @property
    def doubt(self) -> NDArray[float32]:
        """How much speaks against each being a digit, (n,) float32: what is above 1 is to be refused."""
        ...


class Classifier(Protocol):
    """What reads normalized digits."""

    def classify(self, digits: Digits) -> Answers:
        """Return the answers on (n, 28, 28) uint8 digits; DataError for another shape or dtype."""
        ...
