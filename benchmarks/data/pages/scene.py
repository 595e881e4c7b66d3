"""What every layout is given: a sheet, pens, a pool, and numbers by chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.data.pages.ink import Points, Random, Range
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.printing import Print
from benchmarks.data.pages.sheet import Color, Sheet
from benchmarks.data.pages.writing import Hand, PenKind, choose_pen

HAIR = (0.6, 2.6)  # pixels: the width of a printed rule on a page whose longest side is `USUAL`
USUAL = 1000.0  # pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A sheet to fill."""

    sheet: Sheet
    pool: Pool
    pens: Mapping[str, PenKind]
    print_color: Color
    random: Random

    @property
    def width(self) -> float:
        """Return the width of the area in pixels."""
        return self.sheet.area[2] - self.sheet.area[0]

    @property
    def height(self) -> float:
        """Return the height of the area in pixels."""
        return self.sheet.area[3] - self.sheet.area[1]

    @property
    def scale(self) -> float:
        """Return the size of the sheet over that of a usual one."""
        return float(max(self.sheet.pixels.shape) / USUAL)

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Return the place (column, row) at these parts of the area."""
        return self.sheet.area[0] + across * self.width, self.sheet.area[1] + down * self.height

    def hand(self, height: float) -> Hand:
        """Return a hand with a pen for digits of this height in pixels."""
        name = str(self.random.choice(sorted(self.pens)))
        pen = choose_pen(self.pens[name], height, self.random)
        return Hand(self.pool, pen, height, self.random)

    def print(self, size: float) -> Print:
        """Return a font of this size in pixels."""
        return Print(size, self.random, color=self.print_color, strength=self.random.uniform(0.6, 1.0))

    def number(self, digits: Sequence[int]) -> str:
        """Return a number of one of these counts of digits, any digit as likely."""
        n = digits[int(self.random.integers(len(digits)))]
        return "".join(str(digit) for digit in self.random.integers(0, 10, n))

    def hair(self) -> float:
        """Return the width of a rule in pixels."""
        return float(self.random.uniform(*HAIR) * max(1.0, self.scale))

    def within(self, range_: Range) -> float:
        """Return a number of a range, all as likely in their logarithm."""
        low, high = np.log(range_)
        return float(np.exp(self.random.uniform(low, high)))

    def chance(self, probability: float) -> bool:
        """Return True so often."""
        return bool(self.random.random() < probability)

    def rule(self, start: tuple[float, float], stop: tuple[float, float], *, shake: float = 0.0) -> Points:
        """Return the points of a line, shaken by so many pixels as a free hand does."""
        t = np.linspace(0, 1, 9)[:, None]
        line = (1 - t) * np.array(start) + t * np.array(stop)
        return np.asarray(
            line + np.cumsum(self.random.normal(0, shake / 3, line.shape), axis=0) if shake else line
        )
