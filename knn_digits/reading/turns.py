"""View -> the view in which most of it looks like digits: upright, with level lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import match_stroke, normalize
from knn_digits.photo.candidates import Candidates
from knn_digits.photo.lines import find_slope
from knn_digits.photo.numbers import numbers_of
from knn_digits.reading.choice import Evidence
from knn_digits.reading.evidence import look
from knn_digits.reading.judge import Judge, Judged
from knn_digits.reading.marks import Marks, find_marks
from knn_digits.reading.views import View

SAMPLE = 40  # marks that are asked how a page lies
AGAIN = 3  # times as many are asked if these say that it is turned
NUMBERS = numbers_of(__name__)
FEWEST: int = NUMBERS["FEWEST"]  # marks: fewer do not tell
# rows per column from which a page is made level: the sides of a digit move by a pixel of what is looked at
MIN_SLOPE = 2 / SIDE


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A view, its marks, what speaks for them, and what is chosen of them.

    chosen : (m,) int64
        Rows of the marks that are read, those with most evidence first.
    doubted : (k,) int64
        Rows of those that are digits, but which is not known.
    """

    view: View
    marks: Marks
    judged: Judged
    chosen: NDArray[np.intp]
    doubted: NDArray[np.intp]

    @property
    def read(self) -> NDArray[np.intp]:
        """Rows of both."""
        return np.concatenate([self.chosen, self.doubted])

    def without(self, rows: NDArray[np.int64]) -> "Seen":
        """Return the same, but for these rows, which are not read."""
        chosen, doubted = (one[~np.isin(one, rows)] for one in (self.chosen, self.doubted))
        return replace(self, chosen=chosen, doubted=doubted)


def see(view: View, model: DigitKNN, judge: Judge, *, turn: bool = True) -> Seen:
    """Return the marks of a view, turned and made level as they look like digits, and what is chosen."""
    view = find_level(view.turned(find_turn(view, model, judge) if turn else 0), model, judge)
    marks = find_marks(view.ink, model, view.rules)
    judged = judge.judge(marks)
    chosen, doubted = judge.choose(marks, judged)
    return Seen(view=view, marks=marks, judged=judged, chosen=chosen, doubted=doubted)


def find_turn(view: View, model: DigitKNN, judge: Judge, *, sample: int = SAMPLE) -> int:
    """Return by how many quarters, counter-clockwise, most of so many marks look like digits.

    Where these say that a page is turned, `AGAIN` times as many are asked, which err less often.
    """
    marks = view.plain
    if len(marks) < FEWEST or not _compare_turns(marks, model, judge, sample=sample)[0]:
        return 0
    best, more = _compare_turns(marks, model, judge, sample=AGAIN * sample)
    return best if more > judge.upright else 0


def _compare_turns(marks: Candidates, model: DigitKNN, judge: Judge, *, sample: int) -> tuple[int, float]:
    """Return by how many quarters most marks look like digits, and by which share of them these are more."""
    turns = (partial(np.rot90, k=quarters) for quarters in range(4))
    seen = [float(_digits_seen(marks, turn, model, judge, sample=sample).mean()) for turn in turns]
    best = int(np.argmax(seen))
    return best, seen[best] - seen[0]


def find_level(view: View, model: DigitKNN, judge: Judge) -> View:
    """Return the view made level if more of its marks look like digits then, else the view."""
    marks = view.plain
    slope = find_slope(marks.boxes)
    if len(marks) < FEWEST or abs(slope) < MIN_SLOPE:
        return view
    level = view.levelled(slope)
    seen = (_digits_seen(one.plain, np.asarray, model, judge) for one in (view, level))
    as_it_lies, made_level = (float(one.mean()) for one in seen)
    return level if made_level > as_it_lies else view


def _digits_seen(
    marks: Candidates,
    turn: Callable[[Pixels], Pixels],
    model: DigitKNN,
    judge: Judge,
    *,
    sample: int = SAMPLE,
) -> Evidence:
    """Return the probabilities that a sample of marks look like digits, when each is turned so."""
    pictures = marks.pictures[:: -(-len(marks) // sample) or 1]
    if not pictures:
        return np.zeros(1)
    turned = [match_stroke(np.ascontiguousarray(turn(picture))) for picture in pictures]
    return judge.digits_seen(look(model, normalize(turned)).features)
