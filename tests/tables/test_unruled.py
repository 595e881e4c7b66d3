import numpy as np
import pytest

from knn_digits.photo.boxes import Boxes
from knn_digits.tables.columns import part_columns
from knn_digits.tables.unruled import lay_out

STEP = 40.0  # pixels from row to row, and from column to column
SLOPE = 0.04  # rows per column


def write(
    rows: int,
    columns: int,
    counts: tuple[int, ...],
    *,
    apart: float = 15.0,
    wide: float = STEP,
    empty: float = 0.2,
    lean: float = 0.0,
) -> tuple[Boxes, list[tuple[int, int]]]:
    """Return the boxes of numbers in the cells of a table that is turned a little, and the cell of each."""
    random = np.random.default_rng(rows)
    boxes, cells = [], []
    for row in range(rows):
        for column in range(columns):
            count = int(random.choice(counts)) * int(random.random() >= empty or column == row % columns)
            for place in range(count):
                y = STEP * row + random.normal(0, 0.05 * STEP)
                x = (
                    wide * column
                    + apart * (place - (count - 1) / 2)
                    + random.normal(0, 0.05 * STEP)
                    + lean * y
                )
                width = random.uniform(9, 14)
                boxes.append((x - SLOPE * y - width / 2 + 200, y + SLOPE * x - 10 + 200, width, 20))
                cells.append((row, column))
    return np.round(boxes).astype(np.int64), cells


def found_cells(nodes: np.ndarray, boxes: Boxes) -> list[tuple[int, int]]:
    """Return the cell in which the middle of each box lies."""
    x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T
    across = (nodes[..., 0].mean(axis=0), nodes[..., 1].mean(axis=1))
    middle = nodes.reshape(-1, 2).mean(axis=0)
    column = np.searchsorted(across[0], x + SLOPE * (y - middle[1])) - 1
    row = np.searchsorted(across[1], y - SLOPE * (x - middle[0])) - 1
    return list(zip(row.tolist(), column.tolist(), strict=True))


@pytest.mark.parametrize(
    ("rows", "columns", "counts"),
    [(46, 25, (1, 1, 2)), (30, 12, (1, 2)), (12, 8, (1,)), (7, 6, (1,))],
)
def test_numbers_in_even_columns_are_told_apart_however_little_parts_them(
    rows: int, columns: int, counts: tuple[int, ...]
) -> None:
    boxes, cells = write(rows, columns, counts)
    nodes = lay_out(boxes)
    assert nodes is not None
    assert nodes.shape == (rows + 1, columns + 1, 2)
    right = np.mean([one == other for one, other in zip(found_cells(nodes, boxes), cells, strict=True)])
    assert right > 0.97


@pytest.mark.parametrize(("rows", "counts"), [(5, (2,)), (12, (2,)), (20, (1, 2, 3))])
def test_numbers_far_apart_are_not_parted(rows: int, counts: tuple[int, ...]) -> None:
    boxes, cells = write(rows, 4, counts, wide=120.0, empty=0.1)
    nodes = lay_out(boxes)
    assert nodes is not None
    assert found_cells(nodes, boxes) == cells


def test_a_column_is_not_parted_where_marks_are_missing_in_a_line() -> None:
    """Marks widened so much that they cover nearly all leave out the middle of a cell, in one line."""
    random = np.random.default_rng(5)
    middles = STEP * np.arange(25) + random.normal(0, 0.06 * STEP, (46, 25))
    wide = random.uniform(4, 10, (46, 25))
    there = random.random((46, 25)) > 0.3
    spans = np.stack([middles - wide, middles + wide], axis=2)[there]
    lines = [np.flatnonzero(np.nonzero(there)[0] == row).tolist() for row in range(46)]
    assert len(part_columns(spans, lines, height=20.0)) == 26


def test_marks_that_stand_anywhere_make_no_columns() -> None:
    random = np.random.default_rng(0)
    starts = np.sort(random.uniform(0, 1500, (40, 30)), axis=1)
    spans = np.stack([starts, starts + 20], axis=2).reshape(-1, 2)
    lines = np.arange(len(spans)).reshape(40, 30).tolist()
    assert len(part_columns(spans, lines, height=20.0)) == 2


def test_a_row_with_few_numbers_is_a_row() -> None:
    boxes, cells = write(12, 8, (1,), empty=0.0)
    kept = [k for k, (row, column) in enumerate(cells) if row != 4 or column in (2, 5)]
    nodes = lay_out(boxes[kept])
    assert nodes is not None
    assert nodes.shape == (13, 9, 2)


def test_columns_may_lean_as_on_bent_paper() -> None:
    nodes = lay_out(write(46, 25, (1, 1, 2), lean=0.015)[0])
    assert nodes is not None
    assert nodes.shape == (47, 26, 2)
