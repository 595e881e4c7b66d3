"""Marks of a page, the model's answers on them -> the numbers that tell whether these are right."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits
from knn_digits.classifiers import Answers
from knn_digits.digit import NO_INK
from knn_digits.features.hog import OrientedGradients
from knn_digits.forms.answered import Answered
from knn_digits.forms.strokes import Mark
from knn_digits.reading.context import log_odds

FAR = 3.0  # strangeness and doubt: above it all is as strange
BESIDE = (
    "full",
    "crossings of rows",
    "most in rows",
    "crossings of columns",
    "most in columns",
    "holes",
    "ink",
    "strangeness",
    "doubt",
)  # what is also told beside the usual mark of the page: writers and pens differ
DIRECTIONS = OrientedGradients(cells=2)  # in quarters of a digit: on forms left out, finer parts told no more
Columns = Mapping[str, NDArray[np.float64] | Sequence[float]]


def measure_marks(answered: Answered, fits: Sequence[float]) -> dict[str, NDArray[np.float32]]:
    """Return what speaks for each of n marks, by name, (n,) each; `fits` are of their fields, see `Crop`."""
    marks, digits, votes = answered.marks, answered.digits, answered.votes
    columns: Columns = {
        **_of_votes(votes), **_of_marks(marks), **_of_shapes(digits), **_of_renderings(answered),
        "fit": fits,
    }  # fmt: skip
    found = {name: np.asarray(values, np.float32) for name, values in columns.items()}
    found |= {f"{name} beside others": found[name] - np.median(found[name]) for name in BESIDE}
    return found | {f"direction {place}": part for place, part in enumerate(DIRECTIONS(digits).T, 1)}


def _of_votes(votes: Answers) -> Columns:
    order = np.argsort(-np.asarray(votes.probabilities, np.float64), axis=1, kind="stable")
    best = np.take_along_axis(np.asarray(votes.probabilities, np.float64), order, axis=1)
    return {
        "odds": log_odds(best[:, 0]),
        "margin": best[:, 0] - best[:, 1],
        "label": votes.labels.astype(np.float64),
        "second": order[:, 1].astype(np.float64),
        "strangeness": np.asarray(votes.strangeness, np.float64).clip(0, FAR),
        "doubt": np.asarray(votes.doubt, np.float64).clip(0, FAR),
        "signs": [votes.sign(row)[1] for row in range(len(votes.labels))],
    }


def _of_renderings(answered: Answered) -> Columns:
    """Return what all renderings of marks say of their labels."""
    rows, labels = np.arange(len(answered.marks)), answered.votes.labels
    label, others = answered.shared[rows, labels], answered.shared.copy()
    others[rows, labels] = 0
    return {
        "agreement": answered.agreement, "odds of all": log_odds(label),
        "margin of all": label - others.max(axis=1), "least odds": log_odds(answered.least),
    }  # fmt: skip


def _of_marks(marks: Sequence[Mark]) -> Columns:
    return {
        "ink": np.log([max(mark.ink, 0.1) for mark in marks]),
        "height": [mark.high for mark in marks],
        "width": [mark.wide for mark in marks],
        "printed": [mark.printed for mark in marks],
        "near print": [mark.near for mark in marks],
        "cut": [mark.cut for mark in marks],
        "pieces": [mark.pieces for mark in marks],
        "aside": [mark.aside for mark in marks],
        "pixels": [mark.box.height for mark in marks],
    }


def _of_shapes(digits: Digits) -> Columns:
    """Return how often lines through digits cross their ink, how much of it there is, and its holes."""
    ink = digits > NO_INK
    found: dict[str, NDArray[np.float64] | Sequence[float]] = {}
    for name, axis in (("rows", 2), ("columns", 1)):
        crossings = (np.diff(ink.astype(np.int8), axis=axis) > 0).sum(axis=axis)
        inked = np.maximum(1, (crossings > 0).sum(axis=1))
        found |= {
            f"crossings of {name}": crossings.sum(axis=1) / inked,
            f"most in {name}": crossings.max(axis=1),
        }
    holes = [cv2.connectedComponents((~one).astype(np.uint8), connectivity=4)[0] - 2 for one in ink]
    return {**found, "full": ink.mean(axis=(1, 2)), "holes": [float(one) for one in holes]}
