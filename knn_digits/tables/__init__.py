"""Photo -> its tables: grids are found, laid straight and read cell by cell.

Where no rules part cells, the gaps between marks do, or lines of words that stand above each other.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from knn_digits.classifiers.load import Model
from knn_digits.errors import UsageError
from knn_digits.images import Picture
from knn_digits.opening import Photo, open_photo
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink
from knn_digits.reading import LARGEST, Reader, Reading, find_ink_on_page, model_for_photos
from knn_digits.reading.records import EMPTY, UNKNOWN, Cell, Table
from knn_digits.tables.aligned import fill_aligned
from knn_digits.tables.doubts import doubt_place
from knn_digits.tables.fill import fill
from knn_digits.tables.finding import Shape, find_grid, find_tables, is_table, without_shade
from knn_digits.tables.judge import CellJudge, load_cell_judge
from knn_digits.tables.references import load_scout, with_print
from knn_digits.tables.straight import Straight
from knn_digits.tables.sudoku import BOX, SIDE, may_be_solved
from knn_digits.tables.unruled import erase, find_unruled
from knn_digits.tables.upright import find_upright

__all__ = ["EMPTY", "Cell", "Table", "TableReader", "read_tables"]

MOST = 500  # rows or columns that may be expected
ONE = "other tables are not read: rows and columns are expected of one, which has most rules"
_Bare = Callable[[Ink], Ink]  # leaves out what is no writing


class TableReader:
    """Reads the tables of photos by one model, which is made ready once.

    Parameters
    ----------
    model, hands : optional
        As `Reader` takes them.
    judge : CellJudge, optional
        In place of the one that comes with the package.
    """

    def __init__(self, model: Model = None, *, hands: bool = True, judge: CellJudge | None = None) -> None:
        self.model = with_print(model_for_photos(model, hands=hands))
        self._hands = hands
        self._scout, self._judge = load_scout(), judge or load_cell_judge()

    def read(
        self, photo: Photo, *, rows: int | None = None, columns: int | None = None, single: bool = False
    ) -> tuple[Table, ...]:
        """Read the tables in a photo, as `read_tables` does."""
        _check_count("rows", rows)
        _check_count("columns", columns)
        picture = open_photo(photo, largest=LARGEST)
        found = self._find(picture, (rows, columns), single=single)
        if rows != columns and (not found or _lies_sideways(found)):  # its rows are columns of the picture
            turned = self._find(picture, (columns, rows), single=single)
            found = turned if _lies_sideways(turned) else found
        if not (found or single):
            found = _aligned(Reader(self.model, hands=self._hands).read(picture))
        return tuple(_told(table, rows, columns) for table in found)

    def read_beside(self, picture: Picture, reading: Reading) -> tuple[Table, ...]:
        """Read the tables in a picture whose lines are read."""
        return self._find(picture, (None, None), single=False) or _aligned(reading)

    def find_sudoku(self, ink: Ink, scale: float, *, quarters: int) -> Table | None:
        """Return the sudoku of a page, None where there is none that is turned by so many quarters."""
        found = find_grid(ink, side=SIDE, box=BOX)
        if found is None:
            return None
        grid, ruled = found
        table = self._fill(grid, scale, single=True)
        return table if table.quarters == quarters and (ruled or may_be_solved(table.grid)) else None

    def _find(self, picture: Picture, shape: Shape, *, single: bool) -> tuple[Table, ...]:
        ink = find_ink_on_page(picture.pixels)
        scale = picture.full_width / ink.darkness.shape[1]
        ruled, doubts, bare = _ruled(ink, shape)
        if ruled and is_table(ruled[0], shape):
            ruled = _sharper(ruled, picture, bare)
            read = [self._fill(table, scale, single=single) for table in ruled]
            first, *others = _in_reading_order(read)
            return replace(first, warnings=(*doubts, *first.warnings)), *others
        rules = find_rules(ink)
        unruled = find_unruled(ink, rules, shape=shape, frames=[frame.corners for frame in ruled])
        unruled = _sharper(unruled, picture, functools.partial(erase, rules=rules))
        found = (self._fill(table, scale, single=single) for table in unruled)
        return tuple(table for table in found if _is_read(table))

    def _fill(self, table: Straight, scale: float, *, single: bool) -> Table:
        quarters = find_upright(table, self._scout)
        if quarters % 2 and table.ruled is not None:  # on its side, digits of a number are no lines
            table = table.ruled
        return fill(
            table.turned(quarters),
            (self._scout, self.model),
            scale,
            quarters=quarters,
            single=single,
            judge=self._judge,
        )


def _ruled(ink: Ink, shape: Shape) -> tuple[list[Straight], tuple[str, ...], _Bare]:
    """Return the ruled tables, what speaks against where they are, and what leaves out shade.

    Without shade they are sought again where much speaks against them.
    """
    ruled = find_tables(ink, shape=shape)
    if any(shape):
        others = [table for table in ruled[1:] if is_table(table, (None, None))]
        return ruled[:1], (ONE,) if others else (), _as_it_is
    doubts = tuple(doubt_place(ink, ruled))
    bare = without_shade(ink) if doubts else ink
    if bare is ink:
        return ruled, doubts, _as_it_is
    ruled = find_tables(bare, shape=shape)
    return ruled, tuple(doubt_place(bare, ruled)), without_shade


def _as_it_is(ink: Ink) -> Ink:
    return ink


def _sharper(tables: Sequence[Straight], picture: Picture, bare: _Bare) -> list[Straight]:
    """Return tables on ink that is smoothed the less the smaller their digits are."""
    blur = min((table.blur for table in tables), default=1.0)
    if blur == 1:
        return list(tables)
    ink = bare(find_ink_on_page(picture.pixels, blur=blur))
    return [table.seen_on(ink) for table in tables]


def _in_reading_order(tables: Sequence[Table]) -> list[Table]:
    """Return tables as the first is upright: those that begin above its middle stand beside it, and so on."""
    quarters = tables[0].quarters
    rest = sorted(((_upright_box(table, quarters), table) for table in tables), key=lambda one: one[0][1])
    ordered = list[Table]()
    while rest:
        _, top, _, bottom = rest[0][0]
        beside = [one for one in rest if one[0][1] < (top + bottom) / 2]
        ordered += [table for _, table in sorted(beside, key=lambda one: one[0][0])]
        rest = rest[len(beside) :]
    return ordered


def _upright_box(table: Table, quarters: int) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a table on the photo when that is turned."""
    x, y = np.array([cell.quad for cell in table.cells]).reshape(-1, 2).T
    for _ in range(quarters):
        x, y = y, -x
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _is_read(table: Table) -> bool:
    """Tell whether more cells have digits than what could not be read: columns of text are no table."""
    digits = sum(any(mark.is_digit for mark in cell.marks) for cell in table.cells)
    return digits > sum(UNKNOWN in cell.text for cell in table.cells)


