"""Stage 1: mark -> places where it may be cut into digits that touch, and its parts between them.

More places are offered than there are digits: the classifier's evidence chooses among them.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels, compared_by_content
from knn_digits.digit import NO_INK
from knn_digits.photo.boxes import Box, Mark
from knn_digits.photo.numbers import numbers_of

NUMBERS = numbers_of(__name__)
# of the height: seams are this far from either side and each other, and within this of their straight lines
APART: float = NUMBERS["APART"]
HELD = 8192  # pixels: larger parts are cut out where they are looked at, as all of a large mark fill memory


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Seam:
    """A path from the top of a mark to its bottom.

    columns : (height,) int64
        The first column to its right, for each row of the mark's ink.
    crossed : float
        The ink that it goes through, over the mark's height.
    """

    columns: NDArray[np.int64]
    crossed: float


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """What of a mark is between two seams, or between one and a side.

    area : int
        Pixels of ink.
    ink : (height, width) uint8, or what makes it
        Its own ink 0..255.
    """

    box: Box
    area: int
    ink: Pixels | Callable[[], Pixels]


Span = tuple[int, int]  # from which seam to which: 0 is the left side of the mark


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts:
    """The ways to cut a mark: `parts` between any two of its seams, as far as they may be digits.

    From each, others that may be digits lead to both sides of the mark.
    """

    parts: dict[Span, Part]
    crossed: tuple[float, ...]  # by the seam at the right side of a part; 0 for the side of the mark

    def best(self, strangeness: dict[Span, float]) -> list[Span]:
        """Return the parts, from left to right, that together look most like digits; none if no way is known.

        Parameters
        ----------
        strangeness : dict
            Of each of `parts`.
        """
        if not self.parts:
            return []
        ends = [(part.box.left, part.box.right) for part in self.parts.values()]
        width = max(right for _, right in ends) - min(left for left, _ in ends)
        best: dict[int, tuple[float, list[Span]]] = {0: (0.0, [])}
        for (start, stop), part in sorted(self.parts.items(), key=lambda item: item[0][::-1]):
            if start in best:
                cost = strangeness[start, stop] * part.box.width / width
                if stop <= len(self.crossed):
                    cost += self.crossed[stop - 1]
                whole = best[start][0] + cost
                if stop not in best or whole < best[stop][0]:
                    best[stop] = whole, [*best[start][1], (start, stop)]
        return best.get(len(self.crossed) + 1, (0.0, []))[1]


def find_cuts(mark: Mark) -> Cuts:
    """Return the ways to cut a mark into two digits or more, none of them wider than the mark is high.

    Parameters
    ----------
    mark : Mark
    """
    seams = find_seams(mark)
    sides = [None, *seams, None]
    parts: dict[Span, Part] = {}
    last, reached = len(sides) - 1, {0}
    for start, stop in itertools.combinations(range(len(sides)), 2):
        if start not in reached or _apart(sides[start], sides[stop]) > mark.box.height:
            continue
        part = _part_between(mark, sides[start], sides[stop])
        if (start, stop) != (0, last) and part is not None and part.box.width <= mark.box.height:
            parts[start, stop] = part
            reached.add(stop)
    return Cuts(parts=_leading_to(last, parts), crossed=tuple(seam.crossed for seam in seams))


def _leading_to(last: int, parts: dict[Span, Part]) -> dict[Span, Part]:
    """Return the parts that others lead from to the last seam."""
    reached, kept = {last}, {}
    for (start, stop), part in reversed(parts.items()):
        if stop in reached:
            reached.add(start)
            kept[start, stop] = part
    return dict(reversed(kept.items()))


def _apart(left: Seam | None, right: Seam | None) -> int:
    """Return how many columns lie between two seams in all rows: a part between them is as wide."""
    return 0 if left is None or right is None else int(right.columns.min() - left.columns.max())


def find_seams(mark: Mark) -> list[Seam]:
    """Return places where a mark may be cut, from left to right: the paths through least ink.

    References
    ----------
    S. Avidan, A. Shamir (2007), Seam carving: the cheapest path from top to bottom, here through ink.
    Ours keeps near upright lines.
    """
    height, width = mark.ink.shape
    scale = min(1.0, SIDE / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    ink = np.asarray(cv2.resize(mark.ink, size, interpolation=cv2.INTER_AREA), np.float32) / max(
        1, mark.ink.max()
    )
    paths = _paths(ink)
    crossed = ink[np.arange(size[1]), paths].mean(axis=1)
    kept: list[int] = []
    mostly_paper = crossed <= 0.5
    for i in np.argsort(crossed, kind="stable")[: mostly_paper.sum()]:
        if not (np.abs(paths[i] - paths[kept]).mean(axis=1) < APART * size[1]).any():
            kept.append(int(i))
    kept.sort(key=lambda i: float(paths[i].mean()))
    rows = (np.arange(height) * size[1]) // height
    return [
        Seam(
            columns=np.asarray(np.round((paths[i][rows] + 0.5) * width / size[0]), np.int64),
            crossed=float(crossed[i]),
        )
        for i in kept
    ]


def _paths(ink: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the cheapest paths near upright lines, one through each column, (n, height).

    To step aside by all of `APART` costs as much as a row of ink.
    """
    height, width = ink.shape
    reach = max(1, round(APART * height))
    starts = np.arange(reach, width - reach)
    if not len(starts):
        return np.zeros((0, height), np.int64)
    offsets = np.arange(-reach, reach + 1)
    columns = (starts[:, None] + offsets).clip(0, width - 1)  # (n, band)
    cost = ink[:, columns] + np.abs(offsets) / reach**2
    total = np.pad(cost.astype(np.float64), ((0, 0), (0, 0), (1, 1)), constant_values=np.inf)
    for row in range(1, height):
        before = total[row - 1]
        aside = np.minimum(before[:, :-2], before[:, 2:]) + 1 / reach
        total[row, :, 1:-1] += np.minimum(before[:, 1:-1], aside)
    every, steps = np.arange(len(starts)), np.array([[-1], [0], [1]])
    place = total[-1].argmin(axis=1)
    places = [place]
    for row in range(height - 2, -1, -1):
        choices = total[row, every, place + steps] + np.abs(steps) / reach
        place = place + choices.argmin(axis=0) - 1
        places.append(place)
    band = np.stack(places[::-1]) - 1
    return np.ascontiguousarray(columns[every, band].T)


