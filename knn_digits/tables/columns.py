"""Where the marks of lines begin and end -> where columns part, which chance would hardly do.

Marks are widened by more and more: a little parts what stands close, much leaves whole numbers and words. Of
all widths, and of even steps and gaps that stand for themselves, that counts which chance makes least often.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.gaps import WIDER

CHANCE = 0.05  # that marks which stand anywhere are parted so on a page
TRIED = 21  # places of each end of a table whose steps are even
CLOSE = (0.0, 0.5)  # of a gap between words: by how much marks are widened where only even steps part columns
WIDE = (1.0, 2.0, 4.0, 8.0)  # of the same: where gaps part columns, too, as they are none within a number

Numbers = NDArray[np.float64]
Gap = tuple[float, float]  # where, and the logarithm of how often by chance


def ends(spans: Numbers, lines: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Return where the marks of lines begin and end."""
    own = spans[np.concatenate(lines)]
    return float(own[:, 0].min()), float(own[:, 1].max())


def part_even(spans: Numbers, count: int) -> Numbers:
    """Return where cells begin in so many even steps, and the last ends, such that lines cut fewest marks."""
    first, last = float(spans[:, 0].min()), float(spans[:, 1].max())
    step = (last - first) / count
    cut = _covered(spans, first - step, last + step)
    middles = np.sort(spans.mean(axis=1) - first + step)
    ways = _even_ways(last - first, count) + step
    outside = np.searchsorted(middles, ways[0]) + len(middles) - np.searchsorted(middles, ways[-1])
    costs = cut[np.round(ways).astype(int)].sum(axis=0) + outside
    return np.asarray(ways[:, int(np.argmin(costs))] + first - step)


def part_columns(
    spans: Numbers,
    lines: Sequence[Sequence[int]],
    *,
    height: float,
    sides: tuple[float, float] | None = None,
) -> Numbers:
    """Return where columns begin, and the last ends: a single one where chance parts lines as well.

    Parameters
    ----------
    spans : (n, 2) float64
        Where marks begin and end, in pixels along their lines.
    lines : sequence of rows of marks
    height : float
        Pixels: of a usual mark.
    sides : (left, right), optional
        Of a frame around them, from which to which even steps go, too.
    """
    first, last = ends(spans, lines)
    mark = float(np.median(spans[:, 1] - spans[:, 0]))
    found = [(float(np.log(CHANCE)), np.array([0.0, last - first]))]
    wide = []
    for share in CLOSE + WIDE:
        more = share * WIDER * height
        grown = spans + np.array([-more / 2, more / 2])
        covered = np.array([_covered(grown[line], first, last) > 0 for line in lines]).sum(axis=0)
        if covered.min() >= covered.mean():
            break
        most = int((last - first) / (mark + more))
        found.append(
            _even_steps(covered, len(lines), [_even_ways(last - first, n) for n in range(2, most + 1)])
        )
        if sides is not None:
            framed = [np.linspace(*sides, n + 1)[:, None] - first for n in range(2, most + 1)]
            found.append(_even_steps(covered, len(lines), framed))
        wide += [covered] if share in WIDE else []
    found.append(_gaps(wide, len(lines), mark))
    return min(found, key=lambda one: one[0])[1] + first


def _covered(spans: Numbers, first: float, last: float) -> NDArray[np.int64]:
    """Return how many spans lie over each pixel from the first to the last."""
    places = np.clip(np.round(spans - first), 0, int(last - first)).astype(int)
    size = int(last - first) + 2
    begun, ended = (np.bincount(places[:, side], minlength=size) for side in (0, 1))
    return np.asarray(np.cumsum(begun - ended), np.int64)


def _even_ways(size: float, count: int) -> Numbers:
    """Return ways to part about so many pixels in even steps, (count + 1, ways): their ends are tried."""
    moved = np.linspace(-0.5, 0.5, TRIED) * size / count
    first, last = (one.ravel() for one in np.meshgrid(moved, size + moved))
    return np.asarray(np.linspace(first, last, count + 1))


def _log_chance(cut: float, count: int, usual: float) -> float:
    """Return the logarithm of the chance that so few of a count are covered, of which `usual` is; a bound.

    References
    ----------
    H. Chernoff (1952), A measure of asymptotic efficiency for tests of a hypothesis based on the sum of
    observations.
    """
    share = cut / count
    if share >= usual:
        return 0.0
    more = share * np.log(share / usual) if share else 0.0
    return -count * float(more + (1 - share) * np.log((1 - share) / (1 - usual)))


def _even_steps(covered: NDArray[np.int64], lines: int, tried: Sequence[Numbers]) -> tuple[float, Numbers]:
    """Return of the ways to part that which chance makes least often, and the logarithm of how often.

    Of lines with no column between them all but one part nothing, and cut as much as any line would.
    """
    size, usual = len(covered) - 1, covered.mean() / lines
    sides = np.cumsum(covered >= covered.mean())
    best = 0.0, np.array([0.0, size])
    for ways in tried:
        places = np.clip(np.round(ways[1:-1]), 0, size).astype(int)
        fewest = int(covered[places].sum(axis=0).argmin())
        own, gaps = covered[places[:, fewest]], sides[places[:, fewest]]
        order = np.lexsort((own, gaps))
        once = np.diff(gaps[order], prepend=-1) > 0
        chance = _log_chance(float(own[order][once].sum()), lines * int(once.sum()), usual)
        if chance < best[0]:
            best = chance, ways[:, fewest]
    return best[0] + float(np.log(max(1, sum(ways.shape[1] for ways in tried)))), best[1]


def _gaps(wide: Sequence[NDArray[np.int64]], lines: int, mark: float) -> tuple[float, Numbers]:
    """Return the gaps of which chance makes less than one each, and the logarithm of how often all.

    Where marks are so wide that they cover all but a place in one line, this is one only if narrower ones
    leave it, too.
    """
    found: list[Gap] = []
    size = 0
    for covered in reversed(wide):
        size, usual = len(covered) - 1, covered.mean() / lines
        tried = float(np.log(size / mark))  # marks have room for so many gaps side by side
        high = np.flatnonzero(covered >= covered.mean())
        found = [(place, before) for place, before in found if covered[int(place)] < covered.mean()]
        for start, stop in itertools.pairwise(high.tolist()):
            chance = _log_chance(float(covered[start:stop].min()), lines, usual) + tried
            _note(found, covered, (start, stop), chance)
    edges = np.array([0.0, *sorted(place for place, _ in found), size])
    return sum(chance for _, chance in found), edges


def _note(found: list[Gap], covered: NDArray[np.int64], within: tuple[int, int], chance: float) -> None:
    """Put a gap among those that were found, or how rare it is, to the one that is known there."""
    start, stop = within
    known = [row for row, (place, _) in enumerate(found) if start <= place <= stop]
    if len(known) == 1:
        place, before = found[known[0]]
        found[known[0]] = place, min(before, chance)
    elif not known and chance < 0:
        between = covered[start:stop]
        place = start + float(np.median(np.flatnonzero(between == between.min())))
        found.append((place, chance))
