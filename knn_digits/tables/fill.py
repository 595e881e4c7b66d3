"""Straight table + models -> Table: marks of cells are judged, chosen and read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.boxes import Box, box_around
from knn_digits.reading.alike import Asked, ask_each_other
from knn_digits.reading.answers import as_mark, look_at
from knn_digits.reading.choice import Evidence
from knn_digits.reading.judge import load_judge
from knn_digits.reading.origins import name_neighbors
from knn_digits.reading.records import UNKNOWN, Cell, Mark, Table, Word
from knn_digits.reading.signs import DIGIT
from knn_digits.reading.views import Matrix
from knn_digits.reading.words import Placed
from knn_digits.tables.cells import CellMarks, find_cell_marks
from knn_digits.tables.choice import agree, choose_digits, choose_unknown
from knn_digits.tables.directions import Points
from knn_digits.tables.doubts import doubt_shape, doubt_single, find_likely_wrong, name
from knn_digits.tables.judge import CellJudge, Limits
from knn_digits.tables.notes import find_notes
from knn_digits.tables.printing import measure_print
from knn_digits.tables.signs import CellItems, find_cell_items
from knn_digits.tables.straight import Straight
from knn_digits.tables.sudoku import SIDE, clashes, suggest

MANY = 400  # cells: a table of more is looked at at few levels of ink, as time allows no more
REFUSED = 1 / CLASSES  # probability: a digit that is right by chance alone is not known


def fill(
    table: Straight,
    models: tuple[DigitKNN, Classifier],
    matrix: Matrix,
    *,
    quarters: int,
    single: bool,
    judge: CellJudge,
) -> Table:
    """Return the table as it is read.

    Parameters
    ----------
    table : Straight
        Upright.
    models : (DigitKNN, Classifier)
        The one whose neighbors judge marks, and the one that reads what is chosen.
    matrix : (2, 3) float64
        From pixels of the ink to pixels of the photo.
    quarters : int
        By which the table was turned.
    single : bool
        Whether a cell holds one digit at most.
    judge : CellJudge
    """
    scout, model = models
    found = find_cell_marks(table, scout, quick=table.shape[0] * table.shape[1] > MANY)
    right, written = judge.judge(found.marks)
    limits = judge.limits(single=single)
    noted = find_notes(table, found, right, written, least=limits.least) if single else np.zeros(0, np.intp)
    right[noted] = written[noted] = 0
    shared = agree(found, right)
    chosen = choose_digits(found, right, shared, least=limits.least, single=single)
    unknown = choose_unknown(found, right, chosen, least=limits.more)
    marked = np.concatenate([chosen, unknown])
    asked = _ask(found.marks.digits[marked], right[marked], models) if len(marked) else None
    back = _Back(table, matrix)
    digits = _digits(found, marked, asked, right, back, unknown=unknown)
    marks = _by_cell(found, digits)
    more = _with_more(found, written, marks.keys(), single=single)
    if digits and more:
        beside = find_cell_items(table, found, right, marked)
        marks |= _with_signs(beside, more, digits, model=model, back=back)
    marks = {cell: tuple(name_neighbors(own, model)) for cell, own in marks.items()}
    cells = tuple(_cell(number, found, marks, (right, written), limits, back) for number in range(back.count))
    rows, columns = table.shape
    doubts: tuple[str, ...] = ()
    if single:
        cells = _with_print(cells, found, chosen, judge=judge, model=scout)
        several = choose_digits(found, right, shared, least=limits.least, single=False)
        numbers = doubt_single(found.marks.boxes[several], found.cells[several])
        doubts = (*numbers, *_warn_of_notes(cells, found.cells[noted]))
    else:
        cells, unlikely = _without_unlikely(cells)
        doubts = (*_doubts(table, found, chosen, marks), *unlikely)
    warnings = (*doubts, *warn_of_unread(cells), *warn_of_unlikely(cells))
    read = Table(rows=rows, columns=columns, quarters=quarters, cells=cells, warnings=warnings)
    return _checked(read, found, chosen, asked) if single and table.shape == (SIDE, SIDE) else read


def _ask(digits: Digits, right: Evidence, models: tuple[DigitKNN, Classifier]) -> Asked:
    """Return the answers on digits that are right so likely, after they asked each other."""
    scout, model = models
    weight = load_judge().alike
    return ask_each_other(model.classify(digits), digits, right, scout=scout, weight=weight)


class _Back:
    """The way from a straight table to the photo."""

    def __init__(self, table: Straight, matrix: Matrix) -> None:
        self.table, self.matrix = table, matrix
        self.count = table.shape[0] * table.shape[1]

    def corners(self, left: float, top: float, right: float, bottom: float) -> Points:
        """Return the corners of a rectangle on the photo, clockwise."""
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        return np.asarray(np.insert(self.table.on_ink(points), 2, 1, axis=1) @ self.matrix.T, np.float64)

    def box(self, box: NDArray[np.int64]) -> Box:
        """Return the box on the photo around one of the straight table."""
        left, top, width, height = box.tolist()
        return box_around(self.corners(left, top, left + width, top + height))

    def cell(self, number: int) -> Points:
        """Return the corners of a cell."""
        row, column = divmod(number, self.table.shape[1])
        rows, columns = self.table.rows, self.table.columns
        return self.corners(columns[column], rows[row], columns[column + 1], rows[row + 1])


def _digits(
    found: CellMarks,
    chosen: NDArray[np.intp],
    asked: Asked | None,
    right: Evidence,
    back: _Back,
    *,
    unknown: NDArray[np.intp],
) -> dict[int, Mark]:
    """Return what the chosen marks are read as, by their rows; those that are unknown are refused."""
    if asked is None:
        return {}
    right, votes = right[chosen], asked.votes
    sure = votes.probabilities[np.arange(len(chosen)), votes.labels].astype(np.float64)
    same = (votes.labels == found.marks.labels[chosen]) | asked.changed
    probabilities = load_judge().settle(right, sure, same)
    digits = found.marks.digits[chosen]
    return {
        row: replace(
            as_mark(
                back.box(found.marks.boxes[row]),
                digits,
                votes,
                at,
                float(probabilities[at]),
                refused=bool(probabilities[at] < REFUSED) or row in unknown,
            ),
            page_share=asked.share(at),
        )
        for at, row in enumerate(chosen.tolist())
    }


def _by_cell(found: CellMarks, digits: Mapping[int, Mark]) -> dict[int, tuple[Mark, ...]]:
    """Return the digits of each cell, from left to right."""
    cells: dict[int, tuple[Mark, ...]] = {}
    for row in sorted(digits, key=lambda row: int(found.marks.boxes[row, 0])):
        cell = int(found.cells[row])
        cells[cell] = (*cells.get(cell, ()), digits[row])
    return cells


def _with_more(found: CellMarks, written: Evidence, read: Collection[int], *, single: bool) -> list[int]:
    """Return the cells that may hold signs: those with writing likelier than not, or with several digits."""
    alone = set(found.cells[written > 0.5].tolist()).difference(read)
    return sorted(alone if single else alone.union(read))


def _with_signs(
    beside: CellItems,
    cells: Sequence[int],
    digits: Mapping[int, Mark],
    *,
    model: Classifier,
    back: _Back,
) -> dict[int, tuple[Mark, ...]]:
    """Return the digits and signs of these cells, from left to right."""
    texts, items = dict(beside.texts(cells)), beside.items
    signs = [one.row for text in texts.values() for one in text if items.rows[one.row] < 0]
    seen = dict(zip(signs, look_at(items, signs, model, back.box), strict=True))

    def mark(one: Placed) -> Mark:
        known = seen.get(one.row) or digits[int(items.rows[one.row])]
        if one.name == DIGIT:
            return replace(known, raised=one.raised)
        probability = float(beside.named.probabilities[one.row])
        return replace(known, label=None, sign=one.name, probability=probability)

    return {cell: tuple(map(mark, text)) for cell, text in texts.items()}


def _without_unlikely(cells: tuple[Cell, ...]) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return the cells, those of rows and columns that are likely wrong as letters; and a warning of them."""
    rows, columns = find_likely_wrong(cells)
    places = [f"row {row}" for row in rows] + [f"column {column}" for column in columns]
    if not places:
        return cells, ()
    warning = f"likely letters, or other digits than were read, which are left out: {name(places)}"
    found = (_as_letters(one) if one.row in rows or one.column in columns else one for one in cells)
    return tuple(found), (warning,)


