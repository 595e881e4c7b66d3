"""Stages of a reading -> pictures that show where it went wrong."""

import os
from collections.abc import Sequence
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Mask, Pixels
from knn_digits.photo.candidates import CUT
from knn_digits.plain import plain
from knn_digits.reading import Reading, Stages
from knn_digits.reading.grid import is_in
from knn_digits.reading.reasons import LEFT_OUT, left_out, tell_reasons
from knn_digits.record import told
from knn_digits.reports.canvas import BLACK, Color, enlarge, text_width, write
from knn_digits.reports.pages import render

TITLES = {  # of the stages, in the order of the road
    "1-photo": "The photo",
    "2-flattened": "Flattened: divided by the brightness of its paper",
    "3-ink": "Ink, and the rules and frames in it",
    "4-candidates": "Candidates: all that may be digits",
    "5-evidence": "Evidence for each of them",
    "6-read": "What is read",
    "7-digits": "The digits as classified, 28 by 28 pixels",
}
READ_COLOR: Color = (0, 140, 60)
REFUSED_COLOR: Color = (200, 40, 0)
HALO_COLOR: Color = (255, 255, 255)
RULE_COLOR: Color = (220, 40, 0)
CUT_COLOR: Color = (200, 40, 0)
LEVEL_COLORS: tuple[Color, ...] = ((180, 200, 230), (0, 60, 160))  # of the lowest level, of the highest
EVIDENCE_COLORS: tuple[Color, ...] = ((215, 215, 215), (240, 150, 0), READ_COLOR)  # of none, of half, of all
SEEN = 0.02  # evidence from which a mark is drawn
LETTER = 1 / 90  # of a picture's longer side: the height of its letters
SMALLEST = 9  # pixels: of a letter
COLUMNS = 12  # digits in a row of the sheet
ENLARGED = 3  # times: a digit on the sheet
LABEL = 20  # pixels: height of the label below a digit


def draw_stages(stages: Stages, reading: Reading) -> dict[str, Pixels]:
    """Return a picture for each stage, named in the order of the road; uint8 grey or RGB.

    Below a picture whose colors mean something stands what they mean.
    """
    ink = stages.view.ink
    flattened = np.asarray(255 * (1 - ink.darkness.clip(0, 1)), np.uint8)
    return {
        "1-photo": stages.photo,
        "2-flattened": flattened,
        "3-ink": _draw_ink(ink.mask, stages.view.rules),
        "4-candidates": _draw_candidates(flattened, stages),
        "5-evidence": _draw_evidence(flattened, stages),
        "6-read": _draw_read(flattened, stages, reading),
        "7-digits": _sheet(reading),
    }


def stages_page(photos: Sequence[str]) -> str:
    """Return a page of the stages of photos, whose pictures lie beside it as `PHOTO-STAGE.png`."""
    shown = [
        (plain(photo), {stage: quote(os.fsencode(f"{photo}-{stage}.png")) for stage in TITLES})
        for photo in photos
    ]
    return render("stages.html.jinja", {"title": "Stages of reading", "photos": shown, "titles": TITLES})


def _draw_ink(ink: Mask, rules: Mask) -> Pixels:
    """Return the ink in black, and what counts as rule in red."""
    drawn = _in_color(np.where(ink, 0, 255).astype(np.uint8))
    drawn[rules] = RULE_COLOR
    return _with_legend(drawn, {"ink": BLACK, "rules and frames": RULE_COLOR})


def _draw_candidates(grey: Pixels, stages: Stages) -> Pixels:
    """Return the boxes of all that may be digits, darker at a higher level; parts that are cut in red."""
    drawn = _in_color(grey)
    features = stages.marks.features
    for row, box in enumerate(stages.marks.boxes):
        is_part = features["kind"][row] == CUT
        color = CUT_COLOR if is_part else _between(LEVEL_COLORS, float(features["level"][row]) / 2)
        _draw_box(drawn, box, color)
    legend = {"faint ink, too": LEVEL_COLORS[0], "dark ink alone": LEVEL_COLORS[1], "cut in parts": CUT_COLOR}
    return _with_legend(drawn, legend)


