"""Rules of two directions -> the lattice of a table: lines that cross, in steps, none missing.

Here and below, a lattice lies in the plane of `directions`: its rows run along the columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content, connected
from knn_digits.tables.rules import Numbers, Rules, along, gather, join_rules

REACH = 2.5  # strokes: two rules cross though one ends so far before the other
CROSSED = 0.3  # of the rules that cross most of a table's: a rule of it crosses as many
SAME = 0.3  # of the lesser wide step of both directions: two rules that are nearer are one
WIDE = 0.8  # quantile of steps that is wide
REACHED = 0.6  # quantile of where rules end that is their common end: some are found in part
LEAST = 2  # rules of each direction make a table, at least
EVEN = 0.12  # of a step: how far a rule may lie from its place among even ones


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Lattice:
    """The lines of a table.

    rows : (n, 3) float64
        Paths of the lines between the rows, from top to bottom.
    columns : (m, 3) float64
        The same between the columns, with column and row exchanged.
    support : float
        How much of them is seen, in crossings.
    """

    rows: Numbers
    columns: Numbers
    support: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return len(self.rows) - 1, len(self.columns) - 1

    @property
    def nodes(self) -> NDArray[np.float64]:
        """Where the lines cross, (n, m, 2): column, row."""
        return crossings(self.rows, self.columns)

    def parted(self, rows: int, columns: int) -> "Lattice":
        """Return the lattice whose cells are parted evenly into so many rows and columns in all."""
        down, across = rows // self.shape[0], columns // self.shape[1]
        return replace(
            self,
            rows=parted(self.rows, np.full(self.shape[0], down)),
            columns=parted(self.columns, np.full(self.shape[1], across)),
        )


def crossings(rows: Numbers, columns: Numbers) -> NDArray[np.float64]:
    """Return where paths along the columns (n, 3) and along the rows (m, 3) cross, (n, m, 2)."""
    y = np.broadcast_to(rows[:, :1], (len(rows), len(columns)))
    with np.errstate(over="ignore", invalid="ignore"):  # of strokes that bend much, they are nowhere
        for _ in range(4):
            x = along(columns, y)
            y = along(rows, x.T).T
    return np.stack([x, y], axis=2)


def find_lattices(level: Rules, upright: Rules, *, thickness: float) -> Iterator[tuple[Rules, Rules]]:
    """Yield the rules of each table, those that cross each other: along its rows, along its columns."""
    if not len(level) or not len(upright):
        return
    crossed = _crossed(level, upright, thickness)
    labels = connected(np.argwhere(crossed) + np.array([0, len(level)]), len(level) + len(upright))
    for label in range(labels.max() + 1):
        rows = np.flatnonzero(labels[: len(level)] == label)
        columns = np.flatnonzero(labels[len(level) :] == label)
        while len(rows) and len(columns):
            there = crossed[np.ix_(rows, columns)]
            by_row, by_column = there.sum(axis=1), there.sum(axis=0)
            good = by_row >= max(2, CROSSED * by_row.max()), by_column >= max(2, CROSSED * by_column.max())
            if good[0].all() and good[1].all():
                yield level.take(rows), upright.take(columns)
                break
            rows, columns = rows[good[0]], columns[good[1]]


def _crossed(level: Rules, upright: Rules, thickness: float) -> NDArray[np.bool_]:
    x, y = np.moveaxis(crossings(level.paths, upright.paths), 2, 0)
    return np.asarray(
        _within(x, level.start[:, None], level.stop[:, None], thickness)
        & _within(y, upright.start, upright.stop, thickness)
    )


def _within(place: Numbers, start: Numbers, stop: Numbers, thickness: float) -> NDArray[np.bool_]:
    reach = REACH * thickness
    return np.asarray((place >= start - reach) & (place <= stop + reach))


def join_pieces(level: Rules, upright: Rules, *, thickness: float) -> tuple[Rules, Rules]:
    """Return the rules that cross others, their pieces joined where they lie in a line.

    Digits that stand above each other do, too, but their strokes are no longer than a cell's shorter side.
    """
    crossed = _crossed(level, upright, thickness)
    if not crossed.any():
        return level, upright
    level = level.take(np.flatnonzero(crossed.any(axis=1)))
    upright = upright.take(np.flatnonzero(crossed.any(axis=0)))
    least = min(_long_step(level, upright), _long_step(upright, level))
    return (
        join_rules(level, least=least, thickness=thickness),
        join_rules(upright, least=least, thickness=thickness),
    )


def part_tables(level: Rules, upright: Rules, *, thickness: float) -> Iterator[tuple[Rules, Rules]]:
    """Yield the rules of tables apart that stand one above the other, or side by side.

    Between two tables is a space as high as two rows rather than one, or as wide as two columns, in which no
    rule has ink, though rules of both may lie in a line, and be taken for one.
    """
    for found in (level, upright), (upright, level):
        parts = _parted(*found, thickness=thickness)
        if parts:
            for rows, across in parts:
                first, second = (rows, across) if found[0] is level else (across, rows)
                yield from part_tables(first, second, thickness=thickness)
            return
    yield level, upright


def _parted(rows: Rules, across: Rules, *, thickness: float) -> list[tuple[Rules, Rules]]:
    """Return the rules on either side of the widest step between rows, if rules across have no ink there."""
    if len(rows) < 2 * LEAST or len(across) < LEAST:
        return []
    places = along(rows.paths, np.full(len(rows), float(np.median(across.middle))))
    top, bottom = _widest_space(np.sort(places)) + np.array([1, -1]) * REACH * thickness
    edges = np.concatenate(across.segments)
    if top >= bottom or ((edges[:, 0] < bottom) & (edges[:, 2] > top)).any():
        return []
    sides = [_on_side(rows.take(np.flatnonzero(places <= top)), across, edges[:, 2] <= top, thickness)]
    sides += [_on_side(rows.take(np.flatnonzero(places > top)), across, edges[:, 2] > top, thickness)]
    return sides if all(min(map(len, side)) >= LEAST for side in sides) else []


def _widest_space(places: Numbers) -> Numbers:
    """Return where the widest step of ascending places begins and ends; twice 0 where none is so wide."""
    steps = np.diff(places)
    widest = int(steps.argmax())
    if round(float(steps[widest] / np.delete(steps, widest).max())) < 2:  # room for one row, not for two
        return np.zeros(2)
    return places[widest : widest + 2]


def _on_side(rows: Rules, across: Rules, own: NDArray[np.bool_], thickness: float) -> tuple[Rules, Rules]:
    """Return rows with the rules across that their own edges, all one after the other, make up."""
    ends = np.cumsum([len(part) for part in across.segments])[:-1]
    parts = zip(across.segments, np.split(own, ends), strict=True)
    groups = [part[kept] for part, kept in parts if kept.any()]
    if not groups:
        return rows, across.take(np.zeros(0, np.intp))
    return rows, gather(groups, thickness=thickness)


def _long_step(rules: Rules, across: Rules) -> float:
    """Return a wide step between rules at least half as long as the longest, which no strokes are."""
    long = np.flatnonzero(2 * rules.length >= rules.length.max())
    return _wide_step(rules.take(long), float(np.median(across.middle)))


def merge(rules: Rules, at: float, *, least: float, thickness: float) -> Rules:
    """Return rules in their order at a column, those that are not so many pixels apart put together."""
    places = along(rules.paths, np.full(len(rules), at))
    order = np.argsort(places, kind="stable")
    parts = np.split(order, 1 + np.flatnonzero(np.diff(places[order]) > least))
    groups = [np.concatenate([rules.segments[row] for row in part.tolist()]) for part in parts]
    return gather(groups, thickness=thickness)


def _wide_step(rules: Rules, at: float) -> float:
    """Return a wide step from a rule to the next at a column."""
    places = np.sort(along(rules.paths, np.full(len(rules), at)))
    return float(np.quantile(np.diff(places), WIDE)) if len(rules) > 1 else 0.0


def lattice_of(
    level: Rules, upright: Rules, *, thickness: float, shape: tuple[int | None, int | None] = (None, None)
) -> Lattice | None:
    """Return the lattice of a table's rules, None where there is none of this shape.

    Parameters
    ----------
    level, upright : Rules
    thickness : float
        Pixels: of a usual stroke.
    shape : (rows, columns)
        Of cells as they are expected; None: as they are found.
    """
    middle = float(np.median(upright.middle)), float(np.median(level.middle))
    step = min(_wide_step(level, middle[0]), _wide_step(upright, middle[1]))
    least = max(1.5 * thickness, SAME * step)
    level = merge(level, middle[0], least=least, thickness=thickness)
    upright = merge(upright, middle[1], least=least, thickness=thickness)
    if len(level) < 2 or len(upright) < 2:
        return None
    rows = _lines(level, upright, middle[0], shape[0], least=least)
    columns = _lines(upright, level, middle[1], shape[1], least=least)
    if rows is None or columns is None:
        return None
    lattice = Lattice(rows=rows[0], columns=columns[0], support=rows[1] * columns[1])
    wide, high = np.ptp(lattice.nodes.reshape(-1, 2), axis=0)
    return lattice if _cross(level, wide) and _cross(upright, high) else None


def _cross(rules: Rules, side: float) -> bool:
    """Tell whether rules, two at least, cross half of a table that is so wide; strokes of digits do not."""
    return bool((2 * rules.length >= side).sum() >= 2)


def _lines(
    rules: Rules, across: Rules, at: float, count: int | None, *, least: float
) -> tuple[Numbers, float] | None:
    """Return the paths of a lattice's lines in one direction, and how many of them are seen."""
    places = along(rules.paths, np.full(len(rules), at))
    if count is not None:
        return _expected(rules, places, _ends(across), count + 1, least=least)
    paths = _with_open(filled(rules.paths, places), _ends(across), at)
    return paths, float(len(rules))


