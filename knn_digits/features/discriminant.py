"""Stage 3, learned: vectors -> the few directions in which digits of different labels differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Indices, Labels, Vectors, compared_by_content
from knn_digits.features import Feature

PAIRS = 10  # neighbors of each kind that a digit is compared with
SHRINKAGE = 0.5  # of the mean variance, added in every direction
WHOLE = 32.0  # whole numbers in the usual difference of neighbors of one label, in each direction


@compared_by_content
@dataclass(frozen=True, eq=False)
class Projected:
    """A feature whose vectors are projected on learned directions: (n, 28, 28) uint8 -> (n, p) float32.

    Parameters
    ----------
    feature : Feature
    directions : (d, p) float32
        See `learn_directions`.
    """

    feature: Feature
    directions: Vectors

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector for each digit."""
        return self.project(self.feature(digits))

    def project(self, vectors: Vectors) -> Vectors:
        """Return the feature's vectors (n, d) projected and rounded, (n, p) float32 whole numbers."""
        # In float64 and rounded, a vector does not depend on what it is computed together with.
        return np.rint(vectors.astype(np.float64) @ self.directions.astype(np.float64)).astype(np.float32)


def learn_directions(
    vectors: Vectors, labels: Labels, *, rows: Indices, neighbors: Indices, dimensions: int
) -> Vectors:
    """Learn the directions that tell a digit from neighbors of other labels, not from those of its own.

    Parameters
    ----------
    vectors : (n, d) float32
    labels : (n,) int64
    rows : (a,) int64
        The digits that are compared with their neighbors.
    neighbors : (a, k) int64
        Rows of `vectors`, nearest first; the digit itself may be among them.
    dimensions : int
        Directions wanted; at most d are there.

    Returns
    -------
    (d, min(dimensions, d)) float32
        The best direction first, each as long as it tells labels apart well.

    References
    ----------
    K. Fukunaga, J. M. Mantock (1983), Nonparametric discriminant analysis. Theirs compares with the mean of
    the neighbors and weighs digits near the border between labels; ours takes each pair of a digit and one of
    its nearest neighbors, where only digits near the border have neighbors of another label.
    """
    same, other = (
        _scatter(vectors, labels, rows=rows, neighbors=neighbors, same=same) for same in (True, False)
    )
    width = len(same)
    # Where no two digits have one label, nothing is known but the spread of all.
    scale = max((np.trace(same) or np.trace(other)) / width, np.finfo(np.float32).tiny)
    same += SHRINKAGE * scale * np.eye(width)
    # The generalized eigenvectors of (other, same): whiten `same`, then diagonalize `other`.
    spread, axes = np.linalg.eigh(same)
    whiten = axes / np.sqrt(spread)
    gain, turn = np.linalg.eigh(whiten.T @ other @ whiten)
    directions = whiten @ turn * np.sqrt(np.maximum(gain, 0)) * WHOLE
    directions *= np.where(directions.sum(axis=0) < 0, -1, 1)  # of the two signs always the same
    return np.ascontiguousarray(directions[:, ::-1][:, :dimensions], np.float32)


def _scatter(
    vectors: Vectors, labels: Labels, *, rows: Indices, neighbors: Indices, same: bool
) -> NDArray[np.float64]:
    """Return the mean outer product of the differences between digits and neighbors of one kind, (d, d)."""
    width = vectors.shape[1]
    total, pairs = np.zeros((width, width)), 0
    for start in range(0, len(rows), 1000):
        digits, near = rows[start : start + 1000], neighbors[start : start + 1000]
        wanted = (labels[near] == labels[digits][:, None]) == same
        wanted &= near != digits[:, None]
        wanted &= np.cumsum(wanted, axis=1) <= PAIRS
        digit, place = np.nonzero(wanted)
        difference = vectors[digits[digit]].astype(np.float32) - vectors[near[digit, place]]
        total += difference.T @ difference
        pairs += len(difference)
    return total / max(pairs, 1)
