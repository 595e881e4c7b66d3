"""Door: arrays of images as people have them -> (n, 28, 28) uint8, without a guess."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_non_negative, validate_data

from knn_digits.arrays import SIDE, Digits
from knn_digits.errors import DataError, UsageError

WHITE = 255  # full ink of a uint8 digit
LEAST_WHITE = 128  # an array of 0..255 in which no pixel comes up to this is taken for another scale


def check_images(estimator: Any, images: Any, *, reset: bool) -> NDArray[Any]:
    """Return images of (n, 784) or (n, 28, 28) as numbers (n, 784) of at least 0; errors are scikit-learn's.

    Raises
    ------
    DataError
        If the shape is another.
    """
    shape = getattr(images, "shape", None)
    if shape is not None and len(shape) > 2:
        if shape[1:] != (SIDE, SIDE):
            raise DataError(_wrong(shape))
        images = np.asarray(images).reshape(len(images), SIDE * SIDE)
    checked: NDArray[Any] = validate_data(estimator, images, reset=reset, dtype="numeric")
    if checked.shape[1] != SIDE * SIDE:
        raise DataError(_wrong(checked.shape))
    check_non_negative(checked, type(estimator).__name__)
    return checked


def find_scale(images: NDArray[Any], scale: float | str) -> float:
    """Return the value that full ink has in the images the estimator is fitted on.

    Parameters
    ----------
    images : (n, 784) numbers
    scale : float or "auto"
        "auto" tells it where there is no doubt: 1 for booleans and for floats up to 1, 255 for numbers up to
        255 of which one is at least 128.

    Raises
    ------
    UsageError
        If `scale` is neither "auto" nor a number above 0.
    DataError
        If "auto" cannot tell.
    """
    if scale != "auto":
        if isinstance(scale, bool | str) or not 0 < scale < np.inf:
            raise UsageError(f"scale must be 'auto' or a number above 0, got {scale!r}")
        return float(scale)
    largest = images.max()
    if images.dtype.kind == "b" or (images.dtype.kind == "f" and largest <= 1):
        return 1.0
    if LEAST_WHITE <= largest <= WHITE or not largest:
        return float(WHITE)
    raise DataError(
        f"the largest value of X is {largest:g} ({images.dtype}), which tells neither 0..1 nor 0..255: "
        "give the value of full ink as scale"
    )


def as_digits(images: NDArray[Any], scale: float, *, told: bool) -> Digits:
    """Return the images as (n, 28, 28) uint8, rounded to 256 steps.

    Parameters
    ----------
    images : (n, 784) numbers of at least 0
    scale : float
        The value of full ink.
    told : bool
        Whether the user gave the scale; else images of 0..1 are refused where the scale is 255.

    Raises
    ------
    DataError
        If a value is above the scale, or the images are of another scale than the estimator was fitted on.
    """
    largest = images.max()
    if largest > scale:
        raise DataError(f"values of X must be 0 (paper) to {scale:g} (full ink), got {largest:g}")
    if not told and scale == WHITE and images.dtype.kind in "bf" and 0 < largest <= 1:
        raise DataError(
            "X has values of 0..1, but the estimator was fitted on 0..255: multiply X by 255, or give "
            "scale=255 if these are nearly blank digits"
        )
    if scale != WHITE or images.dtype != np.uint8:
        images = np.rint(images * (WHITE / scale)).astype(np.uint8)
    return images.reshape(-1, SIDE, SIDE)


def _wrong(shape: tuple[int, ...]) -> str:
    got = f"{shape[0]} sample(s) of {' by '.join(map(str, shape[1:]))} feature(s)"
    return f"X must have shape (n, {SIDE * SIDE}) or (n, {SIDE}, {SIDE}), got {got}"


def plain(value: Any) -> Any:
    """Return a scalar of NumPy, as a grid of parameters has them, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
