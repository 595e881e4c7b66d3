"""Stage 2′: `print.npz` -> printed digits, which stand beside those of hands where print is read."""

import functools
import pathlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels

PRINT = pathlib.Path(__file__).with_name("print.npz")  # see PRINT.md


@dataclass(frozen=True, eq=False, kw_only=True)
class Printed:
    """Digits of fonts, brought to the size and stroke of MNIST's.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
    labels : (n,) int64
        0..9.
    faces : (n,) str
        Of which font each is.
    """

    digits: Digits
    labels: Labels
    faces: NDArray[np.str_]


@functools.cache
def load_printed() -> Printed:
    """Return the printed digits that come with the package."""
    with np.load(PRINT) as file:
        return Printed(digits=file["digits"], labels=file["labels"].astype(np.int64), faces=file["faces"])
