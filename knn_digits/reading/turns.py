"""Marks -> how their page lies, by how much they look like digits; and boxes on the page as it lay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.photo.boxes import Box, Mark, find_marks, find_slope
from knn_digits.photo.ink import Ink
from knn_digits.reading.answers import REFUSE, MarkReader

TURN_FROM = 0.45  # mean strangeness below which a page lies upright beyond doubt
TURN_GAIN = 0.08  # mean strangeness that turning the page must save
TURN_MARKS = 4  # fewer marks do not tell how a page lies
TURN_SAMPLE = 16  # marks that are asked how the page lies
MIN_SLOPE = 0.07  # rows per column from which a page is made level
LEVEL_GAIN = 0.02  # mean strangeness that making it level must save


def find_turn(lines: Sequence[Sequence[Mark]], reader: MarkReader) -> int:
    """Return by how many quarters, counter-clockwise, the page is to be turned to read it."""
    marks = [mark for line in lines for mark in line]
    marks = marks[:: -(-len(marks) // TURN_SAMPLE) or 1]
    if len(marks) < TURN_MARKS:
        return 0
    upright = _mean_strangeness(marks, reader, 0)
    if upright < TURN_FROM:
        return 0
    strangeness = [upright, *(_mean_strangeness(marks, reader, quarters) for quarters in (1, 2, 3))]
    best = int(np.argmin(strangeness))
    return best if strangeness[best] < upright - TURN_GAIN else 0


def _mean_strangeness(marks: Sequence[Mark], reader: MarkReader, quarters: int) -> float:
    read = reader.read(marks, quarters=quarters)
    return float(np.mean([min(digit.strangeness, 2 * REFUSE) for digit in read]))


def turn(ink: Ink, quarters: int) -> Ink:
    """Return the ink turned by so many quarters, counter-clockwise."""
    darkness = np.ascontiguousarray(np.rot90(ink.darkness, quarters))
    return replace(ink, darkness=darkness, mask=np.ascontiguousarray(np.rot90(ink.mask, quarters)))


def straighten(
    ink: Ink, lines: list[list[Mark]], reader: MarkReader
) -> tuple[list[list[Mark]], NDArray[np.float64]]:
    """Return the marks of the page turned until its lines are level, if they look more like digits then.

    With them comes the (2, 3) matrix that leads from the turned page back.
    """
    # lizard forgives: a page is turned and looked at again, or left, in one place
    marks = [mark for line in lines for mark in line]
    slope = find_slope(marks, float(np.median([mark.box.height for mark in marks]))) if marks else 0.0
    if len(marks) < TURN_MARKS or abs(slope) < MIN_SLOPE:
        return lines, np.eye(2, 3)
    height, width = ink.mask.shape
    angle = float(np.degrees(np.arctan(slope)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), np.float64)
    size = np.abs(matrix[:, :2]) @ np.array([width, height])
    matrix[:, 2] += (size - (width, height)) / 2
    whole = (round(float(size[0])), round(float(size[1])))
    darkness = np.asarray(cv2.warpAffine(ink.darkness, matrix, whole), np.float32)
    mask = np.asarray(cv2.warpAffine(ink.mask.astype(np.float32), matrix, whole)) > 0.5
    level = find_marks(replace(ink, darkness=darkness, mask=mask))
    sample = marks[:: -(-len(marks) // TURN_SAMPLE)]
    turned = [mark for line in level for mark in line]
    turned = turned[:: -(-len(turned) // TURN_SAMPLE) or 1]
    if not turned or _mean_strangeness(turned, reader, 0) > _mean_strangeness(sample, reader, 0) - LEVEL_GAIN:
        return lines, np.eye(2, 3)
    return level, np.asarray(cv2.invertAffineTransform(matrix), np.float64)


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class WayBack:
    """From boxes on ink that was turned to boxes on it as it lay."""

    level: NDArray[np.float64]  # (2, 3), from ink made level back to ink turned by quarters
    quarters: int  # by which the ink was turned before, counter-clockwise
    shape: tuple[int, ...]  # of the ink before it was turned

    def on_turned(self, box: Box) -> Box:
        """Return the upright box around a box, in pixels of the ink turned by quarters."""
        corners = [(x, y, 1) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        moved = np.array(corners) @ self.level.T
        (left, top), (right, bottom) = np.round(moved.min(axis=0)), np.round(moved.max(axis=0))
        return Box(left=int(left), top=int(top), width=int(right - left), height=int(bottom - top))

    def original(self, box: Box, scale: float = 1) -> Box:
        """Return the box on the ink as it lay, in pixels of what is `scale` times as large."""
        height, width = self.shape
        box = self.on_turned(box)
        left, top, right, bottom = [
            (box.left, box.top, box.right, box.bottom),
            (width - box.bottom, box.left, width - box.top, box.right),
            (width - box.right, height - box.bottom, width - box.left, height - box.top),
            (box.top, height - box.right, box.bottom, height - box.left),
        ][self.quarters]
        left, top, right, bottom = (round(side * scale) for side in (left, top, right, bottom))
        return Box(left=left, top=top, width=max(1, right - left), height=max(1, bottom - top))
