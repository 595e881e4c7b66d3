"""Features of marks in cells -> the probability that each is a digit with its label right, or writing at all.

`cells.json` holds boosted trees as lists of numbers, with what they were learned from and how they fared on
sources left out: `python -m benchmarks.learn_cells` makes it.
"""

import functools
import json
import pathlib
from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import compared_by_content
from knn_digits.errors import ModelError
from knn_digits.reading.choice import Evidence
from knn_digits.reading.judge import Trees, digest, sigmoid
from knn_digits.reading.marks import Marks

FILE = pathlib.Path(__file__).with_name("cells.json")


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class CellJudge:
    """What tells digits in cells from all else.

    right : Trees
        The log-odds that a mark is a digit of its cell's text, and its label the right one.
    written : Trees
        The log-odds that it is writing or print, a digit or not, and no dirt or rest of a rule.
    least, unread : float
        The probability from which a mark is read; that from which a cell without a digit is unread.
    """

    right: Trees
    written: Trees
    least: float
    unread: float

    def judge(self, marks: Marks) -> tuple[Evidence, Evidence]:
        """Return both probabilities of each mark, (n,) each."""
        if not len(marks):
            return np.zeros(0), np.zeros(0)
        right, written = (
            sigmoid(trees.log_odds(marks.table(trees.names))) for trees in (self.right, self.written)
        )
        return right, written


@functools.cache
def load_cell_judge(path: pathlib.Path = FILE) -> CellJudge:
    """Return the judge that comes with the package, or another; ModelError if its file was changed."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    judge = stored["judge"]
    if digest(judge) != stored["sha256"]:
        raise ModelError(f"{path} was changed: install the package again")
    return CellJudge(
        right=Trees.from_dict(judge["right"]),
        written=Trees.from_dict(judge["written"]),
        least=float(judge["least"]),
        unread=float(judge["unread"]),
    )
