"""Stage 4: vector -> k nearest, by a k-d tree: for vectors of few numbers, where most are ruled out unseen.

A digit's vectors have too many numbers for it, so no model offers it; the estimators do.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices
from knn_digits.errors import MissingPartError

FEW = 1000  # queries that are not worth a second thread


class TreeIndex:
    """Search in float64 by SciPy's `cKDTree`.

    Parameters
    ----------
    vectors : (n, d) float64, finite

    Raises
    ------
    MissingPartError
        If SciPy is not installed.

    References
    ----------
    J. L. Bentley (1975), Multidimensional binary search trees used for associative searching.
    """

    def __init__(self, vectors: NDArray[np.float64]) -> None:
        try:
            from scipy.spatial import cKDTree
        except ImportError as error:
            raise MissingPartError(
                "SciPy is not installed: `pip install scipy`, or use --backend faiss"
            ) from error
        self._tree = cKDTree(vectors)

    def kneighbors(self, queries: NDArray[np.float64], k: int) -> tuple[NDArray[np.float64], Indices]:
        """Return distances (m, k) float64, ascending, and indices (m, k); equal distances in any order."""
        workers = max(1, cv2.getNumThreads()) if len(queries) > FEW else 1
        distances, indices = self._tree.query(queries, k=k, workers=workers)
        shape = len(queries), k
        return distances.reshape(shape), np.asarray(indices, np.int64).reshape(shape)
