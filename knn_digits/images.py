"""Ground: picture file <-> upright RGB pixels. The only place that opens or encodes a picture.

Formats are named, sizes are bounded and bytes go through Python's own files, so that a hostile file is
refused and a path in any script works.
"""

import io
import pathlib
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.errors import PhotoError
from knn_digits.storage import write_then_rename

FORMATS = {  # Pillow's names and the file endings by which folders are searched
    "JPEG": (".jpg", ".jpeg", ".jpe", ".mpo"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm"),
}
MAX_PIXELS = 128_000_000  # width × height: more is refused before anything is decoded
_ALLOWED = "JPEG, PNG, WebP, TIFF, BMP, GIF or PPM"


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Picture:
    """An upright picture, perhaps reduced.

    `pixels` is (height, width, 3) uint8 RGB; `full_width` and `full_height` are the size in pixels of the
    upright picture before any reduction.
    """

    pixels: Pixels
    full_width: int
    full_height: int


def read_picture(source: pathlib.Path | bytes, *, largest: int | None = None) -> Picture:
    """Decode a picture, turned upright by its EXIF tag, transparent parts on white.

    Parameters
    ----------
    source : path or bytes
        The file, or its content.
    largest : int, optional
        Pixels. If given, the longest side is reduced to about this, at most, while decoding.

    Raises
    ------
    PhotoError
        If the file cannot be opened, is in no allowed format, is too large, or is damaged.
    """
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise PhotoError(f"cannot open the file: {error.strerror or error}") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own bound is checked below, and damage raises
            with Image.open(io.BytesIO(content), formats=list(FORMATS)) as image:
                return _decode(image, largest)
    except Image.DecompressionBombError as error:
        raise PhotoError(f"more than {MAX_PIXELS // 1_000_000} megapixels: reduce it first") from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"not a picture that can be read: {_ALLOWED} is needed") from error
    except PhotoError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError) as error:
        raise PhotoError(f"the picture is damaged: {error}") from error


def convert_picture(image: Image.Image, *, largest: int | None = None) -> Picture:
    """Return a picture that Pillow holds as `read_picture` returns that of a file; it stays as it is.

    Raises
    ------
    PhotoError
        If it has no pixels or too many, or its file turns out to be damaged.
    """
    try:
        if not all(image.size):
            raise PhotoError("the picture has no pixels: its width or height is 0")
        return _decode(image.copy(), largest)
    except PhotoError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError) as error:
        raise PhotoError(f"the picture is damaged: {error}") from error


def _decode(image: Image.Image, largest: int | None) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        megapixels = width * height / 1e6
        limit = MAX_PIXELS // 1_000_000
        raise PhotoError(f"{megapixels:.0f} megapixels, at most {limit} are allowed: reduce it first")
    if largest is not None:
        shrink = max(1, -(-max(width, height) // largest))
        scale = 1 << (shrink.bit_length() - 1)  # JPEG decodes at 1/2, 1/4, 1/8 for less time
        image.draft("RGB", (max(1, width // scale), max(1, height // scale)))
    image.load()
    turned = image.getexif().get(0x0112) in (5, 6, 7, 8)
    upright = ImageOps.exif_transpose(image)
    if largest is not None and (factor := -(-max(upright.size) // largest)) > 1:
        upright = _simple_mode(upright).reduce(factor)
    pixels = np.asarray(_flatten(_simple_mode(upright)), dtype=np.uint8)
    full = (height, width) if turned else (width, height)
    return Picture(pixels=pixels, full_width=full[0], full_height=full[1])


def _simple_mode(image: Image.Image) -> Image.Image:
    """Return the picture as L, RGB or RGBA, 16-bit and float grey scaled to 8 bits."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image, dtype=np.float64)
        top = 65535.0 if image.mode.startswith("I") else max(1.0, float(np.nanmax(grey, initial=0)))
        return Image.fromarray((np.nan_to_num(grey).clip(0, top) * (255 / top)).astype(np.uint8))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def encode_png(pixels: Pixels) -> bytes:
    """Return (height, width) grey or (height, width, 3) RGB uint8 pixels as the bytes of a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def list_pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the picture files in `folder`, by their endings, sorted by name; sub-folders are not entered."""
    endings = {ending for group in FORMATS.values() for ending in group}
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in endings and file.is_file())


def write_png(path: pathlib.Path, pixels: Pixels) -> None:
    """Write grey or RGB pixels as a PNG file, by write-then-rename; StorageError if that fails."""
    with write_then_rename(path) as file:
        file.write(encode_png(pixels))
