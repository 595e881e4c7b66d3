"""Stage 3, learned: training vectors -> the directions on which a model projects them."""

import numpy as np

from knn_digits.arrays import Labels, Vectors
from knn_digits.classifiers.options import KnnOptions
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected, learn_directions
from knn_digits.neighbors import make_index

LEARNED_FROM = 5000  # digits whose neighbors teach the discriminant directions
LEARNED_NEIGHBORS = 100  # of each of them


def find_directions(vectors: Vectors, labels: Labels, options: KnnOptions) -> Vectors:
    """Return the `options.dimensions` best directions, learned from digits spread evenly over all (n, d)."""
    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), LEARNED_FROM)).astype(np.int64)
    index = make_index(options.backend, vectors, device=options.device)
    _, neighbors = index.kneighbors(vectors[rows], LEARNED_NEIGHBORS)
    return learn_directions(vectors, labels, rows=rows, neighbors=neighbors, dimensions=options.dimensions)


def learn_projection(
    vectors: Vectors, labels: Labels, feature: Feature, options: KnnOptions
) -> tuple[Vectors, Feature]:
    """Return what is searched, of a feature's vectors (n, d), and what makes it: as `dimensions` asks."""
    if not options.dimensions:
        return vectors, feature
    projected = Projected(feature, find_directions(vectors, labels, options))
    return projected.project(vectors), projected
