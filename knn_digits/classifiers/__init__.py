"""Stages 3 + 4 + 5 as one object: digits -> votes."""

from typing import Protocol

from knn_digits.arrays import Digits
from knn_digits.vote import Votes


class Classifier(Protocol):
    """What reads normalized digits."""

    def classify(self, digits: Digits) -> Votes:
        """Return the votes on (n, 28, 28) uint8 digits; DataError for another shape or dtype."""
        ...