def _ends(rules: Rules) -> tuple[float, float]:
    """Return where most rules begin and end, those apart that are found in part."""
    return float(np.quantile(rules.start, 1 - REACHED)), float(np.quantile(rules.stop, REACHED))


def filled(paths: Numbers, places: Numbers) -> Numbers:
    """Return paths (n, k) at these places, with those that are missing among even ones."""
    steps = np.diff(places)
    step = float(np.median(steps))
    if len(steps) < 3 or (np.abs(steps / step - 1) <= EVEN).mean() < 0.5:
        return paths
    parts = np.round(steps / step).astype(int)
    parts[np.abs(steps / step - parts) > EVEN] = 1
    if parts.sum() > 2 * len(parts):  # more would be made up than was found
        return paths
    return parted(paths, parts.clip(1))


def parted(paths: Numbers, parts: NDArray[np.int64]) -> Numbers:
    """Return paths (n, 3), and those that part each of their steps into so many even ones, (n - 1,)."""
    lines = [
        paths[i] + (paths[i + 1] - paths[i]) * k / count
        for i, count in enumerate(parts.tolist())
        for k in range(count)
    ]
    return np.array([*lines, paths[-1]])


def _with_open(paths: Numbers, ends: tuple[float, float], at: float) -> Numbers:
    """Return paths, with one at either side where the rules across go on beyond them."""
    places = along(paths, np.full(len(paths), at))
    step = float(np.median(np.diff(places)))
    before, after = places[0] - ends[0], ends[1] - places[-1]
    first = [paths[0] - (before, 0, 0)] if before > step / 2 else []
    last = [paths[-1] + (after, 0, 0)] if after > step / 2 else []
    return np.array([*first, *paths, *last])


