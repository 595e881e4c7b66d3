"""Stage 4: vector -> k nearest, by principal components: a cheap shortlist, measured exactly and proven.

It is fast for vectors of many whole numbers, as `pixels`, `deskewed` and `hog` make them; others it hands to
`FaissIndex`. The answers are the same.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors, check_vectors, compared_by_content
from knn_digits.neighbors.exact import EXACT, are_whole
from knn_digits.neighbors.faiss import FaissIndex, import_faiss

# Chosen for speed on the last of MNIST's training digits; no answer depends on them.
COMPONENTS = 127
SHORTLIST = 128
FIRST = 32  # of the shortlist, measured before the rest is looked at
SAMPLE = 10_000  # training vectors that the components are computed from
FEW = 4  # queries that are projected without BLAS
BLOCK = 512  # queries that a thread takes at a time
MAX_WHOLE = 1 << 12  # so that no square of a difference overflows or loses its order
_SINGLE, _DOUBLE = (float(np.finfo(dtype).eps) / 2 for dtype in (np.float32, np.float64))

Squared: TypeAlias = NDArray[np.float64]
_Found: TypeAlias = tuple[Vectors, Indices, NDArray[np.bool_]]  # squared (m, k), indices (m, k), proven (m,)


@compared_by_content
@dataclass(frozen=True, eq=False)
class Projection:
    """Vectors (n, d) -> points (n, c + 1) whose distances never exceed the vectors' own.

    A point is the c principal components of a vector, and the length of what they leave out.
    """

    center: Vectors  # (d,) whole numbers: subtracting them from whole numbers is exact
    axes: Squared  # (d, c)

    def __call__(self, vectors: Vectors) -> tuple[Vectors, Squared]:
        """Return the points and the lengths of the centered vectors, (n,)."""
        points = np.empty((len(vectors), self.axes.shape[1] + 1), np.float32)
        lengths = np.empty(len(vectors))
        for start in range(0, len(vectors), BLOCK):
            block = slice(start, start + BLOCK)
            centered = (vectors[block] - self.center).astype(np.float64)
            # BLAS would share one product among threads, and wait for them for longer than it takes.
            inside = (
                centered @ self.axes if len(centered) > FEW else np.einsum("nd,dc->nc", centered, self.axes)
            )
            squared = np.einsum("nd,nd->n", centered, centered)
            outside = squared - np.einsum("nc,nc->n", inside, inside)
            points[block, :-1], points[block, -1] = inside, np.sqrt(np.maximum(outside, 0))
            lengths[block] = np.sqrt(squared)
        return points, lengths

    def true_squared(self, proposed: Vectors, lengths: Squared) -> Squared:
        """Return what the squared distance of two vectors is at least.

        `proposed` is the squared distance of their points as FAISS computes it, `lengths` the sum of bounds
        on the lengths of both. Two roundings count: of |q|² + |x|² - 2qx in float32 (Higham 2002, section
        3.1, as in `exact`), and of the points themselves. Components are summed in float64 and stored in
        float32; the length of the rest is the root of a difference, whose error may be the root of its own.
        """
        width, columns = self.axes.shape
        summed = (columns + 3) * _SINGLE * lengths**2 * 1.01
        moved = (2 * _SINGLE + math.sqrt(4 * (width + 4) * _DOUBLE)) * lengths
        apart = np.sqrt(np.maximum(proposed - summed, 0)) - moved
        return np.asarray(np.maximum(apart, 0) ** 2 * (1 - 1e-9))


class PcaIndex:
    """Exact search by shortlist and proof.

    Centered vectors x, q and an orthogonal projection P have |x - q|² >= |Px - Pq|² + (|x - Px| - |q - Pq|)².
    FAISS orders all training vectors by this bound, which is a squared distance itself, of few dimensions. Of
    the nearest by the bound the true distances are measured; if the k-th is below the last bound, nothing was
    missed. What cannot be proven is searched in full.

    Parameters
    ----------
    vectors : (n, d) float32
        Training vectors.

    Raises
    ------
    MissingPartError
        If FAISS is not installed.

    References
    ----------
    Y. Hwang, B. Han, H.-K. Ahn (2012), A fast nearest neighbor search algorithm by nonlinear embedding, who
    bound distances by means and variances of blocks; K. Fukunaga, P. Narendra (1975), A branch and bound
    algorithm for computing k-nearest neighbors. Ours takes principal components and the norm of the rest, in
    one matrix product for all, and proves each answer against the rounding of it.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._flat = FaissIndex(vectors, device="cpu")
        vectors = check_vectors(vectors)
        fits = len(vectors) > SHORTLIST and vectors.shape[1] > 2 * COMPONENTS and _are_whole(vectors)
        self._search = _Search(vectors, self._flat) if fits else None

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        if self._search is None or not 1 <= k <= FIRST:
            return self._flat.kneighbors(queries, k)
        queries = check_vectors(queries, width=self._search.width)
        if not len(queries) or not _are_whole(queries):
            return self._flat.kneighbors(queries, k)
        squared, indices, proven = self._search(queries, k)
        distances = np.sqrt(squared.astype(np.float64)).astype(np.float32)
        rest = np.flatnonzero(~proven)
        if len(rest):
            distances[rest], indices[rest] = self._flat.kneighbors(queries[rest], k)
        return distances, indices

    def shortlist(self, queries: Vectors, size: int) -> tuple[Vectors, Indices]:
        """Return the squares of distances and the indices, see `NeighborIndex`."""
        distances, indices = self.kneighbors(queries, size)
        return distances**2, indices

    def __reduce__(self) -> tuple[type, tuple[Vectors]]:
        """Pickle the vectors: the index is made again of them."""
        return type(self), (self._flat.vectors,)


