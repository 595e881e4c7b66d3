"""Ink whose cells no rules part -> the table that marks make by where they stand, laid straight."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import find_boxes
from knn_digits.photo.ink import Ink, fainter_ink
from knn_digits.photo.lines import find_lines, find_slope, usual_height
from knn_digits.tables.columns import TRIED, ends, part_columns, part_even
from knn_digits.tables.directions import Points, move
from knn_digits.tables.finding import CRUMB, FEWEST, TALL, Shape
from knn_digits.tables.straight import Straight, straighten

LEVELED = 2  # times that lines are followed to lay them level; what is left is less than a mark is high

Numbers = NDArray[np.float64]


def find_unruled(
    ink: Ink, rules: Mask, *, shape: Shape = (None, None), frames: Sequence[Points] = ()
) -> list[Straight]:
    """Return the table that marks make, if they make one.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
        Its rules, which are no marks.
    shape : (rows, columns)
        Of cells, in even steps, as they are expected; None: as they are found.
    frames : sequence of (4, 2) float64
        The corners of frames, clockwise: a table in one of them is taken before one that lies anywhere.
    """
    ink = fainter_ink(ink, rules)
    boxes = find_boxes(ink, rules)
    framed = (_lay_out_within(boxes, corners, shape) for corners in frames)
    nodes = next((found for found in framed if found is not None), None)
    nodes = lay_out(_of_digits(boxes), shape) if nodes is None else nodes
    if nodes is None:
        return []
    bare = erase(ink, rules)
    table = straighten(bare, nodes)
    return [table if shape[0] else _with_empty_rows(table, bare, rules)]


def _with_empty_rows(table: Straight, ink: Ink, rules: Mask) -> Straight:
    """Return a table with the rows in which nothing stands, where rules along them show that they are there.

    Each of its lines must stand between two rules by itself, and most of such rows must hold one. On every
    second line of lined paper no row is missing.
    """
    boxes = _of_digits(find_boxes(table.ink, table.rules))
    middles = boxes[:, 1] + boxes[:, 3] / 2
    lines = np.searchsorted(table.rows, middles)
    inside = (lines > 0) & (lines < len(table.rows))
    if not inside.any():
        return table
    places = np.array(
        [np.median(middles[inside][lines[inside] == line]) for line in np.unique(lines[inside])]
    )
    high = usual_height(boxes[inside, 3].astype(np.float64))
    along = _rules_along(table, rules, least=high)
    between = np.searchsorted(along, places)
    count = int(between[-1] - between[0]) + 1
    apart = len(np.unique(between)) == len(places) == table.shape[0] and np.ptp(np.diff(between)) > 0
    if not (apart and len(places) < count <= 2 * len(places)):
        return table
    rows = np.array([table.rows[0], *along[between[0] : between[-1]], table.rows[-1]])
    corners = np.stack(np.meshgrid(table.columns, rows), axis=2).astype(np.float64)
    return straighten(ink, table.on_ink(corners.reshape(-1, 2)).reshape(corners.shape))


def _rules_along(table: Straight, rules: Mask, *, least: float) -> Numbers:
    """Return where rules cross most of a table; those nearer than a digit is high are one."""
    rows, columns = (
        np.arange(table.rows[0], table.rows[-1] + 1),
        np.arange(table.columns[0], table.columns[-1]),
    )
    points = np.stack(np.meshgrid(columns, rows), axis=2).reshape(-1, 2).astype(np.float64)
    x, y = np.round(table.on_ink(points)).astype(int).T
    height, width = rules.shape
    there = rules[y.clip(0, height - 1), x.clip(0, width - 1)].reshape(len(rows), len(columns))
    crossed = rows[there.mean(axis=1) > 1 / 2].astype(np.float64)
    groups = np.split(crossed, 1 + np.flatnonzero(np.diff(crossed) > least)) if len(crossed) else []
    return np.array([group.mean() for group in groups])


def erase(ink: Ink, rules: Mask) -> Ink:
    """Return the ink without rules."""
    bare = np.where(rules, np.float32(0), ink.darkness)
    return replace(ink, darkness=bare)


def _lay_out_within(boxes: Boxes, corners: Points, shape: Shape) -> Numbers | None:
    """Return where the lines between the cells within a frame cross, which is laid straight for it."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = (sides[:2] + sides[2:]) / 2
    straight = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    there = np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), straight), np.float64)
    half = boxes[:, 2:] / 2
    middles = move(boxes[:, :2] + half, there) if len(boxes) else half
    inside = ((middles > 0) & (middles < (width, height))).all(axis=1)
    laid = np.hstack([np.round(middles - half).astype(np.int64), boxes[:, 2:]])[inside]
    nodes = lay_out(_of_digits(laid), shape, frame=(float(width), float(height)))
    if nodes is None:
        return None
    return move(nodes.reshape(-1, 2), np.asarray(np.linalg.inv(there), np.float64)).reshape(nodes.shape)


