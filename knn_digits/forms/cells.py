"""Strokes of a field with a box for each digit -> a mark for each box, or none where it is blank.

A stroke belongs to the box that most of it is in, however far it reaches out. Where one is in two boxes, ways
to cut it between them are offered, and to leave it whole: how strange marks look to the classifier chooses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.forms.crops import Crop
from knn_digits.forms.strokes import (
    CROSSING,
    Mark,
    Piece,
    find_pieces,
    ink_picture,
    join,
    make_mark,
    part_of,
    split,
)
from knn_digits.photo.boxes import Box
from knn_digits.photo.boxes import Mark as Ink
from knn_digits.photo.cuts import Seam, find_seams

SHARED = 0.2  # of a stroke's ink: with less than this in a box, none of it is a digit there
ASIDE = 0.35  # of a box's height: how far from the wall two digits may touch
DOT = 0.18  # of a box's height: what is smaller, both ways, is no digit; on drawn forms none was
CRUMB = 0.25  # of the longest stroke in a box: shorter ones that lie apart are dirt
APART = 0.35  # of a box's height: so far
# strangeness that a cut at a wall saves, as digits end there; 0.2 to 0.5 cut as well, 0 and 1 worse
AT_WALL = 0.3


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunk:
    """What may be the digit of a box.

    start, stop : int
        The cuts that it lies between, numbered from left to right; 0 and the last are the ends.
    cell : int
    mark : Mark
    crossed : float
        The ink that the cut behind it goes through, over the height; 0 at the end.
    """

    start: int
    stop: int
    cell: int
    mark: Mark
    crossed: float

    def cost(self, strangeness: float) -> float:
        """Return what it costs as a digit, with the cut that ends it."""
        cut = CROSSING * self.crossed - AT_WALL if self.crossed else 0.0
        return strangeness * self.mark.wide_share + cut


@dataclass(frozen=True, eq=False, kw_only=True)
class CellChoices:
    """Marks of boxes that nothing joins, and runs of boxes that strokes join, with their ways to be cut."""

    sure: tuple[Mark | None, ...]
    runs: tuple[tuple[Chunk, ...], ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All that may be digits, where there is a choice."""
        return tuple(chunk.mark for run in self.runs for chunk in run)

    def choose(self, strangeness: Sequence[float], digits: tuple[int, int]) -> tuple[Mark | None, ...]:
        """Return the mark of each box, those of the runs that look most like digits together."""
        found, strange = list(self.sure), iter(strangeness)
        for run in self.runs:
            for chunk in _cheapest(run, [next(strange) for _ in run]):
                found[chunk.cell] = chunk.mark
        return tuple(found)


def offer_cells(crop: Crop, cells: Sequence[tuple[float, float, float, float]], pen: float) -> CellChoices:
    """Return what may stand in each box.

    Parameters
    ----------
    crop : Crop
    cells : sequence of (left, top, right, bottom)
        Pixels of the crop, from left to right.
    pen : float
        How dark writing is on the page.
    """
    row = _Row(crop, cells, pen)
    pieces = find_pieces(crop, row.around, row.height, pen)
    shares = [row.share(piece) for piece in pieces]
    held: list[list[Piece]] = [[] for _ in cells]
    for piece, share in zip(pieces, shares, strict=True):
        held[int(share.argmax())].append(piece)
    runs = []
    for run in _joined(shares, len(cells)):
        chunks = row.chunks(join(list(chain(*held[run[0] : run[-1] + 1]))), run)
        if len(chunks) > 1:
            runs.append(chunks)
            held[run[0] : run[-1] + 1] = [[]] * len(run)
    seen = [bool(own) and join(own).size >= DOT * row.height for own in held]
    sure = tuple(row.mark(own, cell) if seen[cell] else None for cell, own in enumerate(held))
    return CellChoices(sure=sure, runs=tuple(runs))


def _joined(shares: Sequence[NDArray[np.float64]], cells: int) -> Iterator[range]:
    """Return the runs of boxes that strokes join, each of two boxes at least."""
    over = [
        any(share[:wall].sum() >= SHARED and share[wall:].sum() >= SHARED for share in shares)
        for wall in range(1, cells)
    ]
    for joined, walls in groupby(range(1, cells), key=lambda wall: over[wall - 1]):
        if joined:
            between = list(walls)
            yield range(between[0] - 1, between[-1] + 1)


