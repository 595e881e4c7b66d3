"""Digits that are read in a straight table -> what else stands in their rows: signs and letters.

A row of cells is a line: what stands in it is measured and named as in lines of writing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.classifiers.load import load_bundled
from knn_digits.reading.choice import Evidence
from knn_digits.reading.items import Items, find_items
from knn_digits.reading.signs import Named, load_sign_judge
from knn_digits.reading.views import View
from knn_digits.reading.words import Placed, find_rows, place, without_letters
from knn_digits.tables.cells import CellMarks, find_cells
from knn_digits.tables.straight import Straight


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class CellItems:
    """What stands in the rows of cells that have a digit.

    items : Items
        In pixels of the straight table.
    named : Named
        What each is.
    cells : (n,) int64
        The cell of each, counted row by row; -1 outside.
    """

    items: Items
    named: Named
    cells: NDArray[np.int64]

    def texts(self, cells: Iterable[int]) -> Iterator[tuple[int, tuple[Placed, ...]]]:
        """Yield each of these cells, and what is read in it; nothing where it holds letters."""
        there = find_rows(self.named)
        for cell in cells:
            rows = [row for row in there if self.cells[row] == cell]
            yield cell, without_letters(place(self.items, self.named, rows))


def find_cell_items(
    table: Straight, found: CellMarks, right: Evidence, chosen: NDArray[np.intp]
) -> CellItems:
    """Return what stands in the rows of cells that have a digit.

    Parameters
    ----------
    table : Straight
    found : CellMarks
    right : (n,) float64
        The evidence of its marks.
    chosen : (m,) int64
        Rows of those that are read, at least one.

    Notes
    -----
    The bundled model's neighbors are asked, without printed digits: `signs.json` was learned by them.
    """
    view = View(ink=table.clear_ink, rules=np.zeros_like(table.rules), matrix=np.eye(2, 3))
    middles = found.marks.boxes[chosen, 0] + found.marks.boxes[chosen, 2] / 2
    ordered = chosen[np.argsort(middles, kind="stable")]
    rows = found.cells[ordered] // table.shape[1]
    lines = [ordered[rows == row] for row in np.unique(rows)]
    items = find_items(view, found.marks, right, lines, model=load_bundled().unrefined())
    return CellItems(items=items, named=load_sign_judge().name(items), cells=find_cells(table, items.boxes))
