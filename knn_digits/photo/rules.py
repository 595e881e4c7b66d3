"""Stage 1: ink -> its rules and grids.

A rule is thin, straight, and longer than several marks. Only its thin pixels are erased: a stroke that
crosses it makes the ink thicker across the rule there, and stays.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.digit import stroke_width
from knn_digits.photo.components import Components, find_components, sizes
from knn_digits.photo.numbers import numbers_of
from knn_digits.ranks import median, quantile

NUMBERS = numbers_of(__name__)
FAINT: float = NUMBERS["FAINT"]  # of the threshold, or of its length: rules may be as faint, or as broken
# of the usual stroke: what is thicker across is no rule; gaps up to this, in a rule or a stroke, are closed
THICKNESS: float = NUMBERS["THICKNESS"]
# length over thickness: pieces of a rule are at least so elongated, candidates no flatter
ELONGATION: float = NUMBERS["ELONGATION"]
MIN_MARKS: float = NUMBERS["MIN_MARKS"]  # a rule is longer than this many usual marks
# of the picture's diagonal: smaller marks are crumbs, no part of a rule is shorter, none thicker than two
MIN_MARK: float = NUMBERS["MIN_MARK"]
# of a side, an outline, a box or ink: what covers so much is whole, or the same, what is off by less in place
WHOLE: float = NUMBERS["WHOLE"]
FITS = 3  # of a line to points, of which more hardly move it
MOST_PIECES = 500  # in one direction; a picture of more is no ruled paper, and the shorter ones are left


@compared_by_content
@dataclass(frozen=True, eq=False)
class Piece:
    """Thin elongated ink along the columns `start` to `stop`."""

    start: int
    stop: int
    top: int
    center: NDArray[np.float64]  # of a parabola, see `np.polyval`: column after `start` -> row below `top`
    thickness: float

    @property
    def length(self) -> int:
        """Columns."""
        return self.stop - self.start

    def row(self, columns: ArrayLike) -> NDArray[np.float64]:
        """Return the rows of its center."""
        return np.asarray(self.top + np.polyval(self.center, np.subtract(columns, self.start)), np.float64)

    def row_beyond(self, columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rows that its chord, prolonged, has at columns."""
        first, last = self.row([self.start, self.stop])
        return np.asarray(first + (last - first) * (columns - self.start) / self.length, np.float64)


@dataclass(frozen=True)
class Rule:
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
        return float(median([piece.thickness for piece in self.pieces]))


def find_straight_rules(mask: Mask) -> Mask:
    """Return the pixels of rules and grids, (height, width) bool.

    Parameters
    ----------
    mask : (height, width) bool
        Ink down to `FAINT` of the threshold, as print is often fainter than a pen.
    """
    faint = mask.view(np.uint8)
    stroke = stroke_width(faint)
    found = [(_find_along_rows(faint, stroke), False), (_find_along_rows(turn(faint), stroke), True)]
    left = faint
    # The main direction first: once its rules are gone, the digits that they tied together can be measured.
    for rules, turned in sorted(found, key=lambda f: -sum(rule.length for rule in f[0])):
        left = turn(left) if turned else left
        if rules:
            mark = _usual_mark(erase(left, rules))
            left = erase(left, [rule for rule in rules if _is_ruled(rule, mark, left.shape[1])])
        left = turn(left) if turned else left
    return np.asarray(mask & ~left.view(bool))


def turn(ink: Pixels) -> Pixels:
    """Return the ink with its rows as columns."""
    return np.ascontiguousarray(ink.T)


def thin_ink(ink: Pixels, thickness: float) -> Pixels:
    """Return the ink whose run along its column is at most `thickness`."""
    run = np.ones((int(thickness) + 1, 1), np.uint8)
    thick = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, run), np.uint8)
    np.greater(ink, thick, out=thick.view(bool))
    return thick


def most_thickness(ink: Pixels | Mask, stroke: float) -> float:
    """Return how thick a rule may be in ink of this usual stroke, in pixels."""
    return float(min(THICKNESS * stroke, 2 * MIN_MARK * max(ink.shape)))


def _find_along_rows(ink: Pixels, stroke: float) -> list[Rule]:
    thickness = most_thickness(ink, stroke)
    bridge = np.ones((1, int(thickness) | 1), np.uint8)
    thin = cv2.morphologyEx(thin_ink(ink, thickness), cv2.MORPH_CLOSE, bridge)
    components = find_components(np.asarray(thin, np.uint8))
    stats = components.stats
    widths, areas = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_AREA]
    crumb = MIN_MARK * np.hypot(*ink.shape)
    long = (widths >= crumb) & (widths >= ELONGATION * areas / widths)
    long[0] = False
    longest = np.flatnonzero(long)
    longest = np.sort(longest[np.argsort(-widths[longest], kind="stable")][:MOST_PIECES])
    pieces = [_fit(components, label) for label in longest.tolist()]
    joined = _join([piece for piece in pieces if piece is not None])
    return [one for one in joined if one.length >= MIN_MARKS * crumb and is_seen(one.coverage)]


