"""Drawn tables -> how much each number that a person set in `tables/` matters to where their grids are found.

Each is halved and doubled, the others as they are. Tables are drawn of the package's sample; that a grid is
found says that each of its corners is nearer to where it was drawn than to those of any cells beside. Nothing
tells the corners of tables without rules: they are found with as many rows and columns as were drawn.
"""

import argparse
import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.data.numbers import Number, changed, find_numbers
from benchmarks.data.pages import training_pool
from benchmarks.data.tables import SINGLE, DrawnTable, distance, draw_table
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink
from knn_digits.reading import find_ink_on_page
from knn_digits.tables.finding import Shape, find_tables
from knn_digits.tables.unruled import find_unruled

KINDS = ("sudoku", "grid", "table")
FIRST = 3000  # seed: others are learned and measured by
MODULES = ("tables.directions", "tables.finding", "tables.lattice", "tables.rules")  # that find grids
UNRULED = {
    "grid": None,
    "table": None,
    "dense": (20, 10),
}  # kinds drawn without rules: their cells, or by chance
UNRULED_MODULES = ("tables.columns", "tables.unruled")  # that lay them out
NOT_FOUND = 1.0  # cells: how far off a grid counts at most

Result = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A drawn table, and the ink of its picture as it stands upright."""

    table: DrawnTable
    ink: Ink
    scale: float  # pixels of the ink to a pixel of the picture

    def away(self) -> float:
        """Return how far off its grid is found, in cells."""
        down, across = len(self.table.texts), len(self.table.texts[0])
        shape: Shape = (down, across) if self.table.kind in SINGLE else (None, None)
        found = find_tables(self.ink, shape=shape)
        tables = [one for one in (found[:1] if any(shape) else found) if one.shape == (down, across)]
        corners = self.table.corners * self.scale
        return min([NOT_FOUND, *(distance(one.corners, corners, one.shape) for one in tables)])


class Unruled(Page):
    """A table that is drawn without rules."""

    def away(self) -> float:
        """Return 0 where it is found with its rows and columns."""
        shape = len(self.table.texts), len(self.table.texts[0])
        return (
            0.0 if shape in [one.shape for one in find_unruled(self.ink, find_rules(self.ink))] else NOT_FOUND
        )


def main(arguments: Sequence[str]) -> None:
    """Measure one number after the other, and write the raw results."""
    options = parse(arguments)
    pool = training_pool()
    seeds = range(FIRST, FIRST + options.tables)
    pages = [
        look(draw_table(seed, digits=pool, kind=kind)) for kind in KINDS for seed in progress(seeds, kind)
    ]
    bare = [
        look(draw_table(seed, digits=pool, kind=kind, shape=shape, rules="none"), Unruled)
        for kind, shape in UNRULED.items()
        for seed in progress(seeds, f"{kind} without rules")
    ]
    result = measure_all(pages, MODULES) | {"unruled": measure_all(bare, UNRULED_MODULES)}
    print(write_record(options.output, record("lattices", result, options=f"--tables {options.tables}")))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--tables", type=int, default=6, help="tables that are drawn of each kind (%(default)s)")
    add_output_option(parser)
    return parser.parse_args(arguments)


def look(table: DrawnTable, kind: type[Page] = Page) -> Page:
    """Return a table with its ink."""
    pixels = np.ascontiguousarray(np.rot90(table.pixels, -table.quarters))
    ink = find_ink_on_page(pixels)
    return kind(table=table, ink=ink, scale=ink.mask.shape[1] / pixels.shape[1])


def describe(pages: Sequence[Page]) -> Result:
    """Return how many grids are found, and how far off all are in the mean, in cells."""
    away = [page.away() for page in pages]
    return {"found": sum(one < 0.5 for one in away), "cells_off": round(statistics.fmean(away), 4)}


def measure_all(pages: Sequence[Page], modules: Sequence[str]) -> Result:
    """Return how tables are found as the numbers of these modules are, and with each changed."""
    numbers = [one for one in find_numbers(("tables",)) if one.module in modules]
    return {
        "tables": len(pages),
        "now": describe(pages),
        "numbers": [measure(pages, number) for number in progress(numbers, "numbers")],
    }


def measure(pages: Sequence[Page], number: Number) -> Result:
    """Return a number with how grids are found by each other value of it."""
    others = []
    for value in number.others:
        with changed(number, value):
            try:
                others.append({"value": value, **describe(pages)})
            except (ValueError, LookupError, ArithmeticError, cv2.error) as error:
                others.append({"value": value, "impossible": str(error).strip().splitlines()[0]})
    return dataclasses.asdict(number) | {"others": others}


if __name__ == "__main__":
    run(main)
