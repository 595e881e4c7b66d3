"""Straight table -> marks of its cells, with what speaks for each."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import Candidates, join, propose, propose_at, propose_plain, take
from knn_digits.photo.lines import usual_height
from knn_digits.reading.evidence import Features, measure_light, measure_shape
from knn_digits.reading.marks import Marks, cut_up, look_at, no_marks
from knn_digits.tables.straight import Straight

QUICK = (1.0, 0.7, 0.55)  # of a cell's threshold: where ink begins; hairs of print are lost at the first
WIDE = 0.75  # width over height from which a candidate may be two digits that touch


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class CellMarks:
    """What may be digits in the cells of a table.

    marks : Marks
        In pixels of the straight table.
    cells : (n,) int64
        The cell of each, counted row by row.
    """

    marks: Marks
    cells: NDArray[np.int64]


def find_cell_marks(table: Straight, model: DigitKNN, *, quick: bool = False) -> CellMarks:
    """Return what may be digits in a table's cells.

    Parameters
    ----------
    table : Straight
    model : DigitKNN
        Whose neighbors are asked; it must know marks that are no digits.
    quick : bool
        Whether ink is looked at at few levels only.
    """
    ink = table.clear_ink
    candidates = _propose(table, quick=quick)
    cells = find_cells(table, candidates.boxes)
    candidates, cells = take(candidates, np.flatnonzero(cells >= 0)), cells[cells >= 0]
    if not len(candidates):
        return CellMarks(marks=no_marks(), cells=cells)
    digits, looks = look_at(candidates, model)
    parts, part_digits, part_looks, _ = cut_up(candidates, _wide(candidates), looks, model)
    candidates, digits = join(candidates, parts), np.concatenate([digits, part_digits])
    labels = np.concatenate([looks.labels, part_looks.labels])
    features = {n: np.concatenate([looks.features[n], part_looks.features[n]]) for n in looks.features}
    cells = find_cells(table, candidates.boxes)
    kept = np.flatnonzero(cells >= 0)
    candidates, digits, labels, cells = take(candidates, kept), digits[kept], labels[kept], cells[kept]
    features = {name: values[kept] for name, values in features.items()}
    features |= measure_shape(candidates, digits) | measure_light(candidates, ink, table.rules)
    usual = _usual(table, candidates.boxes[candidates.levels == 1])
    features |= measure_places(table, candidates, cells, usual)
    features |= measure_contrast(table, cells)
    marks = Marks(
        boxes=candidates.boxes,
        digits=digits,
        labels=labels,
        features={name: np.asarray(values, np.float32) for name, values in features.items()},
        wholes=np.full(len(labels), -1),
        bounded=candidates.bounded,
    )
    return CellMarks(marks=marks, cells=cells)


def _propose(table: Straight, *, quick: bool) -> Candidates:
    """Return the components of the ink; of many small cells also those that lines between cells part.

    Digits of small cells touch those of the next row; in larger ones they seldom do, and parts mislead. What
    is a crumb on so large a table may be a sign in a cell of it, if it is no smaller than strokes are wide;
    a gap of few pixels, where a pen skipped or a dark rule was, parts small digits, so gaps are closed, too.
    """
    ink = table.clear_ink
    if not quick:
        return propose(ink, np.zeros_like(table.rules))
    whole = propose_at(ink, QUICK, least=stroke_width(ink.mask), closed=True)
    parted = propose_plain(ink, table.lines)
    known = set(map(tuple, whole.boxes.tolist()))
    new = [tuple(box) not in known for box in parted.boxes.tolist()]
    return join(whole, take(parted, np.flatnonzero(new)))


def _wide(candidates: Candidates) -> NDArray[np.intp]:
    """Return the rows of what may be several digits that touch, the widest for their height first."""
    aspect = candidates.boxes[:, 2] / np.maximum(1, candidates.boxes[:, 3])
    wide = np.flatnonzero((aspect > WIDE) & (candidates.levels == 1))
    return wide[np.argsort(-aspect[wide], kind="stable")]


def find_cells(table: Straight, boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cell in which the middle of each box lies, -1 where it lies outside."""
    across = np.searchsorted(table.columns, boxes[:, 0] + boxes[:, 2] / 2) - 1
    down = np.searchsorted(table.rows, boxes[:, 1] + boxes[:, 3] / 2) - 1
    rows, columns = table.shape
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    return np.where(inside, down * columns + across, -1)


def _usual(table: Straight, boxes: Boxes) -> float:
    """Return the usual height of marks, of those within cells where it is that of no digit in a cell."""
    if not len(boxes):
        return 1.0
    usual = usual_height(boxes[:, 3].astype(np.float64))
    if usual <= min(np.median(np.diff(lines)) for lines in (table.rows, table.columns)):
        return usual
    left, top, width, height = boxes.T
    across, down = (
        np.searchsorted(lines, first) == np.searchsorted(lines, first + size)
        for lines, first, size in ((table.columns, left, width), (table.rows, top, height))
    )
    within = boxes[across & down, 3]  # rests of bent rules lie on the lines between
    return usual_height(within.astype(np.float64)) if len(within) else usual


def measure_places(
    table: Straight, candidates: Candidates, cells: NDArray[np.int64], usual: float
) -> Features:
    """Return how each stands in its cell."""
    left, top, wide, high = candidates.boxes.T.astype(np.float64)
    row, column = np.divmod(cells, table.shape[1])
    x, y = table.columns[column], table.rows[row]
    width, height = table.columns[column + 1] - x, table.rows[row + 1] - y
    over = np.maximum(x - left, left + wide - x - width).clip(0) / width
    above = np.maximum(y - top, top + high - y - height).clip(0) / height
    area = np.bincount(cells, candidates.areas * (candidates.levels == 1), cells.max() + 1)
    return {
        "height in cell": np.log(high / height),
        "width in cell": np.log(wide / width),
        "across in cell": np.abs((left + wide / 2 - x) / width - 0.5),
        "down in cell": (top + high / 2 - y) / height - 0.5,
        "over sides": over,
        "over top or bottom": above,
        "height to usual": np.log(high / usual),
        "share of cell's ink": candidates.areas / np.maximum(1, area[cells]),
        "cell's aspect": np.log(width / height),
        "marks in cell": np.bincount(cells[candidates.levels == 1], minlength=cells.max() + 1)[cells],
    }


def measure_contrast(table: Straight, cells: NDArray[np.int64]) -> Features:
    """Return how dark the ink of each one's cell is."""
    logs = np.log(np.maximum(table.thresholds.ravel(), 1e-3))
    own, grain = logs[cells], _grain(table).ravel()
    least, usual, most = np.quantile(logs, (0.05, 0.5, 0.95))
    return {
        "cell's contrast": own - np.log(table.ink.threshold),
        "contrast to usual": own - usual,
        "contrast to least": own - least,
        "contrast to most": own - most,
        "contrast to grain": own - np.log(np.maximum(grain[cells], 1e-3)),
    }


def _grain(table: Straight) -> NDArray[np.float64]:
    """Return the usual darkness of the paper in each cell, which shade does not make, (rows, columns)."""
    dark = table.strokes
    rows, columns = (list(itertools.pairwise(edges.tolist())) for edges in (table.rows, table.columns))
    return np.array([[float(np.median(dark[a:b:2, c:d:2])) for c, d in columns] for a, b in rows])
