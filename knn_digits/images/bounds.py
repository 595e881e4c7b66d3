"""What a picture may cost, and what goes wrong with a damaged one -> one line."""

import contextlib
import struct
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from knn_digits.errors import PhotoError
from knn_digits.storage import DAMAGE

MAX_PIXELS = 128_000_000  # width × height: more is refused before anything is decoded
MAX_SIDE = 1_000_000  # pixels: a decoder takes some memory for each row, however short
MAX_BYTES = 8 * MAX_PIXELS  # of a file: four channels of 16 bits a pixel, the most that is stored plainly
MAX_STREAM = 4 * MAX_PIXELS  # of what comes through a pipe: it is held in memory beside its pixels
MAX_TOTAL = 10 * MAX_PIXELS  # of the pages of a file that are read in one go
LEAST_PAGE = 1_000_000  # pixels for which a page counts at least: a small one takes time to search, too
MAX_PAGES = MAX_TOTAL // LEAST_PAGE
ALLOWED = "JPEG, PNG, WebP, TIFF, BMP, GIF, PPM, HEIC or PDF"
# What Pillow, the libraries below it and its plugins raise over a damaged file. Some of MemoryError's
# relatives come with storage's list; that one itself is told apart before.
DAMAGED = (*DAMAGE, ArithmeticError, AssertionError, AttributeError, LookupError, OSError, struct.error)


def check_size(width: int, height: int, *, most: int = MAX_PIXELS) -> None:
    """Raise PhotoError if a picture has more pixels or a longer side than are allowed, or no pixels."""
    if width < 1 or height < 1:
        raise PhotoError(f"the picture has no pixels: its size is {width} x {height}")
    if width * height > most:
        size, limit = -(-width * height // 1_000_000), most // 1_000_000  # rounded up: it is above the limit
        raise PhotoError(f"{size} megapixels, at most {limit} are allowed: reduce it first")
    if max(width, height) > MAX_SIDE:
        raise PhotoError(f"a side of {max(width, height):,} pixels, at most {MAX_SIDE:,} are allowed: cut it")


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    """Raise what a library says of a picture as a PhotoError of one line."""
    try:
        yield
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(f"more than {MAX_PIXELS // 1_000_000} megapixels: reduce it first") from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"not a picture that can be read: {ALLOWED} is needed") from error
    except MemoryError as error:
        raise PhotoError("there is too little memory for this picture: reduce it, or free some") from error
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PhotoError(f"the picture is damaged: {reason}") from error
