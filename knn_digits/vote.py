"""Stage 5: neighbors -> a label and a probability for each of 0..9.

Voting is the same for every backend. Ties go to the label with the smaller sum of distances, then to the
smaller label.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Distances, Indices, Labels, Probabilities
from knn_digits.errors import UsageError
from knn_digits.record import Record

WEIGHTS = ("uniform", "distance")
REFUSED_SHARE = 0.005  # of held-out digits lie beyond their label's reach
# Share of held-out digits that are refused: in steps of 0.0005 the highest at which at most 1.5 % of the
# digits of any source that is left out are, USPS among them: 1.35 % here, 1.65 % one step higher, as
# `benchmarks.measure.transfer` tells of models that were fitted with `--refuse-rate`.
REFUSE_RATE = 0.004
VOTES_COUNT = 0.25  # strangeness that a digit gains which no vote but the winner's own speaks for
# How much the nearest count where distances to digits and to other marks are compared: on digits and marks of
# writers left out 2 to 6 tell as much, 1 and 8 less.
NEAREST_COUNT = 4.0
_SMALLEST, _LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
NAME = "<U16"  # dtype: of a mark that is no digit
UNKNOWN_REACH = np.full(CLASSES, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Votes(Record):
    """What k neighbors say of each of n digits, and who they are.

    labels : (n,) int64
        The winners.
    shares : (n, 10) float32
        Each label's share of the votes; rows sum to 1.
    probabilities : (n, 10) float32
        The shares, calibrated where the model was validated; rows sum to 1. The winner has the highest, and
        a label with as many votes the same.
    distances : (n, k) float32
        Ascending: Euclidean between vectors, or of deformation where `refined`.
    indices : (n, k) int64
        The neighbors' rows in the training set.
    neighbor_labels : (n, k) int64
        The labels that voted.
    refined : (n,) bool
        Whether the neighbors were chosen by their distance of deformation.
    strangeness : (n,) float32
        A novelty score: the mean Euclidean distance to the nearest neighbors over the reach of the winning
        label. Above 1 a digit is farther from the training digits than nearly all held-out digits of its
        label are. The largest number where there is no ink.
    doubt : (n,) float32
        A rejection score, how much speaks against its being a digit: strangeness and votes for other labels,
        as `count_against` adds them up, and how near marks that are no digits are, over what a chosen rate of
        held-out digits passes. What is above 1 is to be refused.
    sign_names : (n,) str
        What it is most like of the marks that are no digits, "" where the model knows none.
    sign_shares : (n,) float32
        Their share of the votes where they and the training digits vote together, 0 to 1.
    sign_nearness : (n,) float32
        How far the nearest training digits are over how far the nearest of those marks are, see
        `measure_nearness`. The higher, the more it is doubted. 0 where the model knows none.
    """

    labels: Labels
    shares: Probabilities
    probabilities: Probabilities
    distances: Distances
    indices: Indices
    neighbor_labels: Labels
    refined: NDArray[np.bool_]
    strangeness: NDArray[np.float32]
    doubt: NDArray[np.float32]
    sign_names: NDArray[np.str_]
    sign_shares: NDArray[np.float32]
    sign_nearness: NDArray[np.float32]

    def sign(self, row: int) -> tuple[str, float]:
        """Return which mark that is no digit one is most like, and the share of votes for such marks."""
        return str(self.sign_names[row]), float(self.sign_shares[row])

    def evidence(self, row: int) -> tuple[Indices, Labels, Distances]:
        """Return rows, labels and distances of the neighbors of one digit, each (k,), nearest first."""
        return self.indices[row], self.neighbor_labels[row], self.distances[row]


def vote(
    distances: Distances,
    indices: Indices,
    training_labels: Labels,
    *,
    weights: str,
    power: float = 1.0,
    reach: NDArray[np.float64] = UNKNOWN_REACH,
) -> Votes:
    """Let the k nearest neighbors of each digit vote.

    Parameters
    ----------
    distances : (n, k) float32
        Euclidean, ascending.
    indices : (n, k) int64
        Rows of `training_labels`.
    training_labels : (m,) int64
    weights : {"uniform", "distance"}
        One vote each, or votes in proportion to 1 / distance**power. A neighbor at distance 0 outvotes
        every neighbor that is farther.
    power : float
        Above 0: how much more a near neighbor counts, where weights are by distance.
    reach : (10,) float64
        For each label the mean distance that held-out digits of it rarely pass, see `measure_reach`.

    Returns
    -------
    Votes

    Raises
    ------
    UsageError
        If `weights` is another word.

    References
    ----------
    S. A. Dudani (1976), The distance-weighted k-nearest-neighbor rule. Ours weighs by d_nearest / d, which
    ranks as 1 / d does and stays finite for the smallest distances.

    Examples
    --------
    >>> d, i = np.array([[1, 2, 4]], np.float32), np.array([[0, 1, 2]])
    >>> vote(d, i, np.array([3, 5, 5]), weights="uniform").labels
    array([5])
    >>> vote(d, i, np.array([3, 5, 5]), weights="distance").labels
    array([3])
    """
    neighbor_labels = training_labels[indices]
    labels, exact_shares = count_votes(distances, neighbor_labels, weights=weights, power=power)
    shares = exact_shares.astype(np.float32)
    strangeness = measure_strangeness(distances, labels, reach)
    return Votes(
        labels=labels,
        shares=shares,
        probabilities=shares,
        distances=distances,
        indices=indices,
        neighbor_labels=neighbor_labels,
        refined=np.zeros(len(labels), bool),
        strangeness=strangeness,
        doubt=count_against(strangeness, shares).astype(np.float32),
        sign_names=np.full(len(labels), "", NAME),
        sign_shares=np.zeros(len(labels), np.float32),
        sign_nearness=np.zeros(len(labels), np.float32),
    )


def count_votes(
    distances: NDArray[np.floating[Any]],
    neighbor_labels: Labels,
    *,
    weights: str,
    power: float = 1.0,
    classes: int = CLASSES,
) -> tuple[Labels, NDArray[np.float64]]:
    """Return the winner of each vote and the share of each label.

    Parameters
    ----------
    distances : (n, k) floating
        Euclidean, ascending.
    neighbor_labels : (n, k) int64
        0 to `classes` - 1.
    weights, power
        As for `vote`.
    classes : int

    Returns
    -------
    labels : (n,) int64
    shares : (n, classes) float64
        Rows sum to 1.

    Raises
    ------
    UsageError
        If `weights` is another word.
    """
    if weights not in WEIGHTS:
        raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {weights!r}")
    tally = sum_by_label(
        neighbor_labels, weigh_votes(distances, weights=weights, power=power), classes=classes
    )
    labels = find_winners(tally, sum_by_label(neighbor_labels, distances.astype(np.float64), classes=classes))
    return labels, tally / tally.sum(axis=1, keepdims=True)


def measure_strangeness(
    distances: NDArray[np.floating[Any]], labels: Labels, reach: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the means of (n, k) distances over the reach (10,) of n labels, as far as float32 goes."""
    mean = distances.mean(axis=1).astype(np.float64)
    return np.asarray((mean / reach[labels]).clip(max=_LARGEST), np.float32)


