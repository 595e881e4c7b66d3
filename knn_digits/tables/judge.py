"""Features of marks in cells -> the probability that each is a digit, its label right; or writing; or print.

`cells.json` holds boosted trees as lists of numbers, with what they were learned from and how they fared on
sources left out: `python -m benchmarks.learn_cells` makes it.
"""

import functools
import pathlib
from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import compared_by_content
from knn_digits.reading.choice import Evidence
from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import Features, tabulate
from knn_digits.reading.judge import Trees, read_learned
from knn_digits.reading.marks import Marks

FILE = pathlib.Path(__file__).with_name("cells.json")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a probability must reach."""

    least: float  # for a mark to be read
    unread: float  # for a cell without a digit to be unread: there is writing or print in it
    more: float  # for a mark beside digits of its cell to be one, though it is not known which


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class CellJudge:
    """What tells digits in cells from all else.

    right : Trees
        The log-odds that a mark is a digit of its cell's text, and its label the right one.
    written : Trees
        The log-odds that it is writing or print, a digit or not, and no dirt or rest of a rule.
    printed : Trees
        The log-odds that a mark that is read is print, by `printing.measure_print`.
    single, several : Limits
        Of tables whose cells hold one digit at most, and of others.
    """

    right: Trees
    written: Trees
    printed: Trees
    single: Limits
    several: Limits

    def judge(self, marks: Marks) -> tuple[Evidence, Evidence]:
        """Return both probabilities of each mark, (n,) each."""
        if not len(marks):
            return np.zeros(0), np.zeros(0)
        right, written = (
            sigmoid(trees.log_odds(marks.table(trees.names))) for trees in (self.right, self.written)
        )
        return right, written

    def limits(self, *, single: bool) -> Limits:
        """Return what probabilities must reach where cells hold one digit at most, or several."""
        return self.single if single else self.several

    def judge_print(self, features: Features) -> Evidence:
        """Return the probability that each is print, (n,)."""
        return sigmoid(self.printed.log_odds(tabulate(features, self.printed.names)))


@functools.cache
def load_cell_judge(path: pathlib.Path = FILE) -> CellJudge:
    """Return the judge that comes with the package, or another; ModelError if its file was changed."""
    judge = read_learned(path)
    return CellJudge(
        right=Trees.from_dict(judge["right"]),
        written=Trees.from_dict(judge["written"]),
        printed=Trees.from_dict(judge["printed"]),
        single=Limits(**judge["single"]),
        several=Limits(**judge["several"]),
    )
