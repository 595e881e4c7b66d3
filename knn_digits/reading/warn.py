"""A reading -> what a user is told of it: what was left out, what is in doubt."""

from collections.abc import Sequence

from knn_digits.digit import stroke_width
from knn_digits.plain import counted
from knn_digits.ranks import median
from knn_digits.reading.choice import choose_more
from knn_digits.reading.grid import outside
from knn_digits.reading.records import Line, Table
from knn_digits.reading.turns import Seen

LOW_CONTRAST = 0.12  # of the paper's brightness
DOUBTFUL = 0.05  # evidence from which a mark that is left out is counted
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
    height, width = ink.darkness.shape
    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    if min((boxes[:, :2]).min(), (width - right).min(), (height - bottom).min()) <= 1:
        warnings.append("a digit touches the border: part of it may be missing")
    if quarters := seen.view.quarters:
        degrees = {1: "90 degrees counter-clockwise", 2: "upside down", 3: "90 degrees clockwise"}[quarters]
        warnings.append(f"page turned to read it: {degrees}")
    return warnings


def warn_of_doubtful(seen: Seen, grid: Table | None = None) -> list[str]:
    """Say how many marks were left out that may be digits, and where most of them are.

    Of a page that is likely without digits there are as many fewer; those in a grid are read by its cells.
    """
    boxes, evidence = seen.marks.boxes, seen.judged.digits
    left = choose_more(boxes, evidence, seen.read, least=DOUBTFUL)
    left = outside(seen.view, boxes, left, grid)
    digits = round(seen.judged.whole * float(evidence[left].sum()))
    if not digits:
        return []
    height, width = seen.view.ink.darkness.shape
    x, y = boxes[left, 0] + boxes[left, 2] / 2, boxes[left, 1] + boxes[left, 3] / 2
    rows = _third(float(median(y)) / height, "at the top", "at the bottom")
    columns = _third(float(median(x)) / width, "on the left", "on the right")
    where = " ".join(filter(None, (rows, columns))) or "in the middle"
    return [f"about {counted(digits, 'digit')} could not be told from other marks and left out, most {where}"]


def _third(place: float, first: str, last: str) -> str:
    return first if place < 1 / 3 else last if place > 2 / 3 else ""


def warn_of_letters(words: int) -> list[str]:
    """Say how many words of letters were left out."""
    return [f"{counted(words, 'word')} of letters left out"] if words else []
