"""Door: `table`."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import click

from knn_digits.cli.options import learned_option, load_model_option, model_option, threads_option
from knn_digits.cli.photos import naming
from knn_digits.cli.talk import fail, put, put_line, say
from knn_digits.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.images import Picture
    from knn_digits.tables import Cell, Table

Results: TypeAlias = "Iterator[tuple[str, tuple[Table, ...] | PhotoError]]"

PLACE = re.compile(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})")
GRID = re.compile(r"([1-9][0-9]?)[xX]([1-9][0-9]?)")


def _grid(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = GRID.fullmatch(value)
    if not found:
        raise click.BadParameter(f"{value} must be rows x columns, as 9x9")
    return int(found[1]), int(found[2])


def _place(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = PLACE.fullmatch(value)
    if not found:
        raise click.BadParameter(f"{value} must be ROW,COLUMN, counted from 1, as 2,3")
    return int(found[1]), int(found[2])


@click.command()
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@model_option
@learned_option(default=True)
@threads_option
@click.option("--rows", type=click.IntRange(1, 500), metavar="N", help="Expect so many rows.")
@click.option("--columns", type=click.IntRange(1, 500), metavar="N", help="Expect so many columns.")
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
    type=click.Path(path_type=pathlib.Path),
    metavar="DIR",
    help="Write each photo there as PNG, with the grid and the texts drawn on it.",
)
def table(
    *,
    photos: tuple[str, ...],
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

    Rules may be printed or drawn by hand; where there are none, columns must align. An empty cell
    is empty, one that could not be read is ?.

    \b
    Examples:
      knn-digits table marks.jpg > marks.csv
      knn-digits table --signs prices.jpg
      knn-digits table --grid 9x9 sudoku.jpg
      knn-digits table --grid 9x9 --explain 2,3 sudoku.jpg
    """
    classifier = load_model_option(model, None, None, learned=learned)
    shape = grid or (rows, columns)
    if place is not None:
        if len(photos) > 1 or as_json:
            raise UsageError("--explain takes one photo, and no --json: leave the others out")
        _explain(photos[0], classifier, shape, place, single=grid is not None)
        return 0
    results = _read(photos, classifier, shape, annotate, single=grid is not None)
    if as_json:
        return _print_json(results, signs=signs)
    return _print_text(results, alone=len(photos) == 1, grid=grid is not None, signs=signs)


def _print_json(results: Results, *, signs: bool) -> int:
    from knn_digits.reports.readings import json_text
    from knn_digits.reports.tables import as_object

    code, objects = 0, []
    for path, result in results:
        objects.append(as_object(path, result, signs=signs))
        code = max(code, _talk(path, result))
    put(json_text(objects, indent=1))
    return code


def _print_text(results: Results, *, alone: bool, grid: bool, signs: bool) -> int:
    from knn_digits.reports.tables import as_csv, as_grid

    code = 0
    for path, result in results:
        if not isinstance(result, PhotoError):
            if not alone:
                put_line(f"{path}:")
            put(as_grid(result, signs=signs) if grid else as_csv(result, signs=signs), end="")
        code = max(code, _talk(path, result))
    return code


def _explain(
    path: str,
    model: Classifier,
    shape: tuple[int | None, int | None],
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
        picture = read_picture(pathlib.Path(path), largest=LARGEST)
        tables = reader.read(picture, rows=shape[0], columns=shape[1], single=single)
    _talk(path, tables)
    scale = picture.pixels.shape[1] / picture.full_width
    known = model_to_explain(reader.model)  # with what tables are read by beside the model's own digits
    print_explanations(explain_cell(_find_cell(tables, place), picture.pixels, known, scale=scale))


def _find_cell(tables: tuple[Table, ...], place: tuple[int, int]) -> Cell:
    """Return the cell of the first table that has it, if digits are read in it."""
    cells = [cell for table in tables for cell in table.cells if (cell.row, cell.column) == place]
    row, column = place
    if not cells:
        sizes = " and ".join(f"{table.rows} x {table.columns}" for table in tables) or "no table"
        raise UsageError(f"there is no row {row} column {column}: the photo has {sizes}")
    if not any(mark.is_digit for mark in cells[0].marks):
        there = cells[0].text_with_signs or "nothing"
        raise UsageError(
            f"no digit is read in row {row} column {column} but {there}, so there is nothing to explain: "
            "name a cell that has one"
        )
    return cells[0]


def _talk(path: str, result: tuple[Table, ...] | PhotoError) -> int:
    """Say on stderr what a user must know of a photo's tables, and return the exit code."""
    if isinstance(result, PhotoError):
        return fail(f"{path}: {result}", result.exit_code)
    if not result:
        say(f"{path}: no table found: a table has rules that cross, or columns that align")
    for number, one in enumerate(result, 1):
        for warning in one.warnings:
            say(f"{path}: {f'table {number}: ' if len(result) > 1 else ''}{warning}")
        if one.suggestion:
            say(f"{path}: the likeliest digits that keep the rules: {' '.join(one.suggestion)}")
    return 0


def _read(
    photos: tuple[str, ...],
    model: object,
    shape: tuple[int | None, int | None],
    folder: pathlib.Path | None,
    *,
    single: bool,
) -> Results:
    """Yield what is read in each photo, or why nothing can be, and draw it."""
    from knn_digits.images import read_picture
    from knn_digits.reading import LARGEST
    from knn_digits.tables import TableReader

    reader = TableReader(model)  # type: ignore[arg-type]
    for path in photos:
        try:
            picture = read_picture(pathlib.Path(path), largest=LARGEST)
            found = reader.read(picture, rows=shape[0], columns=shape[1], single=single)
        except PhotoError as error:
            yield path, error
            continue
        if folder is not None:
            _draw(folder / f"{pathlib.Path(path).name}.png", picture, found)
        yield path, found


def _draw(path: pathlib.Path, picture: Picture, tables: tuple[Table, ...]) -> None:
    from knn_digits.images import write_png
    from knn_digits.reports.tables import annotate

    write_png(path, annotate(picture, tables))
