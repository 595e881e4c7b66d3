"""Pixels -> a PNG file, or a small JPEG."""

import io
import pathlib

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from knn_digits.arrays import Pixels
from knn_digits.storage import write_then_rename

PREVIEW = 800  # pixels: the longest side of a preview


def encode_png(pixels: Pixels) -> bytes:
    """Return (height, width) grey or (height, width, 3) RGB uint8 pixels as the bytes of a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def encode_preview(pixels: Pixels) -> bytes:
    """Return (height, width, 3) RGB uint8 pixels, reduced to `PREVIEW` at most, as the bytes of a JPEG."""
    scale = PREVIEW / max(pixels.shape)
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


def write_png(path: pathlib.Path, pixels: Pixels) -> None:
    """Write grey or RGB pixels as a PNG file, by write-then-rename; StorageError if that fails.

    Near its beginning it says who wrote it: commands write over no other.
    """
    info = PngInfo()
    info.add_text("Software", "knn-digits")
    with write_then_rename(path) as file:
        Image.fromarray(pixels).save(file, "PNG", pnginfo=info)