def _warn_of_notes(cells: tuple[Cell, ...], noted: NDArray[np.int64]) -> tuple[str, ...]:
    """Say in which cells without a digit notes stand."""
    without = [cells[number] for number in np.unique(noted).tolist() if not cells[number].text]
    if not without:
        return ()
    places = name([f"row {cell.row} column {cell.column}" for cell in without])
    return (f"small digits, several in a cell, are left out as notes: {places}",)


def _as_letters(cell: Cell) -> Cell:
    if not any(mark.is_digit for mark in cell.marks):
        return cell
    marks = tuple(
        replace(mark, label=None, sign=UNKNOWN, probability=1 - mark.probability, raised=False)
        if mark.is_digit
        else mark
        for mark in cell.marks
    )
    return replace(cell, text=UNKNOWN, probability=1 - cell.probability, marks=marks)


def _with_print(
    cells: tuple[Cell, ...],
    found: CellMarks,
    chosen: NDArray[np.intp],
    *,
    judge: CellJudge,
    model: DigitKNN,
) -> tuple[Cell, ...]:
    """Return the cells, those with a digit with the probability that it is print."""
    if not len(chosen):
        return cells
    said = judge.judge_print(measure_print(found, chosen, model))
    printed = dict(zip(found.cells[chosen].tolist(), said.tolist(), strict=True))
    return tuple(replace(cell, printed=printed.get(number)) for number, cell in enumerate(cells))


