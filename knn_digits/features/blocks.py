"""Stage 3: digit -> the amount of ink in each block of a grid laid over it."""

from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import SIDE, Digits, Vectors, check_digits
from knn_digits.digit import INK_SIDE
from knn_digits.errors import UsageError, shown

INK = ("count", "grey")  # pixels above 0, or the sum of their values


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The textbook's block counts: (n, 28, 28) uint8 -> (n, rows × columns) float32.

    The grid lies over the central 20×20 pixels, where MNIST keeps its ink, if rows and columns divide 20;
    else over all 28×28 if they divide 28.

    Parameters
    ----------
    rows, columns : int
        Blocks down and across. The textbook has 5 rows × 4 columns: blocks 4 pixels high, 5 wide.
    ink : {"count", "grey"}
        Count the inked pixels (value above 0) of a block, or sum their values 0..255.

    Raises
    ------
    UsageError
        If the grid divides neither 20 nor 28, or `ink` is another word.

    References
    ----------
    "Zoning" in Ø. D. Trier, A. K. Jain, T. Taxt (1996), Feature extraction methods for character
    recognition: a survey. Theirs averages grey over equal zones; ours counts or sums.

    Examples
    --------
    >>> Blocks()(np.full((1, 28, 28), 255, np.uint8))[0, :4]
    array([20., 20., 20., 20.], dtype=float32)
    """

    rows: int = 5
    columns: int = 4
    ink: str = "count"

    def __post_init__(self) -> None:
        """Check the options."""
        if not isinstance(self.ink, str) or self.ink not in INK:
            raise UsageError(f"ink must be one of {', '.join(INK)}, got {shown(self.ink)}")
        if not all(type(n) is int and n > 0 for n in (self.rows, self.columns)) or self.window == 0:
            grid = f"{shown(self.rows)}x{shown(self.columns)}"
            raise UsageError(
                f"a grid of {grid} does not fit: rows and columns must both "
                f"divide {INK_SIDE} (such as 5x4, 10x10) or both divide {SIDE} (such as 7x7, 14x14)"
            )

    @property
    def window(self) -> int:
        """Side in pixels of the central square that the grid covers; 0 if the grid fits none."""
        fitting = (side for side in (INK_SIDE, SIDE) if side % self.rows == side % self.columns == 0)
        return next(fitting, 0)

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector of rows × columns for each digit, row by row."""
        digits = check_digits(digits)
        margin, side = (SIDE - self.window) // 2, self.window
        center = digits[:, margin : margin + side, margin : margin + side]
        ink = center > 0 if self.ink == "count" else center
        split = ink.reshape(len(ink), self.rows, side // self.rows, self.columns, side // self.columns)
        return np.asarray(split.sum(axis=(2, 4), dtype=np.float32)).reshape(
            len(ink), self.rows * self.columns
        )
