"""Words in lines -> cells: columns that align without rules."""

from collections.abc import Iterator, Sequence

import numpy as np

from knn_digits.photo.boxes import Box
from knn_digits.reading.records import Cell, Line, Mark, Reading, Table, Word
from knn_digits.tables.fill import text_of, warn_of_unlikely, warn_of_unread
from knn_digits.tables.finding import FEWEST


def find_columns(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the left and right sides of columns: words that stand above each other share one.

    A word that reaches over several columns parts none and joins none.
    """
    words = [word for line in lines for word in line.words if word.marks]
    columns: list[tuple[int, int]] = []
    for word in sorted(words, key=lambda word: word.box.width):
        over = [
            k for k, (left, right) in enumerate(columns) if word.box.left < right and left < word.box.right
        ]
        if not over:
            columns.append((word.box.left, word.box.right))
        elif len(over) == 1:
            left, right = columns[over[0]]
            columns[over[0]] = min(left, word.box.left), max(right, word.box.right)
    return sorted(columns)


def place(word: Word, columns: Sequence[tuple[int, int]]) -> int:
    """Return the column that a word shares most with."""
    shared = [min(right, word.box.right) - max(left, word.box.left) for left, right in columns]
    return max(range(len(columns)), key=shared.__getitem__)


def fill_aligned(reading: Reading) -> Table | None:
    """Return the words of lines whose columns align as a table, None where there are too few."""
    lines = [line for line in reading.lines if line.digits]
    columns = find_columns(lines)
    if len(lines) < FEWEST or len(columns) < FEWEST:
        return None
    cells = tuple(cell for row, line in enumerate(lines, 1) for cell in _cells_of(line, row, columns))
    return Table(
        rows=len(lines),
        columns=len(columns),
        quarters=0,
        cells=cells,
        warnings=(*reading.warnings, *warn_of_unread(cells), *warn_of_unlikely(cells)),
    )


def _cells_of(line: Line, row: int, columns: Sequence[tuple[int, int]]) -> Iterator[Cell]:
    """Yield the cells of a line, one a column."""
    top, bottom = min(m.box.top for m in line.marks), max(m.box.bottom for m in line.marks)
    marks: list[list[Mark]] = [[] for _ in columns]
    for word in line.words:
        if word.marks:
            marks[place(word, columns)] += word.marks
    for column, ((left, right), own) in enumerate(zip(columns, marks, strict=True)):
        quad = ((left, top), (right, top), (right, bottom), (left, bottom))
        yield Cell(
            row=row,
            column=column + 1,
            text=text_of(own),
            probability=float(np.prod([mark.probability for mark in own])),
            box=Box(left=left, top=top, width=right - left, height=bottom - top),
            quad=tuple((float(x), float(y)) for x, y in quad),
            marks=tuple(own),
        )
