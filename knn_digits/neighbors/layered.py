"""Stage 4: vector -> k nearest of two indices, the rows of the second behind those of the first."""

from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.neighbors import NeighborIndex


@dataclass(frozen=True, eq=False)
class LayeredIndex:
    """Training vectors and others beside them, searched as one."""

    first: NeighborIndex
    size: int  # of the first
    second: NeighborIndex

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        found = [self.first.kneighbors(queries, k), self.second.kneighbors(queries, k)]
        distances = np.concatenate([distances for distances, _ in found], axis=1)
        indices = np.concatenate([found[0][1], found[1][1] + self.size], axis=1)
        nearest = np.lexsort((indices, distances), axis=1)[:, :k]
        return np.take_along_axis(distances, nearest, axis=1), np.take_along_axis(indices, nearest, axis=1)
