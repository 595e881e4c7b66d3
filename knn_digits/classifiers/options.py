"""How neighbors are found and how they vote: the frozen record, and the best of them."""

from dataclasses import dataclass

from knn_digits.classifiers.fields import TINY, Fields
from knn_digits.errors import UsageError
from knn_digits.neighbors import BACKENDS, check_engine
from knn_digits.neighbors.deformation import Refinement
from knn_digits.record import Record
from knn_digits.vote import WEIGHTS

MOST_POWER = 1e6  # beyond it, and long before, the nearest neighbor decides alone
MOST_NEIGHBORS, MOST_DIMENSIONS = 1 << 24, 1 << 16  # more than there can be in a file


@dataclass(frozen=True, kw_only=True)
class KnnOptions(Record):
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
        if type(self.power) not in (int, float) or not 0 < self.power <= MOST_POWER:
            raise UsageError(f"power must be a number above 0, up to {MOST_POWER:g}, got {self.power!r}")
        if type(self.dimensions) is not int or self.dimensions < 0:
            raise UsageError(f"dimensions must be an integer of at least 0, got {self.dimensions!r}")
        if self.refinement is not None and self.refinement.shortlist < self.k:
            raise UsageError(
                f"k is {self.k}, but only {self.refinement.shortlist} neighbors are measured again: "
                f"choose a k of at most {self.refinement.shortlist}, or no refinement"
            )
        check_engine(self.backend, self.device, backends=tuple(BACKENDS))


TEXTBOOK = KnnOptions()
# The most accurate on held-out training digits, with the feature `hog`.
BEST = KnnOptions(k=9, weights="distance", power=8.0, dimensions=64, refinement=Refinement())


def read_options(fields: Fields) -> KnnOptions:
    """Return the options that a model's header notes, which always leaves the device open.

    Raises
    ------
    DataError, UsageError
        If one of them is unknown or has a value that is not allowed.
    """
    names = ("k", "weights", "power", "dimensions", "refinement", "backend", "device")
    fields.only(*names)
    return KnnOptions(
        k=fields.whole("k", low=1, high=MOST_NEIGHBORS),
        weights=fields.text("weights", allowed=WEIGHTS),
        power=fields.number("power", low=TINY, high=MOST_POWER) if "power" in fields else 1.0,
        dimensions=fields.whole("dimensions", high=MOST_DIMENSIONS) if "dimensions" in fields else 0,
        refinement=fields.optional("refinement", _read_refinement),
        backend=fields.text("backend", allowed=tuple(BACKENDS)) if "backend" in fields else "faiss",
        device=fields.text("device", allowed=("auto",)) if "device" in fields else "auto",
    )


def _read_refinement(fields: Fields) -> Refinement:
    fields.only("shortlist", "agree")
    shortlist = fields.whole("shortlist", low=1, high=MOST_NEIGHBORS)
    return Refinement(shortlist=shortlist, agree=fields.whole("agree", low=1, high=shortlist))
