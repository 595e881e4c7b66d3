import numpy as np
import pytest

from knn_digits.reading.marks import Marks
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.choice import agree, choose_digits, choose_unknown

WHOLE, PIECE, ELSEWHERE = (0, 0, 20, 30), (8, 0, 6, 30), (60, 0, 20, 30)


def found(boxes: list[tuple[int, int, int, int]], labels: list[int], cells: list[int]) -> CellMarks:
    n = len(boxes)
    marks = Marks(
        boxes=np.array(boxes),
        digits=np.zeros((n, 28, 28), np.uint8),
        labels=np.array(labels),
        features={},
        wholes=np.full(n, -1),
    )
    return CellMarks(marks=marks, cells=np.array(cells))


def test_levels_of_ink_that_agree_outvote_one_that_is_sure_of_a_piece() -> None:
    one = found([PIECE, WHOLE, WHOLE, WHOLE], [1, 9, 9, 9], [0] * 4)
    right = np.array([0.8, 0.5, 0.6, 0.4])
    shared = agree(one, right)
    assert shared == pytest.approx([0.8, 0.88, 0.88, 0.88])
    (chosen,) = choose_digits(one, right, shared, least=0.2, single=True)
    assert chosen == 2  # the likeliest of those that agree


def test_other_cells_labels_and_places_do_not_agree() -> None:
    one = found([WHOLE, WHOLE, ELSEWHERE, WHOLE], [9, 4, 9, 9], [0, 0, 0, 1])
    right = np.array([0.5, 0.3, 0.4, 0.6])
    assert agree(one, right) == pytest.approx(right)


def test_what_agrees_makes_no_mark_likely_enough() -> None:
    one = found([WHOLE] * 3 + [ELSEWHERE], [9, 9, 9, 5], [0] * 4)
    right = np.array([0.3, 0.3, 0.3, 0.5])
    chosen = choose_digits(one, right, agree(one, right), least=0.4, single=False)
    assert chosen.tolist() == [3]


def test_what_is_likely_a_digit_beside_those_that_are_read_is_not_known() -> None:
    beside, crumb = (30, 0, 20, 30), (90, 0, 5, 5)
    one = found([WHOLE, PIECE, beside, crumb, ELSEWHERE], [9, 1, 7, 1, 4], [0, 0, 0, 0, 1])
    right = np.array([0.9, 0.4, 0.3, 0.1, 0.3])
    chosen = np.array([0])
    assert choose_unknown(one, right, chosen, least=0.2).tolist() == [2]  # not what shares ink, or is alone
    assert choose_unknown(one, right, chosen, least=0.5).tolist() == []
    assert choose_unknown(one, right, chosen[:0], least=0.2).tolist() == []