def count_against(strangeness: NDArray[np.float32], shares: Probabilities) -> NDArray[np.float64]:
    """Return what speaks against each being a digit, (n,) float64: distance, and votes for other labels.

    Parameters
    ----------
    strangeness : (n,) float32
    shares : (n, 10) float32

    References
    ----------
    B. Dubuisson, M. Masson (1993), A statistical decision rule with incomplete knowledge about classes, who
    reject what is far from all labels and what lies between two. Ours is one number for both, so that one
    limit holds a chosen rate of refused digits.

    Examples
    --------
    >>> count_against(np.array([0.5], np.float32), np.array([[0.75, 0.25, *[0] * 8]], np.float32)).tolist()
    [0.5625]
    """
    return np.asarray(strangeness + VOTES_COUNT * (1 - shares.max(axis=1).astype(np.float64)))


def measure_nearness(
    digits: NDArray[np.floating[Any]], marks: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Return how far digits are over how far other marks are, (n,): above 1 the marks are nearer.

    Both are power means of distances, in which the nearest count most.

    Parameters
    ----------
    digits, marks : (n, k) floating, (n, m) floating
        Distances to the nearest of each, ascending.

    References
    ----------
    P. R. Mendes Júnior et al. (2017), Nearest neighbors distance ratio open-set classifier, who compare the
    nearest neighbor with the nearest of another class. Ours compares several digits with several known marks
    that are none.

    Examples
    --------
    >>> measure_nearness(np.array([[1.0, 1.0]]), np.array([[2.0, 2.0]])).tolist()
    [0.5]
    """
    far, near = _mean_nearest(digits), _mean_nearest(marks)
    nearness = np.where(far > 0, np.inf, 1.0)  # of a mark that is a copy
    np.divide(far, near, out=nearness, where=near > 0)
    return np.asarray(nearness.clip(max=_LARGEST), np.float32)


def _mean_nearest(distances: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    weights = weigh_votes(distances, weights="distance", power=NEAREST_COUNT)
    return np.asarray(distances[:, 0] * weights.mean(axis=1) ** (-1 / NEAREST_COUNT), np.float64)


def measure_reach(mean: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    """Return how far digits of each label usually are from their neighbors.

    Parameters
    ----------
    mean : (n,) float64
        Mean distance of held-out digits to their neighbors.
    labels : (n,) int64
        The true labels of those digits.

    Returns
    -------
    (10,) float64
        The mean distance that all but `REFUSED_SHARE` of the digits of a label keep within; infinite for a
        label that is not there. Copies, such as blank digits, have none of their own: a label of copies has
        the least reach of the others.
    """
    reach = UNKNOWN_REACH.copy()
    for label in np.unique(labels):
        reach[label] = np.quantile(mean[labels == label], 1 - REFUSED_SHARE)
    copies = reach < _SMALLEST
    reach[copies] = reach.min(initial=np.inf, where=~copies)
    return reach if np.isfinite(reach).any() else np.where(copies, _SMALLEST, reach)


def weigh_votes(distances: NDArray[np.floating[Any]], *, weights: str, power: float) -> NDArray[np.float64]:
    """Return what the vote of each neighbor counts, (n, k) float64, 1 for the nearest; see `vote`."""
    weight = np.ones(distances.shape)
    if weights == "distance":
        np.divide(distances[:, :1], distances, out=weight, where=distances > 0, dtype=np.float64)
    return np.asarray(weight**power, np.float64)


def sum_by_label(
    labels: Labels, values: NDArray[np.float64], *, classes: int = CLASSES
) -> NDArray[np.float64]:
    """Return the sums of (n, k) values of neighbors by the neighbors' labels, (n, classes) float64."""
    sums = np.zeros((len(labels), classes))
    np.add.at(sums, (np.arange(len(labels))[:, None], labels), values)
    return sums


def find_winners(tally: NDArray[np.float64], distance_sums: NDArray[np.float64]) -> Labels:
    """Return who wins by votes (n, classes), ties by the smaller sum of distances (n, classes)."""
    best = np.isclose(tally, tally.max(axis=1, keepdims=True), rtol=1e-9, atol=0)
    return np.asarray(np.where(best, distance_sums, np.inf).argmin(axis=1), np.int64)
