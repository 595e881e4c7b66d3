"""Stage 4: vector of float64 -> k nearest, proven.

An index searches float32. Here it searches the vectors moved to their middle, scaled and rounded to float32;
what it proposes is measured again in float64. What rounding can hide is bounded: where the k-th distance is
below all that was left out, nothing was missed. Else more is proposed, at last everything.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Vectors
from knn_digits.errors import DataError, MissingPartError
from knn_digits.neighbors import BACKENDS, NeighborIndex, check_engine, make_index
from knn_digits.neighbors.exact import CACHE_BYTES, MARGIN, MAX_NORM, blocks, measure, search_in_full
from knn_digits.neighbors.tree import TreeIndex

TREE_WIDTH = 10  # up to here a tree is faster than a search of all, as benchmarks/estimators.py times them
LARGEST = 1e150  # float64 holds the squares of such numbers
SMALL = 1e-120  # vectors of smaller numbers alone are scaled, as their squares would be too small for float64
SMALLEST = 1e-140  # a shorter distance has a square that float64 rounds roughly: it proves nothing
MAX_WHOLE = 1 << 24  # whole numbers up to here are exact in float32
WIDER = 8  # times as many are proposed where the neighbors could not be proven
FARTHEST = 1e12  # of the length of the longest training vector: a query beyond is measured against all
_SINGLE, _DOUBLE = float(np.finfo(np.float32).eps), float(np.finfo(np.float64).eps)
_SMALLEST = float(np.finfo(np.float32).smallest_subnormal)

Doubles: TypeAlias = NDArray[np.float64]
CHOICES = ("auto", *BACKENDS, "tree")


class PreciseIndex:
    """The k nearest of any finite numbers, as exact as float64 is.

    Parameters
    ----------
    vectors : (n, d) float32 or float64, n at least 1
    backend : {"auto", "faiss", "opencv", "pca", "sklearn", "tree"}
        "auto" is "tree" for vectors of at most 10 numbers, else "faiss".
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    UsageError
        If backend or device is another word.
    DataError
        If a number is beyond 1e150.
    """

    def __init__(self, vectors: NDArray[Any], *, backend: str = "auto", device: str = "auto") -> None:
        check_engine(backend, device, backends=CHOICES)
        self.vectors = _check(vectors)
        self._scale = _find_scale(self.vectors)
        self._scaled = self.vectors if self._scale == 1 else self.vectors * self._scale
        self._backend, self._device = backend, device

    @functools.cached_property
    def _search(self) -> "_TreeSearch | _RoundedSearch":
        backend = self._backend
        if backend == "auto":
            narrow = self.vectors.shape[1] <= TREE_WIDTH and self._device != "cuda"
            backend = "tree" if narrow else "faiss"
        if backend == "tree" and self._device == "cuda":
            raise MissingPartError("tree has no GPU search: use the backend faiss, or the device cpu")
        if backend == "tree":
            return _TreeSearch(self._scaled)
        return _RoundedSearch(self._scaled, functools.partial(make_index, backend, device=self._device))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made from the vectors: the libraries' indexes cannot be pickled."""
        return {name: value for name, value in self.__dict__.items() if name != "_search"}

    def prepare(self) -> None:
        """Make the backend's index, which is else made when it is first searched; see `make_index`."""
        _ = self._search

    def kneighbors(self, queries: NDArray[Any], k: int) -> tuple[Doubles, Indices]:
        """Return the k nearest training vectors of each query.

        Parameters
        ----------
        queries : (m, d) float32 or float64, finite
        k : int
            At least 1 and at most n.

        Returns
        -------
        distances : (m, k) float64
            Euclidean, ascending.
        indices : (m, k) int64
            Equal distances are ordered by the lower index.
        """
        queries = _check(queries).astype(np.float64, copy=False)
        distances, indices = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)
        with np.errstate(over="ignore"):  # what is too large beside the vectors is not scaled
            scaled = queries if self._scale == 1 else queries * self._scale
        near = (np.abs(scaled) <= LARGEST).all(axis=1)
        distances[near], indices[near] = self._nearest(scaled[near], k)
        distances[near] /= self._scale
        for row in np.flatnonzero(~near):
            squared, indices[row] = search_in_full(queries[row], k, self.vectors)
            distances[row] = np.sqrt(squared)
        return distances, indices

    def _nearest(self, queries: Doubles, k: int) -> tuple[Doubles, Indices]:
        """Return distances and indices of the k nearest of the scaled vectors."""
        squared, indices = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)
        n = len(self._scaled)
        open_, size = np.arange(len(queries)), min(k + self._search.margin, n)
        while len(open_):
            unproven = []
            for block in blocks(len(open_), size):
                rows = open_[block]
                squared[rows], indices[rows], proven = self._block(queries[rows], k, size)
                unproven.append(rows[~proven])
            open_, size = np.concatenate(unproven), size * WIDER
            if size > n // WIDER:
                break
        for row in open_:
            squared[row], indices[row] = search_in_full(queries[row], k, self._scaled)
        return np.sqrt(squared), indices

    def _block(self, queries: Doubles, k: int, size: int) -> tuple[Doubles, Indices, NDArray[np.bool_]]:
        candidates, beyond = self._search(queries, size)
        squared, indices = measure(queries, self._scaled, candidates, k)
        reach = np.sqrt(squared[:, -1]) * (1 + (queries.shape[1] + 4) * _DOUBLE)
        proven = (reach < beyond) & (beyond > SMALLEST)
        return squared, indices, proven | (size == len(self._scaled))


