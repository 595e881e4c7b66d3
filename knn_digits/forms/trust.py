"""Features of marks -> how likely each is read right; fields -> which are to be looked at.

Boosted trees tell it, as those of `reading/judge.py`. All is learned from drawn forms by
`python -m benchmarks.learn_forms` and stands in trust.json.
"""

import functools
import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import tabulate
from knn_digits.reading.judge import Trees

TRUST = pathlib.Path(__file__).with_name("trust.json")
DIRT, STRUCK, DIGIT = "dirt", "crossed out", "digit"  # what a mark is called
LEAST = 1e-6  # a probability is at least
KINDS = ("there", "struck", "right")  # the three questions, in this order


@dataclass(frozen=True, eq=False, kw_only=True)
class Chances:
    """What n marks may be, (n,) float64 each.

    there : that it is written, and no dirt
    struck : that it is crossed out, if it is written
    right : that its label is right, if it is a digit
    """

    there: NDArray[np.float64]
    struck: NDArray[np.float64]
    right: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Trust:
    """What drawn forms taught.

    there, struck, right : Trees
        The log-odds of these, by features of marks; see `Chances`.
    blank : float
        How often a box or field where nothing is seen is blank.
    places, calibrated : (n,) float64
        What the marks of a field say together (the logarithm), and how often such fields are right.
    limits, errors, flagged : (n,) float64
        For each limit of a field's probability which share of fields is wrong above it, and is below it.
    least_fit : float
        A page whose print fits less is another form.
    """

    there: Trees
    struck: Trees
    right: Trees
    blank: float
    places: NDArray[np.float64]
    calibrated: NDArray[np.float64]
    limits: NDArray[np.float64]
    errors: NDArray[np.float64]
    flagged: NDArray[np.float64]
    least_fit: float

    def judge(self, found: Mapping[str, NDArray[np.float32]]) -> Chances:
        """Return what marks with these features may be."""
        trees = {kind: getattr(self, kind) for kind in KINDS}
        return Chances(**{
            kind: sigmoid(one.log_odds(tabulate(dict(found), one.names))) for kind, one in trees.items()
        })  # fmt: skip

    def calibrate(self, together: float) -> float:
        """Return how often a field is right of which its marks say so much together, 0 to 1."""
        return float(np.interp(together, self.places, self.calibrated))

    def limit(self, max_errors: float) -> tuple[float, float, float]:
        """Return the least probability of a field that may pass, which share is wrong above it, and is below.

        The lowest limit above which at most this share of all fields is wrong; where none is known to be so
        good, no field passes.
        """
        fits = np.flatnonzero(self.errors <= max_errors)
        if not len(fits):
            return 1.0, 0.0, 1.0
        row = int(fits[0])
        return float(self.limits[row]), float(self.errors[row]), float(self.flagged[row])

    def as_dict(self) -> dict[str, Any]:
        """Return it as `trust.json` has it."""
        return {
            name: value.as_dict() if isinstance(value, Trees) else np.round(value, 6).tolist()
            for name, value in vars(self).items()
        }

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "Trust":
        """Return what `as_dict` gave."""
        return cls(**{name: _read(value) for name, value in held.items()})


def call(chances: Chances) -> list[tuple[str, float]]:
    """Return what each mark is called, and how likely it is that, a digit with its label right."""
    found = []
    for there, struck, right in zip(chances.there, chances.struck, chances.right, strict=True):
        if there < 0.5:
            what, likely = DIRT, 1 - there
        elif struck >= 0.5:
            what, likely = STRUCK, there * struck
        else:
            what, likely = DIGIT, there * (1 - struck) * right
        found.append((what, max(float(likely), LEAST)))
    return found


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return Trees.from_dict(value)
    return float(value) if isinstance(value, float | int) else np.array(value, np.float64)


@functools.cache
def load_trust() -> Trust:
    """Return what is learned, read once."""
    return Trust.from_dict(json.loads(TRUST.read_text("utf-8"))["trust"])
