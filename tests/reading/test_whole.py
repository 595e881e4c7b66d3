import json

import numpy as np
import pytest

from knn_digits.reading.whole import NAMES, Whole, measure_whole

ROW = np.array([(40 * n, 0, 30, 50) for n in range(12)], np.int64)
FEATURES = {"level": np.ones(12, np.float32), "agreement": np.full(12, 0.75, np.float32)}


def measure(evidence: list[float]) -> dict[str, float]:
    return dict(zip(NAMES, measure_whole(ROW, np.array(evidence), FEATURES), strict=True))


def test_a_page_of_digits_has_many_likely_marks_and_a_page_of_words_few() -> None:
    digits, words = measure([0.9] * 12), measure([0.9] + [0.01] * 11)
    assert digits["marks"] == words["marks"] == np.log1p(12)
    assert digits["best"] == words["best"] == pytest.approx(np.log(9))
    assert digits["share likely"] > words["share likely"] + 2
    assert digits["together"] > words["together"] + 2


def test_the_same_mark_at_two_levels_counts_once() -> None:
    twice = {"level": np.repeat(np.array([1, 0.75], np.float32), 12), "agreement": np.full(24, 0.75)}
    found = measure_whole(np.concatenate([ROW, ROW]), np.full(24, 0.9), twice)
    assert found.tolist() == list(measure([0.9] * 12).values())


def test_of_a_page_without_likely_marks_all_is_finite() -> None:
    assert np.isfinite(list(measure([0.01] * 12).values())).all()


def test_the_probability_is_that_of_the_weighted_sum() -> None:
    whole = Whole(weights=np.array([0, 1.0, 0, 0, 0]), start=-1.0, least=0.5)
    assert whole.tell(np.array([[5, 1.0, 5, 5, 5], [5, 3.0, 5, 5, 5]])) == pytest.approx(
        [0.5, 1 / (1 + np.exp(-2))]
    )


def test_stored_as_a_dict_it_is_the_same_again() -> None:
    whole = Whole(weights=np.array([0.25, 1.5, -2, 0, 1]), start=-1.0, least=0.4)
    assert Whole.from_dict(json.loads(json.dumps(whole.as_dict()))) == whole
