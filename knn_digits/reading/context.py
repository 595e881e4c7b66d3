"""Evidence of candidates -> named features of what stands beside each: rivals, its row, the page."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.numbers import numbers_of
from knn_digits.photo.spots import SHARED
from knn_digits.ranks import median
from knn_digits.reading.choice import Evidence, choose_likely, common_area, common_share
from knn_digits.reading.evidence import FAR, IN_ROW, SIMILAR, Features, chunks, find_objects

NUMBERS = numbers_of(__name__)
# of the boxes' union: candidates that share more are the same thing at two levels
SAME: float = NUMBERS["SAME"]
FEW: float = NUMBERS["FEW"]  # marks of no evidence that are added to each row: a row of few tells less


def measure_context(boxes: Boxes, evidence: Evidence, features: Features) -> Features:
    """Return what speaks for or against each candidate around it, (n,) each.

    Parameters
    ----------
    boxes : (n, 4) int64
    evidence : (n,) float64
        Of each alone.
    features : dict
        Of each alone, see `evidence`.
    """
    chosen = choose_likely(boxes, evidence)
    objects = find_objects(boxes, features["level"])
    parts = [
        _rivals(boxes, evidence, rows, chosen)
        | _near_chosen(boxes, evidence, rows, chosen)
        | _evidence_of_all(boxes, evidence, rows, objects)
        for rows in chunks(len(boxes))
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined | {"evidence": log_odds(evidence)} | _beside_chosen(boxes, evidence, features, chosen)


def log_odds(evidence: Evidence) -> NDArray[np.float64]:
    """Return the natural logarithm of the odds, as far as it is finite."""
    safe = evidence.clip(1e-4, 1 - 1e-4)
    return np.asarray(np.log(safe / (1 - safe)), np.float64)


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds.clip(-500, 500))))


def _rivals(boxes: Boxes, evidence: Evidence, rows: slice, chosen: NDArray[np.intp]) -> Features:
    """Return the best evidence of what shares ink: what is larger, smaller, the same."""
    near = _at_heights_of(boxes, rows)
    area = boxes[:, 2] * boxes[:, 3]
    own, area = area[rows, None], area[near]
    common = common_area(boxes[rows, None], boxes[near])
    shared = common / (own + area - common)
    same = shared > SAME
    conflict = (common / np.minimum(own, area) > SHARED) & ~same
    larger = area > own
    itself = near == np.arange(len(boxes))[rows, None]
    within, evidence = np.isin(near, chosen), evidence[near]
    return {
        "best larger rival": np.where(conflict & larger, evidence, 0).max(axis=1, initial=0),
        "best smaller rival": np.where(conflict & ~larger, evidence, 0).max(axis=1, initial=0),
        "best same": np.where(same & ~itself, evidence, 0).max(axis=1, initial=0),
        "chosen inside": (conflict & ~larger & within).sum(axis=1),
        "chosen over it": ((shared > SHARED) & within).sum(axis=1),
    }


def _at_heights_of(boxes: Boxes, rows: slice) -> NDArray[np.intp]:
    """Return the rows of all boxes that stand as high on the page as some of these: others share no ink."""
    tops, bottoms = boxes[:, 1], boxes[:, 1] + boxes[:, 3]
    first, last = tops[rows].min(initial=tops.max(initial=0)), bottoms[rows].max(initial=0)
    return np.flatnonzero((tops < last) & (bottoms > first))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Relation:
    """How some boxes (n) stand to others (m), each (n, m); in pixels, but for the ratio."""

    height: NDArray[np.float64]  # (n, 1)
    to_left: NDArray[np.float64]  # from the other's right side to the box
    to_right: NDArray[np.float64]
    across: NDArray[np.float64]  # from center to center
    down: NDArray[np.float64]
    apart: Mask  # whether they share no ink
    ratio: NDArray[np.float64]  # natural logarithm of the other's height over its own

    @functools.cached_property
    def in_row(self) -> Mask:
        """Whether the other stands in its row."""
        reach = IN_ROW / 2 * self.height * (1 + np.exp(self.ratio))
        return np.asarray(self.apart & (np.abs(self.down) < reach))

    @functools.cached_property
    def weight(self) -> NDArray[np.float64]:
        """What the evidence of those in its row counts for it: more, the more alike their heights are."""
        near = np.minimum(np.abs(self.to_left), np.abs(self.to_right)) < FAR * self.height
        return self.in_row * near * self.alike

    @functools.cached_property
    def column_weight(self) -> NDArray[np.float64]:
        """The same of those in its column."""
        in_column = self.apart & (np.abs(self.across) < self.height / 2)
        return in_column * (np.abs(self.down) < FAR * self.height) * self.alike

    @functools.cached_property
    def alike(self) -> NDArray[np.float64]:
        """How alike the heights are, 0 to 1; 1/e at the bounds of similar ones."""
        return np.asarray(np.exp(-((self.ratio / SIMILAR) ** 2)))


def _relate(boxes: Boxes, rows: slice, others: NDArray[np.intp]) -> _Relation:
    one, other = boxes[rows].astype(np.float64), boxes[others].astype(np.float64)
    left, top, width, height = (column[:, None] for column in one.T)
    x, y, wide, high = other.T
    return _Relation(
        height=height,
        to_left=left - x - wide,
        to_right=x - left - width,
        across=(x + wide / 2) - (left + width / 2),
        down=(y + high / 2) - (top + height / 2),
        apart=common_share(boxes[rows, None], boxes[others]) <= SHARED,
        ratio=np.log(high / height),
    )


def _near_chosen(boxes: Boxes, evidence: Evidence, rows: slice, chosen: NDArray[np.intp]) -> Features:
    """Return the nearest of what is chosen left and right, and the evidence of its row and of its column."""
    there = _relate(boxes, rows, chosen)
    believed = evidence[chosen]
    return {
        **_nearest(there, there.to_left, there.across < 0, believed, "left"),
        **_nearest(there, there.to_right, there.across > 0, believed, "right"),
        "evidence of chosen row": _mean(believed, there.weight),
        "evidence of chosen column": (there.column_weight * believed).sum(axis=1),
    }


def _nearest(
    there: _Relation, gaps: NDArray[np.float64], on_side: Mask, believed: Evidence, side: str
) -> Features:
    """Return gap, evidence and height of the nearest on one side."""
    n = len(there.height)
    if not len(believed):
        return {
            f"gap {side}": np.full(n, FAR),
            f"evidence {side}": np.full(n, -1.0),
            f"height {side}": np.zeros(n),
        }
    wanted = there.in_row & on_side & (gaps > -there.height / 2)
    gaps = np.where(wanted, gaps / there.height, np.inf)
    nearest = gaps.argmin(axis=1)
    gap, ratio = gaps[np.arange(n), nearest], there.ratio[np.arange(n), nearest]
    near = gap < FAR
    return {
        f"gap {side}": np.where(near, gap, FAR),
        f"evidence {side}": np.where(near, believed[nearest], -1),
        f"height {side}": np.where(near, ratio, 0),
    }


def _evidence_of_all(boxes: Boxes, evidence: Evidence, rows: slice, others: NDArray[np.intp]) -> Features:
    """Return the evidence of all marks in the row, that of a word is low, and of all in the column."""
    there = _relate(boxes, rows, others)
    return {
        "evidence of whole row": _mean(evidence[others], there.weight),
        "evidence of whole column": _mean(evidence[others], there.column_weight),
    }


def _mean(evidence: Evidence, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean evidence of others (m,) by what they count for each (n, m)."""
    return np.asarray((weight * evidence).sum(axis=1) / (weight.sum(axis=1) + FEW))


def _beside_chosen(
    boxes: Boxes, evidence: Evidence, features: Features, chosen: NDArray[np.intp]
) -> Features:
    """Return height, stroke and darkness over those of what is chosen, and how many have more evidence."""
    if not len(chosen):
        nothing = np.full(len(boxes), -FAR)
        names = ("height to chosen", "stroke to chosen", "darkness to chosen", "better chosen")
        return dict.fromkeys(names, nothing)
    height = boxes[:, 3].astype(np.float64)
    stroke = features["stroke"] * np.maximum(boxes[:, 2], boxes[:, 3])
    darkness = features["darkness"] / features["fill"]

    def over(values: NDArray[Any]) -> NDArray[np.float64]:
        values = np.maximum(values, 1e-3).astype(np.float64)
        return np.asarray(np.log(values / median(values[chosen])))

    return {
        "height to chosen": over(height),
        "stroke to chosen": over(stroke),
        "darkness to chosen": over(darkness),
        "better chosen": 1 - np.searchsorted(np.sort(evidence[chosen]), evidence, side="right") / len(chosen),
    }
