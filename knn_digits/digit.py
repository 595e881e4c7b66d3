"""Stage 2: ink box -> 28×28 digit. The MNIST convention, stated once.

The longest side of the ink is 20 pixels, the aspect is kept, and a shift by whole pixels puts the center
of mass at row 14.0, column 14.0 (LeCun, Cortes, Burges, *The MNIST database*). Training data and photos
go through this one function, which gives MNIST's own digits back bit for bit.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Digits, Pixels
from knn_digits.errors import DataError

INK_SIDE = 20  # pixels: the longest side of the ink
CENTER = 14.0  # pixels: row and column of the center of mass


def normalize(ink: Sequence[Pixels] | Pixels) -> Digits:
    """Bring pictures of single digits to the MNIST convention.

    Parameters
    ----------
    ink : sequence of (height, width) uint8
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
    digits = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    for digit, picture in zip(digits, ink, strict=True):
        if not (isinstance(picture, np.ndarray) and picture.ndim == 2 and picture.dtype == np.uint8):
            raise DataError("a picture of a digit must be a uint8 array of shape (height, width)")
        _place(_scale(_crop(picture)), digit)
    return digits


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
