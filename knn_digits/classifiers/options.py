"""How neighbors are found and how they vote: the frozen record, and the best of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from knn_digits.errors import UsageError
from knn_digits.neighbors import BACKENDS, DEVICES
from knn_digits.neighbors.deformation import Refinement
from knn_digits.vote import WEIGHTS


@dataclass(frozen=True, kw_only=True)
class KnnOptions:
    """How neighbors are found and how they vote."""

    k: int = 11  # neighbors that vote
    weights: str = "uniform"  # or "distance"
    power: float = 1.0  # of the distance, by which such weights fall
    dimensions: int = 0  # discriminant directions on which vectors are projected; 0: vectors as they are
    refinement: Refinement | None = None  # None: the Euclidean neighbors vote
    backend: str = "faiss"  # or "opencv", "sklearn": speed alone, the answers are the same
    device: str = "auto"  # or "cpu", "cuda"

    def __post_init__(self) -> None:
        """Check what does not depend on the training digits."""
        if type(self.k) is not int or self.k < 1:
            raise UsageError(f"k must be an integer of at least 1, got {self.k!r}")
        if self.weights not in WEIGHTS:
            raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {self.weights!r}")
        if type(self.power) not in (int, float) or not 0 < self.power < np.inf:
            raise UsageError(f"power must be a number above 0, got {self.power!r}")
        if type(self.dimensions) is not int or self.dimensions < 0:
            raise UsageError(f"dimensions must be an integer of at least 0, got {self.dimensions!r}")
        if self.refinement is not None and self.refinement.shortlist < self.k:
            raise UsageError(
                f"k is {self.k}, but only {self.refinement.shortlist} neighbors are measured again: "
                f"choose a k of at most {self.refinement.shortlist}, or no refinement"
            )
        if self.backend not in tuple(BACKENDS):
            raise UsageError(f"unknown backend {self.backend!r}: allowed are {', '.join(BACKENDS)}")
        if self.device not in DEVICES:
            raise UsageError(f"unknown device {self.device!r}: allowed are {', '.join(DEVICES)}")


TEXTBOOK = KnnOptions()
# The most accurate on held-out training digits, with the feature `hog`.
BEST = KnnOptions(k=9, weights="distance", power=8.0, dimensions=64, refinement=Refinement())


def read_options(options: dict[str, Any]) -> KnnOptions:
    """Return the options that a model's header notes."""
    refinement = options.get("refinement")
    return KnnOptions(**{**options, "refinement": refinement and Refinement(**refinement)})
