"""Stages of a reading -> pictures that show where it went wrong."""

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Mask, Pixels
from knn_digits.photo.boxes import Box
from knn_digits.reading import Reading, Stages
from knn_digits.reports.canvas import enlarge, write

MARK_COLOR = (0, 90, 200)  # RGB
ERASED_COLOR = (220, 40, 0)
COLUMNS = 12  # digits in a row of the sheet
ENLARGED = 3  # times: a digit on the sheet
LABEL = 20  # pixels: height of the label below a digit


def draw_stages(stages: Stages, reading: Reading) -> dict[str, Pixels]:
    """Return a picture for each stage, named in the order of the road; uint8 grey or RGB."""
    flattened = np.asarray(255 * (1 - stages.ink.darkness), np.uint8)
    scale = stages.ink.mask.shape[1] / reading.width
    cut = [_scaled(digit.box, scale) for line in reading.lines for digit in line.digits]
    return {
        "1-photo": stages.photo,
        "2-flattened": flattened,
        "3-ink": _black_on_white(stages.ink.mask),
        "4-lines-removed": _with_erased(stages.ink.mask, stages.without_rules),
        "5-boxes": _with_boxes(flattened, list(stages.marks)),
        "6-cuts": _with_boxes(flattened, cut),
        "7-digits": _sheet(reading),
    }


def _black_on_white(mask: Mask) -> Pixels:
    return np.where(mask, 0, 255).astype(np.uint8)


def _with_erased(before: Mask, after: Mask) -> Pixels:
    """Return what is left in black and what was erased in red."""
    drawn = np.stack([_black_on_white(after)] * 3, axis=2)
    drawn[before & ~after] = ERASED_COLOR
    return drawn


def _scaled(box: Box, scale: float) -> Box:
    left, top, right, bottom = (round(side * scale) for side in (box.left, box.top, box.right, box.bottom))
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def _with_boxes(grey: Pixels, boxes: list[Box]) -> Pixels:
    drawn = np.stack([grey] * 3, axis=2)
    thickness = max(1, max(grey.shape) // 600)
    for box in boxes:
        cv2.rectangle(drawn, (box.left, box.top), (box.right, box.bottom), MARK_COLOR, thickness)
    return drawn


def _sheet(reading: Reading) -> Pixels:
    """Return the 28×28 digits as they were classified, each above its label."""
    digits = [digit for line in reading.lines for digit in line.digits]
    side = SIDE * ENLARGED
    rows = max(1, -(-len(digits) // COLUMNS))
    sheet = np.full((rows * (side + LABEL), COLUMNS * (side + 2)), 255, np.uint8)
    for place, digit in enumerate(digits):
        top, left = place // COLUMNS * (side + LABEL), place % COLUMNS * (side + 2)
        sheet[top : top + side, left : left + side] = enlarge(digit.digit, ENLARGED)
        write(sheet, f"{digit.text}  {digit.probability:.2f}", (left + 4, top + side + LABEL - 5))
    return sheet