def lay_out(
    boxes: Boxes, shape: Shape = (None, None), *, frame: tuple[float, float] | None = None
) -> Numbers | None:
    """Return where the lines between the cells of marks cross, None where they make no table.

    Parameters
    ----------
    boxes : (n, 4) int64
        Left, top, width and height of marks.
    shape : (rows, columns)
    frame : (width, height), optional
        Of a frame around them that begins at 0, 0.

    Returns
    -------
    (rows + 1, columns + 1, 2) float64, or None
    """
    slope, boxes = _levelled(boxes)
    across, down = (boxes[:, [k]] + boxes[:, [k + 2]] * np.array([0.0, 1.0]) for k in (0, 1))
    lines = _rows(down, find_lines(boxes))
    if not lines:
        return None
    height = usual_height(boxes[:, 3].astype(np.float64))
    sides = frame and (slope * frame[1] / 2, frame[0] + slope * frame[1] / 2)
    columns = part_columns(across, lines, height=height, sides=sides)
    lean = 0.0 if frame else _lean(across, down, lines, columns)
    if lean:
        across = across - lean * down.mean(axis=1, keepdims=True)
        columns = part_columns(across, lines, height=height)
    lines = _in_columns(across, lines, columns)
    inside = np.concatenate(lines)
    parted = part_columns(across, lines, height=height, sides=sides)
    columns = part_even(across[inside], shape[1]) if shape[1] else parted
    rows = part_even(down[inside], shape[0]) if shape[0] else _parted_rows(down, lines)
    if min(len(rows), len(columns)) <= FEWEST and shape == (None, None):
        return None
    x, y = np.meshgrid(columns, rows)
    x = x + lean * y
    return np.asarray(np.stack([x - slope * y, y + slope * x], axis=2) / np.hypot(1, slope))


def _of_digits(boxes: Boxes) -> Boxes:
    """Return the boxes that are about as high as most, without crumbs and frames.

    As high are as many as the smallest table has cells: what is higher, as a sheet's edge, tells nothing.
    """
    heights = np.unique(boxes[:, 3])[::-1].astype(np.float64)
    alike = boxes[:0]
    for highest in heights:
        usual = usual_height(boxes[boxes[:, 3] <= highest, 3].astype(np.float64))
        alike = boxes[(boxes[:, 3] > CRUMB * usual) & (boxes[:, 2:].max(axis=1) < TALL * usual)]
        if len(alike) >= FEWEST**2:
            break
    return np.asarray(alike, np.int64)


def _levelled(boxes: Boxes) -> tuple[float, Boxes]:
    """Return the slope of lines, rows per column, and the boxes about their middles as if lines lay level."""
    slope, level = find_slope(boxes), boxes
    for _ in range(LEVELED):
        half = boxes[:, 2:] / 2
        x, y = (boxes[:, :2] + half).T
        middles = np.stack([x + slope * y, y - slope * x], axis=1) / np.hypot(1, slope)
        level = np.hstack([np.round(middles - half).astype(np.int64), boxes[:, 2:]])
        rise = _rise(level, find_lines(level))
        slope = (slope + rise) / (1 - slope * rise)
    return slope, level