def _part_between(mark: Mark, left: Seam | None, right: Seam | None) -> Part | None:
    """Return the part of a mark between two seams, None being its sides; None if it is not half as high."""
    first, ink = _ink_between(mark, left, right)
    if not ink.size:
        return None
    full = (ink > NO_INK * (int(mark.ink.max()) / 255.0)).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(full)
    if 2 * height < mark.box.height:
        return None
    box = Box(left=mark.box.left + first + x, top=mark.box.top + y, width=width, height=height)
    within = slice(y, y + height), slice(x, x + width)
    part = ink[within]
    again = functools.partial(_cut_out, mark, left, right, within)
    return Part(box=box, area=int(np.count_nonzero(part)), ink=part if part.size <= HELD else again)


def _cut_out(mark: Mark, left: Seam | None, right: Seam | None, within: tuple[slice, slice]) -> Pixels:
    return _ink_between(mark, left, right)[1][within]


def _ink_between(mark: Mark, left: Seam | None, right: Seam | None) -> tuple[int, Pixels]:
    """Return the column of a mark where its part between two seams begins, and the ink of that."""
    first = 0 if left is None else max(0, int(left.columns.min()))
    last = mark.ink.shape[1] if right is None else int(right.columns.max())
    near = mark.ink[:, first:last]
    columns = np.arange(first, first + near.shape[1])
    there = np.ones(near.shape, bool)
    if left is not None:
        there &= columns >= left.columns[:, None]
    if right is not None:
        there &= columns < right.columns[:, None]
    return first, np.where(there, near, np.uint8(0))
