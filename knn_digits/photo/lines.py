"""Stage 1: ink -> ink without ruled lines, boxes and grids.

A ruled line is thin, straight, and longer than several marks. Only its thin pixels are erased: a stroke that
crosses it makes the ink thicker across the line there, and stays.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.digit import stroke_width
from knn_digits.photo.components import find_components, sizes
from knn_digits.photo.ink import FAINT, Ink

THICKNESS = 2.5  # of the usual stroke: what is thicker across is no ruled line
GAP = 2.0  # of the usual stroke: gaps in a line, where strokes cross it, up to this are bridged
MAX_THICKNESS = 0.02  # of the picture's longer side: as above
MIN_PIECE = 0.04  # of the picture's side: shorter pieces are no part of a line
ELONGATION = 6.0  # length of a piece over its thickness, at least
MIN_COVERAGE = 0.6  # of a line's length must be ink
MIN_MARKS = 3.5  # a line is longer than this many usual marks
MIN_LONGEST = 1.2  # usual marks: the longest piece of a line is longer than this
MARK_SHARE = 0.3  # of a mark's ink, at least, is on no line
MAX_MARK = 0.8  # of the picture's shorter side: what is larger is tied together by lines
MIN_MARK = 0.01  # of the picture's diagonal: smaller marks are crumbs
END_REACH = 2.0  # of the thickness: how far the end of a bar may be from the line that it touches
NEARBY = 0.1  # of the picture's side: lines farther from the end of a bar are not looked at
FIRST_SHARE = 0.4  # of the picture's side: lines longer than this are judged first
GRID = 3  # lines that run across the others, nearly all of the side long, make a grid
GRID_SHARE = 0.8  # of the picture's side
UNEVEN = 0.15  # of the spacing: how far a line of a grid may be from its place
ALONE = 0.9  # of the picture's side: a line is longer than this where there is no other mark
MOST_PIECES = 500  # in one direction; a picture of more is no ruled paper, and the shorter ones are left
MIN_ON_LINE = 0.7  # of a piece's columns lie on one parabola
EDGE = 1.6  # of a line's thickness: what is thicker across than this is a stroke that crosses it


@compared_by_content
@dataclass(frozen=True)
class Piece:
    """Thin elongated ink along the columns `start` to `stop`."""

    start: int
    stop: int
    top: int
    center: np.polynomial.Polynomial  # column after `start` -> row below `top`
    thickness: float

    @property
    def length(self) -> int:
        """Columns."""
        return self.stop - self.start

    def row(self, column: float) -> float:
        """Return the row of its center."""
        return self.top + float(self.center(column - self.start))

    def row_beyond(self, column: float) -> float:
        """Return the row that its chord, prolonged, has at a column."""
        first, last = self.row(self.start), self.row(self.stop)
        return first + (last - first) * (column - self.start) / self.length


@dataclass(frozen=True)
class Line:
    """Pieces in one line, from left to right."""

    pieces: tuple[Piece, ...]

    @property
    def length(self) -> int:
        """Columns, gaps included."""
        return self.pieces[-1].stop - self.pieces[0].start

    @property
    def coverage(self) -> float:
        """Which share of them is ink."""
        return sum(piece.length for piece in self.pieces) / self.length

    @functools.cached_property
    def thickness(self) -> float:
        """Rows, the median of the pieces'."""
        return float(np.median([piece.thickness for piece in self.pieces]))

    @functools.cached_property
    def points(self) -> list[tuple[float, float]]:
        """Some of its columns, with its rows there."""
        return [(x, piece.row(x)) for piece in self.pieces for x in np.linspace(piece.start, piece.stop, 9)]


