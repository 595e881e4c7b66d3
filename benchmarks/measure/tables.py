"""Photos and drawn tables -> cells that are read right, beside RapidOCR's boxes put into the same grid.

Run as `python -m benchmarks.measure.tables --photos DIR --data MNIST --hands DIR [--peer]`; RapidOCR reads
the photos alone, as it takes seconds for each. The judge of cells learned from the photos, too: with --folds,
a folder that `benchmarks.learn_cells --folds` wrote, photos are judged by what learned from other sources.
Drawn tables are others than it learned from, and written with test digits.
"""

import argparse
import functools
import json
import pathlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from benchmarks.data.pages import training_pool
from benchmarks.data.table_cells import UNKNOWN
from benchmarks.data.tables import draw_table, photo_texts
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run
from knn_digits.arrays import Pixels
from knn_digits.datasets import load_dataset
from knn_digits.opening import open_photo
from knn_digits.reading import LARGEST
from knn_digits.tables import Table, TableReader
from knn_digits.tables.judge import load_cell_judge

FIRST = 1000  # seed of drawn tables: others are learned from
DRAWN = {"sudoku": 8, "grid": 8, "table": 8}  # of each kind
DENSE = {"all": 2, "frame": 1, "none": 1}  # of scanned ones of 46 x 25 cells: by their rules


def right_cells(texts: Sequence[Sequence[str]], read: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts of cells that are as they should be; of those in the rows and columns of both.

    A cell that holds no number is right where it is told as such, or with letters.
    """
    pairs = zip(texts, read, strict=False)
    return [want for row, other in pairs for want, got in zip(row, other, strict=False) if _same(want, got)]


def _same(want: str, got: str) -> bool:
    return got == want or (want == UNKNOWN and bool(got) and not got.isdigit())


class Peer:
    """RapidOCR, whose boxes are put into the cells that our grid has."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self.engine = RapidOCR()

    def read(self, pixels: Pixels, table: Table) -> list[list[str]]:
        """Return the characters that it reads in each cell, spread evenly over their box."""
        texts = [["" for _ in range(table.columns)] for _ in range(table.rows)]
        found: Any = self.engine(np.ascontiguousarray(pixels[..., ::-1]))
        boxes = () if found.boxes is None else zip(found.boxes, found.txts, strict=True)
        quads = [np.array(cell.quad, np.float32) for cell in table.cells]
        for corners, text in boxes:
            left, right = np.array(corners[0]), np.array(corners[1])
            down = (np.array(corners[3]) - left) / 2
            for place, character in enumerate(text.replace(" ", "")):
                x, y = left + (right - left) * (place + 0.5) / len(text.replace(" ", "")) + down
                inside = (k for k, quad in enumerate(quads) if cv2.pointPolygonTest(quad, (x, y), False) >= 0)
                cell = next(inside, None)
                if cell is not None:
                    texts[cell // table.columns][cell % table.columns] += character
        return texts


def pages(options: argparse.Namespace) -> Iterator[tuple[str, str, Pixels, list[list[str]]]]:
    """Yield kind, name, pixels and texts of the cells of each page."""
    for name, texts in photo_texts().items():
        kind = "photo: sudoku" if len(texts) == len(texts[0]) == 9 else "photo: table"
        yield kind, name, open_photo(options.photos / name, largest=LARGEST).pixels, texts
    if options.no_drawn:
        return
    test = load_dataset(options.data, split="test")
    pool = training_pool(hands=options.hands)
    pool = replace(pool, hands={"mnist": (test.digits, test.labels.astype(np.int64))})
    for kind, count in DRAWN.items():
        for seed in range(FIRST, FIRST + count):
            drawn = draw_table(seed, digits=pool, kind=kind)
            yield f"drawn: {kind}", f"{kind} {seed}", drawn.pixels, [list(row) for row in drawn.texts]
    for rules, count in DENSE.items():
        for seed in range(FIRST, FIRST + count):
            drawn = draw_table(seed, digits=pool, kind="dense", shape=(46, 25), rules=rules)
            name = f"dense, rules: {rules}"
            yield f"drawn: {name}", f"{name} {seed}", drawn.pixels, [list(row) for row in drawn.texts]


def _printed(table: Table, texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the texts of cells as they are printed: where a number with a sign stands, by `--signs`."""
    read = [list(row) for row in table.texts]
    for cell in table.cells:
        row, column = cell.row - 1, cell.column - 1
        if row < len(texts) and column < len(texts[row]) and texts[row][column].startswith("-"):
            read[row][column] = cell.text_with_signs
    return read


def left_out(folds: pathlib.Path, source: str) -> TableReader:
    """Return what reads tables by a judge of cells that knows nothing of a source."""
    path = folds / f"{source.replace('/', '-')}.json"
    return TableReader("bundled", judge=load_cell_judge(path) if path.exists() else None)


def _score(
    texts: list[list[str]], table: Table | None, read_by_peer: Callable[[Table], list[list[str]]] | None
) -> dict[str, Any]:
    """Return how many cells there are, how many are right, and what was found."""
    cells = len(texts) * len(texts[0])
    if table is None:
        return {"cells": cells, "right": 0, "found": None}
    right = right_cells(texts, _printed(table, texts))
    row = {"cells": cells, "right": len(right), "found": [table.rows, table.columns]}
    row |= {"no_number": sum(row.count(UNKNOWN) for row in texts), "told": right.count(UNKNOWN)}
    return row | {"peer": len(right_cells(texts, read_by_peer(table)))} if read_by_peer else row


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return a row for each page."""
    whole, peer = TableReader("bundled"), Peer() if options.peer else None
    sources = {one["file"]: one["source"] for one in json.loads((options.photos / "truth.json").read_text())}
    rows = []
    for kind, name, pixels, texts in pages(options):
        single = kind.endswith(("sudoku", "grid"))
        shape = (len(texts), len(texts[0])) if single else (None, None)
        reader = left_out(options.folds, sources[name]) if options.folds and name in sources else whole
        start = time.process_time()
        tables = reader.read(pixels, rows=shape[0], columns=shape[1], single=single)
        seconds = time.process_time() - start
        table = max(tables, key=lambda one: len(one.cells), default=None)
        row: dict[str, Any] = {"kind": kind, "name": name, "seconds": round(seconds, 1)}
        asked = functools.partial(peer.read, pixels) if peer and name in sources else None
        row |= _score(texts, table, asked)
        rows.append(row)
        print(row, flush=True)
    return rows


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--photos", type=pathlib.Path, required=True, help="folder with truth.json")
    add("--data", required=True, help="`mnist` or a folder with its IDX files")
    add("--hands", type=pathlib.Path, required=True, help="folder with bhmsds.npz and others")
    add("--no-drawn", action="store_true", help="photos alone")
    add("--peer", action="store_true", help="let RapidOCR read the photos, too")
    add("--folds", type=pathlib.Path, help="folder of judges with a source left out")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    words = "--photos DIR --data FOLDER --hands DIR" + " --folds DIR" * (options.folds is not None)
    words += " --no-drawn" * options.no_drawn + " --peer" * options.peer
    print(write_record(options.output, record("tables", {"pages": measure(options)}, options=words)))


if __name__ == "__main__":
    run(main)
