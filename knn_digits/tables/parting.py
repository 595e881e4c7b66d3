"""Marks between rules -> the lines that they stand in, where these tell their places in fewest words.

Rows of one height have as many lines as describe best where their marks stand: a line more makes it longer
to name each mark's line, and shorter to say how far from it a mark stands.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARED = 0.5  # of as many columns as by chance: in so many stand marks of two lines
LINE = 0.5  # of the usual height of marks: those whose middles are farther apart may stand in two lines
FULL = 1 / 3  # of the marks of most lines: fewer are dirt
GRAIN = 0.5  # pixels: places are no finer

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Strip:
    """What stands between two rules.

    top, bottom : float
        Pixels at which the rules lie.
    middles : (n,) float64
        Of its marks, in pixels from top to bottom.
    columns : (n,) int64
        The column of cells of each.
    """

    top: float
    bottom: float
    middles: Numbers
    columns: NDArray[np.intp]

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    def even(self, count: int) -> Numbers:
        """Return the middles of so many lines in even steps, as they fit its marks best."""
        step = self.height / count
        turns = np.exp(2j * np.pi * (self.middles - self.top) / step).sum()
        first = float(np.angle(turns)) / (2 * np.pi) % 1
        return np.asarray(self.top + step * (first + np.arange(count)))

    def parted(self, apart: float) -> Numbers:
        """Return the middles of the lines between which no mark stands over so many pixels, but for dirt."""
        ordered = np.sort(self.middles)
        lines = np.split(ordered, 1 + np.flatnonzero(np.diff(ordered) > apart))
        counts = np.array([len(line) for line in lines])
        fewest = min(counts.max(), max(2, np.median(counts) * FULL))
        return np.array([float(np.median(line)) for line in lines if len(line) >= fewest])

    def nearest(self, centers: Numbers) -> NDArray[np.intp]:
        """Return the line of each mark."""
        return np.asarray(np.abs(self.middles[:, None] - centers).argmin(axis=1))

    def length(self, centers: Numbers) -> float:
        """Return how long it is to tell where marks stand, but for a constant: lines, and ways to them."""
        away = self.middles - centers[self.nearest(centers)]
        spread = 0.5 * float(np.log((away**2).mean() + GRAIN**2))
        count = len(self.middles)
        told = len(centers) + 1  # the middles and the spread
        return count * (float(np.log(len(centers))) + spread) + told / 2 * float(np.log(count))


def part_strips(strips: Sequence[Strip], *, usual: float, across: int) -> list[Numbers]:
    """Return for each strip where its lines part, from top to bottom; nothing where there is one line.

    Parameters
    ----------
    strips : sequence of Strip
    usual : float
        Pixels: the height of marks; lines are no nearer.
    across : int
        Columns of cells.

    References
    ----------
    J. Rissanen (1978), Modeling by shortest data description.

    Examples
    --------
    >>> middles, columns = np.tile([10.0, 30, 50], 8), np.repeat(np.arange(8), 3)
    >>> part_strips([Strip(top=0, bottom=60, middles=middles, columns=columns)], usual=15, across=8)
    [array([20., 40.])]
    >>> part_strips([Strip(top=0, bottom=60, middles=middles, columns=columns)], usual=40, across=8)
    [array([], dtype=float64)]
    """
    found = [np.zeros(0) for _ in strips]
    heights = np.array([strip.height for strip in strips])
    order = np.argsort(heights, kind="stable")
    for group in np.split(order, 1 + np.flatnonzero(np.diff(heights[order]) > LINE * usual)):
        rows = [row for row in group.tolist() if len(strips[row].middles)]
        ways = list(_ways([strips[row] for row in rows], usual, across)) if rows else []
        best = min(ways, key=lambda way: way[0], default=(0.0, []))[1]
        for row, centers in zip(rows, best, strict=True):
            found[row] = np.asarray((centers[1:] + centers[:-1]) / 2)
    return found


def _ways(strips: Sequence[Strip], usual: float, across: int) -> Iterator[tuple[float, list[Numbers]]]:
    """Yield the middles of lines, as many in each strip, and how long it is to tell its marks so."""
    most = max(1, int(min(strip.height for strip in strips) / usual))
    ways = [[strip.even(count) for strip in strips] for count in range(1, most + 1)]
    parted = [strip.parted(LINE * usual) for strip in strips]
    ways += [parted] * (len(set(map(len, parted))) == 1)
    for number, centers in enumerate(ways):
        if not number or _above_each_other(strips, centers, across):
            yield sum(strip.length(own) for strip, own in zip(strips, centers, strict=True)), centers


def _above_each_other(strips: Sequence[Strip], centers: Sequence[Numbers], across: int) -> bool:
    """Tell whether lines stand above each other: writing stands higher in one cell and lower in the next."""
    chance, shared = 0.0, 0
    for strip, own in zip(strips, centers, strict=True):
        held = np.zeros((len(own), across + 2), bool)
        held[strip.nearest(own), strip.columns] = True
        for one, other in itertools.combinations(held, 2):
            chance += float(one.sum() * other.sum()) / across
            shared += int((one & other).sum())
    return shared >= SHARED * chance
