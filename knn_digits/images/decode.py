"""An opened picture -> upright RGB pixels, and what is to be said of them.

Of EXIF only the orientation is looked at: a block that is odd or damaged otherwise changes nothing.
"""

import contextlib
import io
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.errors import PhotoError
from knn_digits.images.bounds import DAMAGED, MAX_STREAM, check_size
from knn_digits.images.pixels import stretch, strips, to_rgb, top_of
from knn_digits.storage import read_bounded

ALL_BLACK = "16-bit colors with 8 bits or fewer in them are black here: save it with 8 bits"
ENDS_EARLY = "the file ends early: the last rows may be missing"
ENOUGH = 2 / 3  # of a picture's rows: of a file that ends early fewer are not read
_ORIENTATION = 0x0112
_SHORT = 3  # the type that it has
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = (
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
)
_END_OF_JPEG = b"\xff\xd9"
_BLOCK = 16  # pixels: the tallest block of a JPEG; where the file ends in one, it is left out whole
_GREY = 128  # what a JPEG's decoder leaves where it had no data; others leave 0


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """An upright picture, perhaps reduced.

    `pixels` is (height, width, 3) uint8 RGB; `full_width` and `full_height` are the size in pixels of the
    upright picture before any reduction; `pages` is how many its file has, and `notes` what whoever reads it
    should know.
    """

    pixels: Pixels
    full_width: int
    full_height: int
    pages: int = 1
    notes: tuple[str, ...] = ()


