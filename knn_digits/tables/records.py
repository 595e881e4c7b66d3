"""What is read in a table: Table, its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from knn_digits.photo.boxes import Box
from knn_digits.reading.records import UNKNOWN, Mark
from knn_digits.record import Record

EMPTY = "."  # how an empty cell is printed where each holds one character


@dataclass(frozen=True, kw_only=True)
class Cell(Record):
    """A cell of a table as read."""

    _details: ClassVar[Mapping[str, Any]] = {"marks": ()}

    row: int  # from 1, from top to bottom as the table is read
    column: int  # from 1, from left to right
    text: str  # its digits and signs; empty where it is empty, `?` where it holds what could not be read
    probability: float  # of the text, 0 to 1
    box: Box  # pixels of the upright photo, around its corners
    quad: tuple[tuple[float, float], ...]  # its corners there, clockwise from the first as it is read: x, y
    marks: tuple[Mark, ...] = ()  # from left to right


@dataclass(frozen=True, kw_only=True)
class Table(Record):
    """A table as read."""

    rows: int
    columns: int
    quarters: int  # by which the photo was turned to read it, counter-clockwise
    cells: tuple[Cell, ...]  # row by row
    warnings: tuple[str, ...] = ()
    suggestion: tuple[str, ...] = ()  # of a sudoku whose digits break its rules: rows that do not

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The texts of the cells, row by row."""
        texts = [cell.text for cell in self.cells]
        return tuple(tuple(texts[row * self.columns : (row + 1) * self.columns]) for row in range(self.rows))

    @property
    def grid(self) -> tuple[str, ...]:
        """The rows, one character a cell: its digit, `.` where empty, `?` where it is not one digit."""
        return tuple("".join(_character(text) for text in row) for row in self.texts)


def _character(text: str) -> str:
    if not text:
        return EMPTY
    return text if len(text) == 1 else UNKNOWN
