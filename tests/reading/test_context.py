import numpy as np
import pytest

from knn_digits.photo.boxes import Boxes
from knn_digits.reading.choice import Evidence
from knn_digits.reading.context import log_odds, measure_context
from knn_digits.reading.evidence import FAR, Features

WORD = [(0, 0, 30, 50), (40, 0, 30, 50), (80, 0, 30, 50)]


def beside(boxes: list[tuple[int, int, int, int]], evidence: list[float]) -> Features:
    """Return the context of boxes at the threshold, all written with one pen."""
    n = len(boxes)
    features: Features = {
        "level": np.ones(n, np.float32),
        "stroke": np.full(n, 0.1, np.float32),
        "darkness": np.full(n, 0.5, np.float32),
        "fill": np.full(n, 0.25, np.float32),
    }
    places: Boxes = np.array(boxes, np.int64).reshape(-1, 4)
    strengths: Evidence = np.array(evidence)
    return measure_context(places, strengths, features)


def test_the_nearest_chosen_marks_left_and_right_are_seen() -> None:
    found = beside(WORD, [0.9, 0.5, 0.8])
    assert found["gap left"].tolist() == [FAR, 0.2, 0.2]
    assert found["gap right"].tolist() == [0.2, 0.2, FAR]
    assert found["evidence left"].tolist() == [-1, 0.9, 0.5]
    assert found["height right"].tolist() == [0, 0, 0]


def test_what_is_not_likely_is_no_neighbor() -> None:
    found = beside(WORD, [0.9, 0.1, 0.8])
    assert found["gap left"].tolist() == [FAR, 0.2, 1.0]


def test_marks_in_a_row_of_digits_have_more_evidence_around_them_than_those_in_a_word() -> None:
    likely, unlikely = beside(WORD, [0.9] * 3), beside(WORD, [0.9, 0.05, 0.05])
    assert (likely["evidence of whole row"][0] > unlikely["evidence of whole row"][0]) is np.True_


def test_marks_in_a_column_of_digits_have_more_evidence_around_them_than_those_in_one_of_letters() -> None:
    column = [(top, left, height, width) for left, top, width, height in WORD]
    likely, unlikely = beside(column, [0.9] * 3), beside(column, [0.9, 0.05, 0.05])
    assert (likely["evidence of whole column"][0] > unlikely["evidence of whole column"][0]) is np.True_
    assert (beside(WORD, [0.9] * 3)["evidence of whole column"] == 0).all()


def test_rivals_that_share_ink_are_told_by_their_size() -> None:
    found = beside([(0, 0, 60, 50), (0, 0, 30, 50), (0, 0, 30, 48)], [0.5, 0.9, 0.7])
    assert found["best smaller rival"].tolist() == [0.9, 0, 0]
    assert found["best larger rival"].tolist() == [0, 0.5, 0.5]
    assert found["best same"].tolist() == [0, 0.7, 0.9]
    assert found["chosen inside"].tolist() == [1, 0, 0]


def test_size_stroke_and_darkness_are_told_over_those_of_what_is_chosen() -> None:
    found = beside([*WORD, (0, 100, 15, 25)], [0.9, 0.9, 0.9, 0.1])
    assert found["height to chosen"] == pytest.approx([0, 0, 0, np.log(0.5)])
    assert found["better chosen"].tolist() == [0, 0, 0, 1]


def test_where_nothing_is_likely_nothing_stands_beside() -> None:
    found = beside(WORD, [0.1] * 3)
    assert found["gap left"].tolist() == [FAR] * 3
    assert found["height to chosen"].tolist() == [-FAR] * 3


def test_many_marks_are_compared_in_parts_with_the_same_result() -> None:
    many = [(40 * n, 0, 30, 50) for n in range(600)]
    found = beside(many, [0.9] * 600)
    assert found["gap left"][1:].tolist() == [0.2] * 599
    assert all(len(values) == 600 for values in found.values())


def test_log_odds_are_finite_however_sure() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0]))).all()
    assert log_odds(np.array([0.5])).tolist() == [0]
