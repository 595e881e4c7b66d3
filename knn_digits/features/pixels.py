"""Stage 3: digit -> its 784 pixels, row by row."""

from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import SIDE, Digits, Vectors, check_digits


@dataclass(frozen=True)
class PixelValues:
    """The values of the digit's own pixels: (n, 28, 28) uint8 -> (n, 784) float32, values 0..255.

    Examples
    --------
    >>> PixelValues()(np.zeros((3, 28, 28), np.uint8)).shape
    (3, 784)
    """

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector of 784 for each digit."""
        return check_digits(digits).reshape(len(digits), SIDE * SIDE).astype(np.float32)
