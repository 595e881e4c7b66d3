"""A model -> a map of its training digits in two directions, and the place of other digits on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Vectors
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected

MOST = 1500  # digits on the map, spread evenly over all
DISCRIMINANT = "the two directions that tell labels apart best (discriminant analysis)"
PRINCIPAL = "the two directions in which digits differ most (principal components)"


@dataclass(frozen=True, eq=False, kw_only=True)
class Map:
    """Two directions among the vectors of a model: its own digits lie from 0 to 1 along both."""

    directions: NDArray[np.float64]  # (d, 2)
    low: NDArray[np.float64]  # (2,)
    high: NDArray[np.float64]
    how: str

    @classmethod
    def of(cls, vectors: Vectors, feature: Feature) -> "Map":
        """Return the map of the vectors (n, d) of a feature."""
        projected = isinstance(feature, Projected)
        directions = np.eye(vectors.shape[1], 2) if projected else _principal(vectors)
        places = vectors @ directions
        how = DISCRIMINANT if projected else PRINCIPAL
        return cls(directions=directions, low=places.min(axis=0), high=places.max(axis=0), how=how)

    def place(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return where vectors (n, d) lie, (n, 2)."""
        return np.asarray((vectors @ self.directions - self.low) / np.maximum(self.high - self.low, 1e-9))


def _principal(vectors: Vectors) -> NDArray[np.float64]:
    """Return the two directions of largest variance, (d, 2), of as many vectors as the map shows."""
    shown = vectors[_spread(len(vectors))].astype(np.float64)
    _, directions = np.linalg.eigh(np.cov(shown, rowvar=False).reshape(shown.shape[1], -1))
    return np.asarray(directions[:, :-3:-1] if shown.shape[1] > 1 else np.eye(1, 2))


def _spread(n: int) -> NDArray[np.intp]:
    return np.linspace(0, n - 1, min(n, MOST)).astype(np.intp)


def tell_map(model: DigitKNN, shown: Map) -> dict[str, Any]:
    """Return the map with its digits as plain values."""
    rows = _spread(len(model.known.own_labels))
    places = shown.place(model.known.own_vectors[rows]).round(4)
    labels = model.known.own_labels[rows]
    return {"how": shown.how, "places": places.tolist(), "labels": labels.tolist()}
