"""Candidates -> named features that tell a digit of the text from all else, all of them relative.

What is absolute, as a place on the page or a size in pixels, would be learned by heart from the pages that a
judge learns from.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Labels, Mask, compared_by_content, strips
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.signs import Signs
from knn_digits.digit import NO_INK
from knn_digits.errors import UsageError
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import LEAST, LEVELS, Candidates
from knn_digits.photo.ink import Ink
from knn_digits.photo.lines import usual_height
from knn_digits.photo.numbers import numbers_of
from knn_digits.photo.spots import SHARED
from knn_digits.ranks import median
from knn_digits.vote import Votes

Features = dict[str, NDArray[Any]]  # name -> (n,)

NUMBERS = numbers_of(__name__)
NEAREST: int = NUMBERS["NEAREST"]  # neighbors, among digits and marks that are no digits
RING: float = NUMBERS["RING"]  # of the longer side: how far around a box the paper is looked at
SIMILAR: float = NUMBERS["SIMILAR"]  # natural logarithm of the ratio of two similar heights, at most
# of the height: marks whose middles are nearer than this stand in one row
IN_ROW: float = NUMBERS["IN_ROW"]
FAR: float = NUMBERS["FAR"]  # heights: as if nothing stood there; for a height, too, that nothing has
OBJECTS = 900  # candidates that the others are compared with
ROWS = 128  # candidates that are compared with them at once


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """What the neighbors of candidates say of each.

    labels : (n,) int64
    features : dict
        See `look`.
    """

    labels: Labels
    features: Features

    def none(self) -> "Looks":
        """Return the same of no candidate at all."""
        return Looks(labels=self.labels[:0], features={name: f[:0] for name, f in self.features.items()})


def tabulate(features: Features, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the features of these names as a table, (n, names)."""
    return np.stack([np.asarray(features[name], np.float32) for name in names], axis=1)


def look(model: DigitKNN, digits: Digits) -> Looks:
    """Return what a model and the marks that it knows to be no digits say of (n, 28, 28) candidates."""
    queries = model.feature(digits)
    ballot, known = model.ballot, model.known
    k = max(ballot.wanted, NEAREST)
    distances, rows = known.search(queries, k)
    votes = ballot.answer(digits, distances[:, : ballot.wanted], rows[:, : ballot.wanted])
    sorted_shares = np.sort(votes.shares, axis=1)
    features = {
        "strangeness": votes.strangeness,
        "doubt": votes.doubt,
        "top share": sorted_shares[:, -1],
        "second share": sorted_shares[:, -2],
        "label": votes.labels.astype(np.float32),
    }
    signs = known.signs
    if signs is None:
        raise UsageError("a model that judges marks must know signs: take the bundled one")
    features |= _beside_signs(signs, queries, votes, distances[:, :NEAREST], model.labels[rows[:, :NEAREST]])
    return Looks(
        labels=votes.labels, features={name: np.asarray(f, np.float32) for name, f in features.items()}
    )


def _beside_signs(
    signs: Signs, queries: NDArray[np.float32], votes: Votes, distances: NDArray[np.float32], labels: Labels
) -> Features:
    names, classes = signs.classes
    away, rows = signs.nearest(queries, NEAREST)
    nearest = np.argsort(np.hstack([distances, away]), axis=1, kind="stable")[:, :NEAREST]
    known = np.take_along_axis(np.hstack([labels, CLASSES + classes[rows]]), nearest, axis=1)
    to_digit, to_sign = (np.log(d[:, 0].astype(np.float64) + 1e-3) for d in (distances, away))
    usual = np.log(np.mean(_reach(votes)))
    features: Features = {
        "sign share": (known >= CLASSES).mean(axis=1),
        "to digit": to_digit - usual,
        "to sign": to_sign - usual,
        "nearer to digit": to_sign - to_digit,
        "agreement": (known == votes.labels[:, None]).mean(axis=1),
    }
    kinds = {str(name): (known == CLASSES + row).mean(axis=1) for row, name in enumerate(names)}
    return features | {f"like {name}": kinds[name] for name in kinds}


def _reach(votes: Votes) -> NDArray[np.float64]:
    return np.asarray(votes.distances.mean(axis=1) / np.maximum(votes.strangeness, 1e-6), np.float64)


def measure_shape(candidates: Candidates, digits: Digits) -> Features:
    """Return what each looks like by itself."""
    width, height = candidates.boxes[:, 2:].T.astype(np.float64)
    holes, pieces = np.array([_count_parts(digit) for digit in digits]).reshape(-1, 2).T
    return {
        "aspect": np.log(width / height),
        "fill": candidates.areas / (width * height),
        "stroke": candidates.strokes / np.maximum(width, height),
        "holes": holes,
        "pieces": pieces,
        "ink": digits.mean(axis=(1, 2)) / 255,
        "level": candidates.levels,
        "kind": candidates.kinds,
        "crossed": candidates.crossed,
    }


def _count_parts(digit: NDArray[np.uint8]) -> tuple[int, int]:
    there = (digit > NO_INK).astype(np.uint8)
    pieces, _ = cv2.connectedComponents(there, connectivity=8)
    papers, _ = cv2.connectedComponents(np.pad(1 - there, 1, constant_values=1), connectivity=4)
    return papers - 2, pieces - 1


