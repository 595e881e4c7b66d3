"""Drawn tables + photos of tables -> `knn_digits/tables/cells.json`: what tells digits in cells from others.

Run as `python -m benchmarks.learn_cells --photos DIR --data MNIST --hands DIR`. The texts of the cells of
photos are those of `benchmarks/data/tables.json`. How likely a mark must be to be read is chosen on sources
left out.
"""

import argparse
import json
import pathlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages import training_pool
from benchmarks.data.tables import UNKNOWN, draw_table, photo_texts
from benchmarks.judge.boosting import ALONE, grow
from knn_digits.arrays import Pixels
from knn_digits.classifiers.load import load_bundled
from knn_digits.opening import open_photo
from knn_digits.reading import LARGEST, find_ink_on_page
from knn_digits.reading.choice import Evidence, choose
from knn_digits.reading.evidence import tabulate
from knn_digits.reading.judge import Trees, digest, sigmoid
from knn_digits.tables.cells import CellMarks, find_cell_marks
from knn_digits.tables.finding import Shape, find_tables
from knn_digits.tables.judge import FILE

TABLES, SUDOKUS = 50, 40  # drawn, to learn from
DRAWN, PAGE = 0.5, 30  # the weight of a drawn table; one of n marks weighs as n / sqrt(PAGE + n)
LEAST = (0.05, 0.1, 0.2, 0.3, 0.4)  # probabilities from which a mark may be read
UNREAD = (0.5, 0.6, 0.7, 0.8, 0.9)  # the same, from which a cell is unread

Texts = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """A table's marks, with the texts of its cells."""

    name: str
    source: str
    texts: Texts
    found: CellMarks
    single: bool


def examples(photos: pathlib.Path, data: str, hands: pathlib.Path) -> Iterator[Example]:
    """Yield the photos' tables, then drawn ones, as far as their grids are found."""
    sources = {one["file"]: one["source"] for one in json.loads((photos / "truth.json").read_text())}
    for name, texts in photo_texts().items():
        pixels = open_photo(photos / name, largest=LARGEST).pixels
        yield from _example(pixels, texts, name=name, source=sources[name])
    pool = training_pool(mnist=data, hands=hands)
    for kind, count in (("table", TABLES), ("sudoku", SUDOKUS)):
        for seed in range(count):
            drawn = draw_table(seed, digits=pool, kind=kind)
            upright = np.ascontiguousarray(np.rot90(drawn.pixels, -drawn.quarters))
            yield from _example(upright, drawn.texts, name=f"{kind} {seed}", source="drawn")


def _example(pixels: Pixels, texts: Texts, *, name: str, source: str) -> Iterator[Example]:
    single = len(texts) == len(texts[0]) == 9
    shape: Shape = (9, 9) if single else (None, None)
    tables = find_tables(find_ink_on_page(pixels), shape=shape)
    for table in tables:
        if table.shape == (len(texts), len(texts[0])):
            found = find_cell_marks(table, load_bundled().unrefined())
            yield Example(name=name, source=source, texts=texts, found=found, single=single)
            return


