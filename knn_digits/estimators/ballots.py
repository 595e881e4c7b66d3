"""Door: classes and distances of neighbors -> who wins, the shares of the votes, and both told."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Labels
from knn_digits.errors import DataError
from knn_digits.neighbors.proposals import Doubles
from knn_digits.record import Record
from knn_digits.vote import find_winners, sum_by_label, weigh_votes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Voter(Record):
    """A neighbor, and what its vote counted."""

    row: int  # of what was fitted
    label: Any  # its class
    distance: float
    weight: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExplainedVote(Record):
    """Why a query got its class."""

    label: Any  # the class that won
    shares: dict[Any, float]  # of the votes by class, the winner first; classes without votes are left out
    voters: tuple[Voter, ...]  # nearest first


def weigh(distances: Doubles, weights: Any, power: float) -> Doubles:
    """Return what each neighbor's vote counts, (m, k).

    Parameters
    ----------
    distances : (m, k) float64
        Ascending.
    weights : {"uniform", "distance"}, None or callable
        None is uniform; a callable takes the distances and returns as many weights.
    power : float
        As for `vote.weigh_votes`.

    Raises
    ------
    DataError
        If a callable returns another shape, or nothing but zeros for a query.
    """
    if not callable(weights):
        return weigh_votes(distances, weights=weights or "uniform", power=power)
    found = np.asarray(weights(distances.copy()), np.float64)
    if found.shape != distances.shape:
        raise DataError(f"weights must return an array of shape {distances.shape}, got {found.shape}")
    if len(found) and not found.any(axis=1).all():
        raise DataError(
            "All neighbors of some sample is getting zero weights. Please modify 'weights' to avoid this "
            "case if you are using a user-defined function."
        )
    return found


def elect(labels: Labels, weights: Doubles, distances: Doubles, *, classes: int) -> tuple[Labels, Doubles]:
    """Return the winners (m,) and the shares of the votes (m, classes), as `vote.count_votes` does."""
    tally = sum_by_label(labels, weights, classes=classes)
    winners = find_winners(tally, sum_by_label(labels, distances, classes=classes))
    return winners, tally / tally.sum(axis=1, keepdims=True)


def count(labels: Labels, *, classes: int) -> tuple[Labels, Doubles, Indices]:
    """Return winners and shares where each neighbor has one vote, and the rows that are tied.

    Parameters
    ----------
    labels : (m, k) int64
    classes : int
    """
    m, k = labels.shape
    places = (classes * np.arange(m)[:, None] + labels).ravel()
    tally = np.bincount(places, minlength=m * classes).reshape(m, classes)
    tied = np.flatnonzero((tally == tally.max(axis=1, keepdims=True)).sum(axis=1) > 1)
    return tally.argmax(axis=1), tally / k, tied


def lift_winners(shares: NDArray[Any], winners: Labels) -> NDArray[Any]:
    """Return shares (n, c) in which the winner (n,) of a tie has the largest, if only by the last bit."""
    rows = np.flatnonzero(shares.argmax(axis=1) != winners)
    lifted = shares.copy()
    lifted[rows, winners[rows]] = np.nextafter(shares[rows].max(axis=1), shares.dtype.type(2))
    return lifted


def tell(
    indices: Indices, distances: NDArray[Any], weights: Doubles, *, classes: NDArray[Any], label: Any
) -> ExplainedVote:
    """Return why a query got its class `label`.

    Parameters
    ----------
    indices, distances, weights : (k,)
        Of its neighbors, nearest first.
    classes : (k,)
        Theirs.
    label : object
        The class that won.
    """
    names = classes.tolist()
    votes: dict[Any, float] = {label: 0.0}
    for name, weight in zip(names, weights.tolist(), strict=True):
        votes[name] = votes.get(name, 0.0) + weight
    total = sum(votes.values())
    ranked = sorted(votes.items(), key=lambda vote: (vote[0] != label, -vote[1]))
    rows = zip(indices.tolist(), names, distances.tolist(), weights.tolist(), strict=True)
    return ExplainedVote(
        label=label,
        shares={name: weight / total for name, weight in ranked},
        voters=tuple(
            Voter(row=row, label=name, distance=distance, weight=weight)
            for row, name, distance, weight in rows
        ),
    )
