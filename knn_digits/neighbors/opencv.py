"""Stage 4: vector -> k nearest, by OpenCV's `ml.KNearest`, brute force."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import DataError, MissingPartError
from knn_digits.neighbors.exact import check_training, exact_neighbors

MAX_TRAINING = 1 << 24  # row numbers travel through OpenCV as float32, exact up to here


class OpenCVIndex:
    """Brute-force search by `cv2.ml.KNearest`.

    It answers with the neighbors' responses, not their places; trained with the row numbers as responses,
    it tells the places. (Its KDTREE mode returns indices for labels and is not used.)

    Parameters
    ----------
    vectors : (n, d) float32
        Training vectors.

    Raises
    ------
    MissingPartError
        If the installed OpenCV has no `ml` module.
    DataError
        If there are more than 2**24 vectors.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._training = check_training(vectors)
        if not hasattr(cv2, "ml"):
            raise MissingPartError(
                f"OpenCV {cv2.__version__} has no cv2.ml: `pip install 'opencv-python-headless>=4.10,<5'`"
            )
        if len(vectors) > MAX_TRAINING:
            raise DataError(f"OpenCV's index holds at most {MAX_TRAINING} digits: use --backend faiss")
        rows = np.arange(len(vectors), dtype=np.float32)
        self._knn = cv2.ml.KNearest.create()
        self._knn.setAlgorithmType(cv2.ml.KNEAREST_BRUTE_FORCE)
        self._knn.train(self._training.vectors, cv2.ml.ROW_SAMPLE, rows)

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        return exact_neighbors(queries, k, training=self._training, shortlist=self.shortlist)

    def shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        """Return squared distances and indices as the library finds them, see `NeighborIndex`."""
        _, _, rows, squared = self._knn.findNearest(queries, size)
        return np.asarray(squared, np.float32), np.asarray(rows).astype(np.int64)

    def __reduce__(self) -> tuple[type, tuple[Vectors]]:
        """Pickle the vectors: the index is made again of them."""
        return type(self), (self._training.vectors,)
