"""Explanations -> pictures, a band for each digit; and the small pictures in it."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels
from knn_digits.explanation import Alike, Evidence, Explanation
from knn_digits.features.blocks import Blocks
from knn_digits.reading.reasons import LeftOut
from knn_digits.reports.canvas import enlarge, text_width, write
from knn_digits.reports.explanations import words
from knn_digits.reports.explanations.words import (
    heading,
    legend,
    name,
    number,
    page_label,
    reasons,
    vote,
    votes,
)

ENLARGED = 5  # times: a digit
TILE = SIDE * ENLARGED  # pixels: side of a small picture
COLUMNS = 5  # neighbors side by side
GAP = 12  # pixels between small pictures, and around them
LINE = 18  # pixels: height of a line of text
CAPTIONS = 3  # lines above a small picture
HEADING, PLAIN, SMALL = 15, 11, 9  # pixels: height of a digit in text
WIDTH = (COLUMNS + 2) * (TILE + GAP) + GAP
CHARACTERS = 110  # in a line of plain text: as many as WIDTH has room for
HIGHEST = round(WIDTH * 2**0.5)  # pixels: of a picture as high as a sheet of paper of this width
RULE = 190  # grey level of the line between digits
GRID_COLOR = (70, 110, 170)  # RGB
COUNT_COLOR = (255, 205, 60)
DIMMED = 0.55  # of a digit's brightness below the counts
MORE_COLOR = (0, 80, 200)  # ink in the digit that was read alone
LESS_COLOR = (225, 110, 0)  # ink in the training digit alone


def draw_explanations(explanations: Iterable[Explanation], *, left_out: Sequence[LeftOut] = ()) -> Pixels:
    """Return a (height, width, 3) RGB picture of at least one explanation, one below the other.

    What was left out comes last.
    """
    return np.vstack(list(_bands(explanations, left_out)))


def draw_sheets(explanations: Iterable[Explanation], *, left_out: Sequence[LeftOut] = ()) -> Iterator[Pixels]:
    """Yield the same in parts, each no higher than a sheet of paper, if one digit is not."""
    sheet: list[Pixels] = []
    for band in _bands(explanations, left_out):
        if sheet and sum(map(len, [*sheet, band])) > HIGHEST:
            yield np.vstack(sheet)
            sheet = []
        sheet.append(band)
    yield np.vstack(sheet)


def _bands(explanations: Iterable[Explanation], left_out: Sequence[LeftOut]) -> Iterator[Pixels]:
    yield from map(_band, explanations)
    if left_out:
        yield _draw_left_out(left_out)


def draw_crop(why: Explanation | LeftOut) -> Pixels:
    """Return the mark's crop of the photo in a white square, (TILE, TILE, 3) RGB."""
    scale = TILE / max(why.crop.shape[:2])
    height, width = (max(1, round(side * scale)) for side in why.crop.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    square = np.full((TILE, TILE, 3), 255, np.uint8)
    top, left = (TILE - height) // 2, (TILE - width) // 2
    square[top : top + height, left : left + width] = cv2.resize(why.crop, (width, height), interpolation=how)
    return square


def draw_digit(digit: Pixels, grid: Blocks | None, counts: NDArray[np.float32] | None) -> Pixels:
    """Return a digit enlarged, (TILE, TILE, 3) RGB, with the grid and its counts over it if there is one."""
    drawn = np.stack([enlarge(digit, ENLARGED)] * 3, axis=2)
    if grid is not None and counts is not None:
        drawn = np.asarray(np.rint(drawn * DIMMED), np.uint8)
        _draw_counts(drawn, grid, counts)
    return drawn


def draw_difference(difference: NDArray[np.int16]) -> Pixels:
    """Return a difference of digits enlarged, (TILE, TILE, 3) RGB: white where there is none."""
    return enlarge(color_difference(difference), ENLARGED)


def color_difference(difference: NDArray[np.int16]) -> Pixels:
    """Return a difference of digits in colors, (28, 28, 3) RGB: white where there is none."""
    share = np.abs(difference)[..., None] / 255
    color = np.where(difference[..., None] > 0, MORE_COLOR, LESS_COLOR)
    return np.asarray(np.rint(255 + share * (color - 255.0)), np.uint8)


def _draw_counts(drawn: Pixels, grid: Blocks, counts: NDArray[np.float32]) -> None:
    start = (SIDE - grid.window) // 2 * ENLARGED
    height, width = (grid.window * ENLARGED // n for n in (grid.rows, grid.columns))
    for (row, column), count in np.ndenumerate(counts):
        top, left = start + row * height, start + column * width
        cv2.rectangle(drawn, (left, top), (left + width, top + height), GRID_COLOR, 1)
        text = f"{count:.0f}"
        wide = text_width(text, height=SMALL)
        if wide < width and height > SMALL and count:
            place = left + (width - wide) // 2 + 1, top + (height + SMALL) // 2
            write(drawn, text, place, height=SMALL, color=COUNT_COLOR)


def _band(why: Explanation) -> Pixels:
    shown = [_neighbor(found, f"{place}:", why.grid) for place, found in enumerate(why.neighbors, 1)]
    if why.runner_up is not None and not why.runner_up.copies:
        shown.append(_neighbor(why.runner_up, "runner-up:", why.grid))
    rows = [
        _side_by_side(tiles[start : start + COLUMNS], columns=COLUMNS)
        for tiles in (shown, [_of_page(one) for one in why.alike])
        for start in range(0, len(tiles), COLUMNS)
    ]
    right = np.vstack(rows)
    left = _side_by_side(
        [
            _tile(["in the photo"], [draw_crop(why)]),
            _tile(["as seen"], [draw_digit(why.read.digit, why.grid, why.counts)]),
        ],
        columns=2,
    )
    left = _extended(left, right.shape[0], left.shape[1] + GAP)
    return np.vstack([_head(why), np.hstack([left, right])])


def _draw_left_out(found: Sequence[LeftOut]) -> Pixels:
    """Return a band of the marks that were left out, with what spoke against them."""
    said = [f"{place}: {words.left_out(mark)}" for place, mark in enumerate(found, 1)]
    tiles = [_tile([f"{place}:"], [draw_crop(mark)]) for place, mark in enumerate(found, 1)]
    columns = COLUMNS + 2
    rows = [
        _side_by_side(tiles[start : start + columns], columns=columns)
        for start in range(0, len(tiles), columns)
    ]
    return np.vstack([_titled(words.LEFT_OUT, said), *(_extended(row, len(row), WIDTH) for row in rows)])


def _head(why: Explanation) -> Pixels:
    return _titled(heading(why), [votes(why), *reasons(why), *filter(None, [legend(why)])])


def _titled(title: str, said: Sequence[str]) -> Pixels:
    """Return a title above sentences."""
    lines = [line for sentence in said for line in textwrap.wrap(sentence, CHARACTERS)]
    head = np.full((2 * GAP + (2 + len(lines)) * LINE, WIDTH, 3), 255, np.uint8)
    head[0] = RULE
    write(head, title, (GAP // 2, GAP + LINE), height=HEADING)
    for row, line in enumerate(lines, 2):
        write(head, line, (GAP // 2, GAP + GAP // 2 + row * LINE), height=PLAIN)
    return head


def _neighbor(found: Evidence, place: str, grid: Blocks | None) -> Pixels:
    pictures = [draw_digit(found.digit, grid, found.counts)]
    if found.difference is not None:
        pictures.append(draw_difference(found.difference))
    captions = [
        f"{place} {found.label} at {number(found.distance)}",
        vote(found),
        name(found),
    ]
    return _tile(captions, pictures)


def _of_page(one: Alike) -> Pixels:
    captions = [f"{one.place}:", f"{page_label(one)} at {number(one.distance)}", "on the same page"]
    return _tile(captions, [draw_digit(one.digit, None, None)])


def _tile(captions: Sequence[str], pictures: Sequence[Pixels]) -> Pixels:
    """Return small pictures one above the other, below lines of text, with a gap around them."""
    tops, left = [CAPTIONS * LINE + place * (TILE + GAP) for place in range(len(pictures))], GAP // 2
    tile = np.full((tops[-1] + TILE + GAP, TILE + GAP, 3), 255, np.uint8)
    for row, caption in enumerate(captions, CAPTIONS - len(captions) + 1):
        write(tile, caption, (left, row * LINE - 5), height=SMALL)
    for top, picture in zip(tops, pictures, strict=True):
        cv2.rectangle(tile, (left - 1, top - 1), (left + TILE, top + TILE), (RULE,) * 3, 1)
        tile[top : top + TILE, left : left + TILE] = picture
    return tile


def _side_by_side(tiles: Sequence[Pixels], *, columns: int) -> Pixels:
    height = max(len(tile) for tile in tiles)
    row = np.hstack([_extended(tile, height, tile.shape[1]) for tile in tiles])
    return _extended(row, height, columns * (TILE + GAP))


def _extended(picture: Pixels, height: int, width: int) -> Pixels:
    """Return the picture with white below it and to its right."""
    below, beside = height - picture.shape[0], width - picture.shape[1]
    return np.pad(picture, ((0, below), (0, beside), (0, 0)), constant_values=255)
