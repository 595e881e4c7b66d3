"""Digits and what belongs to each -> pictures to look at. Draws, computes nothing."""

import pathlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from knn_digits.arrays import SIDE, Digits, Pixels
from knn_digits.storage import write_then_rename

LARGE, SMALL = 4, 2  # times: the digit itself, and those beside it
LINE = 20  # pixels: height of a line of text
GAP = 12  # pixels between cards, and around them
PAPER, INK, FRAME = 255, 0, 190  # grey levels


@dataclass(frozen=True, kw_only=True)
class Card:
    """A digit with lines of text, and digits beside it with a caption each."""

    digit: Pixels  # (28, 28)
    lines: Sequence[str]  # at most 2, above the digit
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


def save_png(path: pathlib.Path, picture: Pixels) -> None:
    """Write the picture, by write-then-rename; StorageError if that fails."""
    with write_then_rename(path) as file:
        Image.fromarray(picture).save(file, "PNG", optimize=True)


def _card(card: Card) -> Pixels:
    """Return the digit below its lines, the others to its right, each above its caption."""
    large, small = SIDE * LARGE, SIDE * SMALL
    height = 2 * LINE + large + 3 * GAP // 2
    width = 2 * GAP + large + len(card.others) * (small + GAP // 2)
    picture = np.full((height, width), PAPER, np.uint8)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), FRAME, 1)
    for line, text in enumerate(card.lines):
        _write(picture, text, GAP, LINE * (line + 1) - 4)
    _paste(picture, card.digit, 2 * LINE + GAP // 2, GAP, LARGE)
    top = 2 * LINE + GAP // 2 + (large - small - LINE) // 2
    for place, (digit, caption) in enumerate(zip(card.others, card.captions, strict=True)):
        left = GAP + large + GAP // 2 + place * (small + GAP // 2)
        _paste(picture, digit, top, left, SMALL)
        _write(picture, caption, left + small // 2 - 5, top + small + LINE - 2)
    return picture


def _paste(picture: Pixels, digit: Pixels, top: int, left: int, times: int) -> None:
    large = digit.repeat(times, 0).repeat(times, 1)
    cv2.rectangle(picture, (left - 1, top - 1), (left + large.shape[1], top + large.shape[0]), FRAME, 1)
    picture[top : top + large.shape[0], left : left + large.shape[1]] = large


def _write(picture: Pixels, text: str, left: int, bottom: int) -> None:
    cv2.putText(picture, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
