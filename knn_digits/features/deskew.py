"""Stage 3: digit -> its pixels, sheared upright and centered to a fraction of a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Vectors, check_digits
from knn_digits.digit import CENTER

MIN_SPREAD = 0.1  # pixels²: the vertical variance of the ink from which its slant can be told


@dataclass(frozen=True)
class Deskewed:
    """The digit sheared until its ink has no slant: (n, 28, 28) uint8 -> (n, 784) float32, values 0..255.

    The slant is the regression of the ink's column on its row, from second moments. The same step moves the
    center of mass from the nearest whole pixel, where `digit.normalize` puts it, to 14.0, 14.0 itself.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998), Gradient-based learning applied to document
    recognition, who deskew MNIST so for their nearest-neighbor figure. Ours interpolates linearly and
    rounds to whole values.

    Examples
    --------
    >>> slanted = np.zeros((1, 28, 28), np.uint8)
    >>> for row in range(4, 24):
    ...     slanted[0, row, 20 - row // 2 : 23 - row // 2] = 255
    >>> upright = Deskewed()(slanted).reshape(28, 28)
    >>> int(slanted[0].any(axis=0).sum()), int((upright.max(axis=0) > 64).sum())
    (12, 5)
    """

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector of 784 whole numbers for each digit."""
        digits = check_digits(digits)
        upright = np.empty_like(digits)
        for digit, (slant, row, column), target in zip(digits, _moments(digits), upright, strict=True):
            # Where each pixel of the upright digit comes from: x + slant (y - center) + column, y + row.
            source = np.array([[1, slant, column - slant * CENTER], [0, 1, row]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cv2.warpAffine(digit, source, (SIDE, SIDE), dst=target, flags=flags)
        return upright.reshape(len(digits), SIDE * SIDE).astype(np.float32)


def _moments(digits: Digits) -> NDArray[np.float64]:
    """Return for each digit its slant in columns per row, and its center of mass from the middle, (n, 3)."""
    offset = np.arange(SIDE) - CENTER
    down, across = (digits.sum(axis=axis, dtype=np.float64) for axis in (2, 1))
    mass = np.maximum(down.sum(axis=1), 1)
    row, column = down @ offset / mass, across @ offset / mass
    spread = down @ offset**2 / mass - row**2
    together = (digits @ offset) @ offset / mass - row * column
    slant = np.where(spread > MIN_SPREAD, together / np.maximum(spread, MIN_SPREAD), 0)
    return np.stack([slant, row, column], axis=1)
