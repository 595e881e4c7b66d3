"""Drawn tables + photos of tables -> `knn_digits/tables/cells.json`: what tells digits in cells from others.

Run as `python -m benchmarks.learn_cells --photos DIR --data MNIST --hands DIR`. The texts of the cells of
photos are those of `benchmarks/data/tables.json`. Drawn tables are written with digits that no reference is
like (`benchmarks.judge.apart`). How likely a mark must be to be read is chosen on those that were not learned
from.
"""

import argparse
import itertools
import json
import pathlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages import Pool
from benchmarks.data.table_cells import UNKNOWN
from benchmarks.data.tables import SINGLE, distance, draw_table, photo_print, photo_texts
from benchmarks.judge.apart import pool_apart
from benchmarks.judge.cells import Example, Fold, Grown, Learner, LeftOut, Printed, Texts
from benchmarks.records import write_text
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.opening import open_photo
from knn_digits.reading import LARGEST, find_ink_on_page
from knn_digits.reading.judge import learned_text
from knn_digits.tables.cells import find_cell_marks
from knn_digits.tables.choice import choose_digits, choose_unknown
from knn_digits.tables.directions import Points
from knn_digits.tables.fill import MANY
from knn_digits.tables.finding import Shape, find_tables
from knn_digits.tables.judge import FILE, Limits
from knn_digits.tables.references import load_scout, scout_of
from knn_digits.tables.sudoku import SIDE

TABLES = {"table": 100, "sudoku": 80, "grid": 50, "dense": 15}  # drawn, to learn from
LEAST = tuple(0.05 * step for step in range(1, 11))  # probabilities from which a mark may be read
UNREAD = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)  # the same, from which a cell is unread


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A page with one table, upright."""

    name: str
    source: str
    pixels: Pixels
    texts: Texts
    single: bool  # whether a cell holds one digit at most; the rows and columns are known then
    printed: Printed | None
    corners: Points | None  # of the table, where they are known


def examples(photos: pathlib.Path, data: str, hands: pathlib.Path) -> Iterator[Example]:
    """Yield the photos' tables, then drawn ones, as far as their grids are found."""
    for page in photo_pages(photos):
        yield from example(page, load_scout())
    pool, model = pool_apart(mnist=data, hands=hands)
    scout = scout_of(model)
    for page in drawn_pages(pool):
        yield from example(page, scout)


def photo_pages(photos: pathlib.Path) -> Iterator[Page]:
    """Yield the photos of tables."""
    sources = {one["file"]: one["source"] for one in json.loads((photos / "truth.json").read_text())}
    printed = photo_print()
    for name, texts in photo_texts().items():
        yield Page(
            name=name,
            source=sources[name],
            pixels=open_photo(photos / name, largest=LARGEST).pixels,
            texts=texts,
            single=len(texts) == len(texts[0]) == SIDE,
            printed=printed.get(name),
            corners=None,
        )


def drawn_pages(pool: Pool) -> Iterator[Page]:
    """Yield drawn tables of each kind."""
    for kind, count in TABLES.items():
        for seed in range(count):
            drawn = draw_table(seed, digits=pool, kind=kind)
            yield Page(
                name=f"{kind} {seed}",
                source="drawn",
                pixels=np.ascontiguousarray(np.rot90(drawn.pixels, -drawn.quarters)),
                texts=drawn.texts,
                single=kind in SINGLE,
                printed=drawn.printed,
                corners=drawn.corners,
            )


def example(page: Page, scout: DigitKNN) -> Iterator[Example]:
    """Yield the page's table with its marks; nothing where its grid is not found, or no mark in it."""
    down, across = len(page.texts), len(page.texts[0])
    shape: Shape = (down, across) if page.single else (None, None)
    ink = find_ink_on_page(page.pixels)
    tables = [one for one in find_tables(ink, shape=shape) if one.shape == (down, across)]
    scale = ink.mask.shape[1] / page.pixels.shape[1]
    for table in tables[:1]:
        if page.corners is None or distance(table.corners, page.corners * scale, table.shape) < 0.5:
            quick = down * across > MANY
            sharp = table.seen_on(find_ink_on_page(page.pixels, blur=table.blur))
            part = sharp.part(MANY) if quick else sharp
            found = find_cell_marks(part, scout, quick=quick)
            if not len(found.marks):
                return
            yield Example(
                name=page.name,
                source=page.source,
                texts=page.texts[: part.shape[0]],
                found=found,
                scout=scout,
                single=page.single,
                printed=page.printed,
            )


def wrong_cells(one: Example, said: LeftOut, limits: Limits) -> int:
    """Return how many cells are read as something else, by the labels of the neighbors."""
    read, cells = _read(one, _choose(one, said, limits.least)), one.found.cells
    for cell, text in enumerate(read):
        if not text and said.written[cells == cell].max(initial=0) >= limits.unread:
            read[cell] = UNKNOWN
    return sum(text != want for text, want in zip(read, _texts(one), strict=True))


