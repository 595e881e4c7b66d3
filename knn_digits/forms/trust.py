"""Marks of a field -> how likely each is read right; fields -> which are to be looked at.

The numbers are learned from drawn forms by `python -m benchmarks.learn_forms` and stand in trust.json.
"""

import functools
import json
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.classifiers import Answers
from knn_digits.forms.strokes import Mark

TRUST = pathlib.Path(__file__).with_name("trust.json")
NAMES = (
    "odds", "strangeness", "doubt", "signs", "agreement", "ink", "height", "width", "printed", "cut",
    "pieces", "unsure and strange", "strange squared", "fit",
)  # fmt: skip
SURE = 1e-4  # a probability is as far from 0 and 1 at least


@dataclass(frozen=True, eq=False, kw_only=True)
class Trust:
    """What drawn forms taught.

    right : (14,) float64
        Weights of `features`, standardized, and the constant: a mark is read right.
    there : (14,) float64
        The same: it is a digit at all, and no dirt.
    mean, spread : (13,) float64
    blank : float
        How often a box or field where nothing is seen is blank.
    places, calibrated : (n,) float64
        What digits say together of a field, and how often such fields are right.
    limits, errors, flagged : (n,) float64
        For each limit of a field's probability which share of fields is wrong above it, and is below it.
    least_fit : float
        A page whose print fits less is another form.
    """

    right: NDArray[np.float64]
    there: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    blank: float
    places: NDArray[np.float64]
    calibrated: NDArray[np.float64]
    limits: NDArray[np.float64]
    errors: NDArray[np.float64]
    flagged: NDArray[np.float64]
    least_fit: float

    def judge(self, found: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how likely marks with these features, (n, 13), are read right, and are digits."""
        rows = np.hstack([(found - self.mean) / self.spread, np.ones((len(found), 1))])
        return _sigmoid(rows @ self.right), _sigmoid(rows @ self.there)

    def calibrate(self, together: float) -> float:
        """Return how often a field is right of which its digits say so much together, 0 to 1."""
        return float(np.interp(together, self.places, self.calibrated))

    def limit(self, max_errors: float) -> tuple[float, float, float]:
        """Return the least probability of a field that may pass, which share is wrong above it, and is below.

        The lowest limit above which at most this share of all fields is wrong.
        """
        fits = np.flatnonzero(self.errors <= max_errors)
        row = int(fits[0]) if len(fits) else len(self.limits) - 1
        return float(self.limits[row]), float(self.errors[row]), float(self.flagged[row])


def _sigmoid(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float64)


@functools.cache
def load_trust() -> Trust:
    """Return what is learned, read once."""
    held = json.loads(TRUST.read_text("utf-8"))["trust"]
    arrays: dict[str, Any] = {
        name: value if isinstance(value, float | int) else np.array(value, np.float64)
        for name, value in held.items()
    }
    return Trust(**arrays)


def features(marks: Sequence[Mark], votes: Answers, fits: Sequence[float]) -> NDArray[np.float64]:
    """Return what speaks for each mark, (n, 14): see `NAMES`; `fits` are those of their fields' print."""
    best = np.sort(np.asarray(votes.probabilities, np.float64), axis=1)[:, ::-1]
    sure = best[:, 0].clip(SURE, 1 - SURE)
    signs = np.array([votes.sign(row)[1] for row in range(len(marks))])
    strange = np.asarray(votes.strangeness, np.float64).clip(0, 3)
    odds = np.log(sure / (1 - sure))
    columns = [
        odds, strange, np.asarray(votes.doubt, np.float64).clip(0, 3), signs, best[:, 0] - best[:, 1],
        np.log([max(mark.ink, 0.1) for mark in marks]), [mark.high for mark in marks],
        [mark.wide for mark in marks], [mark.printed for mark in marks], [mark.cut for mark in marks],
        [min(mark.pieces, 4) for mark in marks], (1 - sure) * strange, strange**2, list(fits),
    ]  # fmt: skip
    return np.array(columns, np.float64).T.reshape(-1, len(NAMES))
