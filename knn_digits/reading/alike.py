"""Answers on the digits of a page -> the same, after each has asked the others that look like it.

One hand, or one font, writes a digit much the same all over a page. So a digit asks, beside the training
digits, those of its page that are nearer than the k-th nearest of these. They vote for what they are likely
to be by themselves.

References
----------
P. Sarkar, G. Nagy (2005), Style consistent classification of isogenous patterns.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Mask, Vectors
from knn_digits.classifiers import Answers
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.choice import Evidence
from knn_digits.reading.evidence import chunks

if TYPE_CHECKING:
    from knn_digits.vote import Votes

Shares = NDArray[np.float64]  # (n, 10): what speaks for each label; rows sum to 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What digits of a page are after they asked each other.

    votes : Answers
        On n of them, with the labels that are likeliest now, and how likely each is.
    changed : (n,) bool
        Whose label is another than by itself.
    shares : (n,) float64
        Of the votes of the others that for the label; None where no other was asked.
    """

    votes: Answers
    changed: Mask
    shares: NDArray[np.float64] | None = None

    def share(self, row: int) -> float | None:
        """Return that of one digit."""
        return None if self.shares is None else round(float(self.shares[row]), 3)


def ask_each_other(
    votes: Answers,
    digits: Digits,
    there: Evidence,
    *,
    scout: DigitKNN,
    weight: float,
    taught: Mask | None = None,
) -> Asked:
    """Return the answers on n digits of a page after they asked each other; those of a network as they are.

    Parameters
    ----------
    votes : Answers
        On each by itself.
    digits : (n, 28, 28) uint8
    there : (n,) float64
        The probability that each is a digit.
    scout : DigitKNN
        By whose vectors digits are alike.
    weight : float
        What the logarithms of the others' shares of votes count, see `Judge.alike`.
    taught : (n,) bool, optional
        Whose answers stay, as they were taught.
    """
    if len(digits) < 2 or not len(votes.evidence(0)[0]):
        return Asked(votes=votes, changed=np.zeros(len(digits), bool))
    own = np.asarray(votes.probabilities, np.float64)
    shares = shares_of_page(own, digits, there, scout=scout)
    together = join(own, shares, weight)
    if taught is not None:
        together[taught] = own[taught]
    rows = np.arange(len(own))
    kept = together[rows, votes.labels] == together.max(axis=1)  # of equal ones the winner stays
    labels = np.where(kept, votes.labels, together.argmax(axis=1))
    heard = replace(cast("Votes", votes), labels=labels, probabilities=together.astype(np.float32))
    return Asked(votes=heard, changed=~kept, shares=shares[rows, labels])


def shares_of_page(own: Shares, digits: Digits, there: Evidence, *, scout: DigitKNN) -> Shares:
    """Return the shares of the votes on each of n digits by those of its page, and one that knows nothing.

    Parameters
    ----------
    own : (n, 10) float64
        What each is likely to be by itself.
    digits, there, scout
        As `ask_each_other` takes them.
    """
    vectors = scout.feature(digits)
    reach = reach_of(vectors, scout)
    shares = np.empty_like(own)
    for rows in chunks(len(own)):
        count = there * (apart(vectors[rows], vectors) < reach[rows, None])
        np.fill_diagonal(count[:, rows], 0)
        shares[rows] = (count @ own + 1 / CLASSES) / (count.sum(axis=1, keepdims=True) + 1)
    return shares


def join(own: Shares, shares: Shares, weight: float) -> Shares:
    """Return how likely each label is by both: the logarithms are added up; one without a vote stays so."""
    together = own * shares**weight
    return np.asarray(together / together.sum(axis=1, keepdims=True))


def reach_of(vectors: Vectors, scout: DigitKNN) -> NDArray[np.float32]:
    """Return how far the k-th nearest training digit of each of n vectors is: what is nearer is alike."""
    distances, _ = scout.known.search(vectors, scout.options.k)
    return distances[:, -1]


def apart(some: Vectors, all_: Vectors) -> NDArray[np.float64]:
    """Return the Euclidean distances of vectors (m, d) from vectors (n, d), (m, n)."""
    one, other = some.astype(np.float64), all_.astype(np.float64)
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.sqrt(squares.clip(0)), np.float64)
