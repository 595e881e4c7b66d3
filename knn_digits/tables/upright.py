"""Straight table -> by how many quarters it must be turned for its digits to stand upright."""

import numpy as np

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.orientation import load_orientation
from knn_digits.reading.turns import find_turn
from knn_digits.reading.views import View
from knn_digits.tables.straight import Straight

MANY, MARKS = 200, 160  # cells, and marks in them: so many tell it


def find_upright(table: Straight, model: DigitKNN) -> int:
    """Return by how many quarters, counter-clockwise, most marks of the cells look like digits."""
    table = table.part(MANY)
    view = View(ink=table.clear_ink, rules=table.rules, matrix=np.eye(2, 3))
    return find_turn(view, model, load_orientation(), sample=MARKS)