def _choose(one: Example, said: LeftOut, least: float) -> NDArray[np.intp]:
    return choose_digits(one.found, said.right, said.shared, least=least, single=one.single)


def _read(one: Example, chosen: NDArray[np.intp]) -> list[str]:
    """Return the digits that are read in each cell."""
    marks, cells = one.found.marks, one.found.cells
    read = [""] * len(_texts(one))
    for row in chosen[np.argsort(marks.boxes[chosen, 0], kind="stable")].tolist():
        read[cells[row]] += str(marks.labels[row])
    return read


def _texts(one: Example) -> list[str]:
    return [text.replace("-", "") for row in one.texts for text in row]


def told_rightly(one: Example, said: LeftOut, *, least: float, more: float) -> int:
    """Return how many cells more are read wrongly than rightly of those that are told to hold more."""
    chosen = _choose(one, said, least)
    read, want = _read(one, chosen), _texts(one)
    unknown = choose_unknown(one.found, said.right, chosen, least=more)
    told = np.unique(one.found.cells[unknown]).tolist()
    return sum(1 if read[cell] != want[cell] else -1 for cell in told)


def choose_limits(learner: Learner, said: Mapping[int, LeftOut], *, single: bool) -> Limits:
    """Return the limits with which fewest cells of tables of a kind are wrong.

    By the last, most of those still wrong are told, less right ones; cells of one digit hold no more.
    """
    known = {learner.known[row]: one for row, one in said.items() if learner.known[row].single == single}
    ways = [
        Limits(least=least, unread=unread, more=1.0) for least, unread in itertools.product(LEAST, UNREAD)
    ]
    best = min(ways, key=lambda way: sum(wrong_cells(table, one, way) for table, one in known.items()))
    if single:
        return best

    def told(more: float) -> int:
        return sum(told_rightly(table, one, least=best.least, more=more) for table, one in known.items())

    return replace(best, more=max((more for more in LEAST if more < best.least), key=told))


def write(
    path: pathlib.Path,
    trees: Grown,
    limits: Mapping[str, Limits],
    *,
    about: Mapping[str, object] | None = None,
) -> None:
    """Write a judge as `load_cell_judge` reads it."""
    names = ("right", "written", "printed")
    grown: dict[str, object] = {name: one.as_dict() for name, one in zip(names, trees, strict=True)}
    judge = grown | {kind: asdict(one) for kind, one in limits.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, learned_text(about or {}, judge))


def main(arguments: Sequence[str]) -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learn_cells", description=__doc__)
    parser.add_argument("--photos", type=pathlib.Path, required=True, help="folder with truth.json")
    parser.add_argument("--data", required=True, help="MNIST: `mnist` or a folder with its IDX files")
    parser.add_argument("--hands", type=pathlib.Path, required=True, help="folder with bhmsds.npz and others")
    parser.add_argument("--folds", type=pathlib.Path, help="folder for the judges with a source left out")
    parser.add_argument("--output", type=pathlib.Path, default=FILE, help="written (%(default)s)")
    options = parser.parse_args(arguments)
    learner = Learner(list(examples(options.photos, options.data, options.hands)))
    drawn = dict(learner.drawn_out())
    limits = {kind: choose_limits(learner, drawn, single=kind == "single") for kind in ("single", "several")}
    folds = list(learner.left_out())
    for fold in folds if options.folds else ():
        write(options.folds / f"{fold.source.replace('/', '-')}.json", fold.trees, limits)
    about = _tell(learner, folds, limits)
    write(options.output, learner.grow(range(len(learner.known))), limits, about=about)
    print(json.dumps(about, indent=1))


def _tell(learner: Learner, folds: Sequence[Fold], limits: Mapping[str, Limits]) -> dict[str, object]:
    """Return what trees were learned from, and how they fared on sources left out."""
    said = {learner.known[row].name: (row, one) for fold in folds for row, one in fold.said.items()}
    wrong = {
        name: wrong_cells(
            learner.known[row], one, limits["single" if learner.known[row].single else "several"]
        )
        for name, (row, one) in said.items()
    }
    return {
        "made by": "python -m benchmarks.learn_cells",
        "tables": {"drawn": len(learner.known) - len(said), "photos": len(said)},
        "limits": {kind: asdict(one) for kind, one in limits.items()},
        "wrong cells, source left out": wrong,
        "print or hand mistaken, source left out": {
            name: one.mistaken for name, (_, one) in said.items() if one.mistaken
        },
    }


if __name__ == "__main__":
    main(sys.argv[1:])
