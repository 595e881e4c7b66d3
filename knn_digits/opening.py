"""Ground: whatever holds a photo, as a path, bytes, an open file, an array, Pillow's picture -> Picture."""

import io
import os
from collections.abc import Iterable
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.errors import PhotoError, UsageError
from knn_digits.images import MAX_STREAM, Picture, convert_picture, read_picture
from knn_digits.storage import as_path, read_bounded

_Content: TypeAlias = bytes | bytearray | memoryview | BinaryIO
Photo: TypeAlias = "str | os.PathLike[str] | _Content | Image.Image | NDArray[Any] | Picture"
ALLOWED = "a path, the bytes of a picture file, an open binary file, an array or a picture of Pillow's"


def open_photo(photo: Photo, *, largest: int) -> Picture:
    """Return the upright picture that a photo is.

    Parameters
    ----------
    photo : str, os.PathLike, bytes or any that is like them, binary file, PIL.Image.Image, array or Picture
        A path, the content of a picture file, an open file that gives it, or the pixels: an array is
        (height, width), (height, width, 1), (height, width, 3) or (height, width, 4), grey, RGB or RGBA, of
        uint8, of floats from 0 (black) to 1 (white) or of bool (True is white). A Picture is returned as it
        is.
    largest : int
        Pixels: the longest side is reduced to about this, at most.

    Raises
    ------
    PhotoError
        If it is something else, or cannot be read as a picture.
    """
    if isinstance(photo, Picture):
        return photo
    if isinstance(photo, np.ndarray):
        return convert_picture(_from_array(photo), largest=largest)
    if isinstance(photo, Image.Image):
        return convert_picture(photo, largest=largest)
    if isinstance(photo, str | os.PathLike):
        return read_picture(as_path(photo, what="a photo", error=PhotoError), largest=largest)
    other: Any = photo
    content = read_stream(other) if hasattr(other, "read") else _from_buffer(other)
    return read_picture(content, largest=largest)


def check_several(photos: Any) -> None:
    """Raise UsageError if it is one photo, or none, where any number of them is asked for."""
    if isinstance(photos, str | os.PathLike | bytes | bytearray | Image.Image) or not isinstance(
        photos, Iterable
    ):
        raise UsageError(
            f"photos must be several, such as a list, got {type(photos).__name__}: put one into a list"
        )


def read_stream(stream: BinaryIO) -> bytes:
    """Return all that an open binary file holds; PhotoError if it cannot be read or is too large."""
    try:
        content = read_bounded(stream, most=MAX_STREAM)
    except (TypeError, io.UnsupportedOperation) as error:
        raise PhotoError("the file gives no bytes: open it in binary mode, to read") from error
    except (OSError, ValueError) as error:  # ValueError: it is closed
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise PhotoError(f"cannot read the photo: {reason}") from error
    if not content:
        raise PhotoError("the file gives no bytes: it is empty, or was read to its end before")
    return content


def _from_buffer(photo: Any) -> bytes:
    """Return the bytes of whatever holds some."""
    try:
        return memoryview(photo).tobytes()
    except TypeError as error:
        raise PhotoError(f"a photo must be {ALLOWED}, got {type(photo).__name__}") from error


def _from_array(pixels: NDArray[Any]) -> Image.Image:
    """Return an array as a picture of Pillow's, which then goes the way of all pictures."""
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (1, 3, 4))
    if not fits or not pixels.size or not (pixels.dtype == np.uint8 or pixels.dtype.kind in "bf"):
        raise PhotoError(
            "a photo must be uint8, float or bool of shape (height, width), or (height, width, 1, 3 or 4), "
            f"with at least one pixel, got {pixels.dtype} of shape {pixels.shape}"
        )
    pixels = _to_bytes(pixels)
    if pixels.shape[2:] == (1,):
        pixels = pixels[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(pixels))


def _to_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 0..1, black to white, as 0..255; uint8 as it is."""
    if pixels.dtype == np.uint8:
        return pixels
    if not ((pixels >= 0) & (pixels <= 1)).all():  # NaN is neither
        raise PhotoError(
            "a photo of floats must be from 0, black, to 1, white, got "
            f"{np.min(pixels):g} to {np.max(pixels):g}: divide it by its white, or make it uint8"
        )
    return np.rint(pixels * 255.0).astype(np.uint8)
