"""What a stage returned -> its picture, as a notebook shows it."""

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Mask, Pixels
from knn_digits.record import told
from knn_digits.reports.canvas import Color, enlarge, write
from knn_digits.reports.panels import draw_grid
from knn_digits.stages import (
    FoundNeighbors,
    MarkVectors,
    MarkVotes,
    NormalizedMarks,
    ProposedMarks,
    RemovedRules,
)

WIDEST = 900  # pixels: of a picture of the page
SHOWN, ROWS = 50, 10  # digits in a grid, in a list
COLUMNS = 10  # digits in a row of the grid
ENLARGED = 3  # times: a digit
LINE = 18  # pixels: height of what is written below a digit
STRIP = 28  # pixels: height of a vector
RULE_COLOR: Color = (220, 40, 0)
BOX_COLOR: Color = (0, 60, 160)


def draw_ink(mask: Mask) -> Pixels:
    """Return ink in black on white, no wider than `WIDEST`, (height, width, 3)."""
    return _reduced(np.stack([np.where(mask, 0, 255).astype(np.uint8)] * 3, axis=2))


def draw_ruled(ruled: RemovedRules) -> Pixels:
    """Return the ink in black and rules in red."""
    drawn = np.stack([np.where(ruled.found.mask, 0, 255).astype(np.uint8)] * 3, axis=2)
    drawn[ruled.rules] = RULE_COLOR
    return _reduced(drawn)


def draw_marks(marks: ProposedMarks) -> Pixels:
    """Return the boxes of the marks over the page."""
    grey = np.asarray(255 * (1 - marks.ruled.found.darkness.clip(0, 1)), np.uint8)
    drawn = np.stack([grey] * 3, axis=2)
    thickness = -(-max(grey.shape) // WIDEST)  # that is seen when it is reduced
    for left, top, width, height in marks.boxes.tolist():
        cv2.rectangle(drawn, (left, top), (left + width, top + height), BOX_COLOR, thickness)
    return _reduced(drawn)


def draw_normalized(marks: NormalizedMarks) -> Pixels:
    """Return the digits, each below its row."""
    digits = marks.digits[:SHOWN]
    return draw_grid(digits, [str(row) for row in range(len(digits))], columns=COLUMNS)


def draw_vectors(found: MarkVectors) -> Pixels:
    """Return the digits, each beside its vector as a strip, brighter where it is larger."""
    side = SIDE * ENLARGED
    sheet = np.full((max(1, len(found.digits[:ROWS])) * (side + 2), WIDEST), 255, np.uint8)
    for row, (digit, vector) in enumerate(zip(found.digits[:ROWS], found.vectors, strict=False)):
        top = row * (side + 2)
        sheet[top : top + side, :side] = enlarge(digit, ENLARGED)
        low, high = float(vector.min()), float(vector.max())
        strip = (255 * (vector[None] - low) / max(high - low, np.finfo(np.float32).tiny)).astype(np.uint8)
        size = (WIDEST - side - 2, STRIP)
        middle = top + (side - STRIP) // 2
        sheet[middle : middle + STRIP, side + 2 :] = cv2.resize(strip, size, interpolation=cv2.INTER_NEAREST)
    return sheet


def draw_neighbors(found: FoundNeighbors) -> Pixels:
    """Return a row a digit: the digit, then its neighbors, each above its label and distance."""
    side = SIDE * ENLARGED
    shown = max(1, len(found.digits[:ROWS]))
    sheet = np.full((shown * (side + LINE), (1 + found.indices.shape[1]) * (side + 4)), 255, np.uint8)
    for row in range(len(found.digits[:ROWS])):
        top = row * (side + LINE)
        sheet[top : top + side, :side] = 255 - enlarge(found.digits[row], ENLARGED)
        for place, picture in enumerate(found.pictures[row], 1):
            left = place * (side + 4)
            sheet[top : top + side, left : left + side] = enlarge(picture, ENLARGED)
            words = f"{found.labels[row, place - 1]}  {found.distances[row, place - 1]:.4g}"
            write(sheet, words, (left + 2, top + side + LINE - 4))
    return sheet


def draw_votes(votes: MarkVotes) -> Pixels:
    """Return the digits, each below its label and the share of the votes that it got."""
    digits = votes.neighbors.digits[:SHOWN]
    words = [
        f"{label}  {told(float(share)):.3f}"
        for label, share in zip(votes.labels, votes.shares.max(axis=1), strict=True)
    ]
    return draw_grid(digits, words[:SHOWN], columns=COLUMNS)


def _reduced(picture: Pixels) -> Pixels:
    scale = WIDEST / picture.shape[1]
    if scale >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
