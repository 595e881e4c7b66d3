"""A decoded picture of any mode -> RGB, reduced strip by strip so that no second whole copy is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import Pixels

_STRIP = 1 << 19  # pixels that are converted at a time
_VANISHES = 1 / 4  # of the contrast on black: what has less than this on white is light ink
_SPECKS = 0.001  # of what is not transparent: so little of another grey is no ink
_OVERSHOOT = 2  # floats of 0..1 may exceed 1 after sharpening, but not by as much as this
_UNSIGNED, _SAMPLE_FORMAT, _PHOTOMETRIC, _WHITE_IS_ZERO = 1, 339, 262, 0  # TIFF's tags and values


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """What numbers of grey mean."""

    black: float
    white: float
    unsigned: bool  # 32 bits that Pillow holds as signed ones

    def numbers(self, strip: Image.Image) -> NDArray[Any]:
        numbers = np.asarray(strip)
        return numbers.view(np.uint32) if self.unsigned else numbers

    def grey(self, strip: Image.Image) -> Image.Image:
        """Return them as 0..255; what is no number is black, what is endless has its sign's end."""
        steps = (self.numbers(strip).astype(np.float64) - self.black) * (255 / (self.white - self.black))
        return Image.fromarray(np.rint(np.nan_to_num(steps).clip(0, 255)).astype(np.uint8))


def to_rgb(image: Image.Image, factor: int) -> Pixels:
    """Return the picture as (height, width, 3) uint8, reduced by a whole factor.

    Transparent parts show white paper, or black where on white the ink would vanish.
    """
    scale = _find_scale(image) if _is_deep(image) else None
    clear = image.has_transparency_data and scale is None
    size = [-(-side // factor) for side in image.size]
    mode = "RGBA" if clear else "RGB"
    pixels = np.empty((size[1], size[0], len(mode)), np.uint8)
    row = 0
    for strip in strips(image, factor):
        plain = _simple(strip, clear=clear) if scale is None else scale.grey(strip)
        small = plain.reduce(factor) if factor > 1 else plain
        # Pillow would copy what is in this mode already.
        pixels[row : row + small.height] = np.asarray(small if small.mode == mode else small.convert(mode))
        row += small.height
    return _on_paper(pixels) if clear else pixels


def stretch(image: Image.Image) -> Image.Image:
    """Return RGB of which Pillow kept the upper 8 of 16 bits, changed to the scale that its numbers have.

    White is found as in `_find_scale`; of 10 bits two are left, which tell ink from paper.
    """
    white = (1 << top_of(image).bit_length()) - 1
    if white in (0, 255):
        return image
    steps = [min(255, round(255 * number / white)) for number in range(256)]
    alpha = [steps if band[1] <= white else list(range(256)) for band in _extremes(image)[3:]]
    table, top = sum(alpha, steps * 3), 0
    for strip in strips(image):  # in its own place: a whole second copy would not fit beside a turned one
        image.paste(strip.point(table), (0, top))
        top += strip.height
    return image


def top_of(image: Image.Image) -> int:
    """Return the highest number of an RGB picture's colors."""
    return int(max(highest for _, highest in _extremes(image)[:3]))


def _extremes(image: Image.Image) -> list[tuple[float, float]]:
    """Return the lowest and the highest number of each band."""
    extremes: Any = image.getextrema()
    return list(extremes)


def strips(image: Image.Image, factor: int = 1) -> Iterator[Image.Image]:
    """Yield the picture from top to bottom, in heights that the factor divides but for the last."""
    width, height = image.size
    step = factor * max(1, _STRIP // (width * factor))
    if step >= height:
        yield image
        return
    for top in range(0, height, step):
        yield image.crop((0, top, width, min(top + step, height)))


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith(("I", "F"))


def _simple(strip: Image.Image, *, clear: bool) -> Image.Image:
    """Return a strip of 8 bits in a mode that can be reduced."""
    if strip.mode == "LAB":
        return strip.getchannel(0)
    if strip.mode == "La":
        strip = strip.convert("LA")
    if clear:
        return strip.convert("RGBA")
    return strip if strip.mode in ("L", "RGB") else strip.convert("L" if strip.mode == "1" else "RGB")


def _find_scale(image: Image.Image) -> _Scale:
    """Return the scale of a picture deeper than 8 bits, by its lowest and highest number.

    White is the highest number of as many bits as the highest one present needs, at least 8: files of 16 or
    32 bits hold 8, 10 or 12 as well, and TIFF's MaxSampleValue often tells what the file could hold alone. So
    paper is not darker than half of white. Floats up to about 1 are of 0..1. Black is 0, or what is below it.
    """
    tags = getattr(image, "tag_v2", {})
    plain = _Scale(black=0, white=1, unsigned=False)
    low, high = _range(image, plain)
    unsigned = image.mode == "I" and low < 0 and tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))[0] == _UNSIGNED
    if unsigned:
        low, high = _range(image, _Scale(black=0, white=1, unsigned=True))
    white = 2.0 ** max(8, int(high).bit_length()) - 1
    if image.mode == "F" and high < _OVERSHOOT:
        white = 1.0
    black = min(low, 0.0)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        black, white = white, black
    return _Scale(black=black, white=white, unsigned=unsigned)


def _range(image: Image.Image, scale: _Scale) -> tuple[float, float]:
    """Return the lowest and the highest number of a picture, 0 and 0 if it has none."""
    low, high = np.inf, -np.inf
    for strip in strips(image):
        numbers = scale.numbers(strip)
        finite = numbers[np.isfinite(numbers)] if numbers.dtype.kind == "f" else numbers
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _on_paper(pixels: Pixels) -> Pixels:
    """Return RGBA pixels on white paper, or on black where on white next to nothing would be seen."""
    alpha = pixels[..., 3]
    shown = pixels[..., :3][alpha > alpha.max() // 2].mean(axis=1)
    darkest, lightest = np.quantile(shown, (_SPECKS, 1 - _SPECKS)) if shown.size else (0, 0)
    paper = 0 if 255 - darkest < _VANISHES * lightest else 255
    clear = Image.fromarray(pixels)
    ground = Image.new("RGBA", clear.size, (paper, paper, paper, 255))
    return np.asarray(Image.alpha_composite(ground, clear).convert("RGB"))
