"""Marks, as they lie and turned by quarters -> by how many quarters a page must be turned.

A digit looks like one in one of four turns, dirt in each or in none: so every mark is compared with itself in
the other turns. Boosted trees tell which look like digits that stand upright, a logistic regression what
follows for their page; `orientation.json` holds both.
"""

import functools
import math
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Pixels, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.numbers import numbers_of
from knn_digits.reading.choice import Evidence
from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import look, tabulate
from knn_digits.reading.judge import Trees, read_learned

FILE = pathlib.Path(__file__).with_name("orientation.json")  # made by `python -m benchmarks.learn_turns`
NUMBERS = numbers_of(__name__)
FEWEST: int = NUMBERS["FEWEST"]  # marks: fewer do not tell; so many of the likeliest, at least, are asked
QUARTERS = range(4)
COMPARED = (
    *("strangeness", "doubt", "top share", "second share", "sign share", "to digit", "to sign"),
    *("nearer to digit", "agreement"),
)
BESIDE = ("less the least", "less the greatest")  # of the other turns
NAMES = ("label", *COMPARED, *(f"{name} {beside}" for beside in BESIDE for name in COMPARED))
SHARES = ("of all", "of the likeliest")  # of a page's marks: how many look like digits


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Orientation:
    """What tells how a page lies.

    trees : Trees
        Whether a mark looks like a digit that stands upright, by its neighbors in this turn and the others.
    weights : (2,) float64
        Of how many more marks look so than as the page lies, by `SHARES`.
    start : float
        The log-odds that a page must be turned in which as many look so in both turns.
    """

    trees: Trees
    weights: NDArray[np.float64]
    start: float

    def see(self, table: NDArray[np.float32]) -> Evidence:
        """Return the probability that marks look like upright digits, from `look_turned`, (4, n)."""
        return np.stack([sigmoid(self.trees.log_odds(turn)) for turn in table])

    def compare(self, seen: Evidence) -> NDArray[np.float64]:
        """Return what speaks for each turn of a page with marks (4, n) against as it lies, (4,) log-odds."""
        more = shares_of(seen) - shares_of(seen)[0]
        return np.asarray(more @ self.weights, np.float64)

    def tell(self, seen: Evidence) -> int:
        """Return by how many quarters, counter-clockwise, a page with these marks (4, n) must be turned."""
        odds = self.compare(seen) + self.start
        return int(1 + odds[1:].argmax()) if odds[1:].max() > 0 else 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as `orientation.json` has it."""
        weights = {name: round(float(w), 4) for name, w in zip(SHARES, self.weights, strict=True)}
        return {"trees": self.trees.as_dict(), "weights": weights, "start": round(self.start, 4)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Orientation":
        """Return what `as_dict` gave."""
        return cls(
            trees=Trees.from_dict(stored["trees"]),
            weights=np.array([stored["weights"][name] for name in SHARES], np.float64),
            start=float(stored["start"]),
        )


def shares_of(seen: Evidence) -> NDArray[np.float64]:
    """Return the shares of marks (4, n) that look like upright digits, (4, 2), by `SHARES`.

    The likeliest are as many as the root of their number: of many, some are like digits by chance.
    """
    likeliest = -np.sort(-seen, axis=1)[:, : max(FEWEST, math.isqrt(seen.shape[1]))]
    return np.stack([seen.mean(axis=1), likeliest.mean(axis=1)], axis=1)


def look_turned(model: DigitKNN, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
    """Return the features of marks, as they lie and turned by one, two and three quarters, (4, n, names)."""
    digits = normalize([match_stroke(picture) for picture in pictures])
    turned: list[Digits] = [np.rot90(digits, quarters, axes=(1, 2)) for quarters in QUARTERS]
    features = look(model, np.concatenate(turned)).features
    shape = (len(QUARTERS), len(digits), -1)
    compared = tabulate(features, COMPARED).reshape(shape)
    others = [np.delete(compared, quarters, axis=0) for quarters in QUARTERS]
    least, greatest = (np.stack([end(other, axis=0) for other in others]) for end in (np.min, np.max))
    label = tabulate(features, ("label",)).reshape(shape)
    return np.concatenate([label, compared, compared - least, compared - greatest], axis=2)


@functools.cache
def load_orientation() -> Orientation:
    """Return what comes with the package; ModelError if its file was changed."""
    return Orientation.from_dict(read_learned(FILE))
