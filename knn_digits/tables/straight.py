"""Ink + lattice -> the table's ink laid straight, without its rules, and the way back to the photo."""

import functools
import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.digit import INK_SIDE, STROKE_RANGE, stroke_width
from knn_digits.photo.candidates import find_boxes
from knn_digits.photo.ink import WORKING_STROKE, Ink, fainter_ink
from knn_digits.photo.lines import usual_height
from knn_digits.photo.rules import FAINT
from knn_digits.tables.directions import Points

MARGIN = 0.25  # of the outer cells: how much around a table is seen with it, as digits cross its rules
LEAST_CELL = 8  # pixels
SHADE = 4.0  # strokes: what is wider is shade, no ink
EDGES = 0.03  # of a cell's pixels: its strongest edges tell where its ink begins
FAINTEST = 0.15  # of the table's threshold: what is fainter is the paper's grain
SLACK = 1  # pixel: how far a rule may leave its row within a cell
WORKING_HEIGHT = WORKING_STROKE * INK_SIDE / (sum(STROKE_RANGE) / 2)  # pixels: of a digit with such strokes
PASSED = 0.5  # of the light passes a rule at least: less is not divided by, as noise would stand for ink


@dataclass(frozen=True, kw_only=True, eq=False)
class Straight:
    """A table laid straight.

    ink : Ink
        Without the rules: what is darker than they are where strokes cross them.
    rules : (height, width) bool
        The pixels of the rules.
    rows, columns : (n + 1,) and (m + 1,) int64
        Pixels at which rows and columns of cells begin, and the last ends.
    nodes : (n + 3, m + 3, 2) float64
        Where on the ink of the photo the lines between the cells cross, those of the margin first and last.
    ruled : Straight, optional
        The same as its rules alone part it, where lines of marks part its rows further.
    """

    ink: Ink
    rules: Mask
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    nodes: NDArray[np.float64]
    ruled: "Straight | None" = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return len(self.rows) - 1, len(self.columns) - 1

    @property
    def corners(self) -> Points:
        """Where on the ink of the photo its corners are, (4, 2), clockwise."""
        nodes = self.nodes[1:-1, 1:-1]
        return np.array([nodes[0, 0], nodes[0, -1], nodes[-1, -1], nodes[-1, 0]])

    @property
    def lines(self) -> Mask:
        """The pixels of the lines between its cells, where there are rules and where there are none."""
        lines = np.zeros_like(self.rules)
        lines[np.minimum(self.rows, len(lines) - 1)] = True
        lines[:, np.minimum(self.columns, lines.shape[1] - 1)] = True
        return lines

    @property
    def blur(self) -> float:
        """Pixels: by how much light may be smoothed; the loops of small digits close sooner."""
        heights = find_boxes(self.ink, self.rules)[:, 3].astype(np.float64)
        return min(1.0, float(usual_height(heights) / WORKING_HEIGHT)) if len(heights) else 1.0

    @functools.cached_property
    def strokes(self) -> NDArray[np.float32]:
        """Its darkness without what is much wider than strokes, which is shade."""
        side = int(SHADE * stroke_width(self.ink.mask)) | 1
        dark = np.asarray(cv2.GaussianBlur(self.ink.darkness, (0, 0), 0.7), np.float32)
        top = cv2.morphologyEx(dark, cv2.MORPH_TOPHAT, np.ones((side, side), np.uint8))
        return np.asarray(top, np.float32)

    @functools.cached_property
    def thresholds(self) -> NDArray[np.float32]:
        """The darkness half-way up the strongest edges in each cell, (rows, columns)."""
        dark = self.strokes
        across, down = cv2.Sobel(dark, cv2.CV_32F, 1, 0), cv2.Sobel(dark, cv2.CV_32F, 0, 1)
        gradient = np.asarray(cv2.magnitude(across, down), np.float32)
        gradient[cv2.dilate(self.rules.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)] = 0
        rows, columns = (list(itertools.pairwise(edges.tolist())) for edges in (self.rows, self.columns))
        found = [
            _edge(gradient[a:b, c:d].ravel(), dark[a:b, c:d].ravel()) for a, b in rows for c, d in columns
        ]
        return np.array(found, np.float32).reshape(self.shape)

    @functools.cached_property
    def clear_ink(self) -> Ink:
        """Its ink such that that of each cell begins at the table's threshold.

        Pencil stands beside bold print, and shadows lie across: each cell has its own contrast.
        """
        height, width = self.ink.darkness.shape
        rows = np.searchsorted(self.rows, np.arange(height), side="right").clip(1, self.shape[0]) - 1
        columns = np.searchsorted(self.columns, np.arange(width), side="right").clip(1, self.shape[1]) - 1
        least = FAINTEST * self.ink.threshold
        scale = (self.ink.threshold / np.maximum(self.thresholds, least))[rows[:, None], columns]
        darkness = np.asarray(self.strokes * scale, np.float32)
        return replace(self.ink, darkness=darkness)

    def seen_on(self, ink: Ink) -> "Straight":
        """Return the same table on other ink of the photo, which is as large."""
        ruled = None if self.ruled is None else self.ruled.seen_on(ink)
        return replace(straighten(ink, self.nodes[1:-1, 1:-1]), ruled=ruled)

    def turned(self, quarters: int) -> "Straight":
        """Return the table turned by so many quarters, counter-clockwise."""
        one = self
        for _ in range(quarters % 4):
            width = one.ink.darkness.shape[1]
            darkness = np.ascontiguousarray(np.rot90(one.ink.darkness))
            one = Straight(
                ink=replace(one.ink, darkness=darkness),
                rules=np.ascontiguousarray(np.rot90(one.rules)),
                rows=width - one.columns[::-1],
                columns=one.rows,
                nodes=np.rot90(one.nodes),
            )
        return one

    def part(self, cells: int) -> "Straight":
        """Return its first rows, down to so many cells."""
        rows = self.rows[: 1 + max(1, cells // self.shape[1])]
        end = rows[-1] if len(rows) < len(self.rows) else None
        darkness = self.ink.darkness[:end]
        ink = replace(self.ink, darkness=darkness)
        nodes = self.nodes[: len(rows) + 2]
        return Straight(ink=ink, rules=self.rules[:end], rows=rows, columns=self.columns, nodes=nodes)

    def on_ink(self, points: Points) -> Points:
        """Return where points (k, 2) of the straight table, column and row, are on the ink of the photo."""
        height, width = self.ink.darkness.shape
        across = np.interp(points[:, 0], (0, *self.columns, width), np.arange(len(self.columns) + 2))
        down = np.interp(points[:, 1], (0, *self.rows, height), np.arange(len(self.rows) + 2))
        return _between(self.nodes, down, across)


def _edge(edges: NDArray[np.float32], dark: NDArray[np.float32]) -> float:
    """Return the darkness at the strongest edges."""
    most = max(1, int(EDGES * len(edges)))
    strong = np.argpartition(edges, -most)[-most:]
    return float((edges[strong] * dark[strong]).sum() / max(1e-6, float(edges[strong].sum())))


def straighten(ink: Ink, nodes: NDArray[np.float64]) -> Straight:
    """Return a table whose lines cross at these points (n + 1, m + 1, 2) of the ink."""
    nodes = _with_margin(nodes)
    columns = _edges(np.diff(nodes, axis=1))
    rows = _edges(np.diff(nodes, axis=0).transpose(1, 0, 2))
    down, across = _shares(rows), _shares(columns).T
    x, y = (down @ nodes[..., k].astype(np.float32) @ across - np.float32(0.5) for k in (0, 1))
    darkness = np.asarray(cv2.remap(ink.darkness, x, y, cv2.INTER_LINEAR), np.float32)
    flat = replace(ink, darkness=darkness)
    bare = without_rules(darkness, rows[1:-1], columns[1:-1])
    rules = (darkness > FAINT * ink.threshold) & (bare < FAINT * ink.threshold)
    threshold = fainter_ink(flat, rules).threshold
    ink = replace(ink, darkness=bare, threshold=threshold)
    return Straight(ink=ink, rules=rules, rows=rows[1:-1], columns=columns[1:-1], nodes=nodes)


def _shares(edges: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how much of each of n edges is in each pixel between the first and the last, (pixels, n)."""
    middles = np.arange(edges[-1]) + 0.5
    shares = [np.interp(middles, edges, row) for row in np.eye(len(edges))]
    return np.stack(shares, axis=1).astype(np.float32)


def _with_margin(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    for _ in range(2):
        first, last = nodes[:1] - nodes[1:2], nodes[-1:] - nodes[-2:-1]
        nodes = np.concatenate([nodes[:1] + MARGIN * first, nodes, nodes[-1:] + MARGIN * last])
        nodes = nodes.transpose(1, 0, 2)
    return nodes


def _edges(steps: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where cells begin whose sides are so long, (lines, cells, 2)."""
    sizes = np.hypot(steps[..., 0], steps[..., 1]).mean(axis=0)
    return np.concatenate([[0], np.round(np.cumsum(np.maximum(sizes, LEAST_CELL)))]).astype(np.int64)


def _between(nodes: NDArray[np.float64], down: NDArray[np.float64], across: NDArray[np.float64]) -> Points:
    """Return the points between nodes at these places among their rows and columns."""
    i, j = (
        np.clip(p.astype(np.int64), 0, n - 2) for p, n in zip((down, across), nodes.shape[:2], strict=True)
    )
    g, f = (down - i)[..., None], (across - j)[..., None]
    above = nodes[i, j] * (1 - f) + nodes[i, j + 1] * f
    below = nodes[i + 1, j] * (1 - f) + nodes[i + 1, j + 1] * f
    return np.asarray(above * (1 - g) + below * g)


def without_rules(
    darkness: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the darkness of the ink on rules along these rows and columns, and beside them.

    A rule is as dark all along a cell, a stroke that crosses it or lies on it is not: so its shape is left,
    with no piece of the rule at its foot. The ink lets a share through of the light that passes the rule.
    Digits are cut where a rule is as dark as the pen.
    """
    level = _darkness_along(darkness, rows, columns)
    upright = _darkness_along(darkness.T, columns, rows).T
    ruled = np.maximum(level, upright)
    return np.asarray(np.maximum(darkness - ruled, 0) / np.maximum(1 - ruled, PASSED), np.float32)


def _darkness_along(
    darkness: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return how dark what goes on for the width of a cell is, as far from the rows as rules may lie."""
    found = np.zeros(darkness.shape, np.float32)
    reach = max(2, round(MARGIN * float(np.median(np.diff(rows)))))
    side = np.ones((1, int(np.median(np.diff(columns)))), np.uint8)
    slack = np.ones((2 * SLACK + 1, 1), np.uint8)
    for row in rows.tolist():
        band = slice(max(0, row - reach), row + reach + 1)
        found[band] = cv2.morphologyEx(cv2.dilate(darkness[band], slack), cv2.MORPH_OPEN, side)
    return found
