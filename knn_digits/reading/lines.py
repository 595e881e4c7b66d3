"""What is seen on a page -> its lines as they are read, and how many words of letters are left out.

Letters upside down are like digits, e like 2, s like 5: a page that was turned for their sake is read as it
lies, too, and the reading whose digits are surer is kept.
"""

from dataclasses import dataclass

import numpy as np

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.lines import find_lines
from knn_digits.reading.answers import answer, answer_text
from knn_digits.reading.items import find_items
from knn_digits.reading.judge import Judge
from knn_digits.reading.letters import count_words
from knn_digits.reading.origins import name_neighbors
from knn_digits.reading.records import Line
from knn_digits.reading.signs import load_sign_judge
from knn_digits.reading.turns import Seen, see
from knn_digits.reading.views import View
from knn_digits.reading.words import find_text


@dataclass(frozen=True, kw_only=True, eq=False)
class LinesRead:
    """The lines of a page."""

    seen: Seen
    lines: tuple[Line, ...]
    letters: int  # words of letters that are left out

    @property
    def sureness(self) -> float:
        """How probable its digits are, in the mean."""
        return float(np.mean([mark.probability for line in self.lines for mark in line.digits] or [0.0]))


def read_lines(view: View, scout: DigitKNN, model: Classifier, judge: Judge, *, least: float) -> LinesRead:
    """Read the lines of a view.

    Parameters
    ----------
    view : View
    scout : DigitKNN
        Whose neighbors are asked what is a digit; it must know marks that are no digits.
    model : Classifier
        By which digits are read.
    judge : Judge
    least : float
        The probability below which a digit is refused.
    """
    read = _read(see(view, scout, judge), scout, model, judge, least=least)
    if not (read.letters and read.seen.view.quarters):
        return read
    as_it_lies = _read(see(view, scout, judge, turn=False), scout, model, judge, least=least)
    return max(read, as_it_lies, key=lambda one: (one.sureness, one.letters))


def _read(seen: Seen, scout: DigitKNN, model: Classifier, judge: Judge, *, least: float) -> LinesRead:
    digits = name_neighbors(answer(seen, model, judge, scout=scout, least=least), model)
    if not digits:
        return LinesRead(seen=seen, lines=(), letters=count_words(seen.marks, np.zeros((0, 4), np.int64)))
    rows = [seen.read[line] for line in find_lines(seen.marks.boxes[seen.read])]
    items = find_items(seen.view, seen.marks, seen.judged.evidence, rows, model=scout)
    named = load_sign_judge().name(items)
    text = find_text(items, named)
    return LinesRead(
        seen=seen.without(items.rows[named.is_nothing]),
        lines=tuple(answer_text(seen, items, text, digits, model)),
        letters=text.letters + count_words(seen.marks, items.boxes),
    )
