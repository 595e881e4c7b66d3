"""Explanation -> lines for a terminal, with pictures of block characters or of plain ones."""

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels
from knn_digits.explanation import Evidence, Explanation
from knn_digits.reading.reasons import LeftOut
from knn_digits.reports.explanations.words import (
    LEFT_OUT,
    heading,
    left_out,
    name,
    number,
    reasons,
    vote,
    votes,
)

HALVES = (" ▀▄█", " ',#")  # no ink, in the upper pixel, in the lower one, in both; with blocks or plain
SHADES = (" ░▒▓█", " .:*#")  # from paper to ink
BLOCKS = HALVES[False] + SHADES[False]
INK = 128  # grey level from which a pixel is drawn
APART = 64  # grey levels from which a difference is drawn
WIDEST = 40  # characters: wider rows of counts are left to a picture or a page
GAP = "  "
SIGNS = "difference of {}: + is more ink in the digit read, - in the training digit"

_Panel = tuple[str, list[str]]  # a caption, and lines below it


def explanation_text(why: Explanation, *, width: int, plain: bool = False) -> str:
    """Return an explanation as text.

    Parameters
    ----------
    why : Explanation
    width : int
        Characters in a line: as many neighbors are drawn as fit in, at least one; all are listed.
    plain : bool
        Whether to draw with ASCII alone.

    Returns
    -------
    str
    """
    signs = [] if why.compared is None else [SIGNS.format(why.compared)]
    said = [textwrap.fill(line, width, subsequent_indent=GAP) for line in (votes(why), *reasons(why), *signs)]
    return "\n".join([heading(why), *_side_by_side(_panels(why, width, plain=plain)), *_table(why), *said])


def left_out_text(found: Sequence[LeftOut], *, width: int) -> str:
    """Return what was left out as lines of at most so many characters."""
    said = (f"{GAP}{left_out(mark)}" for mark in found)
    return "\n".join(
        [f"{LEFT_OUT}:", *(textwrap.fill(line, width, subsequent_indent=2 * GAP) for line in said)]
    )


def _panels(why: Explanation, width: int, *, plain: bool) -> list[_Panel]:
    """Return the photo, the digit, its nearest neighbor and the runner-up, and as many others as fit."""
    shown = _shown(why)
    window = _window([why.read.digit, *(found.digit for _, found in shown)])
    lines = (window[0].stop - window[0].start) // 2
    first = [
        ("photo", _shades(why.crop, rows=lines, plain=plain)),
        ("as seen", _halves(why.read.digit[window], plain=plain) + _numbers(why.counts)),
    ]
    panels = [_panel(caption, found, window, plain=plain) for caption, found in shown]
    chosen = {0, *(place for place, (_, found) in enumerate(shown) if found is why.runner_up)}
    for place in range(len(panels)):
        wanted = [*first, *(panels[other] for other in chosen | {place})]
        if sum(map(_room, wanted)) <= width + len(GAP):
            chosen.add(place)
    return [*first, *(panels[place] for place in sorted(chosen))]


def _shown(why: Explanation) -> list[tuple[str, Evidence]]:
    """Return the neighbors and the runner-up, if it is none of them, each with a caption."""
    shown = [(f"{place}: {neighbor.label}", neighbor) for place, neighbor in enumerate(why.neighbors, 1)]
    rival = why.runner_up
    return shown if rival is None or rival.copies else [*shown, (f"runner-up: {rival.label}", rival)]


def _panel(caption: str, found: Evidence, window: tuple[slice, slice], *, plain: bool) -> _Panel:
    lines = _halves(found.digit[window], plain=plain) + _numbers(found.counts)
    if found.difference is not None:
        lines += ["", *_signs(found.difference[window])]
    return caption, lines


def _room(panel: _Panel) -> int:
    caption, lines = panel
    return max(map(len, [caption, *lines])) + len(GAP)


def _window(digits: Sequence[Pixels]) -> tuple[slice, slice]:
    """Return the rows, an even number of them, and columns that hold the ink of all digits."""
    ink = np.max(digits, axis=0) >= INK
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, SIDE), slice(0, SIDE)
    return slice(rows[0] // 2 * 2, -(-(rows[-1] + 1) // 2) * 2), slice(columns[0], columns[-1] + 1)


def _halves(digit: Pixels, *, plain: bool) -> list[str]:
    ink = digit >= INK
    return ["".join(HALVES[plain][mark] for mark in row) for row in ink[::2] + 2 * ink[1::2]]


def _signs(difference: NDArray[np.int16]) -> list[str]:
    """Return + where the digit that was read has more ink, - where the training digit has."""
    means = difference.reshape(-1, 2, difference.shape[1]).mean(axis=1)
    signs = (means >= APART).astype(int) - (means <= -APART)
    return ["".join(" +-"[sign] for sign in row) for row in signs]


def _shades(crop: Pixels, *, rows: int, plain: bool) -> list[str]:
    """Return the crop as so many lines of darker and lighter characters, at most as wide as a digit."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    columns = min(SIDE, max(1, round(2 * rows * grey.shape[1] / grey.shape[0])))
    small = cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64)
    ink = np.abs(small - np.median(small))
    levels = np.rint(ink / max(1.0, float(ink.max())) * (len(SHADES[plain]) - 1)).astype(int)
    return ["".join(SHADES[plain][level] for level in row) for row in levels]


def _numbers(counts: NDArray[np.float32] | None) -> list[str]:
    """Return the counts row by row, below an empty line; nothing if there are none."""
    if counts is None:
        return []
    cells = [[f"{count:.0f}" for count in row] for row in counts]
    width = max(len(cell) for row in cells for cell in row)
    if len(cells[0]) * (width + 1) > WIDEST:
        return ["", "too many counts"]
    return ["", *(" ".join(cell.rjust(width) for cell in row) for row in cells)]


def _side_by_side(panels: list[_Panel]) -> list[str]:
    widths = [_room(panel) for panel in panels]
    rows = zip_longest(*([caption, *lines] for caption, lines in panels), fillvalue="")
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _table(why: Explanation) -> list[str]:
    rows = [
        (f"{place}:", str(found.label), number(found.distance), vote(found), name(found))
        for place, found in enumerate(why.neighbors, 1)
    ]
    rows.insert(0, ("", "label", "distance", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        GAP.join([*(cell.rjust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]).rstrip()
        for row in rows
    ]
