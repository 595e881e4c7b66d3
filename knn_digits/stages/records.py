"""What the stages take and return: options of each, and the records that draw themselves."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Distances, Indices, Labels, Mask, Pixels, Probabilities, Vectors
from knn_digits.features import Feature
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.ink import Ink
from knn_digits.record import Record


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class InkOptions(Record):
    """How ink is told from paper."""

    threshold: float | None = None  # darkness, 0 (paper) to 1 (black), above which is ink; None: by the edges


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RuleOptions(Record):
    """What becomes of rules, frames and grids."""

    remove: bool = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MarkOptions(Record):
    """What is proposed."""

    all_levels: bool = (
        True  # from faint ink to dark, with gaps closed, too; else what hangs together as it is
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NormalizeOptions(Record):
    """How a mark becomes a digit."""

    strokes: bool = True  # whether strokes are brought to MNIST's width, too


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NeighborOptions(Record):
    """How many neighbors are looked for."""

    k: int = 5  # at least 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VoteOptions(Record):
    """What the vote of a neighbor counts, see `KnnOptions`."""

    weights: str = "uniform"  # or "distance"
    power: float = 1.0  # above 0: how much more a near one counts, where weights are by distance


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FoundInk(Record):
    """The ink of a photo.

    darkness : (height, width) float32
        0 on paper, up to 1 for black ink; of the photo, or of the photo reduced or enlarged.
    threshold : float
        Darkness above which a pixel is ink.
    """

    darkness: NDArray[np.float32]
    threshold: float

    @property
    def mask(self) -> Mask:
        """Which pixels are ink, (height, width) bool."""
        return self.ink.mask

    @property
    def ink(self) -> Ink:
        """The same, as the road has it."""
        return Ink(darkness=self.darkness, threshold=self.threshold)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RemovedRules(Record):
    """Ink, and which of its pixels are rules, frames and grids, (height, width) bool."""

    found: FoundInk
    rules: Mask


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProposedMarks(Record):
    """What may be digits: boxes (n, 4) of left, top, width, height, and each one's own ink, 0..255."""

    ruled: RemovedRules
    boxes: Boxes
    pictures: tuple[Pixels, ...]

    def take(self, rows: Indices) -> "ProposedMarks":
        """Return those in these rows."""
        pictures = tuple(self.pictures[row] for row in np.asarray(rows).tolist())
        return replace(self, boxes=self.boxes[rows], pictures=pictures)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NormalizedMarks(Record):
    """Marks as digits, (n, 28, 28) uint8."""

    digits: Digits


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MarkVectors(Record):
    """Digits and their vectors, (n, d) float32; beside them the feature that made them, where it is known."""

    digits: Digits
    vectors: Vectors
    feature: Feature | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FoundNeighbors(Record):
    """The k nearest of each digit: distances, rows and labels (n, k), and their pictures (n, k, 28, 28)."""

    digits: Digits
    distances: Distances
    indices: Indices
    labels: Labels
    pictures: Pixels


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MarkVotes(Record):
    """The winners (n,), and each label's share of the votes (n, 10)."""

    neighbors: FoundNeighbors
    labels: Labels
    shares: Probabilities
