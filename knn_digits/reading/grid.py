"""Lines of a page and a grid on it -> the lines, those in the grid as its cells are read."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Box, Boxes
from knn_digits.photo.candidates import LEAST
from knn_digits.photo.components import find_components
from knn_digits.reading.records import Line, Mark, Table, Word
from knn_digits.reading.views import View


def may_be_sudoku(rules: Mask, digits: Sequence[Mark], *, side: int = 9) -> bool:
    """Tell whether a page has the digits of a sudoku, or its rules.

    All digits but one, as two that are given nowhere could be exchanged, and it would have two solutions. Or
    rules that hang together, as wide and high as marks in all of its cells need, and as much ink as its rules
    are, a pixel wide.

    Parameters
    ----------
    rules : (height, width) bool
    digits : sequence of Mark
        That are read on the page.
    side : int
        Its rows and columns.
    """
    if len({digit.label for digit in digits if digit.label}) >= side - 1:
        return True
    if not rules.any():
        return False
    found = find_components(rules).stats
    sides, ink = found[1:, 2:4], found[1:, 4]
    has_room = sides.min(axis=1) >= side * LEAST[1]
    return bool((has_room & (ink >= (side + 1) * sides.sum(axis=1))).any())


def is_in(box: Box, table: Table) -> bool:
    """Tell whether the middle of a box is in a table."""
    return _is_within(box, [corner for cell in table.cells for corner in cell.quad])


def outside(view: View, boxes: Boxes, rows: NDArray[np.intp], table: Table | None) -> NDArray[np.intp]:
    """Return the rows of the boxes in a view whose middle is in no table."""
    if table is None:
        return rows
    return np.array([row for row in rows if not is_in(view.on_photo(boxes[row]), table)], np.intp)


def holds_single_digits(boxes: Sequence[Box], table: Table) -> bool:
    """Tell whether more cells of a table hold one digit of these than several."""
    counts = [sum(_is_within(box, cell.quad) for box in boxes) for cell in table.cells]
    return counts.count(1) > sum(count > 1 for count in counts)


def by_cells(lines: Sequence[Line], table: Table, *, least: float) -> tuple[Line, ...]:
    """Return lines of which those in a table are its rows, where the first of them stood.

    Parameters
    ----------
    lines : sequence of Line
    table : Table
        Of one digit a cell.
    least : float
        The probability below which a digit is refused.
    """
    others = [_others(line, table) for line in lines]
    first = next((at for at, line in enumerate(lines) if len(others[at].marks) < len(line.marks)), 0)
    found = [*others[:first], *_rows(table, least=least), *others[first:]]
    return tuple(line for line in found if line.words)


def _rows(table: Table, *, least: float) -> list[Line]:
    words: list[list[Word]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        digits = (mark for mark in cell.marks if mark.is_digit)
        words[cell.row - 1] += [Word(marks=(_refused(mark, least=least),)) for mark in digits]
    return [Line(words=tuple(row)) for row in words]


def _refused(mark: Mark, *, least: float) -> Mark:
    return replace(mark, label=None) if mark.probability < least else mark


def _others(line: Line, table: Table) -> Line:
    words = (tuple(mark for mark in word.marks if not is_in(mark.box, table)) for word in line.words)
    return Line(words=tuple(Word(marks=marks) for marks in words if marks))


def _is_within(box: Box, corners: Sequence[tuple[float, float]]) -> bool:
    middle = box.left + box.width / 2, box.top + box.height / 2
    hull = cv2.convexHull(np.array(corners, np.float32))
    return cv2.pointPolygonTest(hull, middle, False) >= 0
