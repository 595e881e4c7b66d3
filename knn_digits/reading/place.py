"""Items of lines -> named features of where each stands: in its line, beside, above and below others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.spots import SHARED, Row
from knn_digits.ranks import median
from knn_digits.reading.evidence import FAR, Features


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Digits and what else stands in their lines, line by line from left to right.

    boxes : (n, 4) int64
    lines : (n,) int64
        The line of each.
    is_digit : (n,) bool
    rows : sequence of Row
        Of the lines.
    """

    boxes: Boxes
    lines: NDArray[np.int64]
    is_digit: Mask
    rows: Sequence[Row]

    def measure(self, strokes: NDArray[np.float64]) -> Features:
        """Return the features; `strokes` are widths in pixels."""
        high = np.array([row.height for row in self.rows])[self.lines]
        width, height = self.boxes[:, 2:].T / high
        parts = [self._in_line(number, strokes) for number in range(len(self.rows))]
        return {
            "height in line": np.log(height),
            "width in line": np.log(width),
            **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]},
            **self._above_and_below(high),
        }

    def _in_line(self, number: int, strokes: NDArray[np.float64]) -> Features:
        own = self.lines == number
        boxes, is_digit, high = self.boxes[own], self.is_digit[own], self.rows[number].height
        middle, half = self.rows[number].away(boxes), boxes[:, 3] / high / 2
        left, right = boxes[:, 0] / high, (boxes[:, 0] + boxes[:, 2]) / high
        usual = float(median(strokes[own][is_digit]))
        n = len(boxes)
        return {
            "middle": middle,
            "top": middle - half,
            "bottom": middle + half,
            "space left": _gaps(left, right, np.ones(n, bool)),
            "space right": _gaps(-right[::-1], -left[::-1], np.ones(n, bool))[::-1],
            "to digit left": _gaps(left, right, is_digit),
            "to digit right": _gaps(-right[::-1], -left[::-1], is_digit[::-1])[::-1],
            "stroke in line": np.log(strokes[own] / usual),
            "digits in line": np.full(n, is_digit.sum()),
            "items in line": np.full(n, n),
        }

    def _above_and_below(self, high: NDArray[np.float64]) -> Features:
        """Return how far the nearest digit above and below is, in heights, and how many are near."""
        digits = self.boxes[self.is_digit]
        left, top, width, height = (side[:, None] for side in self.boxes.T)
        x, y, wide, tall = digits.T
        across = (np.minimum(left + width, x + wide) - np.maximum(left, x)) > SHARED * wide
        above, below = (top - y - tall) / high[:, None], (y - top - height) / high[:, None]
        near = across & (np.maximum(above, below) > -1 / 2)
        found = {}
        for name, gap in (("above", above), ("below", below)):
            on_side = near & (gap > -1 / 2)
            found[f"digit {name}"] = np.where(on_side, gap, FAR).min(axis=1, initial=FAR)
            found[f"digits {name}"] = (on_side & (gap < 1)).sum(axis=1)
        return found


def _gaps(left: NDArray[np.float64], right: NDArray[np.float64], counted: Mask) -> NDArray[np.float64]:
    """Return how far each begins behind what is counted before it, at most `FAR`."""
    ends = np.maximum.accumulate(np.where(counted, right, -np.inf))
    before = np.concatenate([[-np.inf], ends[:-1]])
    return np.asarray(np.minimum(left - before, FAR), np.float64)