def _cell(
    number: int,
    found: CellMarks,
    marks: Mapping[int, tuple[Mark, ...]],
    evidence: tuple[Evidence, Evidence],
    limits: Limits,
    back: _Back,
) -> Cell:
    own = marks.get(number, ())
    there = found.cells == number
    right, written = (float(part[there].max(initial=0.0)) for part in evidence)
    text, probability = text_of(own), float(np.prod([m.probability for m in own]))
    if not own and written >= limits.unread:
        text, probability = UNKNOWN, 1 - right
    elif not own:
        probability = 1 - max(right, written)
    row, column = divmod(number, back.table.shape[1])
    corners = back.cell(number)
    return Cell(
        row=row + 1,
        column=column + 1,
        text=text,
        probability=probability,
        box=box_around(corners),
        quad=tuple((round(float(x), 1), round(float(y), 1)) for x, y in corners),
        marks=own,
    )


def _doubts(
    table: Straight, found: CellMarks, chosen: NDArray[np.intp], marks: Mapping[int, tuple[Mark, ...]]
) -> tuple[str, ...]:
    signed = [cell for cell, own in marks.items() if not all(mark.is_digit for mark in own)]
    return tuple(doubt_shape(table, found.marks.boxes[chosen], found.cells[chosen], signed=signed))


def text_of(marks: Sequence[Mark]) -> str:
    """Return the digits of a cell; where it has signs alone, it is not known which number stands there."""
    return Word(marks=tuple(marks)).text or UNKNOWN * bool(marks)


def warn_of_unread(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Say which cells could not be read."""
    unread = [f"row {cell.row} column {cell.column}" for cell in cells if UNKNOWN in cell.text]
    if not unread:
        return ()
    return (f"could not be read: {name(unread)}",)


def warn_of_unlikely(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Say in which cells what is read is likelier wrong than right."""
    found = [cell for cell in cells if cell.text and UNKNOWN not in cell.text and cell.probability < 0.5]
    if not found:
        return ()
    return (f"likely wrong: {name([f'row {cell.row} column {cell.column}' for cell in found])}",)


def _checked(table: Table, found: CellMarks, chosen: NDArray[np.intp], asked: Asked | None) -> Table:
    """Return a sudoku with what breaks its rules told, and how it may be mended."""
    doubted = clashes(table.grid)
    if not doubted or asked is None:
        return table
    chances = {
        divmod(int(found.cells[row]), SIDE): asked.votes.probabilities[at].astype(np.float64)
        for at, row in enumerate(chosen.tolist())
    }
    places = ", ".join(f"row {row + 1} column {column + 1}" for row, column in doubted)
    warning = f"digits break the rules of a sudoku: {places}"
    return replace(table, suggestion=suggest(table.grid, chances), warnings=(*table.warnings, warning))
