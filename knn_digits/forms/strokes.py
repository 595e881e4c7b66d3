"""Crop of a field -> the strokes written in it, and the marks that may be its digits."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.crops import NEAR, Crop
from knn_digits.forms.flat import Darkness
from knn_digits.forms.renderings import Inked
from knn_digits.photo.boxes import Box, union
from knn_digits.photo.boxes import Mark as Ink
from knn_digits.photo.components import find_components, find_places
from knn_digits.photo.cuts import find_seams

ABOVE_NOISE = 4.0  # times the noise: ink is darker
FAINTEST = 0.04  # darkness: ink is at least so dark
OF_PEN = 0.3  # of the pen's usual darkness on the page: the same
HALF = 0.45  # of a stroke's own darkness: where its edge is
SPECK = 0.12  # of a box's height: what is smaller, both ways, is dirt
OUTSIDE = 0.3  # of a stroke's ink must be in its field, in height and in width
TALL = 1.15  # of a box's height: what is higher is digits of two rows that touch
BETWEEN = 0.35  # of a box's height: how far from the edge of the field they may touch
ALONG = 0.7  # of its ink: what lies along print
NARROWEST = 0.3  # of a box's height, on a line of the digits': so wide a 1 counts where looks are weighed
CROSSING = 0.35  # strangeness that a cut costs which goes through ink of the strokes' height
LEAST_PRINT = 0.35  # of a box's height: what lies along print and is lower is what is left of it


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece:
    """Connected ink.

    box : Box
        Pixels of the crop.
    mask : (height, width) bool
        Its own pixels in the box.
    """

    box: Box
    mask: Mask

    @property
    def size(self) -> int:
        """The longer side."""
        return max(self.box.width, self.box.height)


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """What may be one digit of a field.

    inked : Inked
        Its pictures, the ink bright on 0.
    box : Box
        Pixels of the crop.
    ink : float
        Darkness of its strokes over the faintest ink that would be seen.
    high, wide : float
        Its height and width over the height of a box of the field.
    printed : float
        Which share of its ink lies on print.
    cut : float
        How much ink parts it from its neighbors, over its height; 0 where nothing touches it.
    pieces : int
        Of how many it consists.
    near : float
        Which share of its ink lies on print or beside it.
    aside : float
        How far its middle is from that of its box, over the box's height; 0 on a line.
    """

    inked: Inked
    box: Box
    ink: float
    high: float
    wide: float
    printed: float
    cut: float
    pieces: int
    near: float
    aside: float = 0.0

    @property
    def wide_share(self) -> float:
        """How much of the text it takes, for what its look counts: its width, in no case little."""
        return max(self.wide, NARROWEST)


def pen_darkness(crops: Sequence[Crop]) -> float:
    """Return how dark the writing on a page usually is, 0 where there is none."""
    found = [crop.smooth[crop.smooth > faintest(crop)] for crop in crops]
    written = np.concatenate(found) if found else np.zeros(0)
    return float(np.quantile(written, 0.75)) if written.size else 0.0


def faintest(crop: Crop) -> float:
    """Return how dark ink is at least, for it to be told from the noise of the paper."""
    return max(FAINTEST, ABOVE_NOISE * crop.noise)


def find_pieces(crop: Crop, field: tuple[float, ...], height: float, pen: float) -> list[Piece]:
    """Return the strokes that belong to a field, from left to right.

    Parameters
    ----------
    crop : Crop
    field : left, top, right, bottom
        Of all of it, in pixels of the crop.
    height : float
        Pixels, of a box of it.
    pen : float
        See `pen_darkness`.
    """
    ink, least = crop.smooth, faintest(crop)
    mask = np.zeros(ink.shape, bool)
    for piece in _components(ink > max(least, OF_PEN * pen)):
        inside = slice(piece.box.top, piece.box.bottom), slice(piece.box.left, piece.box.right)
        level = float(np.quantile(ink[inside][piece.mask], 0.9))
        # Where a stroke is dark, what is half as dark is its edge.
        mask[inside] |= (ink[inside] > HALF * level) & piece.mask
    pieces = [piece for piece in _components(mask) if _is_stroke(piece, crop.away, height)]
    for edge in (field[1], field[3]):
        pieces = [part for piece in pieces for part in _rows_of(crop, piece, edge, height)]
    own = _belonging(pieces, mask, crop.print, field, TALL * height)
    return sorted((pieces[i] for i in own), key=lambda piece: piece.box.left)


def _rows_of(crop: Crop, piece: Piece, edge: float, height: float) -> list[Piece]:
    """Return a piece, cut where digits of two rows touch that it is made of, near an edge of the field."""
    if piece.box.height <= TALL * height:
        return [piece]
    box = Box(left=piece.box.top, top=piece.box.left, width=piece.box.height, height=piece.box.width)
    turned = Ink(box=box, ink=np.ascontiguousarray(ink_picture(crop, piece).T))
    seams = [
        seam
        for seam in find_seams(turned)
        if abs(box.left + float(seam.columns.mean()) - edge) <= BETWEEN * height
    ]
    if not seams:
        return [piece]
    ends = min(seams, key=lambda seam: seam.crossed).columns
    above = np.arange(piece.box.height)[:, None] < ends
    return [part for side in (above, ~above) if (part := part_of(piece, side))]


def _belonging(
    pieces: Sequence[Piece], mask: Mask, printed: Mask, field: tuple[float, ...], tall: float
) -> list[int]:
    """Return which pieces belong to a field: those that lie in it, and what goes on beyond its walls.

    Where that is higher than a digit may be, `tall` pixels, what lies beyond is of another row.
    """
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & printed
    places = find_places(mask | cv2.morphologyEx(
        near.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    ).astype(bool))  # fmt: skip
    groups: dict[int, list[int]] = {}
    for i, piece in enumerate(pieces):
        row, column = np.argwhere(piece.mask)[0]
        groups.setdefault(int(places[piece.box.top + row, piece.box.left + column]), []).append(i)
    kept = list[int]()
    for members in groups.values():
        sizes = [float(pieces[i].mask.sum()) for i in members]
        shares = [_inside(pieces[i].mask, (pieces[i].box.left, pieces[i].box.top), field) for i in members]
        if np.average(shares, weights=sizes) >= OUTSIDE:
            high = join([pieces[i] for i in members]).box.height > tall
            kept += [i for i, share in zip(members, shares, strict=True) if share >= OUTSIDE or not high]
    return kept


def _components(mask: Mask, left: int = 0, top: int = 0) -> list[Piece]:
    """Return the connected ink of a part of the crop that begins at a place."""
    components = find_components(mask)
    found = []
    for label, (x, y, width, height, _) in enumerate(components.stats.tolist()):
        if label:
            box = Box(left=left + x, top=top + y, width=width, height=height)
            found.append(Piece(box=box, mask=components.own(label)))
    return found


def _is_stroke(piece: Piece, away: Darkness, height: float) -> bool:
    """Tell what is written from dirt and from what is left of print."""
    box = piece.box
    if piece.size < SPECK * height:
        return False
    printed = away[box.top : box.bottom, box.left : box.right][piece.mask]
    along = float((printed <= NEAR).mean()) > ALONG and box.height < LEAST_PRINT * height
    return not along and float(printed.max()) > NEAR


def _inside(own: Mask, corner: tuple[int, int], field: tuple[float, ...]) -> float:
    """Return which share of a piece's ink lies in a field."""
    rows, columns = np.nonzero(own)
    x, y = columns + corner[0], rows + corner[1]
    return float(((x >= field[0]) & (x < field[2]) & (y >= field[1]) & (y < field[3])).mean())