def remove_lines(ink: Ink) -> tuple[Mask, Mask]:
    """Return the pixels that are ink but no ruled line, box or grid, and those of the lines.

    Parameters
    ----------
    ink : Ink
        Lines are looked for in ink down to `FAINT` of the threshold, as print is often fainter than a pen.

    Returns
    -------
    mask, lines : (height, width) bool
    """
    mask = ink.mask.astype(np.uint8)
    faint = (ink.darkness > FAINT * ink.threshold).astype(np.uint8)
    all_of_it = faint.astype(bool)
    stroke = stroke_width(faint)
    found = [(_find_lines(faint, stroke), False), (_find_lines(turn(faint), stroke), True)]
    # The main direction first, and in it the longest lines: once they are gone, the digits that they tied
    # together can be measured.
    frame: list[Line] = []
    for lines, turned in sorted(found, key=lambda f: -sum(line.length for line in f[0])):
        across = next(other for other, way in found if way is not turned)
        mask, faint = (turn(mask), turn(faint)) if turned else (mask, faint)
        bars = _bars(lines, frame, len(faint))
        for share in (FIRST_SHARE, 0):
            least = share * faint.shape[1]
            if bars or any(line.length >= least for line in lines):
                mark = _usual_mark(faint, lines, across)
                ruled = bars + [line for line in lines if _is_ruled(line, mark, faint.shape[1], least)]
                ruled += _missing(ruled, faint)
                mask, faint = erase(mask, ruled), erase(faint, ruled)
                frame += ruled
        mask, faint = (turn(mask), turn(faint)) if turned else (mask, faint)
    return mask.astype(bool), all_of_it & ~faint.astype(bool)


def turn(ink: Pixels) -> Pixels:
    """Return the ink with its rows as columns."""
    return np.ascontiguousarray(ink.T)


def thin_ink(ink: Pixels, thickness: float) -> Pixels:
    """Return the ink whose run along its column is at most `thickness`."""
    run = np.ones((int(thickness) + 1, 1), np.uint8)
    return ink & (1 - np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, run), np.uint8))


def most_thickness(ink: Pixels | Mask, stroke: float) -> float:
    """Return how thick a ruled line may be in ink of this usual stroke, in pixels."""
    return float(min(THICKNESS * stroke, max(2.0, MAX_THICKNESS * max(ink.shape))))


def _find_lines(ink: Pixels, stroke: float) -> list[Line]:
    thin = thin_ink(ink, most_thickness(ink, stroke))
    bridge = np.ones((1, int(GAP * stroke) | 1), np.uint8)
    places, stats = find_components(np.asarray(cv2.morphologyEx(thin, cv2.MORPH_CLOSE, bridge), np.uint8))
    widths, areas = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_AREA]
    long = (widths >= MIN_PIECE * ink.shape[1]) & (widths >= ELONGATION * areas / widths)
    long[0] = False
    longest = np.flatnonzero(long)
    longest = np.sort(longest[np.argsort(-widths[longest], kind="stable")][:MOST_PIECES])
    pieces = [_fit(places, stats[label], label) for label in longest]
    joined = _join([piece for piece in pieces if piece is not None])
    least = MIN_MARKS * MIN_MARK * np.hypot(*ink.shape)
    return [line for line in joined if line.length >= least and line.coverage >= MIN_COVERAGE]


def _fit(places: NDArray[np.int32], stat: NDArray[np.int32], label: np.intp) -> Piece | None:
    """Return the component as a piece, None if it is not straight."""
    left, top, width, height = (int(value) for value in stat[:4])
    there = places[top : top + height, left : left + width] == label
    columns = np.flatnonzero(there.any(axis=0))
    rows = (there * np.arange(height)[:, None]).sum(axis=0)[columns] / there.sum(axis=0)[columns]
    thickness = float(np.median(there.sum(axis=0)[columns]))
    center, on_line = fit_trimmed(columns, rows, max(1.5, thickness / 2))
    return Piece(left, left + width, top, center, thickness) if on_line >= MIN_ON_LINE else None


def fit_trimmed(
    columns: NDArray[np.int64], rows: NDArray[np.float64], reach: float
) -> tuple[np.polynomial.Polynomial, float]:
    """Fit a parabola to most of the points; return it and the share of points within `reach` of it."""
    near = np.abs(rows - np.median(rows)) < np.inf
    for trim in (0.75, 0.75, 0.75):
        center = np.polynomial.Polynomial.fit(columns[near], rows[near], deg=2).convert()
        away = np.abs(center(columns) - rows)
        near = away <= max(reach, np.quantile(away, trim))
    return center, float((away <= reach).mean())


