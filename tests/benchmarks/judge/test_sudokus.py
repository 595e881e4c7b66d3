from dataclasses import replace

import numpy as np

from benchmarks.judge.sudokus import Sudoku
from knn_digits.photo.boxes import Box
from knn_digits.reading.marks import no_marks
from knn_digits.reading.records import Cell, Mark, Table

SIDE = 30  # pixels: of a cell
DIGITS = np.array([1, 2, 3, 4])
BOXES = np.array(
    [[5, 5, 20, 20], [35, 5, 20, 20], [70, 5, 20, 20], [5, 65, 20, 20]]
)  # the first two in cells


def cell(column: int, label: int | None) -> Cell:
    box = Box(left=SIDE * (column - 1), top=0, width=SIDE, height=SIDE)
    corners = [(x, y) for x, y in ((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE))]
    mark = Mark(
        label=label,
        probability=0.9,
        box=box,
        strangeness=0.0,
        doubt=0.0,
        digit=np.zeros((28, 28), np.uint8),
        neighbors=(),
    )
    quad = tuple((float(box.left + x), float(y)) for x, y in corners)
    return Cell(row=1, column=column, text="", probability=0.9, box=box, quad=quad, marks=(mark,))


def text(chosen: list[int]) -> str:
    """Return the text of a page with these marks, whose table reads 7? where the first two stand."""
    marks = replace(no_marks(), boxes=BOXES, labels=DIGITS)
    boxes = [Box(left=x, top=y, width=w, height=h) for x, y, w, h in BOXES.tolist()]
    table = Table(rows=1, columns=2, quarters=0, cells=(cell(1, 7), cell(2, None)))
    return Sudoku(table=table, boxes=boxes).text(marks, np.array(chosen, np.intp))


def test_digits_in_cells_are_read_by_the_cells_and_others_as_they_stand() -> None:
    assert text([3, 2, 1, 0]) == "7?34"
    assert text([2, 0]) == "7?3"


def test_a_table_in_which_no_digit_is_chosen_is_none() -> None:
    assert text([2, 3]) == ""
