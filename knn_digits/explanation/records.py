"""What decided how a digit was read: training digits beside it, votes, and reasons."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.features.blocks import Blocks
from knn_digits.reading import DigitReading
from knn_digits.reading.reasons import Reason
from knn_digits.record import Record

PIXELS, DESKEWED = "pixels", "deskewed pixels"  # of what `Evidence.difference` may be


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evidence(Record):
    """A training digit beside the digit that was read."""

    index: int  # row in the digits of the model that read the photo, see `model_for_photos`
    origin: str  # what it is, in words: a training digit, or one of a layer beside the model
    row: int  # among the digits of its origin
    label: int
    distance: float  # see `Explanation.measure`
    copies: int  # as how many neighbors it voted; 0 where it was too far to vote
    weight: float  # of its votes together
    digit: Pixels  # (28, 28) uint8
    counts: NDArray[np.float32] | None  # (rows, columns), see `Explanation.grid`
    difference: NDArray[np.int16] | None  # (28, 28): the digit that was read minus this one


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SignEvidence(Record):
    """A mark that is no digit, beside the mark that was read."""

    name: str
    row: int  # among the marks that the model knows
    distance: float  # Euclidean
    digit: Pixels  # (28, 28) uint8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Alike(Record):
    """Another digit of the page, or the table, that looks like the one that was read."""

    place: str  # which it is, in words
    label: int | None  # that it was read as; None: it was refused
    distance: float  # Euclidean, between vectors of the bundled model
    digit: Pixels  # (28, 28) uint8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Tally(Record):
    """What a label got of the votes."""

    label: int
    neighbors: int  # how many of it voted; one that counts several times, as often
    weight: float  # sum of their weights
    share: float  # of all votes, 0 to 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Explanation(Record):
    """Why a digit was read as it was."""

    number: int  # in reading order, from 1; in a table of its cell
    line: int  # from 1; in a table 1
    read: DigitReading
    crop: Pixels  # (height, width, 3) uint8 RGB: its box in the photo, with some paper around it
    measure: str  # what the distances measure, in words
    refined: bool  # whether the neighbors are the nearest by distance of deformation
    unsure: tuple[int, ...]  # where refined, the labels of the nearest before, which disagreed
    grid: Blocks | None  # where blocks were compared
    counts: NDArray[np.float32] | None  # (rows, columns): the digit's ink in each block of the grid
    compared: str | None  # what `Evidence.difference` is of: `PIXELS`, `DESKEWED` or None
    neighbors: tuple[Evidence, ...]  # those that voted, nearest first
    tally: tuple[Tally, ...]  # the winner first; labels without votes are left out
    runner_up: Evidence | None  # the nearest of the label that came second; None if there is just one label
    signs: tuple[SignEvidence, ...] = ()  # the nearest marks that are no digits, where it is one of them
    alike: tuple[Alike, ...] = ()  # the nearest of its page, nearer than the training digits that vote
    reasons: tuple[Reason, ...] = ()  # why it was taken for a digit, the strongest first
    cell: tuple[int, int] | None = None  # row and column, from 1, of a digit in a table
