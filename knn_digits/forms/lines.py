"""Strokes on a line to write on -> ways to cut them into digits, and the best of them.

More marks are offered than there are digits: how strange each looks to the classifier chooses, by how many
digits the field has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from knn_digits.forms.crops import Crop
from knn_digits.forms.strokes import (
    CROSSING,
    NARROWEST,
    Mark,
    Piece,
    find_pieces,
    ink_picture,
    join,
    make_mark,
    part_of,
)
from knn_digits.photo.boxes import Mark as Ink
from knn_digits.photo.cuts import Seam, find_seams

TOGETHER = 0.5  # of the narrower stroke lies above or below another: both are of one digit
MAY_BE_SEVERAL = 0.9  # width over height from which a stroke may be several digits
WIDEST = 1.3  # of the usual height: a digit
SMALL = 0.3  # of the line's height: lower pieces are part of a digit beside them
MOST_ATOMS = 60  # on one line
CUT = 0.3  # strangeness that each cut must save: on drawn forms 0.2 to 0.6 cut as well


@dataclass(frozen=True, eq=False)
class Choices:
    """Marks that may be digits, each from one boundary between pieces to another."""

    spans: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]
    crossed: tuple[float, ...]  # by boundary: the ink that parts what is beside it
    usual: float  # pixels: how high digits of the line are
    high: float  # pixels: the highest stroke, which may be much lower than the field

    def choose(self, strangeness: Sequence[float], digits: tuple[int, int]) -> tuple[Mark, ...]:
        """Return the marks, from left to right, that look most like so many digits; as many as can be had."""
        if not self.marks:
            return ()
        end = len(self.crossed) - 1
        ways = {n: way for (place, n), way in self._ways(strangeness).items() if place == end}
        # More or fewer digits than are allowed, where there is no other way.
        ends = [way for n, way in ways.items() if digits[0] <= n <= digits[1]] or list(ways.values())
        return tuple(self.marks[row] for row in min(ends)[1])

    def _ways(self, strangeness: Sequence[float]) -> dict[tuple[int, int], tuple[float, list[int]]]:
        """Return the cheapest way to each boundary with each number of digits: its cost and its marks."""
        ways: dict[tuple[int, int], tuple[float, list[int]]] = {(0, 0): (0.0, [])}
        for i in sorted(range(len(self.spans)), key=self.spans.__getitem__):
            start, stop = self.spans[i]
            cost = self._cost(i, strangeness[i])
            for n in range(len(self.crossed) - 1):
                if (start, n) not in ways:
                    continue
                before, marks = ways[start, n]
                if (stop, n + 1) not in ways or before + cost < ways[stop, n + 1][0]:
                    ways[stop, n + 1] = before + cost, [*marks, i]
        return ways

    def _cost(self, i: int, strangeness: float) -> float:
        """Return what a mark costs as a digit, with the cut that ends it, and for what it lacks in height."""
        crossed, mark = self.crossed[self.spans[i][1]], self.marks[i]
        cut = CUT + CROSSING * crossed if crossed else 0.0
        lacking = max(0.0, 1 - mark.box.height / self.usual)  # times 0.5 to 1.5 on drawn lines: as well
        return strangeness * max(mark.box.width / self.high, NARROWEST) + cut + lacking


def offer_marks(crop: Crop, line: tuple[float, float, float, float], pen: float) -> Choices:
    """Return what may be digits on a line, (left, top, right, bottom) in pixels of the crop."""
    height = line[3] - line[1]
    pieces = _together(find_pieces(crop, line, height, pen))
    pieces = [piece for piece in pieces if piece.box.height >= SMALL * height or len(pieces) > 1]
    atoms, crossed = _atoms(crop, pieces, height)
    if not atoms:
        return Choices((), (), (), 0.0, 0.0)
    usual = _usual_height(pieces)
    spans, marks = [], []
    for start in range(len(atoms)):
        for stop in range(start + 1, len(atoms) + 1):
            whole = join(atoms[start:stop])
            if _may_be_one(whole, usual, crossed[start : stop + 1]):
                spans.append((start, stop))
                marks.append(
                    make_mark(crop, atoms[start:stop], height, pen, cut=max(crossed[start], crossed[stop]))
                )
            elif not crossed[stop]:  # with what follows, apart from it, it is wider still
                break
    high = max(piece.box.height for piece in pieces)  # strokes of a worn pen are in parts, most of them low
    return Choices(tuple(spans), tuple(marks), tuple(crossed), usual, high)


def _usual_height(pieces: Sequence[Piece]) -> float:
    """Return the median height of strokes, each counted by its height: bars and dots hardly count."""
    heights = np.sort([piece.box.height for piece in pieces])
    return float(heights[np.searchsorted(heights.cumsum(), heights.sum() / 2)])


def _may_be_one(whole: Piece, usual: float, crossed: Sequence[float]) -> bool:
    """Tell whether atoms may be one digit, by its width; what hangs together may, however wide it is."""
    apart = crossed[0] == crossed[-1] == 0
    if len(crossed) == 2 or (apart and all(crossed[1:-1])):
        return True
    return whole.box.width <= WIDEST * max(usual, whole.box.height)


def _together(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the strokes, those above each other as one."""
    found: list[Piece] = []
    for piece in pieces:
        if found:
            last = found[-1].box
            common = min(last.right, piece.box.right) - piece.box.left
            if common > TOGETHER * min(last.width, piece.box.width):
                found[-1] = join([found[-1], piece])
                continue
        found.append(piece)
    return found


def _atoms(crop: Crop, pieces: Sequence[Piece], height: float) -> tuple[list[Piece], list[float]]:
    """Return the smallest parts, from left to right, and how much ink is cut at each boundary."""
    atoms, crossed = list[Piece](), [0.0]
    for piece in pieces:
        seams = list[Seam]()
        if piece.box.width > MAY_BE_SEVERAL * piece.box.height and piece.box.height > SMALL * height:
            seams = _parting(piece, find_seams(Ink(box=piece.box, ink=ink_picture(crop, piece))))
        if len(atoms) + len(seams) + 1 > MOST_ATOMS:
            break
        sides = [None, *seams, None]
        atoms += [part for start, stop in pairwise(sides) if (part := _between(piece, start, stop))]
        crossed += [*(max(seam.crossed, 1e-6) for seam in seams), 0.0]
    return atoms, crossed


def _parting(piece: Piece, seams: Sequence[Seam]) -> list[Seam]:
    """Return the seams that have ink on both sides, up to the next; of two with none between, the first."""
    kept = list[Seam]()
    for seam in seams:
        if _between(piece, kept[-1] if kept else None, seam):
            kept.append(seam)
    while kept and not _between(piece, kept[-1], None):
        kept.pop()
    return kept


def _between(piece: Piece, start: Seam | None, stop: Seam | None) -> Piece | None:
    """Return the part of a stroke between two seams, or from or to its end; None where there is no ink."""
    columns, side = np.arange(piece.box.width), np.ones(piece.mask.shape, bool)
    if start:
        side &= columns >= start.columns[:, None]
    if stop:
        side &= columns < stop.columns[:, None]
    return part_of(piece, side)
