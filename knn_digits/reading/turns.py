"""View -> the view in which most of it looks like digits: upright, with level lines."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, compared_by_content
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.candidates import Candidates, take
from knn_digits.photo.lines import find_slope
from knn_digits.reading.judge import Judge, Judged
from knn_digits.reading.marks import Marks, find_marks
from knn_digits.reading.orientation import FEWEST, QUARTERS, Orientation, load_orientation, look_turned
from knn_digits.reading.views import View

SAMPLE = 40  # marks that are asked how a page lies
AGAIN = 3  # times as many are asked if these say that it is turned
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
    view = straighten(view, model, load_orientation(), turn=turn)
    marks = find_marks(view.ink, model, view.rules)
    judged = judge.judge(marks)
    chosen, doubted = judge.choose(marks, judged)
    return Seen(view=view, marks=marks, judged=judged, chosen=chosen, doubted=doubted)


def straighten(view: View, model: DigitKNN, orientation: Orientation, *, turn: bool = True) -> View:
    """Return the view turned, if it may be, and made level: far askew, digits look like others on a side."""
    view = find_level(view, model, orientation)
    quarters = find_turn(view, model, orientation) if turn else 0
    return find_level(view.turned(quarters), model, orientation) if quarters else view


def find_turn(view: View, model: DigitKNN, orientation: Orientation, *, sample: int = SAMPLE) -> int:
    """Return by how many quarters, counter-clockwise, a view must be turned, as so many marks say.

    Where these say that more of them look like digits then, `AGAIN` times as many are asked, which err less
    often.
    """
    marks = view.plain
    if len(marks) < FEWEST or not orientation.compare(_see(marks, model, orientation, sample)).argmax():
        return 0
    return orientation.tell(_see(marks, model, orientation, AGAIN * sample))


def find_level(view: View, model: DigitKNN, orientation: Orientation) -> View:
    """Return the view made level if more of its marks look like digits then, in one turn, else the view."""
    marks = view.plain
    slope = find_slope(marks.boxes)
    if len(marks) < FEWEST or abs(slope) < MIN_SLOPE:
        return view
    level = view.levelled(slope)
    as_it_lies, made_level = (_see(one.plain, model, orientation).mean(axis=1).max() for one in (view, level))
    return level if made_level > as_it_lies else view


def _see(
    marks: Candidates, model: DigitKNN, orientation: Orientation, sample: int = SAMPLE
) -> NDArray[np.float64]:
    """Return the probabilities that a sample of marks look like digits, in each turn, (4, n)."""
    if not len(marks):
        return np.zeros((len(QUARTERS), 1))
    return orientation.see(look_turned(model, sample_of(marks, sample).pictures))


def sample_of(marks: Candidates, sample: int) -> Candidates:
    """Return at most so many marks, from all over the page."""
    return take(marks, np.arange(len(marks))[:: -(-len(marks) // sample) or 1])