def join(pieces: Sequence[Piece]) -> Piece:
    """Return several pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    box = functools.reduce(union, (piece.box for piece in pieces))
    mask = np.zeros((box.height, box.width), bool)
    for piece in pieces:
        y, x = piece.box.top - box.top, piece.box.left - box.left
        mask[y : y + piece.box.height, x : x + piece.box.width] |= piece.mask
    return Piece(box=box, mask=mask)


def make_mark(crop: Crop, pieces: Sequence[Piece], height: float, pen: float, *, cut: float = 0.0) -> Mark:
    """Return the mark that pieces make together."""
    whole = join(pieces)
    box = whole.box
    rows, columns = slice(max(0, box.top - 1), box.bottom + 1), slice(max(0, box.left - 1), box.right + 1)
    ink = crop.ink[rows, columns]
    own = np.zeros(ink.shape, np.uint8)
    y, x = box.top - rows.start, box.left - columns.start
    own[y : y + box.height, x : x + box.width] = whole.mask
    level = max(float(np.median(ink[own > 0])), 1e-3)
    printed = crop.print[rows, columns]
    return Mark(
        inked=Inked(seen=ink, ink=crop.clear[rows, columns], own=own, printed=printed),
        box=box,
        ink=level / max(faintest(crop), OF_PEN * pen),
        high=box.height / height,
        wide=box.width / height,
        printed=float(printed[own > 0].mean()),
        cut=cut,
        pieces=len(pieces),
        near=float((crop.away[rows, columns][own > 0] <= NEAR).mean()),
    )


def ink_picture(crop: Crop, piece: Piece) -> Pixels:
    """Return the ink of a piece, bright on 0."""
    box = piece.box
    ink = crop.ink[box.top : box.bottom, box.left : box.right]
    full = max(float(ink.max()), 1e-3)
    return np.asarray(255 * np.clip(ink / full, 0, 1) * piece.mask, np.uint8)


def split(piece: Piece) -> list[Piece]:
    """Return the connected parts of a piece."""
    return _components(piece.mask, piece.box.left, piece.box.top)


def part_of(piece: Piece, side: Mask) -> Piece | None:
    """Return the part of a stroke on one side."""
    mask = piece.mask & side
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    inside = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    box = Box(
        left=piece.box.left + left, top=piece.box.top + top, width=inside.shape[1], height=inside.shape[0]
    )
    return Piece(box=box, mask=inside)
