"""View -> the view in which most of it looks like digits: upright, with level lines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.candidates import Candidates, propose_plain
from knn_digits.photo.lines import find_slope
from knn_digits.reading.choice import Evidence, choose
from knn_digits.reading.evidence import look
from knn_digits.reading.judge import Judge
from knn_digits.reading.marks import Marks, find_marks
from knn_digits.reading.views import View

SAMPLE = 40  # marks that are asked how a page lies
FEWEST = 4  # marks: fewer do not tell
UPRIGHT = 1.2  # times as many marks as upright must look like digits for a page to be turned
MIN_SLOPE = 0.07  # rows per column from which a page is made level


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Seen:
    """A view, its marks, and what is chosen of them.

    evidence : (n,) float64
        The probability of each mark to be a digit of the text with its label right.
    chosen : (m,) int64
        Rows of marks, those with most evidence first.
    """

    view: View
    marks: Marks
    evidence: Evidence
    chosen: NDArray[np.intp]


def see(view: View, model: DigitKNN, judge: Judge) -> Seen:
    """Return the marks of a view and what is chosen of them, turned as most of them look like digits."""
    view = view.turned(find_turn(view, model, judge))
    seen = _see(view, model, judge)
    if len(seen.chosen) < FEWEST:
        return seen
    slope = find_slope(seen.marks.boxes[seen.chosen])
    if abs(slope) < MIN_SLOPE:
        return seen
    level = _see(view.levelled(slope), model, judge)
    return max(seen, level, key=lambda one: float(one.evidence[one.chosen].sum()))


def _see(view: View, model: DigitKNN, judge: Judge) -> Seen:
    marks = find_marks(view.ink, model, view.rules)
    evidence, _ = judge.evidence(marks)
    return Seen(
        view=view, marks=marks, evidence=evidence, chosen=choose(marks.boxes, evidence, least=judge.least)
    )


def find_turn(view: View, model: DigitKNN, judge: Judge) -> int:
    """Return by how many quarters, counter-clockwise, most marks look like digits."""
    marks = propose_plain(view.ink, view.rules)
    if len(marks) < FEWEST:
        return 0
    seen = [_digits_seen(marks, quarters, model, judge) for quarters in range(4)]
    best = int(np.argmax(seen))
    return best if seen[best] > UPRIGHT * seen[0] else 0


def _digits_seen(marks: Candidates, quarters: int, model: DigitKNN, judge: Judge) -> float:
    sample = marks.pictures[:: -(-len(marks) // SAMPLE)]
    turned = [match_stroke(np.ascontiguousarray(np.rot90(picture, quarters))) for picture in sample]
    return judge.digits_seen(look(model, normalize(turned)).features)
