"""Stages of a reading -> pictures that show where it went wrong."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Mask, Pixels
from knn_digits.photo.candidates import CUT
from knn_digits.reading import Reading, Stages
from knn_digits.reports.canvas import enlarge, write

Color = tuple[int, int, int]  # RGB

READ_COLOR: Color = (0, 140, 60)
RULE_COLOR: Color = (220, 40, 0)
CUT_COLOR: Color = (200, 40, 0)
LEVEL_COLORS: tuple[Color, ...] = ((180, 200, 230), (0, 60, 160))  # of the lowest level, of the highest
EVIDENCE_COLORS: tuple[Color, ...] = ((215, 215, 215), (240, 150, 0), READ_COLOR)  # of none, of half, of all
SEEN = 0.02  # evidence from which a mark is drawn
COLUMNS = 12  # digits in a row of the sheet
ENLARGED = 3  # times: a digit on the sheet
LABEL = 20  # pixels: height of the label below a digit


def draw_stages(stages: Stages, reading: Reading) -> dict[str, Pixels]:
    """Return a picture for each stage, named in the order of the road; uint8 grey or RGB."""
    ink = stages.view.ink
    flattened = np.asarray(255 * (1 - ink.darkness.clip(0, 1)), np.uint8)
    return {
        "1-photo": stages.photo,
        "2-flattened": flattened,
        "3-ink": _with_rules(ink.mask, stages.view.rules),
        "4-candidates": _draw_candidates(flattened, stages),
        "5-evidence": _draw_evidence(flattened, stages),
        "6-read": _draw_read(flattened, stages),
        "7-digits": _sheet(reading),
    }


def _with_rules(ink: Mask, rules: Mask) -> Pixels:
    """Return the ink in black, and what counts as rule in red."""
    drawn = np.stack([np.where(ink, 0, 255).astype(np.uint8)] * 3, axis=2)
    drawn[rules] = RULE_COLOR
    return drawn


def _draw_candidates(grey: Pixels, stages: Stages) -> Pixels:
    """Return the boxes of all that may be digits, darker at a higher level; parts that are cut in red."""
    drawn = _in_color(grey)
    if not len(stages.marks):
        return drawn
    levels, kinds = stages.marks.features["level"], stages.marks.features["kind"]
    for box, level, kind in zip(stages.marks.boxes, levels, kinds, strict=True):
        _draw_box(drawn, box, CUT_COLOR if kind == CUT else _between(LEVEL_COLORS, float(level) / 2))
    return drawn


def _draw_evidence(grey: Pixels, stages: Stages) -> Pixels:
    """Return the boxes of what has evidence: grey for none, orange for half, green for all."""
    drawn = _in_color(grey)
    evidence = stages.judged.evidence
    for row in np.argsort(evidence, kind="stable"):
        if evidence[row] >= SEEN:
            _draw_box(drawn, stages.marks.boxes[row], _between(EVIDENCE_COLORS, float(evidence[row])))
    return drawn


def _draw_read(grey: Pixels, stages: Stages) -> Pixels:
    drawn = _in_color(grey)
    for row in stages.chosen:
        _draw_box(drawn, stages.marks.boxes[row], READ_COLOR)
    return drawn


def _between(colors: tuple[Color, ...], share: float) -> Color:
    """Return the color at this share of the way along the colors."""
    steps = np.linspace(0, 1, len(colors))
    red, green, blue = (
        round(float(np.interp(share, steps, channel))) for channel in zip(*colors, strict=True)
    )
    return red, green, blue


def _in_color(grey: Pixels) -> Pixels:
    return np.stack([grey] * 3, axis=2)


def _draw_box(drawn: Pixels, box: NDArray[np.int64], color: Color) -> None:
    left, top, width, height = box.tolist()
    thickness = max(1, max(drawn.shape) // 600)
    cv2.rectangle(drawn, (left, top), (left + width, top + height), color, thickness)


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
