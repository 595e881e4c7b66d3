"""Stage 4: vector of float64 -> k nearest, proven.

An index searches float32. Here it searches the vectors moved to their middle, scaled and rounded to float32;
what it proposes is measured again in float64. What rounding can hide is bounded: where the k-th distance is
below all that was left out, nothing was missed. Else more is proposed, at last everything.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Mask
from knn_digits.errors import DataError, MissingPartError
from knn_digits.neighbors import BACKENDS, check_engine, make_index
from knn_digits.neighbors.exact import blocks, measure, search_in_full
from knn_digits.neighbors.proposals import DOUBLE, Doubles, RoundedProposals, TreeProposals

# up to here a tree is faster than a search of all, as benchmarks/measure/estimators.py times them
TREE_WIDTH = 10
LARGEST = 1e150  # float64 holds the squares of such numbers
SMALL = 1e-120  # vectors of smaller numbers alone are scaled, as their squares would be too small for float64
SMALLEST = 1e-140  # a shorter distance has a square that float64 rounds roughly: it proves nothing
WIDER = 8  # times as many are proposed where the neighbors could not be proven
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
    def _search(self) -> "TreeProposals | RoundedProposals":
        backend = self._backend
        if backend == "auto":
            narrow = self.vectors.shape[1] <= TREE_WIDTH and self._device != "cuda"
            backend = "tree" if narrow else "faiss"
        if backend == "tree" and self._device == "cuda":
            raise MissingPartError("tree has no GPU search: use the backend faiss, or the device cpu")
        if backend == "tree":
            return TreeProposals(self._scaled)
        return RoundedProposals(self._scaled, functools.partial(make_index, backend, device=self._device))

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

    def nearest_sets(self, queries: NDArray[Any], k: int) -> Indices:
        """Return the k nearest that `kneighbors` finds, in any order.

        Where the bounds of their distances tell them from all others, they need not be measured.

        Parameters
        ----------
        queries : (m, d) float32 or float64, finite
        k : int
            At least 1 and at most n.

        Returns
        -------
        (m, k) int64
        """
        size = min(k + self._search.margin, len(self.vectors))
        if self._scale != 1 or size == k:
            return self.kneighbors(queries, k)[1]
        queries = _check(queries).astype(np.float64, copy=False)
        indices, proven = np.empty((len(queries), k), np.int64), np.empty(len(queries), bool)
        for block in blocks(len(queries), size):
            indices[block], proven[block] = self._sets(queries[block], k, size)
        if not proven.all():
            indices[~proven] = self.kneighbors(queries[~proven], k)[1]
        return indices

    def _sets(self, queries: Doubles, k: int, size: int) -> tuple[Indices, Mask]:
        """Return the k nearest in any order, and where that is certain."""
        candidates, least, most = self._search(queries, size)
        certain = (most[:, k - 1] < least[:, k]) & (least[:, k] > SMALLEST)
        indices, rest = candidates[:, :k].copy(), np.flatnonzero(~certain)
        if len(rest):
            _, indices[rest], certain[rest] = self._measure(
                queries[rest], candidates[rest], least[rest, -1], k
            )
        return indices, certain

    def order(self, queries: NDArray[Any], sets: Indices) -> tuple[Doubles, Indices]:
        """Return what `kneighbors` finds, from what `nearest_sets` found, (m, k)."""
        if self._scale != 1:
            return self.kneighbors(queries, sets.shape[1])
        squared, indices = measure(queries.astype(np.float64, copy=False), self.vectors, sets, sets.shape[1])
        return np.sqrt(squared), indices

    def _nearest(self, queries: Doubles, k: int) -> tuple[Doubles, Indices]:
        """Return distances and indices of the k nearest of the scaled vectors."""
        squared, indices = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)
        n = len(self._scaled)
        open_, size = np.arange(len(queries)), min(k + self._search.margin, n)
        while len(open_):
            unproven = []
            for block in blocks(len(open_), size):
                rows = open_[block]
                candidates, least, _ = self._search(queries[rows], size)
                squared[rows], indices[rows], proven = self._measure(
                    queries[rows], candidates, least[:, -1], k
                )
                unproven.append(rows[~proven])
            open_, size = np.concatenate(unproven), size * WIDER
            if size > n // WIDER:
                break
        for row in open_:
            squared[row], indices[row] = search_in_full(queries[row], k, self._scaled)
        return np.sqrt(squared), indices

    def _measure(
        self, queries: Doubles, candidates: Indices, beyond: Doubles, k: int
    ) -> tuple[Doubles, Indices, Mask]:
        """Return the k nearest candidates, and where nothing from `beyond` (m,) on can be as near."""
        squared, indices = measure(queries, self._scaled, candidates, k)
        reach = np.sqrt(squared[:, -1]) * (1 + (queries.shape[1] + 4) * DOUBLE)
        proven = (reach < beyond) & (beyond > SMALLEST)
        return squared, indices, proven | (candidates.shape[1] == len(self._scaled))


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
