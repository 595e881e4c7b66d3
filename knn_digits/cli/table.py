"""Door: `table`."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from knn_digits.cli.options import learned_option, load_model_option, model_option, threads_option
from knn_digits.cli.talk import fail, put, put_line, say
from knn_digits.errors import PhotoError

if TYPE_CHECKING:
    from knn_digits.images import Picture
    from knn_digits.tables import Table

GRID = re.compile(r"([1-9][0-9]?)[xX]([1-9][0-9]?)")


def _grid(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = GRID.fullmatch(value)
    if not found:
        raise click.BadParameter(f"{value} must be rows x columns, as 9x9")
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
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
    as_json: bool,
    annotate: pathlib.Path | None,
) -> int:
    """Read tables in photos cell by cell, and print them as CSV.

    Rules may be printed or drawn by hand; where there are none, columns must align. An empty cell
    is empty, one that could not be read is ?.

    \b
    Examples:
      knn-digits table marks.jpg > marks.csv
      knn-digits table --grid 9x9 sudoku.jpg
    """
    from knn_digits.reports.readings import json_text
    from knn_digits.reports.tables import as_csv, as_grid, as_object

    classifier = load_model_option(model, None, None, learned=learned)
    shape = grid or (rows, columns)
    results, code = [], 0
    for path, result in _read(photos, classifier, shape, annotate, single=grid is not None):
        if isinstance(result, PhotoError):
            code = fail(f"{path}: {result}", result.exit_code)
        if as_json:
            results.append(as_object(path, result))
        elif not isinstance(result, PhotoError):
            _print(path if len(photos) > 1 else None, as_grid(result) if grid else as_csv(result))
        if not isinstance(result, PhotoError):
            _talk(path, result)
    if as_json:
        put(json_text(results, indent=1))
    return code


def _print(path: str | None, text: str) -> None:
    if path is not None:
        put_line(f"{path}:")
    put(text, end="")


def _talk(path: str, tables: tuple[Table, ...]) -> None:
    if not tables:
        say(f"{path}: no table found: a table has rules that cross, or columns that align")
    for number, one in enumerate(tables, 1):
        for warning in one.warnings:
            say(f"{path}: {f'table {number}: ' if len(tables) > 1 else ''}{warning}")
        if one.suggestion:
            say(f"{path}: the likeliest digits that keep the rules: {' '.join(one.suggestion)}")


def _read(
    photos: tuple[str, ...],
    model: object,
    shape: tuple[int | None, int | None],
    folder: pathlib.Path | None,
    *,
    single: bool,
) -> Iterator[tuple[str, tuple[Table, ...] | PhotoError]]:
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
