"""Door: vectors and a metric -> what finds their neighbors: our exact search, else scikit-learn's.

Both answer the same calls. Vectors without an own query are their own, each without itself as a neighbor.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse, vstack
from sklearn.neighbors import NearestNeighbors

from knn_digits.arrays import Indices
from knn_digits.classifiers.layer import drop_own
from knn_digits.errors import DataError
from knn_digits.neighbors.exact import BLOCK_BYTES
from knn_digits.neighbors.precise import PreciseIndex
from knn_digits.neighbors.proposals import Doubles

FIRST = 32  # neighbors that are looked at first for those within a radius
WIDER = 4  # times as many are looked at next, where all of them are within it
Found: TypeAlias = tuple[Doubles, Indices]
Within: TypeAlias = list[tuple[Doubles, Indices]]


class ExactFinder:
    """Euclidean and cosine distances, as exact as float64 is.

    Parameters
    ----------
    vectors : (n, d) numbers, or sparse
    cosine : bool
        1 - cosine, which is half the squared Euclidean distance of vectors scaled to length 1.
    backend, device : str
        As for `PreciseIndex`.
    """

    def __init__(self, vectors: Any, *, cosine: bool, backend: str, device: str) -> None:
        self.vectors, self._cosine = as_floats(vectors), cosine
        self._index = PreciseIndex(self._frame(self.vectors, 0), backend=backend, device=device)

    def _frame(self, vectors: NDArray[Any], side: int = 1) -> NDArray[Any]:
        return _directions(vectors, side) if self._cosine else vectors

    def prepare(self) -> None:
        """Make the index, which is else made when it is first searched."""
        self._index.prepare()

    def kneighbors(self, queries: NDArray[Any] | None, k: int) -> Found:
        """Return distances and indices of the k nearest, ascending; equal distances by the lower index."""
        own = None if queries is not None else np.arange(len(self.vectors))
        return self._near(self._frame(self.vectors if queries is None else queries), k, own)

    def _near(self, framed: NDArray[Any], k: int, own: Indices | None) -> Found:
        """Return the k nearest, without the training vectors (m,) that the queries are themselves."""
        found = self._index.kneighbors(framed, k + (own is not None))
        distances, indices = found if own is None else drop_own(*found, own)
        return self._distances(distances), indices

    def nearest_sets(self, queries: NDArray[Any], k: int) -> Indices:
        """Return the k nearest in any order."""
        return self._index.nearest_sets(self._frame(queries), k)

    def order(self, queries: NDArray[Any], sets: Indices) -> Found:
        """Return distances and indices of sets (m, k), as `kneighbors` does."""
        distances, indices = self._index.order(self._frame(queries), sets)
        return self._distances(distances), indices

    def _distances(self, euclidean: Doubles) -> Doubles:
        return euclidean * euclidean / 2 if self._cosine else euclidean

    def within(self, queries: NDArray[Any] | None, radius: float) -> Within:
        """Return distances and indices of all within the radius of each query, ascending."""
        framed = self._frame(self.vectors if queries is None else queries)
        most = len(self.vectors) - (queries is None)
        found = [(np.empty(0), np.empty(0, np.int64))] * len(framed)
        open_, k = np.arange(len(framed)), min(FIRST, most)
        while k and len(open_):
            distances, indices = self._near(framed[open_], k, open_ if queries is None else None)
            near = distances <= radius
            for place, row in enumerate(open_):
                found[row] = distances[place, near[place]], indices[place, near[place]]
            open_, k = open_[near.all(axis=1)] if k < most else open_[:0], min(k * WIDER, most)
        return found


class ScikitFinder:
    """Any other metric, by scikit-learn's backends; see its `NearestNeighbors`.

    Parameters
    ----------
    vectors : (n, d) numbers, sparse, or what else the metric takes
    parameters : mapping
        Of `NearestNeighbors`.
    """

    def __init__(self, vectors: Any, parameters: Mapping[str, Any]) -> None:
        self.vectors = vectors
        self._model = NearestNeighbors(**parameters).fit(vectors)

    def prepare(self) -> None:
        """Do nothing: it is ready."""

    def kneighbors(self, queries: Any, k: int) -> Found:
        """Return distances and indices of the k nearest, ascending; equal distances by the lower index."""
        distances, indices = self._model.kneighbors(queries, k)
        order = np.lexsort((indices, distances), axis=1)
        return np.take_along_axis(distances, order, axis=1), np.take_along_axis(indices, order, axis=1)

    def within(self, queries: Any, radius: float) -> Within:
        """Return distances and indices of all within the radius of each query, ascending."""
        found = zip(*self._model.radius_neighbors(queries, radius, sort_results=True), strict=True)
        return [(np.asarray(distances), np.asarray(indices)) for distances, indices in found]


Finder: TypeAlias = ExactFinder | ScikitFinder


def in_blocks(finder: Finder, queries: Any) -> Iterator[Any]:
    """Yield queries as the finder takes them: sparse ones for the exact search a dense block at a time."""
    if queries is None or isinstance(finder, ScikitFinder):
        yield queries
        return
    rows = max(1, BLOCK_BYTES // (8 * queries.shape[1])) if issparse(queries) else max(1, queries.shape[0])
    for start in range(0, queries.shape[0], rows):
        yield as_floats(queries[start : start + rows])


def join_rows(one: Any, other: Any) -> Any:
    """Return both, one below the other, dense unless both are sparse."""
    if issparse(one) and issparse(other):
        return vstack([one, other], format="csr")
    return np.concatenate([rows.toarray() if issparse(rows) else rows for rows in (one, other)])


def as_floats(numbers: Any) -> NDArray[Any]:
    """Return numbers, dense or sparse, as float32 where that holds all of their dtype, else as float64."""
    if numbers.dtype.kind not in "biuf":
        raise DataError(f"X must be numbers, got {numbers.dtype}")
    single = np.result_type(numbers.dtype, np.float32) == np.float32
    with np.errstate(over="ignore"):  # of longer floats; the index refuses what is infinite
        floats = numbers.astype(np.float32 if single else np.float64, copy=False)
    return np.asarray(floats.toarray() if issparse(floats) else floats)


def _directions(vectors: NDArray[Any], side: int) -> Doubles:
    """Return vectors (n, d) scaled to length 1, (n, d + 2) float64.

    A vector of zeros has no direction: its distance to all is 1, as in scikit-learn. So it is one of the two
    numbers that are added, which tell training vectors (side 0) from queries (side 1).
    """
    largest = np.abs(vectors).max(axis=1, keepdims=True).astype(np.float64)
    empty = largest[:, 0] == 0
    scaled = vectors / np.where(largest, largest, 1)
    lengths = np.sqrt(np.einsum("nd,nd->n", scaled, scaled))
    directions = np.zeros((len(vectors), vectors.shape[1] + 2))
    directions[:, :-2] = scaled / np.where(empty, 1, lengths)[:, None]
    directions[empty, vectors.shape[1] + side] = 1
    return directions