def _draw_evidence(grey: Pixels, stages: Stages) -> Pixels:
    """Return the boxes of what has evidence, and beside the likeliest that are left out why they are."""
    drawn = _in_color(grey)
    evidence = stages.judged.evidence
    for row in np.argsort(evidence, kind="stable"):
        if evidence[row] >= SEEN:
            _draw_box(drawn, stages.marks.boxes[row], _between(EVIDENCE_COLORS, float(evidence[row])))
    rows = left_out(stages)[:LEFT_OUT]
    for row, reasons in zip(rows, tell_reasons(stages, rows), strict=True):
        _write_below(drawn, stages.marks.boxes[row], reasons[0].words if reasons else "", REFUSED_COLOR)
    words = ("no evidence of a digit", "half", "all", "why it is left out")
    return _with_legend(drawn, dict(zip(words, (*EVIDENCE_COLORS, REFUSED_COLOR), strict=True)))


def _draw_read(grey: Pixels, stages: Stages, reading: Reading) -> Pixels:
    """Return the boxes of what is read, each with its label."""
    drawn = _in_color(grey)
    texts = {mark.box: mark.text for line in reading.lines for mark in line.marks}
    chosen = stages.marks.boxes[stages.chosen]
    read = [(box, texts.get(stages.view.on_photo(box), "")) for box in chosen]
    if grid := stages.grid:
        read += [(stages.view.on_ink(box), text) for box, text in texts.items() if is_in(box, grid)]
    for box, text in read:
        color = REFUSED_COLOR if text == "?" else READ_COLOR
        _draw_box(drawn, box, color)
        _write_below(drawn, box, text, color)
    return _with_legend(drawn, {"read": READ_COLOR, "a digit, but which?": REFUSED_COLOR})


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


def _letter(drawn: Pixels) -> int:
    return max(SMALLEST, round(LETTER * float(max(drawn.shape))))


def _write_below(drawn: Pixels, box: NDArray[np.int64], text: str, color: Color) -> None:
    """Write below a box, as far to the left as it needs."""
    left, top, _, height = box.tolist()
    letter = _letter(drawn)
    start = max(0, min(left, drawn.shape[1] - text_width(text, height=letter)))
    place = (start, min(top + height + 2 * letter, len(drawn) - 2))
    for ink, stroke in ((HALO_COLOR, letter // 8), (color, 0)):
        write(drawn, text, place, height=letter, color=ink, stroke=stroke)


def _with_legend(drawn: Pixels, legend: dict[str, Color]) -> Pixels:
    """Return a picture above a line that tells what its colors mean."""
    letter = _letter(drawn)
    line = np.full((3 * letter, drawn.shape[1], 3), 255, np.uint8)
    left = letter
    for words, color in legend.items():
        cv2.rectangle(line, (left, letter), (left + letter, 2 * letter), color, -1)
        write(line, words, (left + 2 * letter, 2 * letter), height=letter)
        left += 4 * letter + text_width(words, height=letter)
    return np.vstack([drawn, line])


def _sheet(reading: Reading) -> Pixels:
    """Return the 28×28 digits as they were classified, each above its label."""
    digits = [digit for line in reading.lines for digit in line.digits]
    side = SIDE * ENLARGED
    rows = max(1, -(-len(digits) // COLUMNS))
    sheet = np.full((rows * (side + LABEL), COLUMNS * (side + 2)), 255, np.uint8)
    for place, digit in enumerate(digits):
        top, left = place // COLUMNS * (side + LABEL), place % COLUMNS * (side + 2)
        sheet[top : top + side, left : left + side] = enlarge(digit.digit, ENLARGED)
        write(sheet, f"{digit.text}  {told(digit.probability):.3f}", (left + 4, top + side + LABEL - 5))
    return sheet
