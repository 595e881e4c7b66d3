"""Stage 2′: pixel values and labels of any usual type -> digits and labels of ours.

28×28 pictures are taken as they are; every other size goes through `digit.normalize`.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Labels, Pixels, check_labels
from knn_digits.errors import DataError

_BLOCK = 4096  # pictures converted at a time, so that the memory needed beside the result is bounded


def to_digits(images: NDArray[Any], *, name: str) -> Digits:
    """Bring pictures of single digits to (n, 28, 28) uint8.

    Parameters
    ----------
    images : (n, height, width) or (n, side × side), of integers, floats or booleans
        Ink is the larger value. Values are 0..255, or 0..1 if none is above 1.
    name : str
        What the errors call the array.

    Raises
    ------
    DataError
        If the shape, the type or a value is another one.

    Examples
    --------
    >>> to_digits(np.full((1, 784), 0.5), name="ones")[0, 0, 0]
    np.uint8(128)
    """
    images = _as_rows_of_pictures(images, name)
    scale = _scale(images, name)
    digits = np.empty((len(images), SIDE, SIDE), np.uint8)
    for start in range(0, len(images), _BLOCK):
        block = slice(start, start + _BLOCK)
        digits[block] = _normalized(_to_bytes(images[block], scale))
    return digits


def to_labels(labels: NDArray[Any], *, n: int, name: str) -> Labels:
    """Bring labels to (n,) int64, each 0..9.

    Parameters
    ----------
    labels : (n,) or (n, 1), of integers or whole floats
    n : int
        The number of digits they belong to.
    name : str
        What the errors call the array.

    Raises
    ------
    DataError
        If there are not `n`, or one is no digit.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels == np.rint(labels)).all():
        labels = labels.clip(-1, 256).astype(np.int64)
    try:
        return check_labels(labels, n=n)
    except DataError as error:
        raise DataError(f"{name}: {error}; correct the file or name another one") from error


def _as_rows_of_pictures(images: NDArray[Any], name: str) -> NDArray[Any]:
    if images.dtype.kind not in "iufb":
        raise DataError(f"{name} must be integers or floats, got {images.dtype}; convert it to uint8")
    side = math.isqrt(images.shape[1]) if images.ndim == 2 else 0
    if side and side * side == images.shape[1]:
        return images.reshape(len(images), side, side)
    if images.ndim == 3 and min(images.shape[1:]) > 0:
        return images
    raise DataError(
        f"{name} must have the shape (n, height, width) or (n, side * side), got {images.shape}; reshape it"
    )


def _scale(images: NDArray[Any], name: str) -> int:
    """Return what the values are to be multiplied by to fill 0..255; refuse values outside."""
    if images.dtype.kind == "b" or not images.size:
        return 255
    smallest, largest = images.min(), images.max()
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        raise DataError(f"{name} holds NaN or infinity; pixel values must be 0..255 or 0..1")
    if smallest < 0 or largest > 255:
        raise DataError(f"{name} has values from {smallest:g} to {largest:g}; rescale them to 0..255 or 0..1")
    return 255 if largest <= 1 else 1


def _to_bytes(images: NDArray[Any], scale: int) -> Pixels:
    if images.dtype == np.uint8 and scale == 1:
        return images
    scaled = (
        np.rint(images * scale) if images.dtype.kind == "f" else images.astype(np.uint8) * np.uint8(scale)
    )
    return np.asarray(scaled, dtype=np.uint8)


def _normalized(images: Pixels) -> Digits:
    if images.shape[1:] == (SIDE, SIDE):
        return images
    from knn_digits import digit

    return digit.normalize(np.ascontiguousarray(images))