class _Search:
    """The shortlist and its proof, for whole numbers."""

    def __init__(self, vectors: Vectors, flat: FaissIndex) -> None:
        self._flat, self._faiss = flat, import_faiss()
        self._projection = _fit_projection(vectors)
        points, lengths = self._projection(vectors)
        self._longest = float(lengths.max())
        self._points = self._faiss.IndexFlatL2(points.shape[1])
        self._points.add(points)
        self.width = vectors.shape[1]

    def __call__(self, queries: Vectors, k: int) -> _Found:
        """Search each block of queries in one thread: none waits for another, however busy the machine."""
        starts = range(0, len(queries), BLOCK)
        points, lengths = self._projection(queries)

        def search(start: int) -> _Found:
            block = slice(start, start + BLOCK)
            return self._block(queries[block], points[block], lengths[block], k)

        from concurrent.futures import ThreadPoolExecutor

        threads = min(self._faiss.omp_get_max_threads(), len(starts))
        alone = self._faiss.omp_set_num_threads  # holds for the thread that calls it
        with ThreadPoolExecutor(threads, initializer=alone, initargs=(1,)) as pool:
            squared, indices, proven = (
                np.concatenate(p) for p in zip(*pool.map(search, starts), strict=True)
            )
        return squared, indices, proven

    def _block(self, queries: Vectors, points: Vectors, lengths: Squared, k: int) -> _Found:
        proposed, candidates = self._points.search(points, SHORTLIST)
        bounds = self._projection.true_squared(proposed, lengths[:, None] + self._longest)
        squared = np.full(proposed.shape, np.inf, np.float32)
        squared[:, :FIRST] = self._flat.measure(queries, candidates[:, :FIRST])
        reach = np.partition(squared[:, :FIRST], k - 1, axis=1)[:, k - 1 : k]
        unsure = np.flatnonzero(bounds[:, FIRST] <= reach[:, 0])
        near = np.where(bounds[unsure, FIRST:] <= reach[unsure], candidates[unsure, FIRST:], -1)
        squared[unsure, FIRST:] = self._flat.measure(queries[unsure], near)
        order = np.lexsort((candidates, squared), axis=1)[:, :k]
        squared = np.take_along_axis(squared, order, axis=1)
        last = squared[:, -1]
        return squared, np.take_along_axis(candidates, order, axis=1), (last < bounds[:, -1]) & (last < EXACT)


def _are_whole(vectors: Vectors) -> bool:
    return bool(np.abs(vectors).max() <= MAX_WHOLE and are_whole(vectors))


def _fit_projection(vectors: Vectors) -> Projection:
    sample = vectors[:: -(-len(vectors) // SAMPLE)]
    center = np.rint(sample.mean(axis=0, dtype=np.float64)).astype(np.float32)
    centered = sample - center
    _, axes = np.linalg.eigh((centered.T @ centered).astype(np.float64))
    axes = np.ascontiguousarray(axes[:, -COMPONENTS:])
    # No linear map stretches by more than the root of this norm: by it, rounding of the axes is harmless.
    axes /= math.sqrt(np.linalg.norm(axes.T @ axes, ord=np.inf)) * (1 + 1e-12)
    return Projection(center, axes)
