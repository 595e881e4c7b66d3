"""Marks, those of lines with digits known -> how many words stand in the other lines.

What stands in such a line is not looked at one by one: how its marks stand beside each other tells whether it
is writing or print, by a logistic regression. `letters.json` holds it, how high digits are among letters, and
how wide a gap ends a word of letters.
"""

import functools
import itertools
import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, compared_by_content
from knn_digits.photo.boxes import Boxes, box_of
from knn_digits.photo.candidates import INK
from knn_digits.photo.gaps import find_words, gaps_and_ways
from knn_digits.photo.lines import find_lines
from knn_digits.ranks import median, quantile
from knn_digits.reading.context import sigmoid
from knn_digits.reading.marks import Marks

FILE = pathlib.Path(__file__).with_name("letters.json")  # made by `python -m benchmarks.learn_letters`
NAMES = ("marks", "feet", "heights", "way", "width")
NUMBERS = ("start", "least", "quantile", "height", "gap")


def count_words(marks: Marks, known: Boxes) -> int:
    """Return how many words stand in lines whose marks are not known; (n, 4) boxes hold those that are."""
    if not len(marks):
        return 0
    plain = np.flatnonzero((marks.features["level"] == 1) & (marks.features["kind"] == INK))
    boxes = marks.boxes[plain]
    boxes = boxes[~stand_in(boxes, known)]
    lines = [boxes[line] for line in find_lines(boxes) if len(line) > 1]
    letters = load_letters()
    written = itertools.compress(lines, letters.are_letters(lines))
    return sum(len(find_words(list(map(box_of, line)), wider=letters.gap)) for line in written)


def stand_in(boxes: Boxes, known: Boxes) -> Mask:
    """Return whose middle is in another's box."""
    middles = boxes[:, None, :2] + boxes[:, None, 2:] / 2
    inside = (known[:, :2] <= middles) & (middles <= known[:, :2] + known[:, 2:])
    return np.asarray((inside.sum(axis=2) == 2).sum(axis=1) > 0)


def measure_line(line: Boxes) -> NDArray[np.float64]:
    """Return what a line of several boxes (n, 4) is like, (5,), by `NAMES`.

    The logarithm of their number; how uneven their feet and their heights are, how far it is from middle to
    middle and how wide they are, usually: r / (1 + r), where r is over their usual height.
    """
    height = float(median(line[:, 3]))
    feet = np.abs(np.diff(line[:, 1] + line[:, 3])) / height
    spread = np.abs(line[:, 3] / height - 1)
    ways = np.abs(gaps_and_ways(list(map(box_of, line)))[1])
    ratios = np.array([median(found) for found in (feet, spread, ways, line[:, 2] / height)])
    return np.array([np.log(len(line)), *(ratios / (1 + ratios))])


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Letters:
    """What tells lines of letters, and digits among them.

    weights : (5,) float64
        Of what `measure_line` returns.
    start : float
        The log-odds of a line of which all that is 0.
    least : float
        The probability from which a line is told to be of letters.
    quantile : float
        Of the heights of a line's letters, 0 to 1: that of high ones.
    height : float
        Of a digit, at least, over that.
    gap : float
        Of their usual height: where a word of letters ends, gap and way exceed the usual ones by more.
    """

    weights: NDArray[np.float64]
    start: float
    least: float
    quantile: float
    height: float
    gap: float

    def are_letters(self, lines: list[Boxes]) -> Mask:
        """Return which lines of several boxes are told to be of letters."""
        if not lines:
            return np.zeros(0, bool)
        return self.tell(np.stack([measure_line(line) for line in lines])) >= self.least

    def tell(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that each of lines (n, 5) is of letters; see `measure_line`."""
        return sigmoid(self.start + table @ self.weights)

    def least_height(self, heights: NDArray[np.int64]) -> float:
        """Return how high digits among letters of these heights are at least, in the same unit."""
        return self.height * float(quantile(heights, self.quantile))

    def as_dict(self) -> dict[str, Any]:
        """Return it as `letters.json` has it."""
        weights = {name: round(float(w), 4) for name, w in zip(NAMES, self.weights, strict=True)}
        numbers = {name: round(getattr(self, name), 4) for name in NUMBERS}
        return {"weights": weights} | numbers

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Letters":
        """Return what `as_dict` gave."""
        weights = np.array([stored["weights"][name] for name in NAMES], np.float64)
        return cls(weights=weights, **{name: stored[name] for name in NUMBERS})


@functools.cache
def load_letters() -> Letters:
    """Return what comes with the package."""
    return Letters.from_dict(json.loads(FILE.read_text(encoding="utf-8"))["letters"])
