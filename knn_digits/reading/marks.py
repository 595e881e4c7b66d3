"""Ink -> everything on the page that may be a digit, with what speaks for and against each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Labels, Mask, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import UNRULED, Candidates, cut, find_fainter_pen, join, propose, take
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink
from knn_digits.photo.numbers import numbers_of
from knn_digits.reading.evidence import (
    Features,
    Looks,
    chunks,
    look,
    measure_light,
    measure_shape,
    measure_surroundings,
    tabulate,
)

NUMBERS = numbers_of(__name__)
# width over height from which a candidate may be two digits that touch
MAY_BE_SEVERAL: float = NUMBERS["MAY_BE_SEVERAL"]
UNLIKE: float = NUMBERS["UNLIKE"]  # strangeness from which it may


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """What may be digits, each with its features.

    boxes : (n, 4) int64
        In pixels of the ink.
    digits : (n, 28, 28) uint8
    labels : (n,) int64
        By the neighbors.
    features : dict
        Name -> (n,) float32.
    wholes : (n,) int64
        The row of the mark that each is cut out of, -1 for none.
    bounded : bool
        Whether there were more than are looked at.
    """

    boxes: Boxes
    digits: Digits
    labels: Labels
    features: Features
    wholes: NDArray[np.int64]
    bounded: bool = False

    def __len__(self) -> int:
        return len(self.boxes)

    def table(self, names: tuple[str, ...]) -> NDArray[np.float32]:
        """Return the features of these names, (n, names)."""
        return tabulate(self.features, names)


def find_marks(ink: Ink, model: DigitKNN, rules: Mask | None = None) -> Marks:
    """Return what may be digits, of a fainter pen beside the darkest one as if it were alone on the page.

    Parameters
    ----------
    ink : Ink
    model : DigitKNN
        Whose neighbors are asked; it must know marks that are no digits.
    rules : (height, width) bool, optional
        As `find_rules` returns them.
    """
    rules = find_rules(ink) if rules is None else rules
    fainter = find_fainter_pen(ink, rules)  # before the marks are held, as it needs memory
    marks = _of_one_pen(ink, rules, model)
    return marks if fainter is None else _join(marks, _of_one_pen(fainter, find_rules(fainter), model))


def _of_one_pen(ink: Ink, rules: Mask, model: DigitKNN) -> Marks:
    candidates = propose(ink, rules)
    if not len(candidates):
        return no_marks()
    digits, looks = look_at(candidates, model)
    parts, part_digits, part_looks, cut_ones = cut_up(candidates, _wide(candidates, looks), looks, model)
    wholes = np.concatenate([np.full(len(candidates), -1), cut_ones])
    candidates, digits = join(candidates, parts), np.concatenate([digits, part_digits])
    features = {
        name: np.concatenate([looks.features[name], part_looks.features[name]]) for name in looks.features
    }
    features |= measure_shape(candidates, digits)
    features |= measure_light(candidates, ink, rules)
    features |= measure_surroundings(candidates, ink.darkness.shape)
    return Marks(
        boxes=candidates.boxes,
        digits=digits,
        labels=np.concatenate([looks.labels, part_looks.labels]),
        features={name: np.asarray(values, np.float32) for name, values in features.items()},
        wholes=wholes,
        bounded=candidates.bounded,
    )


def _join(one: Marks, other: Marks) -> Marks:
    """Return the marks of both, in this order."""
    if not (len(one) and len(other)):
        return one if len(one) else other
    return Marks(
        boxes=np.concatenate([one.boxes, other.boxes]),
        digits=np.concatenate([one.digits, other.digits]),
        labels=np.concatenate([one.labels, other.labels]),
        features={name: np.concatenate([one.features[name], other.features[name]]) for name in one.features},
        wholes=np.concatenate([one.wholes, np.where(other.wholes < 0, -1, other.wholes + len(one))]),
        bounded=one.bounded or other.bounded,
    )


def no_marks() -> Marks:
    """Return none at all."""
    boxes, digits = np.zeros((0, 4), np.int64), np.zeros((0, SIDE, SIDE), np.uint8)
    none = np.zeros(0, np.int64)
    return Marks(boxes=boxes, digits=digits, labels=none, features={}, wholes=none)


def look_at(candidates: Candidates, model: DigitKNN) -> tuple[Digits, Looks]:
    """Return candidates as they are classified, and what the neighbors of each say."""
    parts = (candidates.pictures[rows] for rows in chunks(len(candidates)))
    digits = np.concatenate([normalize([match_stroke(picture) for picture in part]) for part in parts])
    return digits, look(model, digits)


def _wide(candidates: Candidates, looks: Looks) -> NDArray[np.intp]:
    """Return the rows of what may be several digits that touch, the highest first."""
    aspect = candidates.boxes[:, 2] / np.maximum(1, candidates.boxes[:, 3])
    unlike = (looks.features["strangeness"] > UNLIKE) | (aspect > 1)
    plain = (candidates.kinds <= UNRULED) & (candidates.levels == 1)
    wide = np.flatnonzero((aspect > MAY_BE_SEVERAL) & unlike & plain)
    return wide[np.argsort(-candidates.boxes[wide, 3], kind="stable")]


def cut_up(
    candidates: Candidates, rows: NDArray[np.intp], looks: Looks, model: DigitKNN
) -> tuple[Candidates, Digits, Looks, NDArray[np.int64]]:
    """Return the parts that look most like digits of candidates in these rows, and the row of each part."""
    ways = cut(candidates, rows.tolist())
    if not len(ways.candidates):
        return ways.candidates, np.zeros((0, SIDE, SIDE), np.uint8), looks.none(), ways.wholes
    digits, seen = look_at(ways.candidates, model)
    best = ways.best(seen.features["strangeness"])
    features = {name: values[best] for name, values in seen.features.items()}
    found = Looks(labels=seen.labels[best], features=features)
    return take(ways.candidates, best), digits[best], found, ways.wholes[best]
