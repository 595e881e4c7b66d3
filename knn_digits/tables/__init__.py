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
from knn_digits.reading.views import Matrix, View
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

NO_SHAPE = (None, None)  # rows and columns as they are found
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
        found = self._find_upright(picture, (rows, columns), single=single)
        if not (found or single):
            reading, stages = Reader(self.model, hands=self._hands).read_stages(picture)
            found = self._find_beside(picture, reading, (rows, columns), stages.view.quarters)
        return tuple(_told(table, rows, columns) for table in found)

    def read_beside(self, picture: Picture, reading: Reading, *, quarters: int = 0) -> tuple[Table, ...]:
        """Read the tables in a picture whose lines are read, turned by so many quarters."""
        found = self._find_upright(picture, NO_SHAPE, single=False)
        return found or self._find_beside(picture, reading, NO_SHAPE, quarters)

    def find_sudoku(self, ink: Ink, scale: float, *, quarters: int) -> Table | None:
        """Return the sudoku of a page, None where there is none that is turned by so many quarters."""
        found = find_grid(ink, side=SIDE, box=BOX)
        if found is None:
            return None
        grid, ruled = found
        table = self._fill(grid, back=scale * np.eye(2, 3), single=True)
        return table if table.quarters == quarters and (ruled or may_be_solved(table.grid)) else None

    def _find_upright(self, picture: Picture, shape: Shape, *, single: bool) -> tuple[Table, ...]:
        """Return the tables of a page; where they lie on their side, as they are found once it is turned.

        There rows are expected where the picture has columns, and what no rules part is parted along lines of
        digits, not across them.
        """
        found = self._find(picture, shape, single=single, turned=0)
        square = shape != NO_SHAPE and shape[0] == shape[1]
        if square or not (_lies_sideways(found) if found else any(shape)):
            return found
        quarters = found[0].quarters if found else 1
        turned = self._find(picture, shape, single=single, turned=quarters)
        return turned if _lies_sideways(turned) else found

    def _find_beside(
        self, picture: Picture, reading: Reading, shape: Shape, quarters: int
    ) -> tuple[Table, ...]:
        """Return the tables of a page that has none as it lies, and was read turned by so many quarters."""
        turned = self._find(picture, shape, single=False, turned=quarters) if quarters % 2 else ()
        return turned or _aligned(reading, quarters)

    def _find(self, picture: Picture, shape: Shape, *, single: bool, turned: int) -> tuple[Table, ...]:
        """Return the tables of a picture that is turned by so many quarters."""
        see = functools.partial(_see, picture, turned)
        view = see()
        ink = view.ink
        fill_each = functools.partial(self._fill, back=view.matrix, single=single, turned=turned)
        ruled, doubts, bare = _ruled(ink, shape)
        if ruled and is_table(ruled[0], shape):
            first, *others = _in_reading_order(list(map(fill_each, _sharper(ruled, see, bare))))
            return replace(first, warnings=(*doubts, *first.warnings)), *others
        rules = find_rules(ink)
        unruled = find_unruled(ink, rules, shape=shape, frames=[frame.corners for frame in ruled])
        unruled = _sharper(unruled, see, functools.partial(erase, rules=rules))
        return tuple(filter(_is_read, map(fill_each, unruled)))

    def _fill(self, table: Straight, *, back: Matrix, single: bool, turned: int = 0) -> Table:
        """Return a table, which was found on ink that is turned by so many quarters, as it is read."""
        quarters = find_upright(table, self._scout)
        if quarters % 2 and table.ruled is not None:  # on its side, digits of a number are no lines
            table = table.ruled
        return fill(
            table.turned(quarters),
            (self._scout, self.model),
            back,
            quarters=(turned + quarters) % 4,
            single=single,
            judge=self._judge,
        )


def _see(picture: Picture, quarters: int, *, blur: float = 1.0) -> View:
    """Return the ink of a picture turned by so many quarters; its rules are not looked for."""
    ink = find_ink_on_page(picture.pixels, blur=blur)
    matrix = picture.full_width / ink.darkness.shape[1] * np.eye(2, 3)
    return View(ink=ink, rules=np.zeros(ink.darkness.shape, bool), matrix=matrix).turned(quarters)


def _ruled(ink: Ink, shape: Shape) -> tuple[list[Straight], tuple[str, ...], _Bare]:
    """Return the ruled tables, what speaks against where they are, and what leaves out shade.

    Without shade they are sought again where much speaks against them.
    """
    ruled = find_tables(ink, shape=shape)
    if any(shape):
        others = [table for table in ruled[1:] if is_table(table, NO_SHAPE)]
        return ruled[:1], (ONE,) if others else (), _as_it_is
    doubts = tuple(doubt_place(ink, ruled))
    bare = without_shade(ink) if doubts else ink
    if bare is ink:
        return ruled, doubts, _as_it_is
    ruled = find_tables(bare, shape=shape)
    return ruled, tuple(doubt_place(bare, ruled)), without_shade


def _as_it_is(ink: Ink) -> Ink:
    return ink


def _sharper(tables: Sequence[Straight], see: Callable[..., View], bare: _Bare) -> list[Straight]:
    """Return tables on ink that is smoothed the less the smaller their digits are."""
    blur = min((table.blur for table in tables), default=1.0)
    if blur == 1:
        return list(tables)
    ink = bare(see(blur=blur).ink)
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


def _aligned(reading: Reading, quarters: int) -> tuple[Table, ...]:
    table = fill_aligned(reading, quarters)
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