def _join(pieces: list[Piece]) -> list[Line]:
    """Put pieces that continue each other into one line."""
    lines: list[list[Piece]] = []
    ends = np.zeros((4, len(pieces)))  # of the last piece of each line
    for piece in sorted(pieces, key=lambda piece: piece.start):
        start, stop, first, last = ends[:, : len(lines)]
        gap = piece.start - stop
        allowed = 2 + piece.thickness + 0.03 * gap.clip(0)
        ahead = np.abs(
            first + (last - first) * (piece.start - start) / (stop - start) - piece.row(piece.start)
        )
        found = np.flatnonzero((gap > -piece.length / 4) & (ahead <= allowed))
        place = int(found[0]) if found.size else len(lines)
        if place == len(lines):
            lines.append([])
        lines[place].append(piece)
        ends[:, place] = piece.start, piece.stop, piece.row(piece.start), piece.row(piece.stop)
    return [Line(tuple(line)) for line in lines]


def _is_ruled(line: Line, mark: float, side: int, least: float) -> bool:
    longest = max(piece.length for piece in line.pieces)
    needed = max(MIN_MARKS * mark, least) if mark else ALONE * side
    return line.length >= needed and longest >= MIN_LONGEST * mark


def _missing(ruled: list[Line], ink: Pixels) -> list[Line]:
    """Return lines that strokes cover too much to be found, but for the even spacing of others."""
    width = ink.shape[1]
    columns = np.arange(width)
    paths = [_path(line, columns) for line in ruled if line.length >= ALONE * width]
    if len(paths) < GRID:
        return []
    paths.sort(key=lambda path: float(path.mean()))
    spacing = np.diff([path.mean() for path in paths])
    step = max(float(spacing.min()), 1.0)
    thickness = float(np.median([line.thickness for line in ruled]))
    found = []
    for before, after, gap in zip(paths[:-1], paths[1:], spacing, strict=True):
        parts = round(gap / step)
        even = abs(gap - parts * step) <= UNEVEN * step
        for part in range(1, parts) if even else ():
            path = before + (after - before) * part / parts
            rows = (np.round(path).astype(np.int64) + np.arange(-1, 2)[:, None]).clip(0, len(ink) - 1)
            if ink[rows, columns].any(axis=0).mean() >= MIN_COVERAGE:
                center = np.polynomial.Polynomial.fit(columns, path, deg=2).convert()
                found.append(Line((Piece(0, width, 0, center, thickness),)))
    return found


def _bars(lines: list[Line], frame: list[Line], height: int) -> list[Line]:
    """Return the lines that stand between two lines of the frame, where such bars close its ends."""
    if not frame:
        return []
    paths = np.array([_path(line, np.arange(height)) for line in frame])
    held = [
        (line, _holder(line, frame, paths, first=True), _holder(line, frame, paths, first=False))
        for line in lines
    ]
    bars = [(line, top, bottom) for line, top, bottom in held if top is not None and bottom is not None]
    closed = []
    for line, top, _ in bars:
        places = [bar.pieces[0].row(bar.pieces[0].start) for bar, first, _ in bars if first is top]
        ends = (top.pieces[0].start, top.pieces[-1].stop)
        near = max(END_REACH * line.thickness, 4)
        if abs(min(places) - ends[0]) <= near and abs(max(places) - ends[1]) <= near:
            closed.append(line)
    return closed


def _holder(line: Line, frame: list[Line], paths: NDArray[np.float64], *, first: bool) -> Line | None:
    """Return the line of the frame, which runs across along one of the paths, that this end touches."""
    piece = line.pieces[0] if first else line.pieces[-1]
    end = piece.start if first else piece.stop
    place = piece.row(end)
    away = np.abs(paths[:, int(min(max(place, 0), paths.shape[1] - 1))] - end)
    for other in (frame[row] for row in np.flatnonzero(away <= NEARBY * paths.shape[1])):
        reach = END_REACH * (line.thickness + other.thickness) / 2 + 2
        beyond = max(other.pieces[0].start - place, place - other.pieces[-1].stop)
        if beyond <= reach and abs(_path(other, np.array([place]))[0] - end) <= reach:
            return other
    return None