class _TreeSearch:
    """Queries (m, d), size -> candidates (m, size) and what all others are at least away (m,)."""

    margin = 1

    def __init__(self, vectors: NDArray[Any]) -> None:
        self._index = TreeIndex(vectors.astype(np.float64, copy=False))
        self._rounding = 1 - (vectors.shape[1] + 4) * _DOUBLE

    def __call__(self, queries: Doubles, size: int) -> tuple[Indices, Doubles]:
        distances, candidates = self._index.kneighbors(queries, size)
        return candidates, distances[:, -1] * self._rounding


class _RoundedSearch:
    """The same by an index of float32."""

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

    def __call__(self, queries: Doubles, size: int) -> tuple[Indices, Doubles]:
        moved = self._move(queries)
        lengths = _lengths(moved)
        far = lengths > min(FARTHEST * max(self._longest, 1), MAX_NORM)
        moved[far] = 0
        rounded = moved.astype(np.float32)
        squared, candidates = self._index.shortlist(rounded, size)
        # The backend's rounding, as in `exact`; then that to float32, and of moving.
        summed = (queries.shape[1] + 3) * _SINGLE * (lengths + self._longest) ** 2
        moved_by = 2 * _DOUBLE * (lengths + self._longest)
        hidden = _lengths(moved - rounded) + self._error + moved_by + _SMALLEST
        beyond = (np.sqrt(np.maximum(squared[:, -1] - summed, 0)) - hidden) / self._scale
        return candidates, np.where(far, -np.inf, beyond)


def _check(vectors: NDArray[Any]) -> NDArray[Any]:
    if vectors.size and max(float(vectors.max()), -float(vectors.min())) > LARGEST:
        raise DataError(f"numbers must be within {LARGEST:.0e}: float64 cannot hold larger ones squared")
    return np.ascontiguousarray(vectors)


def _find_scale(vectors: NDArray[Any]) -> float:
    """Return the power of 2 that brings numbers that are all small to about 1, for others 1."""
    largest = float(max(vectors.max(), -vectors.min()))
    if not 0 < largest < SMALL:
        return 1.0
    return float(2.0 ** min(1000, -int(np.frexp(largest)[1])))


def _find_frame(vectors: NDArray[Any]) -> tuple[Doubles, float, bool]:
    """Return the mean of the vectors, (d,), a power of 2 that brings them to about 1, and if they are whole.

    Whole numbers are exact in float32 and stay what they are.
    """
    lowest, highest = (find(axis=0).astype(np.float64) for find in (vectors.min, vectors.max))
    if _are_whole(vectors[:1]) and max(highest.max(), -lowest.min()) <= MAX_WHOLE and _are_whole(vectors):
        return np.zeros(vectors.shape[1]), 1.0, True
    center = vectors.mean(axis=0, dtype=np.float64)
    largest = max((highest - center).max(), (center - lowest).max())
    exponent = int(np.frexp(largest)[1]) if largest else 0
    return center, 2.0 ** -max(exponent, -1000), False


def _are_whole(vectors: NDArray[Any]) -> bool:
    return bool((vectors == np.rint(vectors)).all())


def _lengths(vectors: Doubles) -> Doubles:
    return np.asarray(np.sqrt(np.einsum("nd,nd->n", vectors, vectors)))
