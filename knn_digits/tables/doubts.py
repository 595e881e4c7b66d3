"""Digits that are read in a straight table -> warnings where other rows and columns are likelier.

A row of cells holds one line of digits, a cell one number; where most do not, rules may be missing.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Boxes, box_of
from knn_digits.photo.candidates import find_boxes
from knn_digits.photo.frames import find_rules
from knn_digits.photo.gaps import find_words
from knn_digits.photo.ink import Ink, fainter_ink
from knn_digits.photo.lines import usual_height
from knn_digits.reading.records import Cell
from knn_digits.tables.cells import find_cells
from knn_digits.tables.straight import Straight, straighten

MOST, FEWEST = 0.5, 3  # of the cells of a row, or of a column, that have digits; and cells at least
NAMED = 5  # rows, columns or cells that a warning names, at most


def doubt_shape(
    table: Straight, boxes: Boxes, cells: NDArray[np.int64], *, signed: Collection[int] = ()
) -> Iterator[str]:
    """Yield what speaks against the rows and columns of a table.

    Parameters
    ----------
    table : Straight
    boxes : (n, 4) int64
        Of the digits that are read, in pixels of the straight table.
    cells : (n,) int64
        The cell of each, counted row by row.
    signed : collection of int
        Cells with signs, which stand between digits of one number.
    """
    if not len(boxes):
        return
    rows, columns = np.divmod(cells, table.shape[1])
    high = float(np.median(boxes[:, 3]))
    plain = ~np.isin(cells, list(signed))
    apart = _where_most(columns[plain], cells[plain], boxes[plain], _are_several_words)
    doubts = (
        ("row", np.flatnonzero(np.diff(table.rows) < high).tolist(), "lower than digits are high", "fewer"),
        ("row", _where_most(rows, cells, boxes, _stand_above_each_other), "digits above each other", "more"),
        ("column", apart, "several numbers a cell", "more"),
    )
    for kind, places, why, other in doubts:
        if places:
            yield f"{why}: {name([f'{kind} {at + 1}' for at in places])}; there may be {other} {kind}s"


def doubt_single(boxes: Boxes, cells: NDArray[np.int64]) -> Iterator[str]:
    """Say so where most cells hold several digits, of which one is read; boxes as of `doubt_shape`."""
    if _where_most(np.zeros_like(cells), cells, boxes, _are_several):
        yield "most cells hold several digits, of which one is read: these are no single digits, but numbers"


def doubt_place(ink: Ink, tables: Sequence[Straight]) -> Iterator[str]:
    """Say so where more marks as high as those in tables stand outside, or a line beside the last row."""
    if not tables:
        return
    boxes, inside = _marks(ink, tables)
    alike = _are_alike(boxes, boxes[inside] if inside.any() else boxes)
    if (alike & ~inside).sum() > (alike & inside).sum():
        yield "more is written outside of the tables found than in them: rules may be missing"
    held = [_ends_held(table, ink) for table in tables]
    for place, where in enumerate(("above the first", "below the last")):
        if any(ends[place] for ends in held):
            yield f"a line of digits or words stands close {where} row: it may be a row"


def find_likely_wrong(cells: Sequence[Cell]) -> tuple[list[int], list[int]]:
    """Return the rows and the columns, from 1, most of whose digits are likely wrong, as letters are.

    What could not be read, signs that stand alone, and empty cells say nothing. Digits are asked, not cells:
    of a long number one digit is likely wrong though each of them is likely right.
    """
    digits = [
        (cell.row, cell.column, mark.probability) for cell in cells for mark in cell.marks if mark.is_digit
    ]
    rows, columns, right = np.array(digits, np.float64).reshape(-1, 3).T
    return _where_wrong(rows, right), _where_wrong(columns, right)


def _where_wrong(lines: NDArray[np.float64], right: NDArray[np.float64]) -> list[int]:
    return [int(line) for line in np.unique(lines) if right[lines == line].mean() < 0.5]


def _marks(ink: Ink, tables: Sequence[Straight]) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return the boxes of marks but rests of rules, and which stand in tables."""
    rules = find_rules(ink)
    boxes = find_boxes(fainter_ink(ink, rules), rules)
    covered = np.zeros(ink.darkness.shape, np.uint8)
    cv2.fillPoly(covered, [np.round(table.corners).astype(np.int32) for table in tables], 1)
    middles = boxes[:, :2] + boxes[:, 2:] // 2
    inside = covered[middles[:, 1], middles[:, 0]].astype(bool)
    steps = [float(np.ptp(table.nodes[1:-1, 0], axis=0).max()) / table.shape[0] for table in tables]
    marks = ~inside | (boxes[:, 2:].min(axis=1) < max(steps))
    return boxes[marks], inside[marks]


def _ends_held(table: Straight, ink: Ink) -> tuple[bool, bool]:
    """Tell whether most columns have marks above the first row, as near as that, and below the last."""
    nodes = table.nodes[1:-1, 1:-1]
    beyond = 2 * nodes[[0, -1]] - nodes[[1, -2]]
    wider = straighten(ink, np.concatenate([beyond[:1], nodes, beyond[1:]]))
    boxes = find_boxes(wider.ink, wider.rules)
    boxes = boxes[_are_alike(boxes, boxes)]
    rows, columns = np.divmod(find_cells(wider, boxes), table.shape[1])
    first, last = (len(np.unique(columns[rows == row])) for row in (0, wider.shape[0] - 1))
    return first > MOST * table.shape[1], last > MOST * table.shape[1]


def _are_alike(boxes: Boxes, known: Boxes) -> Mask:
    """Tell which boxes are about as high as known ones are."""
    usual = usual_height(known[:, 3].astype(np.float64)) if len(known) else 0.0
    return np.asarray((boxes[:, 3] > usual / 2) & (boxes[:, 3] < 2 * usual))


def name(places: Sequence[str]) -> str:
    """Return the first places, and how many there are more."""
    return ", ".join(places[:NAMED]) + f" and {len(places) - NAMED} more" * (len(places) > NAMED)


def _where_most(
    lines: NDArray[np.int64], cells: NDArray[np.int64], boxes: Boxes, crowded: Callable[[Boxes], bool]
) -> list[int]:
    """Return the rows, or columns, most of whose cells that have digits are crowded."""
    found = []
    for line in np.unique(lines).tolist():
        own = [boxes[cells == cell] for cell in np.unique(cells[lines == line])]
        count = sum(map(crowded, own))
        if count >= FEWEST and count > MOST * len(own):
            found.append(line)
    return found


def _stand_above_each_other(boxes: Boxes) -> bool:
    return bool(boxes[:, 1].max() >= (boxes[:, 1] + boxes[:, 3]).min())


def _are_several(boxes: Boxes) -> bool:
    return len(boxes) > 1


def _are_several_words(boxes: Boxes) -> bool:
    ordered = boxes[np.argsort(boxes[:, 0])]
    return len(find_words(list(map(box_of, ordered)))) > 1
