"""Stage 5, learned: held-out digits, and marks that are no digits -> how both kinds of doubt are one.

A mark that is somewhat strange, and to which signs are somewhat near, is no digit, though neither says so
alone.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.classifiers.fields import LARGEST, Fields

Said: TypeAlias = tuple[NDArray[np.floating], NDArray[np.floating]]  # doubt, nearness of signs: (n,)

MOSTLY = 0.5  # of the votes: what is refused and has more for signs than for digits is called a sign
_LEAST = float(np.finfo(np.float32).eps)  # that doubt counts, at least


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """What doubt of a mark and the nearness of signs, or the share of its votes for them, may add up to.

    Examples
    --------
    >>> Hearing(weight=2, limit=2)(np.array([0.5, 0.5]), np.array([1, 0.25])).tolist()
    [1.25, 0.5]
    """

    weight: float  # of the second, beside doubt, at least 0
    limit: float  # of the sum, at least 1

    def __call__(self, doubt: NDArray[np.floating], signs: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the doubt (n,) of both over the limit: what is above 1 is to be refused."""
        return np.asarray((_add(doubt, signs, self.weight) / self.limit).clip(max=LARGEST), np.float32)


def learn_hearing(digits: Said, signs: Said, *, rate: float) -> Hearing:
    """Return what tells signs from digits best, and refuses this share of held-out digits.

    However few these are, what is at the limit of doubt and farther from digits than from signs is refused;
    what is as near to digits as most of them is not refused sooner than without signs.

    Parameters
    ----------
    digits : Said
        Of held-out digits, n at least 1; a doubt of 1 is their limit without signs.
    signs : Said
        Of marks that are no digits, one at least, each judged by all others.
    rate : float
        0 to below 1.

    References
    ----------
    D. R. Cox (1958), The regression analysis of binary sequences: the weight is that of logistic regression.
    """
    weight = _regress(digits, signs)
    limit = float(np.quantile(_add(*digits, weight), 1 - rate))
    usual = min(float(np.median(digits[1])), 1.0)
    return Hearing(weight=weight, limit=float(np.clip(limit, 1 + weight * usual, 1 + weight)))


def _add(doubt: NDArray[np.floating], signs: NDArray[np.floating], weight: float) -> NDArray[np.float64]:
    return np.asarray(doubt.astype(np.float64) + weight * signs.astype(np.float64))


def _regress(digits: Said, signs: Said) -> float:
    """Return how much nearness tells, against doubt, both up to the largest of a digit."""
    from scipy.optimize import minimize
    from scipy.special import expit

    largest = np.array([float(said.max()) or 1.0 for said in digits])
    table = np.concatenate([np.stack(said, axis=1) for said in (digits, signs)])
    table = np.column_stack([np.minimum(table / largest, 1), np.ones(len(table))])
    few = 1 / (len(table) + 2)  # nothing is ever certain, see `learn_calibration`
    targets = np.repeat([few, 1 - few], [len(digits[0]), len(signs[0])])

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = table @ x
        wrong = (expit(odds) - targets) / len(table)
        return float((np.logaddexp(0, odds) - targets * odds).mean()), wrong @ table

    bounds = [(_LEAST, None), (0, None), (None, None)]
    found = minimize(loss, [1.0, 1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    # Rounded: the digits after the fourth differ from machine to machine.
    return float(f"{found[1] / found[0] * largest[0] / largest[1]:.4g}")


def read_hearing(note: Fields) -> Hearing:
    """Return what a model's header notes; DataError if it is none."""
    note.only("weight", "limit")
    weight = note.number("weight", low=0, high=LARGEST)
    return Hearing(weight=weight, limit=note.number("limit", low=1, high=LARGEST))
