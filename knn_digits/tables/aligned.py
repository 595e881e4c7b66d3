"""Words in lines -> cells: columns that align without rules."""

from collections.abc import Iterator, Sequence

import numpy as np

from knn_digits.photo.boxes import Box, box_around
from knn_digits.reading.records import Cell, Line, Mark, Reading, Table
from knn_digits.tables.fill import text_of, warn_of_unlikely, warn_of_unread
from knn_digits.tables.finding import FEWEST


def find_columns(lines: Sequence[Line], quarters: int = 0) -> list[tuple[int, int]]:
    """Return the left and right sides of columns: words that stand above each other share one.

    A word that reaches over several columns parts none and joins none. All is seen as if the photo were
    turned by so many quarters, counter-clockwise, about its upper left corner.
    """
    boxes = [turn(word.box, quarters) for line in lines for word in line.words if word.marks]
    columns: list[tuple[int, int]] = []
    for box in sorted(boxes, key=lambda box: box.width):
        over = [k for k, (left, right) in enumerate(columns) if box.left < right and left < box.right]
        if not over:
            columns.append((box.left, box.right))
        elif len(over) == 1:
            left, right = columns[over[0]]
            columns[over[0]] = min(left, box.left), max(right, box.right)
    return sorted(columns)


def turn(box: Box, quarters: int) -> Box:
    """Return a box turned by so many quarters, counter-clockwise, about the point 0, 0."""
    for _ in range(quarters % 4):
        box = Box(left=box.top, top=-box.right, width=box.height, height=box.width)
    return box


def place(box: Box, columns: Sequence[tuple[int, int]]) -> int:
    """Return the column that a box shares most with."""
    shared = [min(right, box.right) - max(left, box.left) for left, right in columns]
    return max(range(len(columns)), key=shared.__getitem__)


def fill_aligned(reading: Reading, quarters: int = 0) -> Table | None:
    """Return the words of lines whose columns align as a table, None where there are too few.

    Parameters
    ----------
    reading : Reading
    quarters : int
        By which the photo was turned to read it, counter-clockwise.
    """
    lines = [line for line in reading.lines if line.digits]
    columns = find_columns(lines, quarters)
    if len(lines) < FEWEST or len(columns) < FEWEST:
        return None
    cells = tuple(
        cell for row, line in enumerate(lines, 1) for cell in _cells_of(line, row, columns, quarters)
    )
    return Table(
        rows=len(lines),
        columns=len(columns),
        quarters=quarters,
        cells=cells,
        warnings=(*reading.warnings, *warn_of_unread(cells), *warn_of_unlikely(cells)),
    )


def _cells_of(line: Line, row: int, columns: Sequence[tuple[int, int]], quarters: int) -> Iterator[Cell]:
    """Yield the cells of a line, one a column."""
    boxes = [turn(mark.box, quarters) for mark in line.marks]
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    marks: list[list[Mark]] = [[] for _ in columns]
    for word in filter(lambda word: word.marks, line.words):
        marks[place(turn(word.box, quarters), columns)] += word.marks
    for column, ((left, right), own) in enumerate(zip(columns, marks, strict=True), 1):
        quad = _back([(left, top), (right, top), (right, bottom), (left, bottom)], quarters)
        yield Cell(
            row=row,
            column=column,
            text=text_of(own),
            probability=float(np.prod([mark.probability for mark in own])),
            box=box_around(np.array(quad)),
            quad=tuple(quad),
            marks=tuple(own),
        )


def _back(points: Sequence[tuple[int, int]], quarters: int) -> list[tuple[float, float]]:
    """Return points of what `turn` has turned where they were."""
    for _ in range(quarters):
        points = [(-y, x) for x, y in points]
    return [(float(x), float(y)) for x, y in points]
