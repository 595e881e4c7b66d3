"""Stage 2: ink box -> 28×28 digit. The MNIST convention, stated once.

The longest side of the ink is 20 pixels, the aspect is kept, and a shift by whole pixels puts the center
of mass at row 14.0, column 14.0 (LeCun, Cortes, Burges, *The MNIST database*). Training data and photos
go through this one function, `normalize`, which gives MNIST's own digits back bit for bit. Ink of photos, and
of training data that is not like MNIST, is first brought to its contrast and stroke width by `match_stroke`.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Digits, Mask, Pixels
from knn_digits.errors import DataError

INK_SIDE = 20  # pixels: the longest side of the ink
CENTER = 14.0  # pixels: row and column of the center of mass
STROKE_SCALE = 5  # times the final size: where strokes are measured and mended
STROKE_RANGE = (1.65, 2.6)  # pixels of the final size: the widths of half of MNIST's strokes lie within
NO_INK = 127  # grey: a digit with no pixel above it is blank


def normalize(ink: Sequence[Pixels] | Pixels) -> Digits:
    """Bring pictures of single digits to the MNIST convention.

    Parameters
    ----------
    ink : sequence of (height, width) uint8, or one of them
        Ink 255 on paper 0, one digit each, of any size. Only pixels above 0 count as ink.

    Returns
    -------
    (n, 28, 28) uint8
        A picture without ink gives a digit of zeros.

    Raises
    ------
    DataError
        If a picture is not a two-dimensional uint8 array.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998), Gradient-based learning applied to document
    recognition. Theirs anti-aliases with an unnamed filter; ours averages areas (`cv2.INTER_AREA`).

    Examples
    --------
    >>> bar = np.zeros((90, 50), np.uint8)
    >>> bar[5:85, 10:18] = 255
    >>> digit = normalize([bar])[0]
    >>> int(digit.any(axis=1).sum()), int(digit.any(axis=0).sum())
    (20, 2)
    """
    pictures = _check_pictures(ink)
    digits = np.zeros((len(pictures), SIDE, SIDE), np.uint8)
    for digit, picture in zip(digits, pictures, strict=True):
        _place(_scale(_crop(picture)), digit)
    return digits


def _check_pictures(ink: Any) -> Sequence[Pixels]:
    """Return pictures, also of one; DataError if they are none."""
    if isinstance(ink, np.ndarray) and ink.ndim == 2:
        ink = ink[None]
    single = isinstance(ink, str | bytes) or (isinstance(ink, np.ndarray) and not ink.ndim)
    pictures = list(ink) if isinstance(ink, Iterable) and not single else [ink]
    for picture in pictures:
        if not _is_picture(picture):
            raise DataError(
                "a picture of a digit must be a uint8 array of shape (height, width), ink 255 on paper 0, "
                f"got {_describe(picture)}"
            )
    return pictures


def _is_picture(picture: Any) -> bool:
    return isinstance(picture, np.ndarray) and picture.ndim == 2 and picture.dtype == np.uint8


def _describe(picture: Any) -> str:
    if not isinstance(picture, np.ndarray):
        return type(picture).__name__
    return f"{picture.dtype} of shape {picture.shape}"


def find_blank(digits: Digits) -> Mask:
    """Return which of (n, 28, 28) uint8 digits have no ink, (n,) bool: none of their pixels is half full."""
    return np.asarray(digits.reshape(len(digits), SIDE * SIDE).max(axis=1) <= NO_INK)


def _crop(picture: Pixels) -> Pixels:
    """Return the bounding box of the pixels above 0; nothing at all for an empty picture."""
    left, top, width, height = cv2.boundingRect(picture)
    return picture[top : top + height, left : left + width]


def _scale(ink: Pixels) -> Pixels:
    longest = max(ink.shape)
    if longest in (0, INK_SIDE):
        return ink
    height, width = (max(1, round(side * INK_SIDE / longest)) for side in ink.shape)
    method = cv2.INTER_AREA if longest > INK_SIDE else cv2.INTER_LINEAR
    return cv2.resize(ink, (width, height), interpolation=method).astype(np.uint8, copy=False)


def _place(ink: Pixels, digit: Pixels) -> None:
    """Write `ink` into the empty `digit` with its center of mass in the middle."""
    mass = float(ink.sum())
    if not mass:
        return
    corner = []
    for axis in (0, 1):
        profile = ink.sum(axis=1 - axis, dtype=np.float64)
        center = float(profile @ np.arange(len(profile))) / mass
        # Halves are rounded down, as MNIST does.
        corner.append(min(max(math.ceil(CENTER - center - 0.5), 0), SIDE - ink.shape[axis]))
    top, left = corner
    digit[top : top + ink.shape[0], left : left + ink.shape[1]] = ink


def normalize_strokes(ink: Sequence[Pixels] | Pixels) -> Digits:
    """Bring pictures of single digits, as `normalize` takes them, to MNIST's contrast and strokes, too."""
    return normalize([match_stroke(picture) for picture in _check_pictures(ink)])