def label(one: Example) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which marks are right, and which are written, 1 or 0, by the text of their cells.

    Where a cell holds several digits, a mark's place among the ink of the cell tells which it should be.
    """
    marks, cells = one.found.marks, one.found.cells
    right, written = np.zeros((2, len(marks)), np.int64)
    left, _, width, height = marks.boxes.T
    for cell in np.unique(cells).tolist():
        row, column = divmod(cell, len(one.texts[0]))
        text, own = one.texts[row][column], np.flatnonzero(cells == cell)
        if not text:
            continue
        tall = own[height[own] >= 0.3 * height[own].max()]
        large = own[height[own] >= 0.5 * np.median(height[tall])]
        written[large] = 1
        start, stop = left[large].min(), (left + width)[large].max()
        middle = (left[large] + width[large] / 2 - start) / max(1, stop - start)
        place = np.minimum((middle * len(text)).astype(int), len(text) - 1)
        same = marks.labels[large].astype(str) == np.array(list(text))[place]
        right[large[same & (width[large] <= (stop - start) * (1.6 / len(text) + 0.1))]] = 1
    return right, written


class _Learner:
    def __init__(self, known: Sequence[Example]) -> None:
        self.names = tuple(known[0].found.marks.features)
        self.known = known
        self.tables = [tabulate(one.found.marks.features, self.names) for one in known]
        self.labels = [label(one) for one in known]

    def grow(self, rows: Sequence[int]) -> tuple[Trees, Trees]:
        """Return the trees for what is right, and for what is written."""
        table = np.concatenate([self.tables[row] for row in rows])
        weights = np.concatenate([self._weights(row) for row in rows])
        right, written = (np.concatenate([self.labels[row][k] for row in rows]) for k in (0, 1))
        first = grow(table, right, weights, names=self.names, size=ALONE)
        return first, grow(table, written, weights, names=self.names, size=ALONE)

    def _weights(self, row: int) -> NDArray[np.float64]:
        n = len(self.tables[row])
        return np.full(n, (DRAWN if self.known[row].source == "drawn" else 1.0) / np.sqrt(PAGE + n))

    def left_out(self, folds: pathlib.Path | None) -> Iterator[tuple[int, Evidence, Evidence]]:
        """Yield each photo with what trees say of its marks that learned from other sources; keep those."""
        for source in sorted({one.source for one in self.known} - {"drawn"}):
            trees = self.grow([row for row, one in enumerate(self.known) if one.source != source])
            if folds is not None:
                write(folds / f"{source.replace('/', '-')}.json", trees, least=LEAST[3], unread=UNREAD[-1])
            for row in (row for row, one in enumerate(self.known) if one.source == source):
                first, second = (sigmoid(one.log_odds(self.tables[row])) for one in trees)
                yield row, first, second


def wrong_cells(one: Example, right: Evidence, written: Evidence, least: float, unread: float) -> int:
    """Return how many cells are read as something else, by the labels of the neighbors."""
    marks, cells = one.found.marks, one.found.cells
    chosen = choose(marks.boxes, right, least=least)
    wrong = 0
    for cell, text in enumerate(text for row in one.texts for text in row):
        own = chosen[cells[chosen] == cell][: 1 if one.single else None]
        read = "".join(str(marks.labels[row]) for row in own[np.argsort(marks.boxes[own, 0])])
        if not read and written[cells == cell].max(initial=0) >= unread:
            read = UNKNOWN
        wrong += read != text.replace("-", "")
    return wrong


def write(
    path: pathlib.Path,
    trees: tuple[Trees, Trees],
    *,
    least: float,
    unread: float,
    about: Mapping[str, object] | None = None,
) -> None:
    """Write a judge as `load_cell_judge` reads it."""
    right, written = (one.as_dict() for one in trees)
    judge = {"right": right, "written": written, "least": least, "unread": unread}
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {"about": dict(about or {}), "judge": judge, "sha256": digest(judge)}
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learn_cells", description=__doc__)
    parser.add_argument("--photos", type=pathlib.Path, required=True, help="folder with truth.json")
    parser.add_argument("--data", required=True, help="MNIST: `mnist` or a folder with its IDX files")
    parser.add_argument("--hands", type=pathlib.Path, required=True, help="folder with bhmsds.npz and others")
    parser.add_argument("--folds", type=pathlib.Path, help="folder for the judges with a source left out")
    options = parser.parse_args(arguments)
    learner = _Learner(list(examples(options.photos, options.data, options.hands)))
    found = list(learner.left_out(options.folds))
    ways = {
        (least, unread): {
            learner.known[row].name: wrong_cells(learner.known[row], a, b, least, unread)
            for row, a, b in found
        }
        for least in LEAST
        for unread in UNREAD
    }
    (least, unread), wrong = min(ways.items(), key=lambda way: sum(way[1].values()))
    about = {
        "made by": "python -m benchmarks.learn_cells",
        "tables": {"drawn": sum(one.source == "drawn" for one in learner.known), "photos": len(found)},
        "wrong cells, source left out": wrong,
    }
    write(FILE, learner.grow(range(len(learner.known))), least=least, unread=unread, about=about)
    print(json.dumps(about | {"least": least, "unread": unread}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
