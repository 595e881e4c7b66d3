"""A reading -> what a user is told of it: what was left out, what is in doubt."""

from collections.abc import Sequence

from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Box, count_left_out
from knn_digits.photo.gaps import count_spots, count_strokes
from knn_digits.photo.ink import Ink
from knn_digits.reading.records import DigitReading, Line

LOW_CONTRAST = 0.12  # of the paper's brightness
NAMED = 5  # lines that a warning names, at most
THIN_STROKE = 2.5  # pixels, at the scale at which the photo is searched: a line one pixel wide has no more
NO_DIGITS = "no digits found"  # the warning where nothing is read


def warn_of_page(ink: Ink, lines: Sequence[Line], marks: Sequence[Box], quarters: int) -> list[str]:
    """Say what makes the page hard to read, and how it was turned; boxes of marks in pixels of the ink."""
    if not lines:
        return [NO_DIGITS]
    warnings = []
    if ink.threshold < LOW_CONTRAST:
        warnings.append("low contrast: the ink is hardly darker than the paper")
    if stroke_width(ink.mask) < THIN_STROKE:
        warnings.append("very thin strokes: come nearer, or use a broader pen")
    height, width = ink.mask.shape
    if any(min(b.left, b.top, width - b.right, height - b.bottom) <= 1 for b in marks):
        warnings.append("a digit touches the border: part of it may be missing")
    if quarters:
        degrees = {1: "90 degrees counter-clockwise", 2: "upside down", 3: "90 degrees clockwise"}[quarters]
        warnings.append(f"page turned to read it: {degrees}")
    return warnings


def warn_of_left_out(ink: Ink, uncut: int) -> list[str]:
    """Say what was not looked at, as there was too much."""
    warnings = []
    marks, most = count_left_out(ink)
    if most < marks:
        warnings.append(
            f"about {marks:,} marks: the upper {most:,} are read; crop the photo to read the others"
        )
    if uncut:
        warnings.append(f"{_marks(uncut, 'wide mark')} not searched for digits that touch; crop the photo")
    return warnings


def warn_of_signs(ink: Ink, lines: Sequence[Sequence[DigitReading]]) -> list[str]:
    """Say where signs may stand that were left out, or were read as digits; boxes in pixels of the ink."""
    boxes = [[digit.box for digit in line] for line in lines]
    return [*_points(count_spots(ink, boxes)), *_strokes(boxes, lines)]


def _points(spots: Sequence[int]) -> list[str]:
    """Say on which lines small marks between digits were left out, how many on each."""
    warnings = []
    if any(spots):
        rows = [str(row) for row, count in enumerate(spots, 1) if count]
        where = ", ".join(rows[:NAMED]) + (f" and {len(rows) - NAMED} more" if len(rows) > NAMED else "")
        small = _marks(sum(spots), "small mark")
        warnings.append(f"{small} between digits left out, line {where}: perhaps points or signs")
    return warnings


def _strokes(boxes: list[list[Box]], lines: Sequence[Sequence[DigitReading]]) -> list[str]:
    strokes = count_strokes(boxes, [[digit.label == 1 for digit in line] for line in lines])
    if not strokes:
        return []
    high = "stands higher than its line" if strokes == 1 else "stand higher than their line"
    return [f"{_marks(strokes, 'digit')} read 1 {high}: perhaps strokes between digits"]


def _marks(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"
