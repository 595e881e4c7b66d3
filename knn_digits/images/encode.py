"""Pixels -> a PNG file."""

import io
import pathlib

from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.storage import write_then_rename


def encode_png(pixels: Pixels) -> bytes:
    """Return (height, width) grey or (height, width, 3) RGB uint8 pixels as the bytes of a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write_png(path: pathlib.Path, pixels: Pixels) -> None:
    """Write grey or RGB pixels as a PNG file, by write-then-rename; StorageError if that fails."""
    with write_then_rename(path) as file:
        file.write(encode_png(pixels))
