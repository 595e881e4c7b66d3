"""Stage 3, learned: training vectors -> the directions on which a model projects them.

The vectors of a feature are long, so they are held packed, and a block of them at a time is made float32.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Labels, Vectors
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.rows import BLOCK, Rows, blocks_of
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected, learn_directions
from knn_digits.neighbors import make_index
from knn_digits.neighbors.exact import Training, exact_neighbors, measure_longest

LEARNED_FROM = 5000  # digits whose neighbors teach the discriminant directions
LEARNED_NEIGHBORS = 100  # of each of them


def find_directions(vectors: Rows, labels: Labels, options: KnnOptions) -> Vectors:
    """Return the `options.dimensions` best directions, learned from digits spread evenly over all (n, d)."""
    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), LEARNED_FROM)).astype(np.int64)
    neighbors = _find_neighbors(vectors, rows, options)
    vectors = cast("Vectors", vectors)  # of which rows are taken, no more
    return learn_directions(vectors, labels, rows=rows, neighbors=neighbors, dimensions=options.dimensions)


def _find_neighbors(vectors: Rows, rows: Indices, options: KnnOptions) -> Indices:
    """Return the nearest of these vectors among all, each block of which proposes its own."""

    def propose(queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        squared, indices = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        for number, block in enumerate(blocks_of(vectors)):
            index = make_index(options.backend, _to_floats(block), device=options.device)
            found = index.shortlist(queries, min(size, len(block)))
            squared = np.concatenate([squared, found[0]], axis=1)
            indices = np.concatenate([indices, found[1] + number * BLOCK], axis=1)
            nearest = np.argsort(squared, axis=1, kind="stable")[:, :size]
            squared = np.take_along_axis(squared, nearest, axis=1)
            indices = np.take_along_axis(indices, nearest, axis=1)
        return squared, indices

    longest = max(measure_longest(_to_floats(block)) for block in blocks_of(vectors))
    training = Training(cast("Vectors", vectors), longest)  # rows are taken, as above
    queries = _to_floats(vectors[rows])
    return exact_neighbors(queries, LEARNED_NEIGHBORS, training=training, shortlist=propose)[1]


def learn_projection(
    vectors: Rows, labels: Labels, feature: Feature, options: KnnOptions
) -> tuple[Vectors, Feature]:
    """Return what is searched, of a feature's vectors (n, d), and what makes it: as `dimensions` asks."""
    if not options.dimensions:
        return _to_floats(vectors[:]), feature
    projected = Projected(feature, find_directions(vectors, labels, options))
    searched = np.empty((len(vectors), projected.directions.shape[1]), np.float32)
    for number, block in enumerate(blocks_of(vectors)):
        searched[number * BLOCK : number * BLOCK + len(block)] = projected.project(block)
    return searched, projected


def finish(vectors: NDArray[Any], feature: Feature) -> Vectors:
    """Return what `feature` makes of the digits of which these are the vectors before projection."""
    return feature.project(vectors) if isinstance(feature, Projected) else _to_floats(vectors)


def _to_floats(vectors: NDArray[np.generic]) -> Vectors:
    return np.ascontiguousarray(vectors, np.float32)
