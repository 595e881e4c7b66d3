"""Straight table -> marks of its cells, with what speaks for each.

The ink of every cell is told by the cell's own contrast: pencil stands beside bold print, and shadows lie
across.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import match_stroke, normalize, stroke_width
from knn_digits.photo.candidates import Candidates, cut, join, propose, propose_plain, take
from knn_digits.photo.ink import Ink
from knn_digits.photo.lines import usual_height
from knn_digits.reading.evidence import Features, Looks, look, measure_light, measure_shape
from knn_digits.reading.marks import Marks, no_marks
from knn_digits.tables.straight import Straight

SHADE = 4.0  # strokes: what is wider is shade, no ink
EDGES = 0.03  # of a cell's pixels: its strongest edges tell where its ink begins
FAINTEST = 0.15  # of the table's threshold: what is fainter is the paper's grain
WIDE = 0.75  # width over height from which a candidate may be two digits that touch

Propose = Callable[[Ink, NDArray[np.bool_]], Candidates]


@compared_by_content
@dataclass(frozen=True, kw_only=True)
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
        Whether ink is looked at at one level only.
    """
    thresholds = find_thresholds(table)
    ink = clear_ink(table, thresholds)
    plain = propose_plain(ink, table.rules)
    candidates = plain if quick else propose(ink, np.zeros_like(table.rules))
    cells = find_cells(table, candidates.boxes)
    candidates, cells = take(candidates, np.flatnonzero(cells >= 0)), cells[cells >= 0]
    if not len(candidates):
        return CellMarks(marks=no_marks(), cells=cells)
    digits, looks = _look(candidates, model)
    parts, part_digits, part_looks = _cut_wide(candidates, looks, model)
    candidates, digits = join(candidates, parts), np.concatenate([digits, part_digits])
    labels = np.concatenate([looks.labels, part_looks.labels])
    features = {n: np.concatenate([looks.features[n], part_looks.features[n]]) for n in looks.features}
    cells = find_cells(table, candidates.boxes)
    kept = np.flatnonzero(cells >= 0)
    candidates, digits, labels, cells = take(candidates, kept), digits[kept], labels[kept], cells[kept]
    features = {name: values[kept] for name, values in features.items()}
    features |= measure_shape(candidates, digits) | measure_light(candidates, ink, table.rules)
    inside = find_cells(table, plain.boxes) >= 0
    usual = usual_height(plain.boxes[inside, 3].astype(np.float64)) if inside.any() else 1.0
    features |= measure_places(table, candidates, cells, usual)
    features |= measure_contrast(table, thresholds, cells)
    marks = Marks(
        boxes=candidates.boxes,
        digits=digits,
        labels=labels,
        features={name: np.asarray(values, np.float32) for name, values in features.items()},
        wholes=np.full(len(labels), -1),
        bounded=candidates.bounded,
    )
    return CellMarks(marks=marks, cells=cells)


def _look(candidates: Candidates, model: DigitKNN) -> tuple[Digits, Looks]:
    digits = normalize([match_stroke(picture) for picture in candidates.pictures])
    return digits, look(model, digits)


def _cut_wide(candidates: Candidates, looks: Looks, model: DigitKNN) -> tuple[Candidates, Digits, Looks]:
    """Return the parts that look most like digits of what may be several that touch."""
    aspect = candidates.boxes[:, 2] / np.maximum(1, candidates.boxes[:, 3])
    ways = cut(candidates, np.flatnonzero((aspect > WIDE) & (candidates.levels == 1)).tolist())
    if not len(ways.candidates):
        return ways.candidates, np.zeros((0, 28, 28), np.uint8), looks.none()
    digits, seen = _look(ways.candidates, model)
    best = ways.best(seen.features["strangeness"])
    features = {name: values[best] for name, values in seen.features.items()}
    return take(ways.candidates, best), digits[best], Looks(labels=seen.labels[best], features=features)


def find_cells(table: Straight, boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cell in which the middle of each box lies, -1 where it lies outside."""
    across = np.searchsorted(table.columns, boxes[:, 0] + boxes[:, 2] / 2) - 1
    down = np.searchsorted(table.rows, boxes[:, 1] + boxes[:, 3] / 2) - 1
    rows, columns = table.shape
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    return np.where(inside, down * columns + across, -1)


def find_thresholds(table: Straight) -> NDArray[np.float32]:
    """Return the darkness half-way up the strongest edges in each cell, (rows, columns)."""
    darkness = _without_shade(table)
    gradient = cv2.magnitude(cv2.Sobel(darkness, cv2.CV_32F, 1, 0), cv2.Sobel(darkness, cv2.CV_32F, 0, 1))
    beside = cv2.dilate(table.rules.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    gradient[beside] = 0
    found = np.zeros(table.shape, np.float32)
    for row, (top, bottom) in enumerate(zip(table.rows[:-1], table.rows[1:], strict=True)):
        for column, (left, right) in enumerate(zip(table.columns[:-1], table.columns[1:], strict=True)):
            edges, dark = (part[top:bottom, left:right].ravel() for part in (gradient, darkness))
            most = max(1, int(EDGES * len(edges)))
            strong = np.argpartition(edges, -most)[-most:]
            found[row, column] = (edges[strong] * dark[strong]).sum() / max(1e-6, float(edges[strong].sum()))
    return found


def _without_shade(table: Straight) -> NDArray[np.float32]:
    """Return the darkness without what is much wider than strokes."""
    side = int(SHADE * stroke_width(table.ink.mask)) | 1
    dark = np.asarray(cv2.GaussianBlur(table.ink.darkness, (0, 0), 0.7), np.float32)
    return np.asarray(cv2.morphologyEx(dark, cv2.MORPH_TOPHAT, np.ones((side, side), np.uint8)), np.float32)


def clear_ink(table: Straight, thresholds: NDArray[np.float32]) -> Ink:
    """Return the ink of the table such that that of each cell begins at the table's threshold."""
    least = FAINTEST * table.ink.threshold
    height, width = table.ink.mask.shape
    rows = np.searchsorted(table.rows, np.arange(height), side="right").clip(1, table.shape[0]) - 1
    columns = np.searchsorted(table.columns, np.arange(width), side="right").clip(1, table.shape[1]) - 1
    scale = (table.ink.threshold / np.maximum(thresholds, least))[rows[:, None], columns]
    darkness = np.asarray(_without_shade(table) * scale, np.float32)
    return replace(table.ink, darkness=darkness, mask=darkness > table.ink.threshold)


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


def measure_contrast(table: Straight, thresholds: NDArray[np.float32], cells: NDArray[np.int64]) -> Features:
    """Return how dark the ink of each one's cell is."""
    logs = np.log(np.maximum(thresholds.ravel(), 1e-3))
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
    dark = _without_shade(table)
    rows, columns = (list(itertools.pairwise(edges.tolist())) for edges in (table.rows, table.columns))
    return np.array([[float(np.median(dark[a:b, c:d])) for c, d in columns] for a, b in rows])