def _check_count(name: str, count: int | None) -> None:
    if count is not None and (type(count) is not int or not 1 <= count <= MOST):
        raise UsageError(
            f"{name} must be a whole number from 1 to {MOST}, got {count!r}: name how many there are"
        )


def _lies_sideways(tables: tuple[Table, ...]) -> bool:
    return bool(tables) and tables[0].quarters % 2 == 1


def _told(table: Table, rows: int | None, columns: int | None) -> Table:
    """Return a table, with a warning where it has other rows or columns than were expected."""
    wanted = (("rows", rows, table.rows), ("columns", columns, table.columns))
    other = [f"{count} {name}, not {found}" for name, count, found in wanted if count not in (None, found)]
    if not other:
        return table
    return replace(table, warnings=(f"expected were {', '.join(other)}", *table.warnings))


def _aligned(reading: Reading) -> tuple[Table, ...]:
    table = fill_aligned(reading)
    return () if table is None else (table,)


def read_tables(
    photo: Photo,
    model: Model = None,
    *,
    rows: int | None = None,
    columns: int | None = None,
    single: bool = False,
) -> tuple[Table, ...]:
    """Read the tables in a photo cell by cell; a `TableReader` reads many by the same model.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array, picture of Pillow's, or Picture
        As for `read_photo`.
    model : Classifier, name or path, optional
        As for `Reader`.
    rows, columns : int, optional
        Of cells that are expected, in even steps; by default what is found.
    single : bool
        Whether a cell holds one digit at most, as in a sudoku; one of 9 × 9 is checked by its rules.

    Returns
    -------
    tuple of Table
        From top to bottom, beside each other from left to right; none where there is no table.

    Raises
    ------
    UsageError, PhotoError, ModelError
        As `read_photo` does.
    """
    return TableReader(model).read(photo, rows=rows, columns=columns, single=single)