def _expected(
    rules: Rules, places: Numbers, ends: tuple[float, float], count: int, *, least: float
) -> tuple[Numbers, float] | None:
    """Return so many paths in even steps, of which most are seen, between the ends of the rules across.

    No steps are less than what two rules must be apart at least not to be one.
    """
    weights = rules.length / rules.length.max()
    best: tuple[float, float, float] | None = None
    for i, start in enumerate(places):
        for stop in places[i + 1 :]:
            for steps in range(1, min(count, 1 + int((stop - start) / least))):
                step = (stop - start) / steps
                for before in range(count - steps):
                    lines = start + step * (np.arange(count) - before)
                    score = _support(places, weights, lines, step) + _reached(lines, ends, step)
                    if best is None or score > best[0]:
                        best = score, float(lines[0]), step
    if best is None:
        return None
    lines = np.asarray(best[1] + best[2] * np.arange(count), np.float64)
    return _at_places(rules.paths, places, lines, best[2]), best[0]


def _support(places: Numbers, weights: Numbers, lines: Numbers, step: float) -> float:
    """Return how many lines are seen."""
    away = np.abs(places[:, None] - lines)
    return float((np.where(away <= EVEN * step, weights[:, None], 0)).max(axis=0).sum())


def _reached(lines: Numbers, ends: tuple[float, float], step: float) -> int:
    """Return at how many of its sides the rules across end: nearer to its line than to any other."""
    return sum(abs(line - end) < step / 2 for line, end in zip((lines[0], lines[-1]), ends, strict=True))


def _at_places(paths: Numbers, places: Numbers, lines: Numbers, step: float) -> Numbers:
    """Return the path at each line, between those of its neighbors where none is seen."""
    nearest = np.abs(places[:, None] - lines).argmin(axis=0)
    seen = np.abs(places[nearest] - lines) <= EVEN * step
    known = np.flatnonzero(seen)
    shifted = paths[nearest[known]] - np.stack([lines[known], *np.zeros((2, len(known)))], axis=1)
    result = np.stack([np.interp(np.arange(len(lines)), known, shifted[:, k]) for k in range(3)], axis=1)
    result[:, 0] += lines
    return np.asarray(result)
