"""Random numbers -> drawn signs and letters that are no digits: what no collected hand has, or too few.

Strokes are bent a little, as lines of a hand are; dots are small filled ellipses.
"""

import itertools
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Pixels
from knn_digits.digit import normalize_strokes

SEED = 15
CANVAS = 180  # pixels: side of the picture on which a sign is drawn
SIZE = 100.0  # pixels: of a sign
PEN = (6.0, 16.0)  # pixels: the width of a stroke
BOW = 0.03  # of the size: deviation of the middle of a stroke from a straight line
SHAKE = 0.04  # of the size: deviation of the ends of a stroke
LEAST = 0.25  # of a longest arm: the shortest of a + or a ×; of 0.1 to 1 best for half of bhmsds's writers
LEAN = 0.2  # of the height: deviation of the top of a letter to a side
FRACTION_BITS = 4  # of the coordinates that OpenCV draws

Random = np.random.Generator
Points = NDArray[np.float64]


def draw_signs(name: str, n: int, *, seed: int = SEED) -> Digits:
    """Return n of a name of `SIGNS` or `LETTERS`, (n, 28, 28) uint8, the same at every call.

    Examples
    --------
    >>> draw_signs("+", 2).shape
    (2, 28, 28)
    """
    random = np.random.default_rng([seed, *name.encode()])
    draw = SIGNS.get(name) or LETTERS[name]
    return normalize_strokes([_draw(draw(random), random) for _ in range(n)])


def _draw(strokes: list[Points], random: Random) -> Pixels:
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    width = round(random.uniform(*PEN))
    tilt = random.normal(0, 0.12)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    for points in strokes:
        placed = (points @ turn) * SIZE + CANVAS / 2
        fixed = np.round(placed * (1 << FRACTION_BITS)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 255, width, cv2.LINE_AA, FRACTION_BITS)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.5), np.uint8)


def _stroke(random: Random, *ends: tuple[float, float], bow: float = BOW) -> Points:
    """Return points along a bent stroke between two places (column, row) of a sign about 0, 0, (12, 2)."""
    start, stop = (np.array(end) + random.normal(0, SHAKE, 2) for end in ends)
    middle = (start + stop) / 2 + random.normal(0, bow, 2)
    return _curve(start, middle, stop)


def _curve(start: Points, middle: Points, stop: Points) -> Points:
    t = np.linspace(0, 1, 12)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * stop, np.float64)


def _dot(random: Random, column: float, row: float, size: float = 0.05) -> Points:
    angle = np.linspace(0, 2 * np.pi, 12)[:, None]
    radii = size * random.uniform(0.5, 1.2, 2)
    return np.asarray([column, row] + radii * np.hstack([np.cos(angle), np.sin(angle)]), np.float64)


def _minus(random: Random) -> list[Points]:
    return [_stroke(random, (-0.5, 0), (0.5, 0))]


def _plus(random: Random) -> list[Points]:
    half = random.uniform(0.35, 0.55)
    left, right, up, down = random.uniform(LEAST, 1, 4)
    across = _stroke(random, (-0.45 * left, 0), (0.45 * right, 0))
    return [across, _stroke(random, (0, -half * up), (0, half * down))]


def _times(random: Random) -> list[Points]:
    half = random.uniform(0.3, 0.55)
    ends = [(-0.4, -half), (0.4, half), (0.4, -half), (-0.4, half)]
    arms = [(x * arm, y * arm) for (x, y), arm in zip(ends, random.uniform(LEAST, 1, 4), strict=True)]
    return [_stroke(random, *arms[:2]), _stroke(random, *arms[2:])]


def _divided(random: Random) -> list[Points]:
    away = random.uniform(0.2, 0.4)
    return [*_minus(random), _dot(random, 0, -away), _dot(random, 0, away)]


def _equals(random: Random) -> list[Points]:
    away = random.uniform(0.1, 0.22)
    return [_stroke(random, (-0.45, row), (0.45, row)) for row in (-away, away)]


def _slash(random: Random) -> list[Points]:
    reach = random.uniform(0.2, 0.45)
    return [_stroke(random, (reach, -0.5), (-reach, 0.5))]


def _point(random: Random) -> list[Points]:
    return [_dot(random, 0, 0, size=random.uniform(0.01, 0.05))]


def _comma(random: Random) -> list[Points]:
    return [0.4 * _stroke(random, (0.1, -0.3), (-0.2, 0.3), bow=0.15)]


def _colon(random: Random) -> list[Points]:
    away = random.uniform(0.2, 0.4)
    return [_dot(random, 0, -away), _dot(random, 0, away)]


def _bracket(side: int) -> Callable[[Random], list[Points]]:
    def draw(random: Random) -> list[Points]:
        depth = side * random.uniform(0.3, 0.7)
        ends = (np.array([0.0, row]) + random.normal(0, SHAKE, 2) for row in (-0.5, 0.5))
        start, stop = ends
        return [_curve(start, np.array([-depth, random.normal(0, 0.05)]), stop)]

    return draw


def _y(random: Random) -> list[Points]:
    """Like a v or like a u; the right stroke goes on below, to the left, and perhaps back in a loop."""
    width, middle, below = random.uniform(0.2, 0.45), random.uniform(-0.2, 0.2), random.uniform(-0.4, 0.1)
    if random.random() < 0.5:
        straight = _stroke(random, (width, -0.5), (below, 0.5))
        return _lean(random, [_stroke(random, (-width, -0.5), (0, middle)), straight])
    cup = _bent(random, (-width, -0.5), (0, 0.35 + 2 * middle), (width, -0.2))
    strokes = [cup, _bent(random, (width, -0.5), (width, 0.5), (below, 0.5))]
    if random.random() < 0.5:
        strokes.append(_bent(random, (below, 0.5), (below - 0.3, 0.3), (width, 0)))
    return _lean(random, strokes)


def _z(random: Random) -> list[Points]:
    width = random.uniform(0.25, 0.6)
    corners = [(-width, -0.5), (width, -0.5), (-width, 0.5), (width, 0.5)]
    return _lean(random, [_stroke(random, *ends) for ends in itertools.pairwise(corners)])


def _bent(
    random: Random, start: tuple[float, float], by: tuple[float, float], stop: tuple[float, float]
) -> Points:
    """Return points along a curve that is drawn to a place on its way."""
    return _curve(*(np.array(point) + random.normal(0, SHAKE, 2) for point in (start, by, stop)))


def _lean(random: Random, strokes: list[Points]) -> list[Points]:
    shear = np.array([[1, 0], [random.normal(0, LEAN), 1]])
    return [points @ shear for points in strokes]


SIGNS: Mapping[str, Callable[[Random], list[Points]]] = {
    "+": _plus,
    "-": _minus,
    "\u00d7": _times,
    "÷": _divided,
    "=": _equals,
    "/": _slash,
    ".": _point,
    ",": _comma,
    ":": _colon,
    "(": _bracket(1),
    ")": _bracket(-1),
}
# Letters that are read as a 4, a 9 or a 2. Those of collections are few, and their writers are, too.
LETTERS: Mapping[str, Callable[[Random], list[Points]]] = {"y": _y, "z": _z}