def match_stroke(ink: Pixels) -> Pixels:
    """Bring the ink of one digit to MNIST's contrast and stroke width.

    Strokes thinner than those of most MNIST digits are widened, thicker ones thinned, the ink is stretched to
    255. What is within the usual range keeps its shape.

    Parameters
    ----------
    ink : (height, width) uint8
        Ink above 0 on paper 0.

    Returns
    -------
    (height', width') uint8
        Scaled to a longest side of about 100 pixels, ready for `normalize`.
    """
    ink = _crop(ink)
    if not ink.size:
        return ink
    stretched = _enlarge(ink)
    stroke = stroke_width(stretched > 127)
    thin, thick = (STROKE_SCALE * width for width in STROKE_RANGE)
    excess = stroke - min(max(stroke, thin), thick)
    side = 1 + round(abs(excess))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    mended = np.asarray((cv2.dilate if excess < 0 else cv2.erode)(stretched, disk), np.uint8)
    return mended if mended.max() > 127 else stretched


def measure_stroke(ink: Pixels) -> float:
    """Return how wide the strokes of one digit would be, in pixels of the final size, were they not mended.

    Parameters
    ----------
    ink : (height, width) uint8
        Some ink above 0 on paper 0.
    """
    return stroke_width(_enlarge(_crop(ink)) > 127) / STROKE_SCALE


def _enlarge(ink: Pixels) -> Pixels:
    """Return ink at the size where strokes are measured and mended, stretched to 255."""
    scale = STROKE_SCALE * INK_SIDE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(ink, (width, height), interpolation=method), np.uint8)
    stretched = np.clip(np.arange(256, dtype=np.float32) * (255 / _full_ink(resized)), 0, 255)
    around = (2 * STROKE_SCALE,) * 4
    large = cv2.copyMakeBorder(cv2.LUT(resized, stretched.astype(np.uint8)), *around, cv2.BORDER_CONSTANT)
    return np.asarray(large, np.uint8)


def _full_ink(ink: Pixels) -> float:
    """Return the median of what is above half of the brightest ink, at least 1."""
    counts = np.bincount(ink.ravel(), minlength=256)
    counts[: int(ink.max()) // 2 + 1] = 0
    ranks = counts.cumsum()
    low, high = np.searchsorted(ranks, [(ranks[-1] - 1) // 2, ranks[-1] // 2], side="right")
    return max(1.0, float(low + high) / 2)


def stroke_width(mask: Mask | Pixels) -> float:
    """Return the usual width of a stroke in pixels: twice the area over the length of the outline.

    Ink that fills the picture hardly has an outline in it; but no stroke is wider than its picture.

    Parameters
    ----------
    mask : (height, width) bool or uint8
        1 where there is ink, 0 elsewhere.

    Examples
    --------
    >>> bar = np.zeros((40, 400), bool)
    >>> bar[10:16, 5:395] = True
    >>> round(stroke_width(bar), 1)
    5.9
    """
    inner = cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    area, within = int(np.count_nonzero(mask)), int(np.count_nonzero(inner.view(bool)))
    return min(2 * area / max(1, area - within), float(min(mask.shape)))
