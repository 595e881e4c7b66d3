"""Door: `table`."""

from __future__ import annotations

import functools
import itertools
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from knn_digits.cli.drawings import Drawings
from knn_digits.cli.options import PATH, learned_option, load_model_option, model_option, threads_option
from knn_digits.cli.photos import call_drawing, list_photos, naming, one_photo, open_task
from knn_digits.cli.results import print_each, print_list
from knn_digits.cli.talk import fail, put, put_line, say
from knn_digits.errors import PhotoError, StorageError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.images import Picture
    from knn_digits.tables import Cell, Table

Shape: TypeAlias = tuple[int | None, int | None]  # rows and columns that are expected
Results: TypeAlias = "Iterator[tuple[str, tuple[Table, ...] | PhotoError | StorageError]]"

PLACE = re.compile(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})")
GRID = re.compile(r"([1-9][0-9]{0,2})[xX]([1-9][0-9]{0,2})")
MOST = 500  # rows or columns of a table


def _grid(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = GRID.fullmatch(value)
    if not found or max(int(found[1]), int(found[2])) > MOST:
        raise click.BadParameter(f"{value} must be rows x columns, as 9x9, each at most {MOST}")
    return int(found[1]), int(found[2])


def _place(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = PLACE.fullmatch(value)
    if not found:
        raise click.BadParameter(f"{value} must be ROW,COLUMN, counted from 1, as 2,3")
    return int(found[1]), int(found[2])


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@learned_option(default=True)
@threads_option
@click.option("--rows", type=click.IntRange(1, MOST), metavar="N", help="Expect so many rows.")
@click.option("--columns", type=click.IntRange(1, MOST), metavar="N", help="Expect so many columns.")
@click.option(
    "--grid",
    callback=_grid,
    metavar="9x9",
    help="Expect so many rows and columns, with one digit a cell, and print rows of them; a sudoku is 9x9.",
)
@click.option("--signs", is_flag=True, help="Print signs, too: 3.14, -7, 12/5; else a space.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
@click.option(
    "--explain",
    "place",
    callback=_place,
    metavar="ROW,COLUMN",
    help="In place of the table, show why the digits of this cell, counted from 1, were read so.",
)
@click.option(
    "--annotate",
    type=PATH,
    metavar="DIR",
    help="Write each photo there as PNG, with the grid and the texts drawn on it.",
)
def table(
    *,
    paths: tuple[str, ...],
    model: str | None,
    learned: bool,
    rows: int | None,
    columns: int | None,
    grid: tuple[int, int] | None,
    signs: bool,
    as_json: bool,
    place: tuple[int, int] | None,
    annotate: pathlib.Path | None,
) -> int:
    """Read tables in photos cell by cell, and print them as CSV.

    PATH is a picture, one page of it as scan.tif[2], a folder of pictures, or - for a picture
    on stdin. Rules may be printed or drawn by hand; where there are none, columns must align. An
    empty cell is empty, one that could not be read is ?.

    \b
    Examples:
      knn-digits table marks.jpg > marks.csv
      knn-digits table --signs prices.jpg
      knn-digits table --grid 9x9 sudoku.jpg
      knn-digits table --grid 9x9 --explain 2,2 samples/jobs/sudoku.jpg
    """
    shape = _find_shape(grid, rows, columns)
    if place is not None:
        if len(paths) > 1 or as_json or annotate:
            raise UsageError("--explain takes one photo, and no --json or --annotate: leave the others out")
        classifier = load_model_option(model, None, None, learned=learned)
        _explain(paths[0], classifier, shape, place, single=grid is not None)
        return 0
    photos, code = list_photos(paths)
    drawings = Drawings(annotate, None, photos, paths=paths)
    classifier = load_model_option(model, None, None, learned=learned)
    results = _read(photos, classifier, shape, drawings, single=grid is not None)
    if as_json:
        return max(code, _print_json(results, signs=signs))
    alone = photos[0] if len(photos) == 1 else None
    return max(code, _print_text(results, alone=alone, grid=grid is not None, signs=signs))


def _find_shape(grid: tuple[int, int] | None, rows: int | None, columns: int | None) -> Shape:
    """Return how many rows and columns are expected; UsageError where they are told twice."""
    if grid is not None and (rows or columns):
        raise UsageError("--grid names rows and columns: leave --rows and --columns out")
    return grid or (rows, columns)


def _print_json(results: Results, *, signs: bool) -> int:
    from knn_digits.reports.tables import as_object

    return print_list(results, functools.partial(as_object, signs=signs))


def _print_text(results: Results, *, alone: str | None, grid: bool, signs: bool) -> int:
    from knn_digits.reports.tables import as_csv, as_grid

    def put_tables(path: str, result: tuple[Table, ...] | PhotoError) -> None:
        if not isinstance(result, PhotoError):
            if path != alone:
                put_line(f"{path}:")
            put(as_grid(result, signs=signs) if grid else as_csv(result, signs=signs), end="")
        _talk(path, result)

    return print_each(results, put_tables)


def _explain(
    path: str,
    model: Classifier,
    shape: Shape,
    place: tuple[int, int],
    *,
    single: bool,
) -> None:
    from knn_digits.cli.explain import print_explanations
    from knn_digits.explanation import explain_cell, model_to_explain
    from knn_digits.images import read_picture
    from knn_digits.reading import LARGEST
    from knn_digits.tables import TableReader

    reader = TableReader(model_to_explain(model))
    with naming(path):
        picture = read_picture(one_photo(path), largest=LARGEST)
        tables = reader.read(picture, rows=shape[0], columns=shape[1], single=single)
    _tell_notes(path, picture, tables)
    _talk(path, tables)
    scale = picture.pixels.shape[1] / picture.full_width
    known = model_to_explain(reader.model)  # with what tables are read by beside the model's own digits
    print_explanations(explain_cell(*_find_cell(tables, place), picture.pixels, known, scale=scale))


def _find_cell(tables: tuple[Table, ...], place: tuple[int, int]) -> tuple[Table, Cell]:
    """Return the first table that has a cell, and the cell, if digits are read in it."""
    found = [(table, cell) for table in tables for cell in table.cells if (cell.row, cell.column) == place]
    row, column = place
    if not found:
        sizes = " and ".join(f"{table.rows} x {table.columns}" for table in tables) or "no table"
        raise UsageError(f"there is no row {row} column {column}: the photo has {sizes}")
    if not any(mark.is_digit for mark in found[0][1].marks):
        signs = found[0][1].text_with_signs
        what = f"no digit is read, but {signs}," if signs else "nothing is read"
        raise UsageError(
            f"{what} in row {row} column {column}, so there is nothing to explain: name a cell with a digit"
        )
    return found[0]


def _tell_notes(path: str, picture: Picture, tables: tuple[Table, ...]) -> None:
    """Say on stderr what is to be known of a picture, but for what warnings of its tables say."""
    said = {warning for one in tables for warning in one.warnings}
    for note in picture.notes:
        if note not in said:
            say(f"{path}: {note}")


def _talk(path: str, result: tuple[Table, ...] | PhotoError) -> None:
    """Say on stderr what a user must know of a photo's tables."""
    if isinstance(result, PhotoError):
        fail(f"{path}: {result}", result.exit_code)
        return
    if not result:
        say(f"{path}: no table found: a table has rules that cross, or columns that align")
    for number, one in enumerate(result, 1):
        for warning in one.warnings:
            say(f"{path}: {f'table {number}: ' if len(result) > 1 else ''}{warning}")
        if one.suggestion:
            say(f"{path}: the likeliest digits that keep the rules: {' '.join(one.suggestion)}")


def _read(
    photos: Sequence[str],
    model: Classifier,
    shape: Shape,
    drawings: Drawings,
    *,
    single: bool,
) -> Results:
    """Yield what is read on each page, or why nothing can be; then, perhaps, why it cannot be drawn."""
    from knn_digits.parallel.photos import pages_of
    from knn_digits.tables import TableReader

    reader = TableReader(model)
    for page, picture in itertools.chain.from_iterable(map(pages_of, map(open_task, photos))):
        if isinstance(picture, PhotoError):
            yield page, picture
            continue
        try:
            found = reader.read(picture, rows=shape[0], columns=shape[1], single=single)
        except PhotoError as error:
            yield page, error
            continue
        _tell_notes(page, picture, found)
        yield page, found
        try:
            drawings.draw_tables(call_drawing(page), picture, found)
        except StorageError as error:
            drawings.check_folders()  # where nothing can be written, the next photos need not be read
            yield page, StorageError(f"no picture of it is written: {error}")
