"""Drawn pages and photos -> their marks, as the reader finds them, with what is known of them.

Upside down, letters are more like digits, and the reader turns a page so: those without digits are looked at
as they lie, turned by a quarter, upside down, one like the other.
"""

import pathlib
from collections.abc import Iterable, Iterator

import numpy as np

from benchmarks.data.pages import Page, Pool, draw_page
from benchmarks.data.truth import Photo
from benchmarks.judge.labels import from_boxes
from benchmarks.judge.learning import Example
from benchmarks.judge.sudokus import Sudoku
from benchmarks.measure.tables import left_out
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled
from knn_digits.opening import open_photo
from knn_digits.reading import LARGEST, TINY, find_view
from knn_digits.reading.marks import Marks, find_marks
from knn_digits.reading.orientation import load_orientation
from knn_digits.reading.turns import straighten
from knn_digits.reading.views import View
from knn_digits.tables import TableReader


def drawn_examples(
    seeds: Iterable[int], *, pool: Pool, model: DigitKNN, kind: str | None = None
) -> Iterator[Example]:
    """Yield the drawn pages of these seeds as a model sees them: with marks, and of more than a digit."""
    quick = model.unrefined()
    for seed in seeds:
        page = draw_page(seed, digits=pool, kind=kind)
        if max(page.pixels.shape[:2]) > TINY:
            view = find_view(page.pixels)
            quarters = seed % 4 if all(mark.label is None for mark in page.marks) else 0
            view = view.turned(quarters)
            marks = find_marks(view.ink, quick, view.rules)
            if len(marks):
                yield _drawn(seed, page, view, marks)


def _drawn(seed: int, page: Page, view: View, marks: Marks) -> Example:
    scale = view.ink.mask.shape[1] / page.pixels.shape[1]
    digits = [(mark.label, scale * np.array(mark.box)) for mark in page.marks if mark.label is not None]
    return Example(name=f"page {seed}", source="drawn", marks=marks, labels=from_boxes(marks, digits))


def photo_examples(photos: Iterable[Photo], *, cells: pathlib.Path | None = None) -> Iterator[Example]:
    """Yield the photos that have marks, upright and level.

    In the folder `cells` are judges of cells that know nothing of one source; without it no sudoku is found.
    """
    model = load_bundled().unrefined()
    for photo in photos:
        pixels: Pixels = open_photo(photo.path, largest=LARGEST).pixels
        view = find_view(pixels)
        upright = straighten(view, model, load_orientation())
        marks = find_marks(upright.ink, model, upright.rules)
        if len(marks) and max(pixels.shape[:2]) > TINY:
            truth = "".join(photo.lines), photo.ordered
            yield Example(
                name=photo.path.name,
                source=photo.source,
                marks=marks,
                truth=truth,
                sudoku=_sudoku(view, upright, marks, left_out(cells, photo.source)) if cells else None,
            )


def _sudoku(view: View, upright: View, marks: Marks, reader: TableReader) -> Sudoku | None:
    table = reader.find_sudoku(view.ink, view.scale, quarters=upright.quarters)
    boxes = [upright.on_photo(box) for box in marks.boxes]
    return None if table is None else Sudoku(table=table, boxes=boxes)
