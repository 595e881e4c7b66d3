"""Pieces that pictures are put together from: enlarged digits, and words.

Words are written in the font that Pillow brings with it, the same on every machine. It has the letters of
English and little else: what it lacks is written as Python writes it, such as \\u5199 or \\n, and × as x; ÷
is put together of hyphens and a colon.
"""

import bisect
import functools
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from knn_digits.arrays import Pixels
from knn_digits.errors import MissingPartError

Color = tuple[int, int, int]  # RGB
BLACK = (0, 0, 0)
CAPITAL = 0.7  # of the font's size: the height of its digits and capitals
NARROWEST = 0.2  # of the font's size: the width of its narrowest letters
ELLIPSIS = "…"
INSTEAD = {"\u00d7": "x", "÷": "÷"}  # signs that the font lacks, and what is written for them
DIVIDED, ROOM = "÷", "  "  # a sign that is put together, and how much room it has
PARTS = (("-", 0.3), ("-", 0.7), (":", 0.5))  # of it, and where in its room their middles are


def enlarge(picture: Pixels, times: int) -> Pixels:
    """Return a picture with each pixel as a square of `times` × `times`."""
    return picture.repeat(times, 0).repeat(times, 1)


def write(
    picture: NDArray[np.uint8],
    text: str,
    place: tuple[int, int],
    *,
    height: float = 11.0,
    color: Color = BLACK,
    stroke: int = 0,
) -> None:
    """Write one line of text on a grey or RGB picture, as much of it as there is room for.

    Parameters
    ----------
    picture : (h, w) or (h, w, 3) uint8
    text : str
        Of any letters and any length; what is no letter of the font is written as `plain` does.
    place : (left, bottom)
        Pixels: where the first letter starts, and the line that letters stand on.
    height : float
        Pixels, of a digit or a capital.
    color : (red, green, blue)
        A grey picture takes the red.
    stroke : int
        Pixels by which strokes are widened on each side.
    """
    left, bottom = place
    font = _font(height)
    text = _shortened(text, font, picture.shape[1] - left)
    spaced = text.replace(DIVIDED, ROOM)
    box = font.getbbox(spaced + ":-" * (spaced != text), anchor="ls", stroke_width=stroke)
    start, top, end, under = (round(side) for side in box)
    if start >= end or top >= under:
        return
    drawn = Image.new("L", (end - start, under - top))
    pen = ImageDraw.Draw(drawn)
    pen.text((-start, -top), spaced, 255, font, "ls", stroke_width=stroke)
    for row in (number for number, letter in enumerate(text) if letter == DIVIDED):
        for part, at in PARTS:
            middle = _length(font, text[:row]) + at * font.getlength(ROOM)
            pen.text((middle - start, -top), part, 255, font, "ms", stroke_width=stroke)
    _blend(picture, np.asarray(drawn), left + start, bottom + top, color)


def text_width(text: str, *, height: float = 11.0) -> int:
    """Return how many pixels `write` needs for a short text."""
    return round(_length(_font(height), plain(text)))


def plain(text: str) -> str:
    r"""Return a text in letters that can be written, others as Python writes them.

    Examples
    --------
    >>> plain("a 写\n"), plain("2\u00d73÷4")
    ('a \\u5199\\n', '2x3÷4')
    """
    return "".join(letter if _is_in_font(letter) else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return INSTEAD.get(letter) or letter.encode("unicode_escape").decode("ascii")


@functools.lru_cache(maxsize=4096)
def _is_in_font(letter: str) -> bool:
    """Tell whether the font draws a letter otherwise than what it has not."""
    if letter.isascii():
        return letter.isprintable()
    return letter.isprintable() and bytes(_font(11.0).getmask(letter)) != bytes(_font(11.0).getmask("\uffff"))


@functools.lru_cache(maxsize=64)
def _font(height: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(max(1.0, height / CAPITAL))
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise MissingPartError(
            "Pillow has no FreeType, which draws letters: `pip install --force-reinstall pillow`"
        )
    return font


def _length(font: ImageFont.FreeTypeFont, letters: str) -> float:
    return font.getlength(letters.replace(DIVIDED, ROOM))


def _shortened(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """Return the text in letters of the font, cut where the room ends."""
    most = max(0, int(room / (NARROWEST * font.size))) + 1
    letters = plain(text[:most])
    if _length(font, letters) <= room and len(text) <= most:
        return letters
    fitting = bisect.bisect_right(
        range(len(letters)), room, key=lambda n: math.ceil(_length(font, letters[:n] + ELLIPSIS))
    )
    return letters[: max(0, fitting - 1)] + ELLIPSIS


def _blend(picture: NDArray[np.uint8], drawn: Pixels, left: int, top: int, color: Color) -> None:
    """Lay a color over the picture, as much as `drawn` is light, where they overlap."""
    rows, columns = (
        slice(max(0, top), max(0, top + len(drawn))),
        slice(max(0, left), max(0, left + drawn.shape[1])),
    )
    under = picture[rows, columns]
    over = drawn[max(0, -top) :, max(0, -left) :][: under.shape[0], : under.shape[1]] / np.float32(255)
    ink: object = color if picture.ndim == 3 else color[0]
    share = over[..., None] if picture.ndim == 3 else over
    under[:] = np.rint(under + share * (np.asarray(ink, np.float32) - under))
