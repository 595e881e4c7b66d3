"""A reading -> what a user is told of it: what was left out, what is in doubt."""

from collections.abc import Sequence

import numpy as np

from knn_digits.digit import stroke_width
from knn_digits.photo.boxes import Box
from knn_digits.photo.gaps import count_spots, count_strokes
from knn_digits.reading.choice import choose_more
from knn_digits.reading.records import DigitReading, Line
from knn_digits.reading.turns import Seen

LOW_CONTRAST = 0.12  # of the paper's brightness
DOUBTFUL = 0.05  # evidence from which a mark that is left out is counted
NAMED = 5  # lines that a warning names, at most
THIN_STROKE = 2.5  # pixels, at the scale that is searched, but of the photo where it is enlarged
NO_DIGITS = "no digits found"  # the warning where nothing is read
TOO_MANY = "too many marks to look closely at each: crop the photo, and read it in parts"


def warn_of_page(seen: Seen, lines: Sequence[Line]) -> list[str]:
    """Say what makes the page hard to read, and how it was turned."""
    warnings = [TOO_MANY] if seen.marks.bounded else []
    if not lines:
        return [NO_DIGITS, *warnings]
    ink, boxes = seen.view.ink, seen.marks.boxes[seen.read]
    if ink.threshold < LOW_CONTRAST:
        warnings.append("low contrast: the ink is hardly darker than the paper")
    if stroke_width(ink.mask) * min(1.0, seen.view.scale) < THIN_STROKE:
        warnings.append("very thin strokes: come nearer, or use a broader pen")
    height, width = ink.mask.shape
    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    if min((boxes[:, :2]).min(), (width - right).min(), (height - bottom).min()) <= 1:
        warnings.append("a digit touches the border: part of it may be missing")
    if quarters := seen.view.quarters:
        degrees = {1: "90 degrees counter-clockwise", 2: "upside down", 3: "90 degrees clockwise"}[quarters]
        warnings.append(f"page turned to read it: {degrees}")
    return warnings


def warn_of_doubtful(seen: Seen) -> list[str]:
    """Say how many marks were left out that may be digits, and where most of them are."""
    boxes, evidence = seen.marks.boxes, seen.judged.digits
    left = choose_more(boxes, evidence, seen.read, least=DOUBTFUL)
    digits = round(float(evidence[left].sum()))
    if not digits:
        return []
    height, width = seen.view.ink.mask.shape
    x, y = boxes[left, 0] + boxes[left, 2] / 2, boxes[left, 1] + boxes[left, 3] / 2
    rows = _third(float(np.median(y)) / height, "at the top", "at the bottom")
    columns = _third(float(np.median(x)) / width, "on the left", "on the right")
    where = " ".join(filter(None, (rows, columns))) or "in the middle"
    return [f"about {_marks(digits, 'digit')} could not be told from other marks and left out, most {where}"]


def _third(place: float, first: str, last: str) -> str:
    return first if place < 1 / 3 else last if place > 2 / 3 else ""


def warn_of_signs(seen: Seen, rows: Sequence[Sequence[int]], digits: Sequence[DigitReading]) -> list[str]:
    """Say where signs may stand that were left out, or were read as digits; rows of what is chosen."""
    chosen = seen.marks.boxes[seen.read]
    boxes = [[Box(left=a, top=b, width=c, height=d) for a, b, c, d in chosen[line].tolist()] for line in rows]
    spots = _points(count_spots(seen.view.ink, boxes))
    return [*spots, *_strokes(boxes, [[digits[row] for row in line] for line in rows])]


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