def measure_light(candidates: Candidates, ink: Ink, rules: Mask) -> Features:
    """Return how each stands out of the paper around it, and how much of it is on rules."""
    height, width = ink.darkness.shape
    left, top, wide, high = candidates.boxes.T
    inner = np.stack([left, top, left + wide, top + high])
    longest = np.maximum(np.maximum(wide, high), LEAST[1])
    margin = (RING * longest).astype(np.int64)
    outer = np.stack([left - margin, top - margin, left + wide + margin, top + high + margin])
    outer = np.stack(
        [outer[0].clip(0), outer[1].clip(0), outer[2].clip(max=width), outer[3].clip(max=height)]
    )
    area = np.maximum(1, wide * high)
    ring_area = np.maximum(1, (outer[2] - outer[0]) * (outer[3] - outer[1]) - area)
    *levels, darkness, on_rules = _sum_layers(ink, rules, np.hstack([inner, outer]))
    inside, around = {}, {}
    for level, (within, without) in zip(LEVELS, levels, strict=True):
        inside[level], around[level] = within / area, (without - within) / ring_area
    least = 1e-3
    whole = inside[1.0] + least
    features = {f"ink at {level:g}": inside[level] / whole for level in LEVELS if level != 1}
    features |= {f"around at {level:g}": around[level] for level in LEVELS}
    features["on rules"] = on_rules[0] / np.maximum(1, candidates.areas)
    return features | {"darkness": darkness[0] / area / ink.threshold}


def _sum_layers(ink: Ink, rules: Mask, sides: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums of ink at each level, of darkness, and of rules in boxes, (layers, 2, n).

    `sides` are left, top, right and bottom of n boxes and of n others, (4, 2 n).
    """
    totals = np.zeros((len(LEVELS) + 2, sides.shape[1]))
    for rows, *_ in strips(len(rules)):
        darkness, ruled = ink.darkness[rows], rules[rows]
        levels = ((darkness > level * ink.threshold).view(np.uint8) for level in LEVELS)
        within = sides - np.array([[0], [rows.start], [0], [rows.start]])
        within[1::2] = within[1::2].clip(0, len(darkness))
        others: tuple[NDArray[Any], ...] = (np.clip(darkness, 0, 1), ruled.view(np.uint8))
        layers = itertools.chain(levels, others)
        totals += [_sum(cv2.integral(layer), within) for layer in layers]
    return totals.reshape(len(totals), 2, -1)


def _sum(sums: NDArray[np.generic], sides: NDArray[np.int64]) -> NDArray[np.float64]:
    left, top, right, bottom = sides
    return np.asarray(
        sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left], np.float64
    )


def measure_surroundings(candidates: Candidates, shape: tuple[int, ...]) -> Features:
    """Return where each stands among the others."""
    boxes = candidates.boxes.astype(np.float64)
    width, height = boxes[:, 2:].T
    objects = find_objects(candidates.boxes, candidates.levels)
    heights = height[objects]
    edges = np.stack([*boxes[:, :2].T, shape[1] - boxes[:, 0] - width, shape[0] - boxes[:, 1] - height])
    features: Features = {
        "height": np.log(height / np.hypot(shape[0], shape[1])),
        "to usual height": np.log(height / usual_height(heights)),
        "to median height": np.log(height / median(heights)),
        "to edge": edges.min(axis=0) / height,
    }
    parts = [_beside(boxes[rows], boxes[objects]) for rows in chunks(len(boxes))]
    return features | {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def chunks(n: int) -> Iterator[slice]:
    """Yield slices of so many rows, so that what compares each with all fills no memory."""
    yield from (slice(start, start + ROWS) for start in range(0, max(1, n), ROWS))


def find_objects(boxes: Boxes, levels: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the candidates at the threshold itself, each thing once; of many the highest."""
    objects = np.flatnonzero(levels == 1)
    if not len(objects):
        objects = np.arange(len(boxes))
    return objects[np.argsort(-boxes[objects, 3], kind="stable")[:OBJECTS]]


def _beside(one: NDArray[np.float64], others: NDArray[np.float64]) -> Features:
    """Return how boxes (n, 4) stand among others (m, 4)."""
    left, top, width, height = (column[:, None] for column in one.T)
    x, y, wide, high = others.T
    across = np.abs(left + width / 2 - x - wide / 2)
    down = np.abs(top + height / 2 - y - high / 2)
    ratio = np.log(high / height)
    similar = np.abs(ratio) < SIMILAR
    in_row = (down < IN_ROW * height) & (across < FAR * height) & (across > SHARED * height)
    inside = (x > left) & (x + wide < left + width) & (y > top) & (y + high < top + height)
    around = (left > x) & (left + width < x + wide) & (top > y) & (top + height < y + high)
    similar_in_row, all_in_row = (similar & in_row).sum(axis=1), in_row.sum(axis=1)
    return {
        "similar in row": similar_in_row,
        "all in row": all_in_row,
        "share of row": similar_in_row / (all_in_row + 1),
        "inside": inside.sum(axis=1),
        "frame": np.where(around, ratio, FAR).min(axis=1, initial=FAR),
        "frames": around.sum(axis=1),
    }
