"""Marks of cells that hold one digit at most -> which are notes: candidates, small, several in a cell."""

import numpy as np
from numpy.typing import NDArray

from knn_digits.reading.choice import Evidence, choose_likely
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.straight import Straight
from knn_digits.tables.sudoku import BOX


def find_notes(
    table: Straight, found: CellMarks, right: Evidence, written: Evidence, *, least: float
) -> NDArray[np.intp]:
    """Return the rows of the marks that are as low as notes; none where most cells with such hold one alone.

    Nine notes have the room of one digit: each is at most a third as high as its cell, and nearer to a third
    of the usual height of what is higher than to that height, in proportion. A person may write as small,
    beside large print, but not several digits in a cell.

    Parameters
    ----------
    table : Straight
    found : CellMarks
    right, written : (n,) float64
        The probability that each is a digit, its label the right one; that it is writing or print, no dirt.
    least : float
        What the first must reach for a mark to be read.
    """
    share = found.marks.boxes[:, 3] / np.diff(table.rows)[found.cells // table.shape[1]]
    high = share[(right >= least) & (share > 1 / BOX)]
    if not len(high):
        return np.zeros(0, np.intp)
    low = share < min(1 / BOX, float(np.median(high)) / np.sqrt(BOX))
    _, counts = np.unique(
        found.cells[choose_likely(found.marks.boxes, np.where(low, written, 0))], return_counts=True
    )
    several = 2 * np.count_nonzero(counts > 1) > len(counts)
    return np.flatnonzero(low) if several else np.zeros(0, np.intp)
