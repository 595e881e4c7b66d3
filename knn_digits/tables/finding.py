"""Ink -> the ruled tables on it, laid straight; rows that no rules part are parted by what stands in them."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import find_boxes
from knn_digits.photo.ink import WORKING_SIDE, Ink
from knn_digits.photo.lines import usual_height
from knn_digits.tables.directions import (
    Directions,
    find_bent_directions,
    find_directions,
    find_segments,
    ink_levels,
)
from knn_digits.tables.lattice import Lattice, find_lattices, join_pieces, lattice_of, part_tables
from knn_digits.tables.parting import LINE, Strip, part_strips
from knn_digits.tables.rules import Rules, join, rule_width
from knn_digits.tables.straight import FAINTEST, SHADE, Straight, straighten

FEWEST = 2  # rows and columns of cells: less is no table, where no shape is expected
RULED_SIDE = 3000  # pixels: the longest side at which rules are sought; a hair is still a pixel wide
CRUMB = 0.3  # of the usual height of marks: what is lower is no letter
TALL = 2.5  # of the same: what is higher or wider is a frame, and no mark

Shape = tuple[int | None, int | None]


def find_tables(ink: Ink, *, shape: Shape = (None, None)) -> list[Straight]:
    """Return the ruled tables, from top to bottom; frames alone, where there are no others.

    Parameters
    ----------
    ink : Ink
    shape : (rows, columns)
        Of cells as they are expected, and the best table comes first; None: as they are found.
    """
    small = _reduced(ink, RULED_SIDE)
    levels = [found for low, high in ink_levels() if (found := _lattices(small, low, high, shape))]
    if not levels:
        return []
    best = max(levels, key=lambda found: max(lattice.support for lattice, _ in found))
    found = sorted(best, key=lambda one: -one[0].support)
    scale = ink.darkness.shape[1] / small.darkness.shape[1]
    tables = [_straight(ink, scale * _on_ink(lattice, directions), shape) for lattice, directions in found]
    if shape != (None, None):
        return tables
    ruled = [one for one in tables if is_table(one, shape)]
    return sorted(ruled or tables, key=lambda table: float(table.nodes[..., 1].min()))


def find_grid(ink: Ink, *, side: int, box: int) -> tuple[Straight, bool] | None:
    """Return the ruled table that has so many rows and columns by itself, and whether rules part all of them.

    Where there is none, of a table that has as many boxes at least the cells are told by even steps: rules
    within boxes may be dotted, or too pale to be seen. It is sought in a small picture, as this is asked of
    pages that may hold none.

    Parameters
    ----------
    ink : Ink
    side, box : int
        Rows and columns of the table, and of each of its boxes.
    """
    small = _reduced(ink, WORKING_SIDE)
    counts = side, side // box
    found = [
        one
        for low, high in ink_levels()
        for one in _lattices(small, low, high, (None, None))
        if set(one[0].shape) <= set(counts)
    ]
    if not found:
        return None
    lattice, directions = max(found, key=lambda one: (one[0].shape == (side, side), one[0].support))
    scale = ink.darkness.shape[1] / small.darkness.shape[1]
    nodes = scale * _on_ink(lattice.parted(side, side), directions)
    return straighten(ink, nodes), lattice.shape == (side, side)


def is_table(found: Straight, shape: Shape) -> bool:
    """Tell whether what was found has rows and columns or was expected: a frame alone has none."""
    return shape != (None, None) or min(found.shape) >= FEWEST


def _reduced(ink: Ink, longest: int) -> Ink:
    """Return ink with no longer side than this."""
    height, width = ink.darkness.shape
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    darkness = np.asarray(cv2.resize(ink.darkness, size, interpolation=cv2.INTER_AREA), np.float32)
    return replace(ink, darkness=darkness)


def without_shade(ink: Ink) -> Ink:
    """Return ink without what is much wider than strokes, where that is most of what is not quite paper.

    Without rules along columns, the sides of bands of grey and strokes of digits make small lattices.
    """
    side = int(SHADE * stroke_width(ink.mask)) | 1
    shade = cv2.morphologyEx(ink.darkness, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    least = FAINTEST * ink.threshold
    if 2 * np.count_nonzero(shade > least) <= np.count_nonzero(ink.darkness > least):
        return ink
    darkness = np.asarray(ink.darkness - shade, np.float32)
    return replace(ink, darkness=darkness)


def _lattices(ink: Ink, low: float, high: float, shape: Shape) -> list[tuple[Lattice, Directions]]:
    """Return the lattices of a page; of one that bends as it is laid flat, if more speaks for these."""
    segments = find_segments(ink, faintest=low, full=high)
    straight = find_directions(segments, ink.darkness.shape)
    found = [] if straight is None else _lattices_along(straight, ink, shape)
    bent = find_bent_directions(segments, ink.darkness.shape) if found else None
    flat = [] if bent is None else _lattices_along(bent, ink, shape)
    return max(found, flat, key=lambda one: max((lattice.support for lattice, _ in one), default=0))


def _lattices_along(directions: Directions, ink: Ink, shape: Shape) -> list[tuple[Lattice, Directions]]:
    thickness = rule_width(directions.level, directions.upright) or stroke_width(ink.mask)
    level, upright = (join(part, thickness=thickness) for part in (directions.level, directions.upright))
    level, upright = join_pieces(level, upright, thickness=thickness)
    parts = list(part_tables(level, upright, thickness=thickness))
    if any(shape) and not any(_is_of(own, shape) for own in _of_parts(parts, thickness, (None, None))):
        parts = [(level, upright)]  # what is expected is no part by itself
    found = _of_parts(parts, thickness, shape)
    return [(lattice, directions) for lattice in found if _lies_on(lattice, directions, ink)]


def _of_parts(parts: Sequence[tuple[Rules, Rules]], thickness: float, shape: Shape) -> list[Lattice]:
    """Return the lattices of rules that are apart."""
    pairs = (pair for part in parts for pair in find_lattices(*part, thickness=thickness))
    found = (lattice_of(*pair, thickness=thickness, shape=shape) for pair in pairs)
    return [lattice for lattice in found if lattice is not None]


def _is_of(lattice: Lattice, shape: Shape) -> bool:
    return all(count in (None, found) for count, found in zip(shape, lattice.shape, strict=True))


def _lies_on(lattice: Lattice, directions: Directions, ink: Ink) -> bool:
    """Tell whether the middle of every cell is on the picture: wild perspective leads elsewhere."""
    nodes = _on_ink(lattice, directions)
    middles = (nodes[1:, 1:] + nodes[:-1, :-1]) / 2
    height, width = ink.darkness.shape
    return bool(
        np.isfinite(nodes).all()
        and (middles >= 0).all()
        and (middles[..., 0] < width).all()
        and (middles[..., 1] < height).all()
    )


def _on_ink(lattice: Lattice, directions: Directions) -> NDArray[np.float64]:
    nodes = lattice.nodes
    return directions.on_ink(nodes.reshape(-1, 2)).reshape(nodes.shape)


def _straight(ink: Ink, nodes: NDArray[np.float64], shape: Shape) -> Straight:
    table = straighten(ink, nodes)
    if shape[0] is not None:
        return table
    rows = parted_rows(table, find_boxes(table.ink, table.rules))
    if len(rows) == len(table.rows):
        return table
    corners = np.stack(np.meshgrid(table.columns, rows), axis=2).astype(np.float64)
    parted = straighten(ink, table.on_ink(corners.reshape(-1, 2)).reshape(corners.shape))
    return replace(parted, ruled=table)


def parted_rows(table: Straight, boxes: Boxes) -> NDArray[np.float64]:
    """Return where rows of cells begin and the last ends, those with several lines of marks parted."""
    if not len(boxes):
        return table.rows.astype(np.float64)
    usual = usual_height(boxes[:, 3].astype(np.float64))
    boxes = boxes[boxes[:, 3] > CRUMB * usual]
    middles = boxes[:, 1] + boxes[:, 3] / 2
    columns = np.searchsorted(table.columns, boxes[:, 0] + boxes[:, 2] / 2)
    strips, on_rule = [], LINE * usual  # what stands so near a rule is a rest of it
    for top, bottom in itertools.pairwise(table.rows.astype(float).tolist()):
        inside = (middles > top + on_rule) & (middles < bottom - on_rule)
        strips.append(Strip(top=top, bottom=bottom, middles=middles[inside], columns=columns[inside]))
    parts = part_strips(strips, usual=usual, across=table.shape[1])
    return np.sort(np.concatenate([table.rows, *parts]))
