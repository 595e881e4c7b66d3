"""Edges of one direction -> rules: edges that continue each other, however pen or print broke them.

On which side of an edge ink lies tells which of a rule's two edges it is, and so where the rule's middle is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content, connected
from knn_digits.tables.directions import Edges

BEND = 0.03  # rows per column: how far a rule may wander in a gap
CURVED = 0.02  # of the length of all rules: how far one leans or bends, standard deviation
BLURRED = 1.0  # pixels: how far an edge may lie from its rule, standard deviation
MOST = 4000  # segments that are joined; of more the shortest are left out

Numbers = NDArray[np.float64]


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Rules:
    """Lines along the columns.

    start, stop : (n,) float64
        Where each begins and ends.
    paths : (n, 3) float64
        Its row at column x is the sum of these times 1, x and x squared.
    segments : tuple of (m, 5) float64
        The edges that each is made of.
    """

    start: Numbers
    stop: Numbers
    paths: Numbers
    segments: tuple[Edges, ...]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Numbers:
        """Columns."""
        return self.stop - self.start

    @property
    def middle(self) -> Numbers:
        """The row of each in its middle."""
        return along(self.paths, (self.start + self.stop) / 2)

    def take(self, rows: NDArray[np.intp]) -> "Rules":
        """Return the rules in these rows."""
        return Rules(
            start=self.start[rows],
            stop=self.stop[rows],
            paths=self.paths[rows],
            segments=tuple(self.segments[row] for row in rows.tolist()),
        )


def along(paths: Numbers, columns: Numbers) -> Numbers:
    """Return the rows of paths (n, 3) at columns that broadcast with (n,)."""
    return np.asarray(paths[:, 0] + (paths[:, 1] + paths[:, 2] * columns) * columns)


def join(segments: Edges, *, thickness: float) -> Rules:
    """Return the rules that edges make up.

    Parameters
    ----------
    segments : (n, 5) float64
    thickness : float
        Pixels: of a usual stroke; the two edges of a rule are so far apart.
    """
    longest = np.argsort(segments[:, 0] - segments[:, 2], kind="stable")[:MOST]
    segments = segments[longest]
    if not len(segments):
        return Rules(start=np.zeros(0), stop=np.zeros(0), paths=np.zeros((0, 3)), segments=())
    return gather(_grouped(list(segments[:, None]), _continue(segments, thickness)), thickness=thickness)


def join_rules(rules: Rules, *, least: float, thickness: float) -> Rules:
    """Return rules; of those longer than `least` one for all in a line, no farther apart than they are long.

    A rule may be broken into so many edges that each is too short to reach over a gap; what they make is not.
    """
    count = 0
    while count != len(rules):
        count = len(rules)
        rules = gather(_grouped(rules.segments, _lie_in_line(rules, least, thickness)), thickness=thickness)
    return rules


def _grouped(parts: Sequence[Edges], together: NDArray[np.bool_]) -> list[Edges]:
    """Return the edges of parts that are together, directly or by others."""
    labels = connected(np.argwhere(together), len(parts))
    rows = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    return [np.concatenate([parts[row] for row in group]) for group in rows]


def rule_width(*directions: Edges) -> float:
    """Return how far apart the two edges of ink are for most of their length; 0 where there are no two.

    The width of all strokes is that of what lies around a sheet, too, where its table is darker.
    """
    apart, shared = (np.concatenate(part) for part in zip(*map(_apart, directions), strict=True))
    if not len(apart):
        return 0.0
    order = np.argsort(apart, kind="stable")
    total = shared[order].cumsum()
    return float(apart[order][np.searchsorted(total, total[-1] / 2)])


def _apart(segments: Edges) -> tuple[Numbers, Numbers]:
    """Return how far edges that have ink between them lie apart, each other's nearest, and for how long."""
    upper, lower = (segments[segments[:, 4] * side > 0] for side in (-1, 1))
    if not len(upper) or not len(lower):
        return np.zeros(0), np.zeros(0)
    start = np.maximum(upper[:, None, 0], lower[:, 0])
    shared = np.minimum(upper[:, None, 2], lower[:, 2]) - start
    apart = _row_at(lower, start + shared / 2) - _row_at(upper[:, None], start + shared / 2)
    apart[(shared <= 0) | (apart <= 0)] = np.inf
    rows, nearest = np.arange(len(upper)), apart.argmin(axis=1)
    found = np.isfinite(apart[rows, nearest]) & (apart.argmin(axis=0)[nearest] == rows)
    return apart[rows, nearest][found], shared[rows, nearest][found]


