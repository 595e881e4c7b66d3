"""Stage 2′: nothing -> drawn 28×28 digits: the European 1 with its flag and 7 with its bar.

MNIST was written in the United States, where a 1 is a bar; a 1 with a long flag is nearer to its 7s and 4s
than to any of its 1s. So a photo's digits are compared with these, too.
"""

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels, Pixels
from knn_digits.digit import normalize

SEED = 1
CANVAS = 180  # pixels: side of the picture on which a digit is drawn
HEIGHT = 100.0  # pixels: from the top of a digit to its bottom
PEN = (8.0, 17.0)  # pixels: the width of a stroke
SLANT = (0.15, 0.15)  # columns per row: mean and deviation
FLAG_LENGTH = (0.25, 0.6)  # of the height
FLAG_ANGLE = (22.0, 50.0)  # degrees between the flag and the downstroke
BOW = 3.0  # pixels: deviation of the middle of a stroke from a straight line
FRACTION_BITS = 4  # of the coordinates that OpenCV draws

_Points = NDArray[np.float64]


@functools.cache
def european_digits(n: int) -> tuple[Digits, Labels]:
    """Return drawn digits and their labels, the same at every call: two thirds 1s, one third 7s.

    Parameters
    ----------
    n : int
        How many, at least 1.

    Returns
    -------
    digits : (n, 28, 28) uint8
    labels : (n,) int64
        1 and 7.

    Examples
    --------
    >>> digits, labels = european_digits(5)
    >>> digits.shape, labels.tolist()
    ((5, 28, 28), [1, 1, 7, 1, 1])
    """
    generator = np.random.default_rng(SEED)
    labels = np.where(np.arange(n) % 3 == 2, 7, 1)
    drawn = [_draw((_one if label == 1 else _seven)(generator), generator) for label in labels]
    return normalize(drawn), labels


def _draw(strokes: list[_Points], generator: np.random.Generator) -> Pixels:
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    width = round(generator.uniform(*PEN))
    for points in strokes:
        fixed = np.round(points * (1 << FRACTION_BITS)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 255, width, cv2.LINE_AA, FRACTION_BITS)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.5), np.uint8)


def _one(generator: np.random.Generator) -> list[_Points]:
    top, bottom = _downstroke(generator)
    angle = np.deg2rad(generator.uniform(*FLAG_ANGLE))
    flag = top + HEIGHT * generator.uniform(*FLAG_LENGTH) * np.array([-np.sin(angle), np.cos(angle)])
    return [np.vstack([_bow(flag, top, generator), _bow(top, bottom, generator)])]


def _seven(generator: np.random.Generator) -> list[_Points]:
    top, bottom = _downstroke(generator)
    bottom[0] -= HEIGHT * generator.uniform(0, 0.25)
    left = top + HEIGHT * np.array([-generator.uniform(0.4, 0.65), generator.normal(0, 0.04)])
    middle = top + (bottom - top) * generator.uniform(0.4, 0.6)
    reach = HEIGHT * generator.uniform(0.15, 0.3) * np.array([1, generator.normal(-0.1, 0.15)])
    seven = np.vstack([_bow(left, top, generator), _bow(top, bottom, generator)])
    return [seven, _bow(middle - reach, middle + reach, generator)]


def _downstroke(generator: np.random.Generator) -> tuple[_Points, _Points]:
    lean = HEIGHT * generator.normal(*SLANT) / 2
    middle, half = CANVAS / 2, HEIGHT / 2
    return np.array([middle + lean, middle - half]), np.array([middle - lean, middle + half])


def _bow(start: _Points, stop: _Points, generator: np.random.Generator) -> _Points:
    """Return points along a quadratic Bézier curve, (12, 2)."""
    middle = (start + stop) / 2 + generator.normal(0, BOW, 2)
    t = np.linspace(0, 1, 12)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * stop, np.float64)
