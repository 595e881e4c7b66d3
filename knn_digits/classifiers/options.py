"""How neighbors are found and how they vote: the frozen record, and the best of them."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from knn_digits.classifiers.fields import TINY, Fields
from knn_digits.errors import UsageError, shown
from knn_digits.neighbors import BACKENDS, check_engine
from knn_digits.neighbors.deformation import Refinement
from knn_digits.record import Record
from knn_digits.vote import WEIGHTS

MOST_POWER = 1e6  # beyond it, and long before, the nearest neighbor decides alone
MOST_SHARDS = 1024  # processes: more than a machine has cores
MOST_NEIGHBORS, MOST_DIMENSIONS = 1 << 24, 1 << 16  # more than there can be in a file


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KnnOptions(Record):
    """How neighbors are found and how they vote."""

    k: int = 11  # neighbors that vote
    weights: str = "uniform"  # or "distance"
    power: float = 1.0  # of the distance, by which such weights fall
    dimensions: int = 0  # discriminant directions on which vectors are projected; 0: vectors as they are
    refinement: Refinement | None = None  # None: the Euclidean neighbors vote
    backend: str = "faiss"  # or "opencv", "sklearn": speed alone, the answers are the same
    device: str = "auto"  # or "cpu", "cuda"
    shards: int = 1  # processes that search a model file together, each a part of its vectors

    def __post_init__(self) -> None:
        """Check what does not depend on the training digits."""
        for name, least in (("k", 1), ("dimensions", 0), ("shards", 1)):  # those of NumPy are no JSON
            object.__setattr__(self, name, whole_number(name, getattr(self, name), least))
        if not isinstance(self.weights, str) or self.weights not in WEIGHTS:
            raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {shown(self.weights)}")
        if type(self.power) not in (int, float) or not 0 < self.power <= MOST_POWER:
            raise UsageError(f"power must be a number above 0, up to {MOST_POWER:g}, got {shown(self.power)}")
        if self.shards > MOST_SHARDS:
            raise UsageError(f"shards must be at most {MOST_SHARDS}, got {self.shards}")
        check_engine(self.backend, self.device, backends=tuple(BACKENDS))
        if self.refinement is None:
            return
        if not isinstance(self.refinement, Refinement):
            raise UsageError(f"refinement must be a Refinement or None, got {shown(self.refinement)}")
        if self.refinement.shortlist < self.k:
            raise UsageError(
                f"k is {self.k}, but only {self.refinement.shortlist} neighbors are measured again: "
                f"choose a k of at most {self.refinement.shortlist}, or no refinement"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the options as a header has them, which leaves the device open."""
        noted = asdict(self) | {"device": "auto"}
        if self.shards == 1:  # as files had it that older versions read
            del noted["shards"]
        return noted

    def voting(self, k: int | None, weights: str | None) -> "KnnOptions":
        """Return these with another k and other weights, None: as they are; at least k are measured again."""
        k = self.k if k is None else whole_number("k", k, 1)
        refinement = self.refinement
        if refinement is not None:
            refinement = replace(refinement, shortlist=max(refinement.shortlist, k))
        return replace(self, k=k, weights=self.weights if weights is None else weights, refinement=refinement)


def whole_number(name: str, number: object, least: int) -> int:
    """Return a number as Python has it; UsageError if it is no whole one of at least this."""
    if not isinstance(number, int | np.integer) or isinstance(number, bool) or number < least:
        raise UsageError(f"{name} must be an integer of at least {least}, got {shown(number)}")
    return int(number)


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
    names = ("k", "weights", "power", "dimensions", "refinement", "backend", "device", "shards")
    fields.only(*names)
    return KnnOptions(
        k=fields.whole("k", low=1, high=MOST_NEIGHBORS),
        weights=fields.text("weights", allowed=WEIGHTS),
        power=fields.number("power", low=TINY, high=MOST_POWER) if "power" in fields else 1.0,
        dimensions=fields.whole("dimensions", high=MOST_DIMENSIONS) if "dimensions" in fields else 0,
        refinement=fields.optional("refinement", _read_refinement),
        backend=fields.text("backend", allowed=tuple(BACKENDS)) if "backend" in fields else "faiss",
        device=fields.text("device", allowed=("auto",)) if "device" in fields else "auto",
        shards=fields.whole("shards", low=1, high=MOST_SHARDS) if "shards" in fields else 1,
    )


def _read_refinement(fields: Fields) -> Refinement:
    fields.only("shortlist", "agree")
    shortlist = fields.whole("shortlist", low=1, high=MOST_NEIGHBORS)
    return Refinement(shortlist=shortlist, agree=fields.whole("agree", low=1, high=shortlist))
