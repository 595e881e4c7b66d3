"""Stages 4 + 5, beside a model: marks that are no digits -> whether a mark is one of them, and which.

A model's own digits and the marks vote together. So a + is known as such, not only refused as strange.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Distances, Indices, Labels, Pictures, Vectors
from knn_digits.classifiers.options import KnnOptions
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.vote import NAME, count_votes


@dataclass(frozen=True, eq=False, kw_only=True)
class Signs:
    """Marks that are no digits, which a model knows."""

    pictures: Pictures  # as of digits, (n, 28, 28)
    names: NDArray[np.str_]  # (n,)
    vectors: Vectors  # the model's, of these marks
    backend: str  # that searches them

    @cached_property
    def digits(self) -> Digits:
        """Their pictures, (n, 28, 28)."""
        return self.pictures() if callable(self.pictures) else self.pictures

    @cached_property
    def classes(self) -> tuple[NDArray[np.str_], Labels]:
        """The different names, sorted, and the name of each mark as a row of them, (n,) int64."""
        names, rows = np.unique(self.names, return_inverse=True)
        return names, rows.astype(np.int64)

    @cached_property
    def index(self) -> NeighborIndex:
        """The search among them."""
        return make_index(self.backend, self.vectors, device="cpu")

    def __getstate__(self) -> dict[str, Any]:
        """Take along what it was made of: libraries' indexes stay where they are."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def nearest(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return Euclidean distances (n, k) and rows (n, k) of the nearest marks; all, if there are fewer."""
        return self.index.kneighbors(queries, min(k, len(self.names)))

    def count(
        self, near: tuple[Distances, Labels], marks: tuple[Distances, Indices], options: KnnOptions
    ) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
        """Return which mark each is most like, (n,), and the marks' share of the votes, (n,).

        Parameters
        ----------
        near : (n, k) distances, (n, k) labels
            The nearest digits, before they were measured again.
        marks : (n, k) distances, (n, k) rows
            The nearest marks, see `nearest`.
        options : KnnOptions
        """
        names, classes = self.classes
        distances = np.hstack([near[0], marks[0]])
        labels = np.hstack([near[1], CLASSES + classes[marks[1]]])
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : options.k]
        _, shares = count_votes(
            np.take_along_axis(distances, nearest, axis=1),
            np.take_along_axis(labels, nearest, axis=1),
            weights=options.weights,
            power=options.power,
            classes=CLASSES + len(names),
        )
        found = names[shares[:, CLASSES:].argmax(axis=1)].astype(NAME)
        return found, shares[:, CLASSES:].sum(axis=1).astype(np.float32)
