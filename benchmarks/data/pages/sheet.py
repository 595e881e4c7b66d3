"""Marks and rules -> a sheet of paper with ink on it, which remembers where each mark lies."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages.ink import FRACTION_BITS, Ink, Points

Color = tuple[float, float, float]
Area = tuple[float, float, float, float]  # left, top, right, bottom in pixels
Picture = NDArray[np.float32]  # (height, width, 3) red, green, blue from 0 to 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Placed:
    """A mark on a sheet."""

    ink: Ink
    left: int
    top: int
    label: int | None
    printed: bool
    row: int  # the line of text it belongs to
    text: str  # what is written there, as far as it is known

    @property
    def right(self) -> int:
        """Return the column after its last one."""
        return self.left + int(self.ink.shape[1])

    @property
    def bottom(self) -> int:
        """Return the row after its last one."""
        return self.top + int(self.ink.shape[0])


class Sheet:
    """Paper that is written on; `area` is the part where text may stand."""

    def __init__(self, paper: Picture, area: Area) -> None:
        self.pixels, self.area = paper, area
        self.marks: list[Placed] = []
        self.row = 0
        self.ordered = True

    def next_row(self) -> None:
        """Begin another line of text."""
        self.row += 1

    def add(
        self,
        ink: Ink,
        place: tuple[float, float],
        color: Color,
        *,
        label: int | None = None,
        printed: bool = False,
        text: str = "",
    ) -> Placed | None:
        """Write a mark with its left top corner at a place (column, row); None where it is off the sheet."""
        left, top = round(place[0]), round(place[1])
        height, width = self.pixels.shape[:2]
        if left < 0 or top < 0 or left + ink.shape[1] > width or top + ink.shape[0] > height:
            return None
        self._blend(ink, left, top, color)
        mark = Placed(ink=ink, left=left, top=top, label=label, printed=printed, row=self.row, text=text)
        self.marks.append(mark)
        return mark

    def _blend(self, ink: Ink, left: int, top: int, color: Color) -> None:
        there = self.pixels[top : top + ink.shape[0], left : left + ink.shape[1]]
        there += ink[..., None] * (np.array(color, np.float32) - there)

    def rules(self, lines: Iterable[Points], color: Color, *, width: float, strength: float) -> None:
        """Draw lines (n, 2) of columns and rows, so many pixels wide; `strength` is 1 for full ink."""
        layer = np.zeros(self.pixels.shape[:2], np.uint8)
        thick = max(1, round(width))
        for points in lines:
            fixed = np.round(points * (1 << FRACTION_BITS)).astype(np.int32)
            cv2.polylines(layer, [fixed], False, 255, thick, cv2.LINE_AA, FRACTION_BITS)
        left, top, wide, high = cv2.boundingRect(layer)
        part = layer[top : top + high, left : left + wide].astype(np.float32)
        self._blend(part * np.float32(strength * min(1.0, width) / 255), left, top, color)
