"""Digits and what belongs to each -> pictures to look at. Draws, computes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Digits, Pixels, compared_by_content
from knn_digits.reports.canvas import text_width, write

LARGE, SMALL = 4, 2  # times: the picture itself and the digits beside it, of the 28 pixels of a digit
LINE = 20  # pixels: height of a line of text
GAP = 12  # pixels between cards, and around them
PAPER, FRAME = 255, 190  # grey levels


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Card:
    """A picture with lines of text, and digits beside it with a caption each."""

    picture: Pixels  # (height, width) grey
    lines: Sequence[str]  # at most 2, above the picture
    others: Digits  # (m, 28, 28)
    captions: Sequence[str]  # one for each of the others


def draw_cards(cards: Sequence[Card], *, columns: int) -> Pixels:
    """Return a (height, width) grey picture of the cards, row by row; they have as many others each."""
    columns = max(1, min(columns, len(cards)))
    drawn = [_card(card) for card in cards] or [np.full((SIDE, SIDE), PAPER, np.uint8)]
    height, width = (side + GAP for side in drawn[0].shape)
    rows = -(-len(drawn) // columns)
    sheet = np.full((rows * height + GAP, columns * width + GAP), PAPER, np.uint8)
    for place, picture in enumerate(drawn):
        top, left = GAP + place // columns * height, GAP + place % columns * width
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet


def _card(card: Card) -> Pixels:
    """Return the picture below its lines, the others to its right, each above its caption."""
    large, small = SIDE * LARGE, SIDE * SMALL
    height = 2 * LINE + large + 3 * GAP // 2
    width = 2 * GAP + large + len(card.others) * (small + GAP // 2)
    picture = np.full((height, width), PAPER, np.uint8)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), FRAME, 1)
    for line, words in enumerate(card.lines):
        write(picture, words, (GAP, LINE * (line + 1) - 4))
    _paste(picture, _fit(card.picture, large), 2 * LINE + GAP // 2, GAP)
    top = 2 * LINE + GAP // 2 + (large - small - LINE) // 2
    for place, (digit, caption) in enumerate(zip(card.others, card.captions, strict=True)):
        left = GAP + large + GAP // 2 + place * (small + GAP // 2)
        _paste(picture, _fit(digit, small), top, left)
        middle = left + (small - text_width(caption)) // 2
        write(picture, caption, (middle, top + small + LINE - 2))
    return picture


def _fit(picture: Pixels, side: int) -> Pixels:
    """Return a square of this side with the picture in its middle, as large as it can be."""
    height, width = picture.shape
    scale = side / max(height, width)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
    square = np.full((side, side), PAPER, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = fitted
    return square


def _paste(picture: Pixels, part: Pixels, top: int, left: int) -> None:
    height, width = part.shape
    cv2.rectangle(picture, (left - 1, top - 1), (left + width, top + height), FRAME, 1)
    picture[top : top + height, left : left + width] = part
