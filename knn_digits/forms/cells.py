"""Strokes of a field with a box for each digit -> a mark for each box, or none where it is blank.

A stroke belongs to the box that most of it is in, however far it reaches out; one that is as much in the next
box is two digits that touch, and is cut between them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knn_digits.forms.crops import Crop
from knn_digits.forms.strokes import Mark, Piece, find_pieces, ink_picture, make_mark, part_of
from knn_digits.photo.boxes import Box
from knn_digits.photo.boxes import Mark as Ink
from knn_digits.photo.cuts import find_seams

SHARED = 0.2  # of a stroke's ink: with less than this in a box, none of it is a digit there
WHOLE = 0.45  # of a box's height: each part of two digits that touch is at least so high
ASIDE = 0.35  # of a box's width: how far from the wall they may touch
FADE = 0.5  # of ink crossed, over the height: what a cut a whole box's width from the wall costs
CRUMB = 0.25  # of the longest stroke in a box: shorter ones that lie apart are dirt
APART = 0.35  # of a box's height: so far


def mark_cells(
    crop: Crop, cells: Sequence[tuple[float, float, float, float]], pen: float
) -> list[Mark | None]:
    """Return what stands in each box.

    Parameters
    ----------
    crop : Crop
    cells : sequence of (left, top, right, bottom)
        Pixels of the crop, from left to right.
    pen : float
        How dark writing is on the page.
    """
    height = cells[0][3] - cells[0][1]
    field = cells[0][0], min(cell[1] for cell in cells), cells[-1][2], max(cell[3] for cell in cells)
    walls = np.array([(one[2] + next_[0]) / 2 for one, next_ in pairwise(cells)])
    held: list[list[tuple[Piece, float]]] = [[] for _ in cells]
    for piece in find_pieces(crop, field, height, pen):
        for cell, part, crossed in _share_out(crop, piece, walls, height):
            held[cell].append((part, crossed))
    middles = [(cell[0] + cell[2]) / 2 for cell in cells]
    return [_mark(crop, parts, height, pen, middle) for parts, middle in zip(held, middles, strict=True)]


def _mark(
    crop: Crop, parts: list[tuple[Piece, float]], height: float, pen: float, middle: float
) -> Mark | None:
    if not parts:
        return None
    main = max((part for part, _ in parts), key=lambda part: part.size)
    kept = [
        (part, crossed)
        for part, crossed in parts
        if part.size >= CRUMB * main.size or _distance(part.box, main.box) < APART * height
    ]
    cut = max(crossed for _, crossed in kept)
    mark = make_mark(crop, [part for part, _ in kept], height, pen, cut=cut)
    return replace(mark, aside=abs(mark.box.left + mark.box.width / 2 - middle) / height)


def _distance(one: Box, other: Box) -> float:
    """Return how far apart two boxes are."""
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))


def _share_out(
    crop: Crop, piece: Piece, walls: NDArray[np.float64], height: float
) -> list[tuple[int, Piece, float]]:
    """Return which box a stroke is in; cut, where it is in several: each part, with the ink that was cut."""
    columns = piece.mask.sum(axis=0)
    zones = np.searchsorted(walls, piece.box.left + np.arange(piece.box.width))
    ink = np.bincount(zones, columns, minlength=len(walls) + 1) / max(1, columns.sum())
    main = int(ink.argmax())
    for wall in range(len(walls)):
        if ink[: wall + 1].sum() < SHARED or ink[wall + 1 :].sum() < SHARED:
            continue
        if (cut := _cut(crop, piece, float(walls[wall]), height)) is None:
            continue
        left, right, crossed = cut
        found = [
            *_share_out(crop, left, walls[:wall], height),
            *(
                (cell + wall + 1, part, c)
                for cell, part, c in _share_out(crop, right, walls[wall + 1 :], height)
            ),
        ]
        return [(cell, part, max(crossed, c)) for cell, part, c in found]
    return [(main, piece, 0.0)]


def _cut(crop: Crop, piece: Piece, wall: float, height: float) -> tuple[Piece, Piece, float] | None:
    """Return a stroke's parts on both sides of a wall, and the ink between them; None if it is one digit."""
    seams = find_seams(Ink(box=piece.box, ink=ink_picture(crop, piece)))
    where = [piece.box.left + float(seam.columns.mean()) for seam in seams]
    costs = [
        seam.crossed + FADE * abs(column - wall) / (ASIDE * height)
        for seam, column in zip(seams, where, strict=True)
    ]
    near = [i for i, column in enumerate(where) if abs(column - wall) <= ASIDE * height]
    if not near:
        return None
    seam = seams[min(near, key=costs.__getitem__)]
    on_left = np.arange(piece.box.width) < seam.columns[:, None]
    left, right = part_of(piece, on_left), part_of(piece, ~on_left)
    if left is None or right is None or min(left.box.height, right.box.height) < WHOLE * height:
        return None
    return left, right, seam.crossed
