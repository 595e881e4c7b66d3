"""Straight table -> by how many quarters it must be turned for its digits to stand upright."""

import numpy as np

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.judge import load_judge
from knn_digits.reading.turns import look_turned
from knn_digits.reading.views import View
from knn_digits.tables.straight import Straight

MANY, MARKS = 200, 160  # cells, and marks in them: so many tell it
# standard errors by which more marks must look like digits than upright: by as many one of three turns of
# a table that is mostly dirt looks better by chance in one of 20
SURE = 2.13


def find_upright(table: Straight, model: DigitKNN) -> int:
    """Return by how many quarters, counter-clockwise, most marks of the cells look like digits for sure."""
    table = table.part(MANY)
    view = View(ink=table.clear_ink, rules=table.rules, matrix=np.eye(2, 3))
    seen = look_turned(view, model, load_judge(), sample=MARKS)
    best = int(np.argmax(seen.sum(axis=1)))
    if best == 0:
        return 0
    more = seen[best] - seen[0]
    return best if more.sum() > SURE * np.sqrt(len(more)) * more.std() else 0
