"""Stage 4: vector -> k nearest, by scikit-learn's `NearestNeighbors`, brute force."""

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import MissingPartError
from knn_digits.neighbors.exact import check_training, exact_neighbors


class ScikitIndex:
    """Brute-force search by scikit-learn.

    Parameters
    ----------
    vectors : (n, d) float32
        Training vectors.

    Raises
    ------
    MissingPartError
        If scikit-learn is not installed.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._training = check_training(vectors)
        try:
            from sklearn.neighbors import NearestNeighbors
        except ImportError as error:
            raise MissingPartError(
                "scikit-learn is not installed: `pip install scikit-learn`, or use --backend faiss"
            ) from error
        self._neighbors = NearestNeighbors(algorithm="brute", metric="sqeuclidean").fit(
            self._training.vectors
        )

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        return exact_neighbors(queries, k, training=self._training, shortlist=self.shortlist)

    def shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        """Return squared distances and indices as the library finds them, see `NeighborIndex`."""
        squared, indices = self._neighbors.kneighbors(queries, n_neighbors=size)
        return np.asarray(squared, np.float32), np.asarray(indices, np.int64)

    def __reduce__(self) -> tuple[type, tuple[Vectors]]:
        """Pickle the vectors: the index is made again of them."""
        return type(self), (self._training.vectors,)
