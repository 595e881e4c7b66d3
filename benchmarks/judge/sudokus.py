"""A photo of a sudoku -> its text by its cells, which the reader reads in the place of lines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.boxes import Box
from knn_digits.photo.lines import find_lines
from knn_digits.reading.grid import holds_single_digits, is_in
from knn_digits.reading.marks import Marks
from knn_digits.reading.records import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Sudoku:
    """A sudoku, and the boxes of the marks of its page, both in pixels of the photo."""

    table: Table
    boxes: list[Box]

    def text(self, marks: Marks, chosen: NDArray[np.intp]) -> str:
        """Return the text of its page, "" where what is chosen is not one digit a cell."""
        if not holds_single_digits(self._boxes(chosen), self.table):
            return ""
        marks_of_cells = [mark for cell in self.table.cells for mark in cell.marks]
        cells, text = "".join(mark.text for mark in marks_of_cells if mark.is_digit), ""
        for line in find_lines(marks.boxes[chosen]):
            within = np.array([is_in(box, self.table) for box in self._boxes(chosen[line])])
            if within.any():
                text, cells = text + cells, ""
            text += "".join(map(str, marks.labels[chosen[line][~within]]))
        return text

    def _boxes(self, rows: NDArray[np.intp]) -> list[Box]:
        return [self.boxes[row] for row in rows]