def _row_at(edges: Edges, columns: Numbers) -> Numbers:
    start, first, stop, last, _ = np.moveaxis(edges, -1, 0)
    return np.asarray(first + (last - first) * (columns - start) / (stop - start))


def gather(groups: Sequence[Edges], *, thickness: float) -> Rules:
    """Return a rule for each group of edges; see `join`."""
    start = np.array([group[:, 0].min() for group in groups])
    stop = np.array([group[:, 2].max() for group in groups])
    middle, half = (start.min() + stop.max()) / 2, (stop.max() - start.min()) / 2
    return Rules(
        start=start,
        stop=stop,
        paths=np.array([_fit(group, middle, half, thickness) for group in groups]).reshape(-1, 3),
        segments=tuple(groups),
    )


def _continue(segments: Edges, thickness: float) -> NDArray[np.bool_]:
    """Return which edges continue which, (n, n)."""
    start, first, stop, last, side = segments.T
    first, last = first - side * thickness / 2, last - side * thickness / 2
    length = stop - start
    gap = np.maximum(start[:, None], start) - np.minimum(stop[:, None], stop)
    at = (np.maximum(start[:, None], start) + np.minimum(stop[:, None], stop)) / 2
    slope = (last - first) / length
    own = first[:, None] + slope[:, None] * (np.clip(at, start[:, None], stop[:, None]) - start[:, None])
    near = np.abs(own - own.T) <= 1 + thickness + BEND * gap.clip(0)
    return np.asarray(near & (gap <= (length[:, None] + length) / 2))


def _lie_in_line(rules: Rules, least: float, thickness: float) -> NDArray[np.bool_]:
    """Return which rules lie in a line, one after the other, (n, n)."""
    start, stop, length = rules.start, rules.stop, rules.length
    gap = np.maximum(start[:, None], start) - np.minimum(stop[:, None], stop)
    at = (np.maximum(start[:, None], start) + np.minimum(stop[:, None], stop)) / 2
    own = along(rules.paths, np.clip(at, start[:, None], stop[:, None]).T).T
    near = np.abs(own - own.T) <= 1 + thickness + BEND * gap.clip(0)
    shorter = np.minimum(length[:, None], length)
    return np.asarray(near & (gap > 0) & (gap <= shorter) & (shorter > least))


def _fit(segments: Edges, middle: float, half: float, thickness: float) -> Numbers:
    """Return the path between the edges: as level as they allow, for a short one tells no bend.

    Least squares for path and thickness, with a normal prior for lean and bend over `half` the length of all
    rules about `middle`, and one for the thickness, which may be twice the usual or hardly any.
    """
    share = np.linspace(0, 1, 5)[:, None]
    columns = ((1 - share) * segments[:, 0] + share * segments[:, 2]).ravel()
    rows = ((1 - share) * segments[:, 1] + share * segments[:, 3]).ravel()
    side = np.tile(segments[:, 4] / 2, len(share))
    weights = np.tile(segments[:, 2] - segments[:, 0], len(share)) / len(share) / BLURRED**2
    u = (columns - middle) / half
    table = np.stack([np.ones_like(u), u, u**2, side], axis=1)
    prior = np.diag([0, 1, 1, 0]) / (CURVED * half) ** 2 + np.diag([0, 0, 0, 1]) / thickness**2
    rows = rows - side * thickness
    usual = np.average(rows, weights=weights)
    a, b, c, _ = np.linalg.solve(
        table.T @ (table * weights[:, None]) + prior, table.T @ (weights * (rows - usual))
    )
    shift = middle / half
    return np.array([usual + a - b * shift + c * shift**2, (b - 2 * c * shift) / half, c / half**2])