def is_seen(share: float) -> bool:
    """Tell whether as much is seen of a rule, as ink or on one parabola, as of a faint one."""
    return share >= FAINT


def _fit(components: Components, label: int) -> Piece | None:
    """Return the component as a piece, None if it is not straight."""
    left, top, width, height = components.stats[label, :4].tolist()
    there = components.own(label)
    columns = np.flatnonzero(there.any(axis=0))
    rows = (there * np.arange(height)[:, None]).sum(axis=0)[columns] / there.sum(axis=0)[columns]
    thickness = float(median(there.sum(axis=0)[columns]))
    center, on_line = fit_trimmed(columns, rows, thickness)
    return Piece(left, left + width, top, center, thickness) if is_seen(on_line) else None


def fit_trimmed(
    columns: NDArray[np.int64], rows: NDArray[np.float64], thickness: float
) -> tuple[NDArray[np.float64], float]:
    """Fit a parabola to most of the points; return it and the share of points that are in a rule along it."""
    near = np.ones(len(rows), bool)
    reach = max(3, thickness) / 2  # the finest line has a pixel, and soft ones on both sides
    for _ in range(FITS):
        center = np.polyfit(columns[near], rows[near], deg=2)
        away = np.abs(np.polyval(center, columns) - rows)
        near = away <= max(reach, quantile(away, 0.75))
    return center, float((away <= reach).mean())


def _join(pieces: list[Piece]) -> list[Rule]:
    """Put pieces that continue each other into one rule."""
    rules: list[list[Piece]] = []
    ends = np.zeros((4, len(pieces)))  # of the last piece of each rule
    for piece in sorted(pieces, key=lambda piece: piece.start):
        start, stop, first, last = ends[:, : len(rules)]
        gap = piece.start - stop
        allowed = (
            2 + piece.thickness + gap.clip(0) / (stop - start)
        )  # a pixel on either side, and one prolonged
        ahead = np.abs(
            first + (last - first) * (piece.start - start) / (stop - start) - piece.row(piece.start)
        )
        found = np.flatnonzero((gap > -piece.length / 2) & (ahead <= allowed))
        place = int(found[0]) if found.size else len(rules)
        if place == len(rules):
            rules.append([])
        rules[place].append(piece)
        ends[:, place] = piece.start, piece.stop, piece.row(piece.start), piece.row(piece.stop)
    return [Rule(tuple(rule)) for rule in rules]


def _is_ruled(rule: Rule, mark: float, side: int) -> bool:
    return rule.length >= (MIN_MARKS * mark if mark else WHOLE * side)


def _usual_mark(ink: Pixels) -> float:
    """Return the usual longer side in pixels of marks without rules, 0 if there are none."""
    marks = np.sort(sizes(find_components(ink).stats)[1:])
    marks = marks[(marks >= MIN_MARK * np.hypot(*ink.shape)) & (marks < WHOLE * min(ink.shape))]
    # Weighted by size, for a page has more crumbs than digits.
    return float(marks[np.searchsorted(marks.cumsum(), marks.sum() / 2)]) if len(marks) else 0.0


def erase(ink: Pixels, rules: list[Rule]) -> Pixels:
    """Return the ink without the thin pixels of rules along the rows."""
    left = ink.copy()
    for rule in rules:
        reach = 1 + round(rule.thickness)  # with its soft edges
        thickest = reach + 1  # else a stroke crosses it
        path = np.round(_path(rule, np.arange(ink.shape[1]))).astype(np.int64)
        band = (path + np.arange(-reach, reach + 1)[:, None]).clip(0, len(ink) - 1)
        top = max(0, int(band.min()) - thickest - reach)  # what lies farther away is not looked at
        rows = slice(top, int(band.max()) + thickest + reach + 1)
        thin, near, band = thin_ink(ink[rows], thickest), left[rows], band - top
        start, stop = _prolonged(rule, thin[band, np.arange(ink.shape[1])].any(axis=0))
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


def _prolonged(rule: Rule, there: Mask) -> tuple[int, int]:
    """Return the first and the last but one column of a rule, prolonged where it goes on.

    Parameters
    ----------
    rule : Rule
    there : (width,) bool
        In which columns there is thin ink on it.
    """
    width = len(there)
    start, stop = max(0, rule.pieces[0].start), min(width, rule.pieces[-1].stop)
    if start and is_seen(float(there[:start].mean())):
        start = 0
    if stop < width and is_seen(float(there[stop:].mean())):
        stop = width
    return start, stop


def _path(rule: Rule, columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rule's row at each column."""
    first, last = rule.pieces[0], rule.pieces[-1]
    before, behind = columns[: max(0, first.start)], columns[last.stop + 1 :]
    own = [np.arange(piece.start, piece.stop + 1) for piece in rule.pieces]
    rows = [piece.row(x) for piece, x in zip(rule.pieces, own, strict=True)]
    x = np.concatenate([before, *own, behind])
    y = np.concatenate([first.row_beyond(before), *rows, last.row_beyond(behind)])
    order = np.argsort(x, kind="stable")
    return np.asarray(np.interp(columns, x[order], y[order]), np.float64)
