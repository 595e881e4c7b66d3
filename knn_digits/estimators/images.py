"""Door: arrays of images as people have them -> (n, 28, 28) uint8, without a guess."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_non_negative, validate_data

from knn_digits.arrays import SIDE, Digits
from knn_digits.datasets import ground
from knn_digits.datasets import scale as scales
from knn_digits.datasets.scale import WHITE
from knn_digits.digit import normalize
from knn_digits.errors import DataError, UsageError

LEAST = 8  # pixels: height and width of the smallest pictures, as of scikit-learn's `load_digits`


def check_images(estimator: Any, images: Any, *, reset: bool) -> NDArray[Any]:
    """Return images as numbers (n, height * width) of at least 0; errors are scikit-learn's.

    Parameters
    ----------
    estimator : object
        Learns their height and width as `image_shape_`.
    images : (n, 784), (n, 28, 28), or pictures of at least 8 by 8 pixels
        (n, height, width), or square ones as (n, height * width).
    reset : bool
        Whether to learn from them; else they must be as those that it learned from.

    Raises
    ------
    DataError
        If the shape is another.
    """
    if isinstance(images, list | tuple):  # scikit-learn's own checks take none of three dimensions
        images = np.asarray(images)
    sides = _find_sides(images)
    if sides is not None:
        if min(sides) < LEAST or not (reset or sides == estimator.image_shape_):
            raise DataError(_wrong(np.shape(images)))
        images = np.asarray(images).reshape(len(images), math.prod(sides))
    checked: NDArray[Any] = validate_data(estimator, images, reset=reset, dtype="numeric")
    if reset:
        estimator.image_shape_ = sides or _find_square(checked)
    check_non_negative(checked, type(estimator).__name__)
    return checked


def _find_sides(images: Any) -> tuple[int, int] | None:
    """Return height and width of (n, height, width) pictures, None of flat ones."""
    shape: tuple[int, ...] = getattr(images, "shape", ())
    if len(shape) > 3:
        raise DataError(_wrong(shape))
    return (int(shape[1]), int(shape[2])) if len(shape) == 3 else None


def _find_square(images: NDArray[Any]) -> tuple[int, int]:
    """Return height and width of flat pictures (n, side * side)."""
    side = math.isqrt(images.shape[1])
    if side < LEAST or side * side != images.shape[1]:
        raise DataError(_wrong(images.shape))
    return side, side


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


def as_digits(
    images: NDArray[Any], scale: float, *, told: bool, shape: tuple[int, int] = (SIDE, SIDE)
) -> Digits:
    """Return the images as (n, 28, 28) uint8, rounded to 256 steps; those of another size by `normalize`.

    Parameters
    ----------
    images : (n, height * width) numbers of at least 0
    scale : float
        The value of full ink.
    told : bool
        Whether the user gave the scale; else images of 0..1 are refused where the scale is 255.
    shape : (height, width)

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
    pictures = np.ascontiguousarray(images).reshape(-1, *shape)
    _check_ground(pictures)
    return pictures if shape == (SIDE, SIDE) else normalize(pictures)


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
    return (
        f"X must have shape (n, {SIDE * SIDE}) or (n, {SIDE}, {SIDE}), got {got}: other pictures are "
        f"(n, height, width) of at least {LEAST} by {LEAST} pixels, or square, and as those that were fitted"
    )


def plain(value: Any) -> Any:
    """Return a scalar of NumPy, as a grid of parameters has them, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