def _rise(boxes: Boxes, lines: Sequence[list[int]]) -> float:
    """Return the median rise of lines, by how well each tells it: in least squares."""
    x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T
    along = [x[line] - x[line].mean() for line in lines]
    weights = np.array([max(1.0, float((one**2).sum())) for one in along])
    rises = np.array([float((one * y[line]).sum()) for one, line in zip(along, lines, strict=True)]) / weights
    order = np.argsort(rises)
    total = weights[order].cumsum()
    return float(rises[order][np.searchsorted(total, total[-1] / 2)]) if len(lines) else 0.0


def _rows(spans: Numbers, lines: Sequence[list[int]]) -> list[list[int]]:
    """Return the lines without what is above and below, those nearer than half a step put together."""
    counts = np.array([len(line) for line in lines])
    places = np.array([np.median(spans[line]) for line in lines])
    usual = np.sort(places[counts >= max(FEWEST, np.median(counts) / 3)]) if len(lines) else places
    if len(usual) < FEWEST:
        return []
    step = float(np.median(np.diff(usual)))
    kept: dict[float, list[int]] = {}  # by their place
    for row in np.argsort(-counts, kind="stable").tolist():
        place = float(places[row])
        nearest = min(kept, key=lambda other: abs(other - place), default=-np.inf)
        if abs(nearest - place) < step / 2:
            kept[nearest] = kept[nearest] + lines[row]
        elif usual[0] <= place <= usual[-1]:
            kept[place] = lines[row]
    return [kept[place] for place in sorted(kept)]


def _fewest_cut(spans: Numbers, columns: Numbers, *, most: float) -> int:
    """Return how many spans lie in two columns, all moved by so much of a step at most that fewest do."""
    moved = spans[..., None] + np.linspace(-most, most, TRIED) * np.median(np.diff(columns))
    starts, stops = np.searchsorted(columns, moved[:, 0]), np.searchsorted(columns, moved[:, 1])
    return int((starts != stops).sum(axis=0).min())


def _lean(across: Numbers, down: Numbers, lines: Sequence[list[int]], columns: Numbers) -> float:
    """Return how far columns lean, columns per row, such that they cut fewest marks: paper may be bent."""
    if len(columns) <= FEWEST:
        return 0.0
    inside = np.concatenate(lines)
    y = down[inside].mean(axis=1, keepdims=True)
    first, last = ends(down, lines)
    leans = np.linspace(-1, 1, TRIED) * np.median(np.diff(columns)) / (last - first)
    moved = (across[inside] - lean * (y - y.mean()) for lean in leans)
    cut = np.array([_fewest_cut(spans, columns, most=0.5) for spans in moved])
    return float(leans[cut == cut.min()].mean())


def _in_columns(spans: Numbers, lines: list[list[int]], columns: Numbers) -> list[list[int]]:
    """Return the lines from the first to the last whose marks stand in columns; a title's stand anywhere.

    One of all lines may be a title: so much likelier must its marks be to stand anywhere. Paper may be bent:
    each line is moved to where it fits best.
    """
    cut = np.array([_fewest_cut(spans[line], columns, most=0.25) for line in lines])
    counts = np.array([len(line) for line in lines])
    usual = (cut.sum() - cut + 0.5) / (counts.sum() - counts + 1)  # of the other lines
    anywhere = float(np.clip(np.diff(spans, axis=1).mean() / np.diff(columns).mean(), usual.max(), 0.99))
    likelier = cut * np.log(anywhere / usual) + (counts - cut) * np.log((1 - anywhere) / (1 - usual))
    rows = np.flatnonzero(likelier < np.log(len(lines)))
    return lines[rows[0] : rows[-1] + 1] if len(rows) else lines


def _parted_rows(spans: Numbers, lines: Sequence[Sequence[int]]) -> Numbers:
    """Return where lines part, half-way from each to the next."""
    middles = np.sort([float(np.median(spans[line])) for line in lines])
    between = (middles[1:] + middles[:-1]) / 2
    first, last = ends(spans, lines)
    return np.array([first, *between, last])
