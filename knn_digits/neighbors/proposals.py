"""Stage 4: vector of float64 -> neighbors as a library finds them, and bounds of their distances."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Vectors
from knn_digits.neighbors import NeighborIndex
from knn_digits.neighbors.exact import CACHE_BYTES, EXACT, MARGIN, MAX_NORM, are_whole
from knn_digits.neighbors.tree import TreeIndex

FARTHEST = 1e12  # of the length of the longest training vector: a query beyond is measured against all
DOUBLE = float(np.finfo(np.float64).eps)
_SINGLE = float(np.finfo(np.float32).eps)
_SMALLEST = float(np.finfo(np.float32).smallest_subnormal)

Doubles: TypeAlias = NDArray[np.float64]
# Candidates (m, size), nearest first, and what their distances are at least and at most, each (m, size). All
# that is left out is at least as far as the last.
Proposed: TypeAlias = tuple[Indices, Doubles, Doubles]


class TreeProposals:
    """Queries (m, d), size -> what a tree proposes."""

    margin = 1

    def __init__(self, vectors: NDArray[Any]) -> None:
        self._index = TreeIndex(vectors.astype(np.float64, copy=False))
        self._rounding = 2 * (vectors.shape[1] + 4) * DOUBLE  # the tree's, and that of measuring again

    def __call__(self, queries: Doubles, size: int) -> Proposed:
        """Return so many candidates for each of (m, d) queries, and the bounds."""
        distances, candidates = self._index.kneighbors(queries, size)
        return candidates, distances * (1 - self._rounding), distances * (1 + self._rounding)


class RoundedProposals:
    """The same by an index of float32, over the vectors moved to their middle and scaled."""

    margin = MARGIN

    def __init__(self, vectors: NDArray[Any], make: Callable[[Vectors], NeighborIndex]) -> None:
        self._center, self._scale, whole = _find_frame(vectors)
        rounded, self._longest = np.empty(vectors.shape, np.float32), 0.0
        rows = max(1, CACHE_BYTES // (8 * vectors.shape[1]))
        for start in range(0, len(vectors), rows):
            block = slice(start, start + rows)
            moved = self._move(vectors[block])
            rounded[block] = moved
            self._longest = max(self._longest, float(_lengths(moved).max()))
        self._error = 0.0 if whole else _SINGLE * self._longest + _SMALLEST * vectors.shape[1]
        self._index = make(rounded)

    def _move(self, vectors: NDArray[Any]) -> Doubles:
        with np.errstate(over="ignore"):  # `far` below
            return np.asarray((vectors - self._center) * self._scale)

    def __call__(self, queries: Doubles, size: int) -> Proposed:
        """Return so many candidates for each of (m, d) queries, and the bounds."""
        moved = self._move(queries)
        lengths = _lengths(moved)
        far = lengths > min(FARTHEST * max(self._longest, 1), MAX_NORM)
        moved[far] = 0
        rounded = moved.astype(np.float32)
        squared, candidates = self._index.shortlist(rounded, size)
        # The backend's rounding, as in `exact`; then that to float32, and of moving.
        summed = ((queries.shape[1] + 3) * _SINGLE * (lengths + self._longest) ** 2)[:, None]
        moved_by = 2 * DOUBLE * (lengths + self._longest)
        hidden = (_lengths(moved - rounded) + self._error + moved_by + _SMALLEST)[:, None]
        squared = squared.astype(np.float64)
        least = (np.sqrt(np.maximum(squared - summed, 0)) - hidden) / self._scale
        most = (np.sqrt(np.maximum(squared + summed, 0)) + hidden) / self._scale
        least[far], most[far] = -np.inf, np.inf
        return candidates, least, most


def _find_frame(vectors: NDArray[Any]) -> tuple[Doubles, float, bool]:
    """Return the mean of the vectors, (d,), a power of 2 that brings them to about 1, and if they are whole.

    Whole numbers are exact in float32 and stay what they are.
    """
    lowest, highest = (find(axis=0).astype(np.float64) for find in (vectors.min, vectors.max))
    if are_whole(vectors[:1]) and max(highest.max(), -lowest.min()) <= EXACT and are_whole(vectors):
        return np.zeros(vectors.shape[1]), 1.0, True
    center = vectors.mean(axis=0, dtype=np.float64)
    largest = max((highest - center).max(), (center - lowest).max())
    exponent = int(np.frexp(largest)[1]) if largest else 0
    return center, 2.0 ** -max(exponent, -1000), False


def _lengths(vectors: Doubles) -> Doubles:
    return np.asarray(np.sqrt(np.einsum("nd,nd->n", vectors, vectors)))