def decode(image: Image.Image, stream: BinaryIO | None, largest: int | None) -> Picture:
    """Return an opened picture, upright.

    Parameters
    ----------
    image : Image
        It is loaded.
    stream : binary file or None
        From which the picture is read.
    largest : int or None
        See `read_picture`.

    Raises
    ------
    PhotoError
        If it is too large, or most of it is missing. Other damage raises one of `DAMAGED`.
    """
    width, height = image.size
    check_size(width, height)
    has_16_bits = image.mode in ("RGB", "RGBA") and any(";16" in str(tile[3]) for tile in _tiles(image))
    drafted = _prepare(image, largest)
    image, notes = _load(image, stream, largest)
    if has_16_bits:
        image, notes = stretch(image), (*notes, *((ALL_BLACK,) * (top_of(image) == 0)))
    method = _find_turn(image)
    upright = image if method is None else image.transpose(method)
    full = upright.size
    if drafted:
        full = (height, width) if method in _ON_THEIR_SIDE else (width, height)
    factor = 1 if largest is None else -(-max(upright.size) // largest)
    return Picture(pixels=to_rgb(upright, factor), full_width=full[0], full_height=full[1], notes=notes)


def _load(
    image: Image.Image, stream: BinaryIO | None, largest: int | None
) -> tuple[Image.Image, tuple[str, ...]]:
    """Return the picture loaded, or of one that ends too early what there is, and notes on it."""
    try:
        image.load()
    except DAMAGED as error:
        if isinstance(error, MemoryError) or stream is None or stream.read(1):
            raise
        return _load_start(image, stream, largest), (ENDS_EARLY,)
    return image, ()


def _prepare(image: Image.Image, largest: int | None) -> bool:
    """Make loading safe and cheap; tell whether a JPEG will decode at 1/2, 1/4 or 1/8."""
    if image.format == "TIFF":
        _forget_exif(image)
    if largest is None or image.format not in ("JPEG", "MPO"):
        return False
    width, height = image.size
    scale = 1 << (max(1, -(-max(width, height) // largest)).bit_length() - 1)
    image.draft("RGB", (max(1, width // scale), max(1, height // scale)))
    return True


def _forget_exif(image: Image.Image) -> None:
    """Leave of a TIFF's tags the orientation, by which it turns itself: then it writes all anew."""
    turn = None
    with contextlib.suppress(*DAMAGED):
        turn = image.getexif().get(_ORIENTATION)
    with contextlib.suppress(*DAMAGED):  # what could not be read is not tried again
        image.getexif().load(b"")
        if turn in _TURNS:
            image.getexif()[_ORIENTATION] = turn


def _orientation(block: bytes) -> int | None:
    """Return the orientation that an EXIF block has in its first directory, whatever else is there."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return None
    with contextlib.suppress(struct.error):
        (start,) = struct.unpack_from(f"{order}L", block, 4)
        (tags,) = struct.unpack_from(f"{order}H", block, start)
        for place in range(start + 2, start + 2 + 12 * tags, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHLH", block, place)
            if (tag, kind) == (_ORIENTATION, _SHORT):
                return int(value)
    return None


def _find_turn(image: Image.Image) -> Image.Transpose | None:
    """Return how a loaded picture is to be turned; a TIFF has turned itself."""
    turn: Any = None
    with contextlib.suppress(*DAMAGED):
        if image.format != "TIFF":
            turn = _orientation(image.info.get("exif", b""))
        turn = turn or image.getexif().get(_ORIENTATION)
    return _TURNS.get(turn)


def _load_start(image: Image.Image, stream: BinaryIO, largest: int | None) -> Image.Image:
    """Return a picture whose file ends early, with paper in the place of the rows that are not there.

    At least `ENOUGH` of the rows must be: with less than that whole lines of digits go missing.

    Raises
    ------
    PhotoError
        If fewer are.
    """
    if image.format in ("JPEG", "MPO"):
        image, block = _ended(stream, largest)
        first, last = _rows(image, missing=_GREY, columns=block)
        last = max(0, last - block) if last < image.height else last
    elif image.tell() and image.format != "TIFF":  # over the page before
        first, last = 0, 0
    elif _is_in_order(image := _as_far_as_it_goes(image, stream)):
        image.tile = []  # type: ignore[attr-defined] # nothing more is tried
        image.load()
        first, last = _rows(image, missing=0, columns=image.width)
    else:
        first, last = 0, 0
    if last - first < ENOUGH * image.height:
        raise PhotoError(
            "the picture is damaged: the file ends early, and too many rows are missing; get it anew"
        )
    for top, bottom in ((0, first), (last, image.height)):
        if top < bottom:
            image.paste(_paper(image, first, last), (0, top, image.width, bottom))
    return image


def _ended(stream: BinaryIO, largest: int | None) -> tuple[Image.Image, int]:
    """Return a JPEG decoded as if it ended in the usual way, and the side of a block in its pixels."""
    stream.seek(0)
    content = read_bounded(stream, most=MAX_STREAM // 2) + _END_OF_JPEG
    image = Image.open(io.BytesIO(content), formats=["JPEG"])
    height = image.height
    _prepare(image, largest)
    image.load()
    return image, -(-_BLOCK * image.height // height)


def _as_far_as_it_goes(image: Image.Image, stream: BinaryIO) -> Image.Image:
    """Return the same page with nothing on it but what the file gives of it."""
    stream.seek(0)
    again = Image.open(stream, formats=[str(image.format)])
    again.seek(image.tell())
    _prepare(again, None)
    image.im = Image.new(image.mode, (1, 1)).im  # or its pixels would be in memory twice
    with contextlib.suppress(*DAMAGED):
        again.load()
    return again


def _is_in_order(image: Image.Image) -> bool:
    """Tell whether a picture's file holds whole rows, one after the other."""
    tiles = _tiles(image)
    whole = all(tile[1] is not None and tile[1][0] == 0 and tile[1][2] == image.width for tile in tiles)
    loaded = False
    with contextlib.suppress(*DAMAGED):  # nothing was decoded
        loaded = image.im.size == image.size
    woven = image.info.get("interlace") or (image.format == "GIF" and any(tile[3][1] for tile in tiles))
    return bool(tiles) and whole and loaded and not woven


def _tiles(image: Image.Image) -> list[Any]:
    """Return where the pixels are in the file, and how they are stored."""
    return list(getattr(image, "tile", []))


def _rows(image: Image.Image, *, missing: int, columns: int) -> tuple[int, int]:
    """Return the first row, and that behind the last one, whose right end holds more than what is missing."""
    left = max(0, image.width - columns)
    rights = (strip.crop((left, 0, strip.width, strip.height)) for strip in strips(image))
    there = [
        (np.abs(np.asarray(right).astype(np.float32) - missing) > (1 if missing else 0))
        .reshape(right.height, -1)
        .any(axis=1)
        for right in rights
    ]
    rows = np.flatnonzero(np.concatenate(there))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)


def _paper(image: Image.Image, first: int, last: int) -> Any:
    """Return the color of paper, as the picture's mode has it: what most of the last rows show."""
    shown = np.asarray(image.crop((0, max(first, last - 4 * _BLOCK), image.width, last)))
    if image.mode == "P":
        return int(np.bincount(shown.ravel()).argmax())
    color = np.median(shown.reshape(-1, *shown.shape[2:]), axis=0)
    if image.mode == "1":
        return 255 * int(color)
    return float(color) if image.mode == "F" else int(color) if not color.ndim else tuple(map(int, color))