def _usual_mark(ink: Pixels, lines: list[Line], across: list[Line]) -> float:
    """Return the usual longer side in pixels of marks, 0 if there are none.

    Where lines tie marks together, what is left of them without the lines is measured, without long lines
    that run `across` if there are several: one alone may be a stroke.
    """
    left = erase(ink, lines)
    grid = [line for line in across if line.length >= GRID_SHARE * ink.shape[0]]
    if len(grid) >= GRID:
        left = turn(erase(turn(left), grid))
    places, stats = find_components(ink)
    kept = np.bincount(places.ravel(), weights=left.ravel(), minlength=len(stats))
    whole = (kept > MARK_SHARE * stats[:, cv2.CC_STAT_AREA]) & (sizes(stats) < MAX_MARK * min(ink.shape))
    whole[0] = False
    left[whole[places]] = 0
    _, tied = find_components(left)
    marks = np.sort(np.concatenate([sizes(stats)[whole], sizes(tied)[1:]]))
    marks = marks[(marks >= MIN_MARK * np.hypot(*ink.shape)) & (marks < MAX_MARK * min(ink.shape))]
    # Weighted by size, for a page has more crumbs than digits.
    return float(marks[np.searchsorted(marks.cumsum(), marks.sum() / 2)]) if len(marks) else 0.0


def erase(ink: Pixels, lines: list[Line]) -> Pixels:
    """Return the ink without the thin pixels of lines along the rows."""
    left = ink.copy()
    for line in lines:
        thickest, reach = int(EDGE * line.thickness + 1), int(line.thickness + 1.5)
        path = np.round(_path(line, np.arange(ink.shape[1]))).astype(np.int64)
        band = (path + np.arange(-reach, reach + 1)[:, None]).clip(0, len(ink) - 1)
        top = max(0, int(band.min()) - thickest - reach)  # what lies farther away is not looked at
        rows = slice(top, int(band.max()) + thickest + reach + 1)
        thin, near, band = thin_ink(ink[rows], thickest), left[rows], band - top
        start, stop = _prolonged(line, thin[band, np.arange(ink.shape[1])].any(axis=0))
        columns, band = np.arange(start, stop), band[:, start:stop]
        erased = np.zeros_like(near)
        erased[band, columns] = thin[band, columns]
        near &= 1 - erased
        # Ink just above and just below: a stroke went through here.
        beside = slice(max(0, int(band.min()) - reach), int(band.max()) + reach + 1)
        across = np.ones((2 * reach + 1, 3), np.uint8)
        through = cv2.morphologyEx(near[beside], cv2.MORPH_CLOSE, across, borderValue=0)
        near[beside] |= np.asarray(through, np.uint8) & erased[beside]
    return left


def _prolonged(line: Line, there: Mask) -> tuple[int, int]:
    """Return the first and the last but one column of a line, prolonged where it goes on.

    Parameters
    ----------
    line : Line
    there : (width,) bool
        In which columns there is thin ink on it.
    """
    width = len(there)
    start, stop = max(0, line.pieces[0].start), min(width, line.pieces[-1].stop)
    if there[:start].mean() >= MIN_COVERAGE if start else False:
        start = 0
    if there[stop:].mean() >= MIN_COVERAGE if stop < width else False:
        stop = width
    return start, stop


def _path(line: Line, columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the line's row at each column."""
    first, last = line.pieces[0], line.pieces[-1]
    points = line.points + [(x, first.row_beyond(x)) for x in (columns[0],) if x < first.start]
    points += [(x, last.row_beyond(x)) for x in (columns[-1],) if x > last.stop]
    x, y = np.array(sorted(points)).T
    return np.asarray(np.interp(columns, x, y), np.float64)
