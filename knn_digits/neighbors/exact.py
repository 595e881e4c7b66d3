"""Stage 4: shortlist -> the k nearest, proven.

A backend computes in float32, in an order of its own, and breaks ties as it likes. Here the vectors of its
shortlist are measured again in float64, ordered by (distance, index) and certified: if the k-th exact
distance is below everything that the backend left out, by more than its rounding can hide, nothing was
missed. A query that cannot be certified is searched in full. Of small whole numbers nothing was rounded:
what the backend says is exact, and need not be measured again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors, check_vectors, compared_by_content
from knn_digits.errors import DataError, UsageError

MARGIN = 8  # neighbors beyond k in a shortlist, so that ties at the k-th place rarely need a full search,
MARGIN_SHARE = 4  # or one in so many of k, if that is more: far neighbors lie nearer to each other
BLOCK_BYTES = 64 << 20  # bound on the memory of one block of work
CACHE_BYTES = 1 << 20  # what is measured at a time: it stays in a core's cache, which halves the time
QUERIES = 4096  # of one call of a backend
MAX_NORM = 4e18
WHOLE = 1 << 11  # up to here TF32 holds all whole numbers: it has 11 bits
EXACT = 1 << 24  # up to here float32 holds all whole numbers, and so their sums in any order
_TINY = float(np.finfo(np.float32).tiny)  # what rounding may cost where squares are too small for float32
_UNIT = float(np.finfo(np.float32).eps) / 2  # the largest relative error of one rounding

# queries (m, d), size of the shortlist -> squared distances (m, size), indices (m, size)
Shortlist = Callable[[Vectors, int], tuple[NDArray[np.float32], Indices]]


@compared_by_content
@dataclass(frozen=True, eq=False)
class Training:
    """Training vectors (n, d) float32 and the norm of the longest of them."""

    vectors: Vectors
    longest: float

    @cached_property
    def whole(self) -> bool:
        """Whether all numbers are whole."""
        rows = max(1, CACHE_BYTES // (4 * self.vectors.shape[1]))
        starts = range(0, len(self.vectors), rows)
        return all(are_whole(self.vectors[start : start + rows]) for start in starts)


def check_training(vectors: Vectors) -> Training:
    """Return the training vectors if an index can hold them, else raise DataError."""
    checked = check_vectors(vectors)
    if not checked.size:
        raise DataError("no training digits: at least one is needed to find neighbors")
    return Training(checked, measure_longest(checked))


def exact_neighbors(
    queries: Vectors, k: int, *, training: Training, shortlist: Shortlist
) -> tuple[Distances, Indices]:
    """Return the k nearest training vectors of each query, in exact order.

    Parameters
    ----------
    queries : (m, d) float32
    k : int
        At least 1; if there are fewer training vectors, all are returned.
    training : Training
        Of n vectors (n, d).
    shortlist : callable
        The backend: (queries, size) -> squared distances (m, size) float32 ascending, indices (m, size).

    Returns
    -------
    distances : (m, min(k, n)) float32
    indices : (m, min(k, n)) int64
    """
    if k < 1:
        raise UsageError(f"k must be at least 1, got {k}")
    n, width = training.vectors.shape
    queries = check_vectors(queries, width=width)
    k = min(k, n)
    size = min(k + max(MARGIN, k // MARGIN_SHARE), n)
    distances = np.empty((len(queries), k), np.float32)
    indices = np.empty((len(queries), k), np.int64)
    for block in blocks(len(queries), size):
        distances[block], indices[block] = _search(queries[block], k, size, training, shortlist)
    return distances, indices


def blocks(n: int, size: int) -> Iterator[slice]:
    """Yield the slices of n queries that a backend is given at a time to propose so many neighbors each."""
    rows = min(QUERIES, max(1, BLOCK_BYTES // (16 * size)))
    return (slice(start, start + rows) for start in range(0, n, rows))


def measure(
    queries: NDArray[Any], vectors: NDArray[Any], candidates: Indices, k: int
) -> tuple[NDArray[np.float64], Indices]:
    """Measure queries against their candidates and return the nearest.

    Parameters
    ----------
    queries : (m, d) floating
    vectors : (n, d) floating
    candidates : (m, c) int64
        Rows of `vectors`, c at least k.
    k : int

    Returns
    -------
    squared : (m, k) float64
        Squared distances, ascending.
    indices : (m, k) int64
        Ties by the lower index.
    """
    squared, indices = np.empty((len(queries), k)), np.empty((len(queries), k), np.int64)
    rows = max(1, CACHE_BYTES // (candidates.shape[1] * vectors.shape[1] * 8))
    for start in range(0, len(queries), rows):
        block = slice(start, start + rows)
        measured = _squared_distances(queries[block, None], vectors[candidates[block]])
        squared[block], indices[block] = _nearest(measured, candidates[block], k)
    return squared, indices


def measure_longest(vectors: Vectors) -> float:
    """Return the largest norm; DataError if float32 cannot hold the squared distances of such vectors."""
    longest = float(np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64).max(initial=0)))
    if longest > MAX_NORM:
        raise DataError(f"vectors must be shorter than {MAX_NORM:.0e}: float32 cannot hold more squared")
    return longest


def are_whole(vectors: NDArray[Any]) -> bool:
    """Tell whether all numbers are whole."""
    return vectors.dtype.kind in "iu" or bool((vectors == np.rint(vectors)).all())


def _search(
    queries: Vectors, k: int, size: int, training: Training, shortlist: Shortlist
) -> tuple[NDArray[np.float64], Indices]:
    longest_query = measure_longest(queries)
    proposed, candidates = shortlist(queries, size)
    # |q|² + |x|² - 2qx has no part above 2**24 then, and no product a number of which TF32 cuts.
    if max(longest_query, training.longest) < WHOLE and are_whole(queries) and training.whole:
        squared, indices = _nearest(proposed.astype(np.float64), candidates, k)
        rounding = 0.0
    else:
        squared, indices = measure(queries, training.vectors, candidates, k)
        rounding = bound_rounding(queries.shape[1], longest_query, training.longest)
    if size < len(training.vectors):
        # Whatever was left out is at least as far as the last proposal, up to the rounding.
        for row in np.flatnonzero(squared[:, -1] >= proposed[:, -1] - rounding):
            squared[row], indices[row] = search_in_full(queries[row], k, training.vectors)
    return np.sqrt(squared), indices


def bound_rounding(width: int, *longest: float) -> float:
    """Return by how much a squared distance may be off that a backend finds, for the longest of both vectors.

    It holds for |q|² + |x|² - 2qx in float32, summed in any order; and for products of numbers that are cut
    to fewer bits, as TF32 has, where nothing is cut: of whole numbers up to 2048, as `hog` gives.

    References
    ----------
    N. J. Higham (2002), Accuracy and stability of numerical algorithms, section 3.1.
    """
    return (width + 2) * (_UNIT * sum(longest) ** 2 + _TINY)


def _squared_distances(queries: NDArray[Any], candidates: NDArray[Any]) -> NDArray[np.float64]:
    difference = candidates - queries
    return np.asarray(np.einsum("...d,...d->...", difference, difference, dtype=np.float64), np.float64)


def _nearest(squared: NDArray[np.float64], indices: Indices, k: int) -> tuple[NDArray[np.float64], Indices]:
    if (squared[..., 1:] > squared[..., :-1]).all():  # as candidates mostly come, and cheaper to see
        return squared[..., :k], indices[..., :k]
    order = np.lexsort((indices, squared), axis=-1)[..., :k]
    return np.take_along_axis(squared, order, axis=-1), np.take_along_axis(indices, order, axis=-1)


def search_in_full(
    query: NDArray[Any], k: int, training: NDArray[Any]
) -> tuple[NDArray[np.float64], Indices]:
    """Measure a query (d,) against all training vectors (n, d); return k squared distances and indices."""
    rows = max(1, BLOCK_BYTES // (8 * training.shape[1]))
    parts = [training[start : start + rows] for start in range(0, len(training), rows)]
    squared = np.concatenate([_squared_distances(query, part) for part in parts])
    near = np.flatnonzero(squared <= np.partition(squared, k - 1)[k - 1])
    return _nearest(squared[near], near, k)
