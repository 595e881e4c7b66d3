"""Digits -> the few of them that decide: editing, condensing and instance hardness, of published rules.

All take vectors in the space in which a model searches, and vote as the default model does. What is kept is
told by rows, in the order in which it was found to be needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Labels, Vectors
from knn_digits.classifiers.options import BEST
from knn_digits.neighbors import make_index
from knn_digits.vote import count_votes

BATCH = 1000  # candidates asked between two growths of what is kept
NEAR = 20  # neighbors that tell how hard a digit is
CERTAIN = 0.9999  # of the votes: below it one neighbor at least is of another label
SEED = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Near:
    """The nearest known neighbors of each candidate, nearest first."""

    distances: Distances  # (n, k)
    labels: Labels  # (n, k)

    def of(self, rows: Indices) -> "Near":
        """Return those of some candidates."""
        return Near(distances=self.distances[rows], labels=self.labels[rows])


def find_near(queries: Vectors, vectors: Vectors, labels: Labels, *, k: int = BEST.k) -> Near:
    """Return the k nearest of the vectors (fewer, if there are not as many) to each query."""
    if not len(vectors):
        return Near(
            distances=np.empty((len(queries), 0), np.float32), labels=np.empty((len(queries), 0), int)
        )
    found = make_index(BEST.backend, vectors, device="cpu").kneighbors(queries, min(k, len(vectors)))
    return Near(distances=found[0], labels=labels[found[1]])


def merge(one: Near, other: Near, *, k: int = BEST.k) -> Near:
    """Return the k nearest of both."""
    distances = np.hstack([one.distances, other.distances])
    labels = np.hstack([one.labels, other.labels])
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return Near(
        distances=np.take_along_axis(distances, nearest, axis=1),
        labels=np.take_along_axis(labels, nearest, axis=1),
    )


def own_shares(near: Near, labels: Labels, *, classes: int) -> NDArray[np.float64]:
    """Return the share of the votes that each candidate's own label gets, (n,); 0 where nobody votes."""
    if not near.labels.shape[1]:
        return np.zeros(len(labels))
    _, shares = count_votes(
        near.distances, near.labels, weights=BEST.weights, power=BEST.power, classes=classes
    )
    return np.asarray(shares[np.arange(len(labels)), labels])


def disagreement(vectors: Vectors, labels: Labels, *, near: int) -> NDArray[np.float64]:
    """Return the share of each digit's nearest others that have another label, (n,).

    References
    ----------
    M. R. Smith, T. Martinez, C. Giraud-Carrier (2014), An instance level analysis of data complexity: their
    k-disagreeing neighbors. D. L. Wilson (1972), Asymptotic properties of nearest neighbor rules using edited
    data: he leaves out what has more of them than not.
    """
    _, found = make_index(BEST.backend, vectors, device="cpu").kneighbors(vectors, near + 1)
    others = found != np.arange(len(vectors))[:, None]
    others[others.all(axis=1), -1] = False
    return np.asarray(((labels[found] != labels[:, None]) & others).sum(axis=1) / near)


def condense(
    vectors: Vectors,
    labels: Labels,
    *,
    order: Indices,
    margin: float,
    known: Near | None = None,
    most: int | None = None,
) -> Indices:
    """Return the rows without which the others would not be read right.

    Parameters
    ----------
    vectors : (n, d) float32
    labels : (n,) int64
    order : (m,) int64
        The candidates, in the order in which they are asked.
    margin : float
        A candidate is kept if its label gets a smaller share of the votes of all that is known and kept.
    known : Near, optional
        The neighbors of all n among what is there in any case.
    most : int, optional
        Of a label that are kept.

    References
    ----------
    P. E. Hart (1968), The condensed nearest neighbor rule. His asks one by one until nothing changes; ours
    asks twice, in batches, and by the share of the vote, so that what lies near a border is kept, too.
    """
    classes = 1 + int(max(labels.max(), known.labels.max() if known is not None else 0))
    if known is None:
        known = find_near(vectors, vectors[:0], labels[:0])
    kept = np.empty(0, np.int64)
    for _ in range(2):
        for start in range(0, len(order), BATCH):
            batch = np.setdiff1d(order[start : start + BATCH], kept)
            near = merge(known.of(batch), find_near(vectors[batch], vectors[kept], labels[kept]))
            needed = batch[own_shares(near, labels[batch], classes=classes) < margin]
            kept = _at_most(np.concatenate([kept, needed]), labels, most)
    return kept


def _at_most(rows: Indices, labels: Labels, most: int | None) -> Indices:
    """Return the first so many rows of each label, in their order."""
    if most is None:
        return rows
    order = np.argsort(labels[rows], kind="stable")
    sorted_labels = labels[rows][order]
    place = np.arange(len(rows)) - np.searchsorted(sorted_labels, sorted_labels)
    return np.asarray(rows[np.sort(order[place < most])])


def choose_references(vectors: Vectors, labels: Labels, n: int) -> Indices:
    """Return the rows of n digits that stand best for all: condensed ones first, then the hardest."""
    hardness = disagreement(vectors, labels, near=NEAR)
    shuffled = np.random.default_rng(SEED).permutation(len(labels))
    clean = shuffled[hardness[shuffled] <= 0.5]
    kept = condense(vectors, labels, order=clean, margin=CERTAIN)
    hard = shuffled[np.argsort(-hardness[shuffled], kind="stable")]
    return np.concatenate([kept, hard[~np.isin(hard, kept)]])[:n]
