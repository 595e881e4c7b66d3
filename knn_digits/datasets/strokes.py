"""Stage 2′: the digits of a set -> the same with MNIST's strokes, where the set's own are thinner or thicker.

Pictures that are no 28×28 digits are brought to MNIST's strokes one by one, as marks in photos are. Those
that are 28×28 may be MNIST's, of which half have strokes that `digit.match_stroke` would change; so it is the
whole set that must differ.
"""

import numpy as np

from knn_digits.arrays import Digits, Indices, Pixels
from knn_digits.datasets.ground import FAINT

MEASURED = 1000  # digits of a set, spread evenly, whose strokes are measured
LEAST = 100  # digits: the strokes of fewer tell little of a set


def match_strokes(digits: Digits, rows: Indices) -> str:
    """Bring the strokes of a set to MNIST's if its median is not where half of MNIST's are; tell so.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
        Changed in place.
    rows : (m,) int64
        Those of the set.

    Returns
    -------
    str
        What must be said of them, which follows "has"; empty where they are as they were.
    """
    from knn_digits import digit  # brings OpenCV

    asked = rows[np.linspace(0, len(rows) - 1, min(len(rows), MEASURED)).astype(np.int64)]
    strokes = [digit.measure_stroke(ink) for ink in map(_ink_of, digits[asked]) if ink.any()]
    if len(strokes) < LEAST:
        return ""
    usual, (thin, thick) = float(np.median(strokes)), digit.STROKE_RANGE
    if thin <= usual <= thick:
        return ""
    for row in rows:
        digits[row] = digit.normalize_strokes([_ink_of(digits[row])])[0]
    kind = "thinner" if usual < thin else "thicker"
    return f"{kind} strokes than MNIST, mostly of {usual:.1f} pixels: brought to MNIST's size and strokes"


def _ink_of(digit: Pixels) -> Pixels:
    """Return a digit without what is too faint for ink: JPEG leaves some of it far around the strokes."""
    return np.where(digit < FAINT[0], np.uint8(0), digit)
