"""Stage 1: lines of digits, and the ink -> what else stands in them: signs, letters, crumbs.

Parts that stand one above the other, as those of = and of ÷, are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import INK, Candidates, Pictures
from knn_digits.photo.components import Components, bounded, find_components, sizes, soft_ink, with_edge
from knn_digits.photo.ink import Ink
from knn_digits.photo.lines import find_slope
from knn_digits.photo.numbers import numbers_of
from knn_digits.ranks import median

NUMBERS = numbers_of(__name__)
# of the smaller box, or of the columns of the narrower part: what shares more is one mark, or in conflict
SHARED: float = NUMBERS["SHARED"]


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """Where a line of digits runs.

    x, y : (n,) float64
        The middles of its digits, from left to right.
    height : float
        The usual height of its digits.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height: float

    @classmethod
    def of(cls, boxes: Boxes) -> "Row":
        """Return where the line of these digits, from left to right, runs."""
        left, top, width, height = boxes.T.astype(np.float64)
        return cls(x=left + width / 2, y=top + height / 2, height=float(median(height)))

    def away(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return how far the middles of boxes are below that of the line, in its heights."""
        x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
        return np.asarray((y - np.interp(x, self.x, self.y)) / self.height, np.float64)


def long_rules(ink: Ink, rules: Mask, digits: Boxes) -> Mask:
    """Return rules without marks no longer than digits are across: bars of signs are like a dashed one.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
    digits : (n, 4) int64
        All that are read.
    """
    components = find_components(ink.mask)
    stats = components.stats
    short = sizes(stats) <= np.hypot(digits[:, 2], digits[:, 3]).max()
    left = rules.copy()
    for label in bounded(stats, short, rules.shape).tolist():
        if rules[components.span(label)].any():
            span = components.span(label, around=1)
            left[span] &= ~with_edge(*components.cut_out(span, label))
    return left


def find_spots(ink: Ink, rules: Mask, digits: Boxes, rows: Sequence[Row]) -> tuple[Candidates, list[int]]:
    """Return what stands in rows beside their digits, and in which of them each stands.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
    digits : (n, 4) int64
        All that are read.
    rows : sequence of Row
    """
    mask = np.greater(ink.mask, rules)
    components = find_components(mask)
    stats = components.stats
    labels = bounded(stats, 2 * sizes(stats) >= stroke_width(mask), mask.shape)  # a dot that its edge left
    boxes = stats[labels, :4].astype(np.int64)
    free = _share_inside(boxes, digits) <= SHARED
    labels, boxes = labels[free], boxes[free]
    starts = boxes[:, 0] + find_slope(digits) * (boxes[:, 1] + boxes[:, 3] / 2)  # along the lines
    spots: list[list[int]] = []
    which: list[int] = []
    for number, members in enumerate(_by_row(boxes, rows)):
        for parts in _joined(starts, starts + boxes[:, 2], members):
            spots.append(labels[parts].tolist())
            which.append(number)
    return _cut_out(ink, components, spots), which


def _share_inside(boxes: Boxes, digits: Boxes) -> NDArray[np.float64]:
    """Return how much of each box is in that of one digit at most."""
    if not len(digits) or not len(boxes):
        return np.zeros(len(boxes))
    first = np.maximum(boxes[:, None, :2], digits[:, :2])
    last = np.minimum(boxes[:, None, :2] + boxes[:, None, 2:], digits[:, :2] + digits[:, 2:])
    common = (last - first).clip(0).prod(axis=2).max(axis=1)
    return np.asarray(common / boxes[:, 2:].prod(axis=1))


def _by_row(boxes: Boxes, rows: Sequence[Row]) -> list[list[int]]:
    """Return for each row the boxes that stand in it, from left to right."""
    members: list[list[int]] = [[] for _ in rows]
    if not rows or not len(boxes):
        return members
    away = np.abs([row.away(boxes) for row in rows])
    nearest = away.argmin(axis=0)
    heights = np.array([row.height for row in rows])[nearest]
    for box in np.argsort(boxes[:, 0], kind="stable").tolist():
        in_line = away[nearest[box], box] <= (1 + boxes[box, 3] / heights[box]) / 2  # it shares rows with it
        if in_line:
            members[nearest[box]].append(box)
    return members


def _joined(
    starts: NDArray[np.float64], ends: NDArray[np.float64], members: Sequence[int]
) -> list[list[int]]:
    """Return the members, those together that stand one above the other."""
    marks: list[list[int]] = []
    for box in members:
        for mark in reversed(marks):
            start, end = starts[mark].min(), ends[mark].max()
            common = min(end, ends[box]) - max(start, starts[box])
            if common >= SHARED * min(ends[box] - starts[box], end - start):
                mark.append(box)
                break
        else:
            marks.append([box])
    return marks


def _cut_out(ink: Ink, components: Components, spots: Sequence[Sequence[int]]) -> Candidates:
    parts = [_one(ink, components, spot) for spot in spots]
    return Candidates(
        boxes=np.array([box for box, _, _ in parts], np.int64).reshape(-1, 4),
        areas=np.array([components.stats[spot, 4].sum() for spot in spots], np.int64),
        levels=np.ones(len(spots), np.float32),
        kinds=np.full(len(spots), INK, np.int64),
        crossed=np.zeros(len(spots), np.float32),
        strokes=np.array([stroke for _, _, stroke in parts], np.float32),
        pictures=Pictures(picture for _, picture, _ in parts),
    )


def _one(
    ink: Ink, components: Components, labels: Sequence[int]
) -> tuple[tuple[int, int, int, int], Pixels, float]:
    """Return the box of components together, their ink with its soft edge, and the width of their strokes."""
    rows, columns = components.span(*labels)
    box = columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start
    span = components.span(*labels, around=1)
    near, own = components.cut_out(span, *labels)
    return box, soft_ink(ink.darkness[span], near, own), stroke_width(own)
