"""Pictures -> the bytes of files, as the tests of pictures need them."""

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ORIENTATION = 0x0112  # the EXIF tag
TURNED = 6  # its value for a picture that is to be turned clockwise


def encode(image: Image.Image | NDArray[Any], form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(np.ascontiguousarray(image))
    picture.save(stream, form, **options)
    return stream.getvalue()


def page(grey: int, height: int = 30, width: int = 40) -> NDArray[np.uint8]:
    """Return a page of one grey with a black corner, so that no two rows of a file are alike by chance."""
    pixels = np.full((height, width, 3), grey, np.uint8)
    pixels[:5, :5] = 0
    return pixels


def pages(form: str, greys: Sequence[int]) -> bytes:
    first, *others = (Image.fromarray(page(grey)) for grey in greys)
    options: dict[str, Any] = {"lossless": True} if form == "WEBP" else {}
    return encode(first, form, save_all=True, append_images=others, **options)


def exif(*tags: tuple[int, int, int, bytes]) -> bytes:
    """Return an EXIF block as a camera writes it, with tags as they are, however odd."""
    block = struct.pack(">H", len(tags)) + b"".join(struct.pack(">HHI4s", *tag) for tag in tags) + bytes(4)
    return b"Exif\0\0MM\0*\0\0\0\x08" + block


TURN = (ORIENTATION, 3, 1, struct.pack(">HH", TURNED, 0))