def _cheapest(run: Sequence[Chunk], strangeness: Sequence[float]) -> list[Chunk]:
    """Return the chunks that follow each other from end to end and cost least together."""
    best: dict[int, tuple[float, list[Chunk]]] = {0: (0.0, [])}
    for chunk, strange in sorted(zip(run, strangeness, strict=True), key=lambda pair: pair[0].stop):
        if chunk.start in best:
            before, chunks = best[chunk.start]
            cost = before + chunk.cost(strange)
            if chunk.stop not in best or cost < best[chunk.stop][0]:
                best[chunk.stop] = cost, [*chunks, chunk]
    return best[max(best)][1]


class _Row:
    """The boxes of a field on a crop."""

    def __init__(self, crop: Crop, cells: Sequence[tuple[float, float, float, float]], pen: float) -> None:
        self.crop, self.pen = crop, pen
        self.height = cells[0][3] - cells[0][1]
        tops, bottoms = ([cell[side] for cell in cells] for side in (1, 3))
        self.around = cells[0][0], min(tops), cells[-1][2], max(bottoms)
        self.walls = np.array([(one[2] + next_[0]) / 2 for one, next_ in pairwise(cells)])
        self.middles = [(cell[0] + cell[2]) / 2 for cell in cells]

    def share(self, piece: Piece) -> NDArray[np.float64]:
        """Return which share of a stroke's ink is in each box."""
        zones = np.searchsorted(self.walls, piece.box.left + np.arange(piece.box.width))
        ink = np.bincount(zones, piece.mask.sum(axis=0), minlength=len(self.middles))
        return np.asarray(ink / max(1, ink.sum()), np.float64)

    def mark(self, pieces: Sequence[Piece], cell: int, *, cut: float = 0.0) -> Mark:
        """Return the mark that strokes make in a box; short ones that lie apart are none of it."""
        main = max(pieces, key=lambda piece: piece.size)
        kept = [
            piece
            for piece in pieces
            if piece.size >= CRUMB * main.size or _distance(piece.box, main.box) < APART * self.height
        ]
        mark = make_mark(self.crop, kept, self.height, self.pen, cut=cut)
        aside = abs(mark.box.left + mark.box.width / 2 - self.middles[cell]) / self.height
        return replace(mark, aside=aside)

    def chunks(self, whole: Piece, run: range) -> tuple[Chunk, ...]:
        """Return what may be digits of a run, between any two cuts at different walls of it."""
        cuts = self._cuts(whole, run)
        none, all_ = np.zeros(whole.box.height, np.int64), np.full(whole.box.height, whole.box.width)
        ends = [none, *(seam.columns for _, seam in cuts), all_]
        walls = [run[0] - 1, *(wall for wall, _ in cuts), run[-1]]
        crossed = [0.0, *(max(seam.crossed, 1e-6) for _, seam in cuts), 0.0]
        found = []
        for start, stop in _pairs(walls):
            columns = np.arange(whole.box.width)
            part = part_of(whole, (columns >= ends[start][:, None]) & (columns < ends[stop][:, None]))
            if part is not None:
                cell = walls[start] + 1 + int(self.share(part)[walls[start] + 1 : walls[stop] + 1].argmax())
                mark = self.mark(split(part), cell, cut=max(crossed[start], crossed[stop]))
                found.append(Chunk(start=start, stop=stop, cell=cell, mark=mark, crossed=crossed[stop]))
        return tuple(found)

    def _cuts(self, whole: Piece, run: range) -> list[tuple[int, Seam]]:
        """Return the seams near walls of a run, from wall to wall, each with its wall."""
        picture = ink_picture(self.crop, whole)
        seams = find_seams(Ink(box=whole.box, ink=picture))
        found = []
        for wall in run[:-1]:
            away = [abs(whole.box.left + float(seam.columns.mean()) - self.walls[wall]) for seam in seams]
            found += [
                (wall, seam) for seam, far in zip(seams, away, strict=True) if far <= ASIDE * self.height
            ]
            found.append((wall, _along(picture, round(float(self.walls[wall])) - whole.box.left)))
        return found


def _along(ink: Pixels, column: int) -> Seam:
    """Return the seam that runs straight down before a column: where two digits share a stroke at a wall."""
    crossed = float(ink[:, column].mean()) / 255
    return Seam(columns=np.full(len(ink), column), crossed=crossed)


def _pairs(walls: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return the numbers of all two cuts of which the second is at a later wall."""
    for start, first in enumerate(walls):
        for stop in range(start + 1, len(walls)):
            if walls[stop] > first:
                yield start, stop


def _distance(one: Box, other: Box) -> float:
    """Return how far apart two boxes are."""
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))
