"""The rectangle of a digit -> the strokes that cross it out, by one of the ways in which people do."""

from collections.abc import Callable

import numpy as np

from benchmarks.data.pages.ink import Points, Random
from benchmarks.data.pages.sheet import Placed

BESIDE, ABOVE = 0.1, 0.05  # of a digit's width and height, standard deviations: how far strokes end from it
LEVEL = 0.3, 0.7  # of its height: where a stroke across begins and ends
REACH = 0.1, 0.4  # of its width and height: how far a single stroke reaches beyond it, to be seen as one
TURNS = (4, 9)  # strokes of a zigzag
ROUNDS = (3, 7)  # of a scribble
ROUND = 12  # points of a round
MORE = (1, 3)  # strokes besides a cross


def strike_out(mark: Placed, random: Random) -> list[Points]:
    """Return strokes over a mark, each (n, 2) columns and rows."""
    x = np.array([mark.left, mark.right]) + random.normal(0, BESIDE, 2) * (mark.right - mark.left)
    y = np.array([mark.top, mark.bottom]) + random.normal(0, ABOVE, 2) * (mark.bottom - mark.top)
    ways = tuple(WAYS.values())
    return [
        np.stack([x[0] + stroke[:, 0] * (x[1] - x[0]), y[0] + stroke[:, 1] * (y[1] - y[0])], axis=1)
        for stroke in ways[random.integers(len(ways))](random)
    ]


def _across(random: Random) -> list[Points]:
    ends = -random.uniform(*REACH), 1 + random.uniform(*REACH)
    return [np.array([(x, random.uniform(*LEVEL)) for x in ends])]


def _slash(random: Random) -> list[Points]:
    stroke = _cross(random)[random.integers(2)]
    return [0.5 + (stroke - 0.5) * (1 + 2 * random.uniform(*REACH))]


def _cross(random: Random) -> list[Points]:
    return [np.array([(0.0, 0.0), (1.0, 1.0)]), np.array([(1.0, 0.0), (0.0, 1.0)])]


def _hatch(random: Random) -> list[Points]:
    more = [np.stack([(0.0, 1.0), random.random(2)], axis=1) for _ in range(random.integers(*MORE))]
    return _cross(random) + more


def _zigzag(random: Random) -> list[Points]:
    n = int(random.integers(*TURNS))
    return [np.stack([np.arange(n) % 2, np.linspace(0, 1, n)], axis=1).astype(np.float64)]


def _scribble(random: Random) -> list[Points]:
    rounds = int(random.integers(*ROUNDS))
    turn = np.linspace(0, 2 * np.pi * rounds, ROUND * rounds) + random.uniform(0, 2 * np.pi)
    down = np.linspace(1 / rounds, 1 - 1 / rounds, len(turn)) + np.sin(turn) / rounds
    return [np.stack([0.5 + 0.5 * np.cos(turn), down], axis=1)]


WAYS: dict[str, Callable[[Random], list[Points]]] = {
    "across": _across, "slash": _slash, "cross": _cross, "hatch": _hatch, "zigzag": _zigzag,
    "scribble": _scribble,
}  # fmt: skip
