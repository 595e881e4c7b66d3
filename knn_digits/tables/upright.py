"""Straight table -> by how many quarters it must be turned for its digits to stand upright."""

import numpy as np

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.judge import load_judge
from knn_digits.reading.turns import look_turned
from knn_digits.reading.views import View
from knn_digits.tables.straight import Straight

MANY, MARKS = 200, 160  # cells, and marks in them: so many tell it


def find_upright(table: Straight, model: DigitKNN) -> int:
    """Return by how many quarters, counter-clockwise, most marks of the cells look like digits for sure."""
    table = table.part(MANY)
    view = View(ink=table.clear_ink, rules=table.rules, matrix=np.eye(2, 3))
    judge = load_judge()
    seen = look_turned(view, model, judge, sample=MARKS)
    if not seen.size:
        return 0
    shares = seen.mean(axis=1)
    best = int(np.argmax(shares))
    return best if shares[best] - shares[0] > judge.upright else 0
