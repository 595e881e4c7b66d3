"""Marks that are read in a table -> features that tell print from a hand.

Print is like the printed digits that are known, of one stroke, height and ink, and each digit like the others
of its label; all of it is measured beside the table's other marks.
"""

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Vectors
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.alike import apart
from knn_digits.reading.evidence import NEAREST, Features
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.references import LAYER

OWN = ("aspect", "stroke", "ink", "darkness", "cell's contrast", "contrast to grain", "to digit")
BESIDE = ("stroke", "ink", "darkness", "cell's contrast", "height in cell", "across in cell", "down in cell")
ALONE = 9.0  # natural logarithm: the distance to another of its label, where there is none


def measure_print(found: CellMarks, chosen: NDArray[np.intp], model: DigitKNN) -> Features:
    """Return what tells whether the chosen marks are print.

    Parameters
    ----------
    found : CellMarks
    chosen : (m,) int64
        Rows of its marks, at least one.
    model : DigitKNN
        With printed digits beside its own, see `references`.
    """
    vectors = model.feature(found.marks.digits[chosen])
    distances, rows = model.known.search(vectors, NEAREST)
    printed = np.isin(rows, _printed_rows(model))
    measured = {name: np.asarray(found.marks.features[name], np.float64)[chosen] for name in BESIDE}
    return {
        **{name: found.marks.features[name][chosen] for name in OWN},
        **{f"{name} to usual": values - np.median(values) for name, values in measured.items()},
        "print share": printed.mean(axis=1),
        "print to usual": printed.mean(axis=1) - np.median(printed.mean(axis=1)),
        "nearest is print": printed[:, 0],
        "to its like": _to_like(vectors, found.marks.labels[chosen], distances[:, 0]),
    }


def _printed_rows(model: DigitKNN) -> NDArray[np.int64]:
    starts = np.cumsum([len(model.own[1]), *(len(layer.labels) for layer in model.layers)])
    at = [layer.name for layer in model.layers].index(LAYER)
    return np.arange(starts[at], starts[at + 1])


def _to_like(
    vectors: Vectors, labels: NDArray[np.int64], nearest: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how near another mark of its label is, over how near a known digit is, as logarithm."""
    result = np.full(len(labels), ALONE)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if len(rows) > 1:
            away = apart(vectors[rows], vectors[rows])
            np.fill_diagonal(away, np.inf)
            result[rows] = np.log((away.min(axis=1) + 1e-3) / (nearest[rows] + 1e-3))
    return result
