"""Random numbers -> drawn digits as Europeans write them: 1s with a flag, 7s with a bar, open 4s.

MNIST was written in the United States, where a 1 is a bar; a 1 with a long flag is nearer to its 7s and 4s
than to any of its 1s.
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
FLAG_LENGTH = (0.25, 0.85)  # of the height
FLAG_ANGLE = (18.0, 55.0)  # degrees between the flag and the downstroke
FOOTED = 0.3  # of the 1s stand on a foot
BOW = 3.0  # pixels: deviation of the middle of a stroke from a straight line
FRACTION_BITS = 4  # of the coordinates that OpenCV draws

_Points = NDArray[np.float64]


@functools.cache
def european_digits(n: int) -> tuple[Digits, Labels]:
    """Return drawn digits and their labels, the same at every call: half of them 1s, the rest 7s and 4s.

    Parameters
    ----------
    n : int
        How many, at least 1.

    Returns
    -------
    digits : (n, 28, 28) uint8
    labels : (n,) int64
        1, 7 and 4.

    Examples
    --------
    >>> digits, labels = european_digits(5)
    >>> digits.shape, labels.tolist()
    ((5, 28, 28), [1, 7, 1, 4, 1])
    """
    generator = np.random.default_rng(SEED)
    draw = {1: _one, 7: _seven, 4: _four}
    labels = np.array([1, 7, 1, 4])[np.arange(n) % 4]
    drawn = [_draw(draw[int(label)](generator), generator) for label in labels]
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
    one = np.vstack([_bow(flag, top, generator), _bow(top, bottom, generator)])
    if generator.random() >= FOOTED:
        return [one]
    reach = HEIGHT * generator.uniform(0.12, 0.35) * np.array([1, generator.normal(-0.05, 0.15)])
    return [one, _bow(bottom - reach, bottom + reach, generator)]


def _four(generator: np.random.Generator) -> list[_Points]:
    """Draw an open 4: down, to the right, and a stroke across that."""
    top, bottom = _downstroke(generator)
    corner = top + HEIGHT * np.array([-generator.uniform(0.3, 0.6), generator.uniform(0.35, 0.65)])
    start = corner + HEIGHT * np.array([generator.uniform(0.0, 0.35), -generator.uniform(0.35, 0.65)])
    right = corner + HEIGHT * np.array([generator.uniform(0.55, 0.8), generator.normal(0, 0.05)])
    above = top + (bottom - top) * generator.uniform(0.0, 0.4)
    left = np.vstack([_bow(start, corner, generator), _bow(corner, right, generator)])
    return [left, _bow(above, bottom, generator)]


def _seven(generator: np.random.Generator) -> list[_Points]:
    top, bottom = _downstroke(generator)
    bottom[0] -= HEIGHT * generator.uniform(0, 0.25)
    left = top + HEIGHT * np.array([-generator.uniform(0.35, 0.75), generator.normal(0, 0.06)])
    middle = top + (bottom - top) * generator.uniform(0.4, 0.6)
    reach = HEIGHT * generator.uniform(0.12, 0.35) * np.array([1, generator.normal(-0.1, 0.15)])
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
