"""Ink whose cells no rules part -> the table that marks make by where they stand, laid straight.

Columns part where fewer lines have ink than would if their marks stood anywhere.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import propose_plain
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink, fainter_ink
from knn_digits.photo.lines import find_lines, find_slope, usual_height
from knn_digits.tables.finding import FEWEST, LINE, TALL, Shape
from knn_digits.tables.lattice import filled
from knn_digits.tables.straight import Straight, straighten

TRIED = 41  # places of each end of a table whose steps are even
CHANCE = 0.05  # that marks which stand anywhere leave such a gap somewhere on a page

Numbers = NDArray[np.float64]


def find_unruled(ink: Ink, *, shape: Shape = (None, None)) -> list[Straight]:
    """Return the table that marks make, if they make one.

    Parameters
    ----------
    ink : Ink
    shape : (rows, columns)
        Of cells, in even steps, as they are expected; None: as they are found.
    """
    rules = find_rules(ink)
    ink = fainter_ink(ink, rules)
    boxes = _of_digits(propose_plain(ink, rules).boxes)
    lines = _whole(find_lines(boxes))
    if not lines:
        return []
    slope = find_slope(boxes)
    across, down = _levelled(boxes, slope)
    lines = _in_columns(across, lines, _parted_columns(across, lines)) or lines
    inside = np.concatenate(lines)
    columns = _even(across[inside], shape[1]) if shape[1] else _parted_columns(across, lines)
    rows = _even(down[inside], shape[0]) if shape[0] else _parted_rows(down, lines)
    if min(len(rows), len(columns)) <= FEWEST and shape == (None, None):
        return []
    x, y = np.meshgrid(columns, rows)
    nodes = np.stack([x - slope * y, y + slope * x], axis=2) / (1 + slope**2)
    bare = np.where(rules, np.float32(0), ink.darkness)
    return [straighten(replace(ink, darkness=bare, mask=bare > ink.threshold), nodes)]


def _of_digits(boxes: Boxes) -> Boxes:
    """Return the boxes that are about as high as most, without crumbs and frames."""
    if not len(boxes):
        return boxes
    usual = usual_height(boxes[:, 3].astype(np.float64))
    kept = (boxes[:, 3] > LINE * usual) & (boxes[:, 2:].max(axis=1) < TALL * usual)
    return np.asarray(boxes[kept], np.int64)


def _whole(lines: Sequence[list[int]]) -> list[list[int]]:
    """Return the lines but for those with much fewer marks than usual."""
    usual = float(np.median([len(line) for line in lines])) if lines else 0.0
    return [line for line in lines if len(line) >= max(FEWEST, usual / 3)]


def _levelled(boxes: Boxes, slope: float) -> tuple[Numbers, Numbers]:
    """Return where boxes begin and end across and down, (n, 2) each, when their lines lie level."""
    half = boxes[:, 2:] / 2
    x, y = (boxes[:, :2] + half).T
    middles = x + slope * y, y - slope * x
    across, down = (
        np.stack([middle - size, middle + size], axis=1) for middle, size in zip(middles, half.T, strict=True)
    )
    return across, down


def _even(spans: Numbers, count: int) -> Numbers:
    """Return where cells begin in so many even steps, and the last ends, such that lines cut fewest marks."""
    first, last = float(spans[:, 0].min()), float(spans[:, 1].max())
    step = (last - first) / count
    cut = _covered(spans, first - step, last + step)
    middles = spans.mean(axis=1) - first + step
    starts = np.linspace(-step / 2, step / 2, TRIED)
    ways = [np.linspace(step + a, last - first + step + b, count + 1) for a in starts for b in starts]
    costs = [
        cut[np.round(way).astype(int)].sum() + ((middles < way[0]) | (middles > way[-1])).sum()
        for way in ways
    ]
    return ways[int(np.argmin(costs))] + first - step


def _covered(spans: Numbers, first: float, last: float) -> NDArray[np.int64]:
    """Return how many spans lie over each pixel from the first to the last."""
    ends = np.clip(np.round(spans - first), 0, int(last - first)).astype(int)
    size = int(last - first) + 2
    begun, ended = (np.bincount(ends[:, side], minlength=size) for side in (0, 1))
    return np.asarray(np.cumsum(begun - ended), np.int64)


def _in_columns(spans: Numbers, lines: Sequence[list[int]], columns: Numbers) -> list[list[int]]:
    """Return the lines from the first to the last whose marks stand in columns; a title's stand anywhere."""
    cut = np.searchsorted(columns, spans[:, 0]) != np.searchsorted(columns, spans[:, 1])
    anywhere = float(np.diff(spans, axis=1).mean() / np.diff(columns).mean())
    shares = np.array([cut[line].mean() for line in lines])
    rows = np.flatnonzero(shares - np.median(shares) < anywhere - shares)
    return list(lines[rows[0] : rows[-1] + 1]) if len(rows) else []


def _ends(spans: Numbers, lines: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Return where the marks of lines begin and end."""
    own = spans[np.concatenate(lines)]
    return float(own[:, 0].min()), float(own[:, 1].max())


def _parted_rows(spans: Numbers, lines: Sequence[Sequence[int]]) -> Numbers:
    """Return where lines part, half-way from each to the next."""
    middles = np.sort([float(np.median(spans[line])) for line in lines])
    between = (middles[1:] + middles[:-1]) / 2
    first, last = _ends(spans, lines)
    return np.array([first, *between, last])


def _parted_columns(spans: Numbers, lines: Sequence[Sequence[int]]) -> Numbers:
    """Return where columns part: where too few lines have ink to do so by chance."""
    first, last = _ends(spans, lines)
    covered = np.array([_covered(spans[line], first, last) > 0 for line in lines]).sum(axis=0)
    usual = covered.mean() / len(lines)
    places = len(covered) / float(np.median(spans[:, 1] - spans[:, 0]))  # for a mark, side by side
    high = np.flatnonzero(covered >= covered.mean())
    parts = []
    for start, stop in itertools.pairwise(high.tolist()):
        between = covered[start:stop]
        if bdtr(between.min(), len(lines), usual) < CHANCE / places:
            low = np.flatnonzero(2 * between <= between.min() + covered.mean())
            parts.append(start + low.mean())
    edges = np.array([0.0, *parts, last - first]) + first
    return filled(edges[:, None], edges)[:, 0]
