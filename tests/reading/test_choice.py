import numpy as np
import pytest

from knn_digits.reading.choice import choose, choose_parts, common_area, common_share, overlap

BOXES = np.array([(0, 0, 10, 20), (5, 0, 10, 20), (40, 0, 10, 20), (40, 5, 5, 5)], np.int64)


def test_of_marks_that_share_ink_the_one_with_most_evidence_is_chosen() -> None:
    assert choose(BOXES, np.array([0.6, 0.9, 0.7, 0.8]), least=0.3).tolist() == [1, 3]
    assert choose(BOXES, np.array([0.9, 0.6, 0.8, 0.7]), least=0.3).tolist() == [0, 2]


def test_marks_that_share_little_are_both_chosen() -> None:
    beside = np.array([(0, 0, 10, 20), (8, 0, 10, 20)], np.int64)
    assert choose(beside, np.array([0.5, 0.6]), least=0.3).tolist() == [1, 0]


def test_marks_without_enough_evidence_are_not_chosen() -> None:
    assert choose(BOXES, np.array([0.2, 0.1, 0.3, 0.29]), least=0.3).tolist() == [2]
    assert choose(BOXES[:0], np.zeros(0), least=0.3).tolist() == []


def test_what_is_common_is_measured_over_the_smaller_box_or_over_both_together() -> None:
    assert common_area(BOXES[0], BOXES).tolist() == [200, 100, 0, 0]
    assert common_share(BOXES[2], BOXES).tolist() == [0, 0, 1, 1]
    assert overlap(BOXES[0], BOXES) == pytest.approx([1, 1 / 3, 0, 0])
    assert overlap(BOXES[:, None], BOXES).shape == (4, 4)


def test_parts_beside_a_part_that_is_chosen_need_less_evidence() -> None:
    row = np.array([(10 * n, 0, 10, 20) for n in range(5)], np.int64)
    evidence, wholes = np.array([0.9, 0.2, 0.05, 0.2, 0.2]), np.array([0, 0, 0, 1, -1])
    assert choose_parts(row, evidence, wholes, np.array([0]), least=0.1).tolist() == [1]
    assert choose_parts(row, evidence, wholes, np.array([4]), least=0.1).tolist() == []
