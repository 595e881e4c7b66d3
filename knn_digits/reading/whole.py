"""Marks and what speaks for them -> the probability that there are digits on their page at all.

A letter may look like a digit, and on a page of words a few always do; so it is weighed how many of the marks
are likely, and how likely the best of them are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.photo.boxes import Boxes
from knn_digits.reading.choice import Evidence, choose_likely
from knn_digits.reading.context import FEW, log_odds, sigmoid
from knn_digits.reading.evidence import Features, find_objects

NAMES = ("marks", "share likely", "best", "together", "agreement")


def measure_whole(boxes: Boxes, evidence: Evidence, features: Features) -> NDArray[np.float64]:
    """Return what a page is like, (5,), by `NAMES`: logarithms, but for how much neighbors agree.

    Parameters
    ----------
    boxes : (n, 4) int64
    evidence : (n,) float64
    features : dict
        Of each alone, see `evidence`.
    """
    marks = find_objects(boxes, features["level"])
    likely = evidence[choose_likely(boxes, evidence)]
    odds = log_odds(likely)
    best = odds.max(initial=float(log_odds(np.zeros(1))[0]))
    share = np.log((likely.sum() + FEW) / (len(marks) + FEW))
    agreement = features["agreement"][marks].mean()
    return np.array([np.log1p(len(marks)), share, best, np.log1p(odds.clip(0).sum()), agreement])


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """What tells pages of digits from all other pages: a logistic regression.

    weights : (5,) float64
        Of what `measure_whole` returns.
    start : float
        The log-odds of a page of which all that is 0.
    least : float
        The probability from which a page is read.
    """

    weights: NDArray[np.float64]
    start: float
    least: float

    def tell(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that there are digits on each of pages (n, 5); see `measure_whole`."""
        return sigmoid(self.start + table @ self.weights)

    def as_dict(self) -> dict[str, Any]:
        """Return it as `judge.json` has it."""
        weights = {name: round(float(w), 4) for name, w in zip(NAMES, self.weights, strict=True)}
        return {"weights": weights, "start": round(self.start, 4), "least": self.least}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Whole":
        """Return what `as_dict` gave."""
        weights = np.array([stored["weights"][name] for name in NAMES], np.float64)
        return cls(weights=weights, start=float(stored["start"]), least=float(stored["least"]))
