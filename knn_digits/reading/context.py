"""Evidence of candidates -> named features of what stands beside each: rivals, neighbors in its row, the page."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.candidates import Boxes
from knn_digits.reading.choice import SHARED, Evidence, choose, common_share, overlap
from knn_digits.reading.evidence import Features, chunks

LIKELY = 0.35  # evidence from which a candidate counts as chosen for the time being
SAME = 0.6  # of the boxes' union: candidates that share more are the same thing at two levels
FAR = 9.0  # in the place of a distance or a height where nothing stands


@dataclass(frozen=True, kw_only=True)
class _Marks:
    """What candidates are compared with."""

    boxes: NDArray[np.float64]
    evidence: NDArray[np.float64]


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
    chosen = choose(boxes, evidence, least=LIKELY)
    objects = np.flatnonzero(features["level"] == 1)
    objects = objects[np.argsort(-boxes[objects, 3], kind="stable")[:900]]
    parts = [
        _rivals(boxes, evidence, rows, chosen)
        | _row_of(boxes, evidence, rows, chosen, "chosen")
        | _evidence_of_row(boxes, evidence, rows, objects)
        for rows in chunks(len(boxes))
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined | {"evidence": log_odds(evidence)} | _beside_chosen(boxes, evidence, features, chosen)


def log_odds(evidence: Evidence) -> NDArray[np.float64]:
    """Return the natural logarithm of the odds, as far as it is finite."""
    safe = evidence.clip(1e-4, 1 - 1e-4)
    return np.log(safe / (1 - safe))


def _rivals(boxes: Boxes, evidence: Evidence, rows: slice, chosen: NDArray[np.intp]) -> Features:
    """Return the best evidence of what shares ink: what is larger, smaller, the same."""
    one = boxes[rows, None]
    same = overlap(one, boxes) > SAME
    conflict = (common_share(one, boxes) > SHARED) & ~same
    area = boxes[:, 2] * boxes[:, 3]
    larger = area > area[rows, None]
    itself = np.arange(len(boxes)) == np.arange(len(boxes))[rows, None]
    within = np.zeros(len(boxes), bool)
    within[chosen] = True
    return {
        "best larger rival": np.where(conflict & larger, evidence, 0).max(axis=1, initial=0),
        "best smaller rival": np.where(conflict & ~larger, evidence, 0).max(axis=1, initial=0),
        "best same": np.where(same & ~itself, evidence, 0).max(axis=1, initial=0),
        "chosen inside": (conflict & ~larger & within).sum(axis=1),
        "chosen over it": (overlap(one, boxes[chosen]) > SHARED).sum(axis=1),
    }


def _relation(boxes: Boxes, rows: slice, others: NDArray[np.intp]) -> tuple[NDArray[np.float64], ...]:
    one, other = boxes[rows].astype(np.float64), boxes[others].astype(np.float64)
    left, top, width, height = (column[:, None] for column in one.T)
    x, y, wide, high = other.T
    down = np.abs(top + height / 2 - y - high / 2)
    apart = common_share(boxes[rows, None], boxes[others]) <= SHARED
    ratio = np.log(high / height)
    in_row = apart & (down < 0.3 * (height + high)) & (np.abs(ratio) < 1.2)
    return left - x - wide, x - left - width, (x + wide / 2) - (left + width / 2), ratio, in_row, height, down, apart


def _row_of(
    boxes: Boxes, evidence: Evidence, rows: slice, others: NDArray[np.intp], name: str
) -> Features:
    """Return the nearest neighbors left and right, and the evidence of the row and of the column."""
    to_left, to_right, across, ratio, in_row, height, down, apart = _relation(boxes, rows, others)
    features: Features = {}
    for side, gap, there in (("left", to_left, across < 0), ("right", to_right, across > 0)):
        gap = np.where(in_row & there & (gap > -0.5 * height), gap / height, np.inf)
        nearest = gap.argmin(axis=1)[:, None] if len(others) else np.zeros((len(height), 0), np.intp)
        if not len(others):
            features |= {f"gap {side}": np.full(len(height), FAR), f"evidence {side}": np.full(len(height), -1.0),
                         f"height {side}": np.zeros(len(height))}
            continue
        near = np.take_along_axis(gap, nearest, axis=1)[:, 0]
        there = near < 8
        features[f"gap {side}"] = np.where(there, near, FAR)
        features[f"evidence {side}"] = np.where(there, evidence[others][nearest[:, 0]], -1)
        features[f"height {side}"] = np.where(there, np.take_along_axis(ratio, nearest, axis=1)[:, 0], 0)
    alike = np.exp(-(ratio**2) / 0.15)
    wide = in_row & (np.minimum(np.abs(to_left), np.abs(to_right)) < 12 * height)
    weight = wide * alike
    features[f"evidence of {name} row"] = (weight * evidence[others]).sum(axis=1) / (weight.sum(axis=1) + 0.3)
    column = apart & (np.abs(across) < 0.5 * height) & (down < 10 * height)
    features[f"evidence of {name} column"] = (column * alike * evidence[others]).sum(axis=1)
    return features


def _evidence_of_row(boxes: Boxes, evidence: Evidence, rows: slice, others: NDArray[np.intp]) -> Features:
    """Return the evidence of all marks in the row: that of a word is low."""
    to_left, to_right, _, ratio, in_row, height, *_ = _relation(boxes, rows, others)
    weight = in_row & (np.minimum(np.abs(to_left), np.abs(to_right)) < 12 * height)
    weight = weight * np.exp(-(ratio**2) / 0.15)
    return {"evidence of whole row": (weight * evidence[others]).sum(axis=1) / (weight.sum(axis=1) + 0.3)}


def _beside_chosen(boxes: Boxes, evidence: Evidence, features: Features, chosen: NDArray[np.intp]) -> Features:
    """Return height, stroke and darkness over those of what is chosen, and how many of these have more evidence."""
    if not len(chosen):
        nothing = np.full(len(boxes), -FAR)
        names = ("height to chosen", "stroke to chosen", "darkness to chosen", "better chosen")
        return dict.fromkeys(names, nothing)
    height = boxes[:, 3].astype(np.float64)
    stroke = features["stroke"] * np.maximum(boxes[:, 2], boxes[:, 3])
    darkness = features["darkness"] / np.maximum(features["fill"], 0.02)
    def over(values: NDArray[np.floating]) -> NDArray[np.float64]:
        values = np.maximum(values, 1e-3).astype(np.float64)
        return np.log(values / np.median(values[chosen]))
    return {
        "height to chosen": over(height),
        "stroke to chosen": over(stroke),
        "darkness to chosen": over(darkness),
        "better chosen": 1 - np.searchsorted(np.sort(evidence[chosen]), evidence, side="right") / len(chosen),
    }
