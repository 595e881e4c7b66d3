"""Door: arrays of images as people have them -> (n, 28, 28) uint8, without a guess."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_non_negative, validate_data

from knn_digits.arrays import SIDE, Digits
from knn_digits.datasets import ground
from knn_digits.datasets import scale as scales
from knn_digits.datasets.scale import WHITE
from knn_digits.errors import DataError, UsageError


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
        "auto" tells it where there is no doubt, by the rule for data sets (`datasets.scale`): 1 for booleans
        and for floats up to 1, 255 for numbers up to 255, if most images come up to half of it.

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
    remedy = "give the value of full ink as scale"
    try:
        found = scales.find_scale(images)
    except DataError as error:
        raise DataError(f"X {error}, or {remedy}") from error
    if not found.plain or (found.high == 1 and images.dtype.kind in "iu"):
        raise DataError(
            f"the largest value of X is {images.max():g} ({images.dtype}), which tells neither 0..1 nor "
            f"0..255: {remedy}"
        )
    return found.high


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
        If a value is above the scale, the images are of another scale than the estimator was fitted on, or
        they show ink on other paper than black.
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
    digits = images.reshape(-1, SIDE, SIDE)
    _check_ground(digits)
    return digits


def _check_ground(digits: Digits) -> None:
    """Raise DataError if the digits are not light ink on black: an estimator inverts nothing."""
    seen = ground.find_ground(digits, scales.of_bytes(digits))
    try:
        seen.check()
    except DataError as error:
        raise DataError(f"X {error}") from error
    if seen.inverted:
        raise DataError("X has dark ink on light paper; give `scale - X`, which is light ink on black")
    if seen.tinted:
        raise DataError("X has ink on grey paper, and paper must be 0; subtract the grey of the paper")


def _wrong(shape: tuple[int, ...]) -> str:
    got = f"{shape[0]} sample(s) of {' by '.join(map(str, shape[1:]))} feature(s)"
    return f"X must have shape (n, {SIDE * SIDE}) or (n, {SIDE}, {SIDE}), got {got}"


def plain(value: Any) -> Any:
    """Return a scalar of NumPy, as a grid of parameters has them, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
