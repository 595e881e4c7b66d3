import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from knn_digits.errors import DataError
from knn_digits.reliability import (
    BINS,
    calibration_error,
    error_reject_curve,
    log_loss,
    reliability_bins,
    roc_curve,
)

answers = st.lists(
    st.tuples(st.integers(0, 30).map(lambda i: i / 30), st.booleans()), min_size=1, max_size=60
)


def split(pairs: list[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([p for p, _ in pairs]), np.array([right for _, right in pairs])


def sure(n: int, share: float) -> NDArray[np.bool_]:
    """Return n answers of which this share is right."""
    return np.arange(n) < share * n


# bins


def test_bins_of_equal_width_hold_their_upper_edge_and_empty_ones_are_left_out() -> None:
    found = reliability_bins([0.0, 0.25, 0.26, 1.0], [True, False, True, True], bins=4)
    assert [(one.low, one.high, one.n) for one in found] == [(0, 0.25, 2), (0.25, 0.5, 1), (0.75, 1, 1)]
    assert [one.accuracy for one in found] == [0.5, 1, 1]
    assert [one.confidence for one in found] == [0.125, 0.26, 1]


def test_there_are_fifteen_bins_by_default() -> None:
    confidence = (np.arange(BINS) + 0.5) / BINS
    found = reliability_bins(confidence, np.ones(BINS, bool))
    assert [one.n for one in found] == [1] * 15


def test_bins_of_equal_mass_look_closer_where_most_answers_are_sure() -> None:
    confidence = np.linspace(0.99, 1, 100)
    assert len(reliability_bins(confidence, confidence > 0, bins=5)) == 1
    found = reliability_bins(confidence, confidence > 0, bins=5, equal_mass=True)
    assert [one.n for one in found] == [20] * 5


def test_equal_confidences_share_a_bin_whatever_their_number() -> None:
    confidence = [0.3] * 9 + [0.8]
    found = reliability_bins(confidence, [True] * 10, bins=5, equal_mass=True)
    assert [(one.n, one.confidence) for one in found] == [(9, pytest.approx(0.3)), (1, 0.8)]


@hypothesis.given(answers, st.integers(1, 20), st.booleans())
def test_every_answer_lies_in_one_bin_between_its_edges(
    pairs: list[tuple[float, bool]], bins: int, equal_mass: bool
) -> None:
    confidence, right = split(pairs)
    found = reliability_bins(confidence, right, bins=bins, equal_mass=equal_mass)
    assert sum(one.n for one in found) == len(pairs)
    assert sum(one.n * one.accuracy for one in found) == pytest.approx(right.sum())
    assert sum(one.n * one.confidence for one in found) == pytest.approx(confidence.sum())
    assert all(one.low <= one.confidence + 1e-9 and one.confidence <= one.high + 1e-9 for one in found)
    assert len(found) <= bins


# calibration


def test_the_calibration_error_is_the_mean_gap_weighed_by_answers() -> None:
    confidence = np.repeat([0.95, 0.55], [60, 40])
    right = np.concatenate([sure(60, 0.9), sure(40, 0.75)])
    expected = 0.6 * abs(0.95 - 0.9) + 0.4 * abs(0.55 - 0.75)
    assert calibration_error(confidence, right) == pytest.approx(expected)
    assert calibration_error(confidence, right, equal_mass=True) == pytest.approx(expected)


def test_gaps_of_different_signs_cancel_within_a_bin_alone() -> None:
    confidence, right = [0.9, 0.9, 0.7, 0.7], [True, True, True, False]
    assert calibration_error(confidence, right, bins=1) == pytest.approx(0.8 - 0.75)
    assert calibration_error(confidence, right, bins=10) == pytest.approx((0.1 + 0.2) / 2)


def test_answers_that_are_as_good_as_they_say_have_no_calibration_error() -> None:
    assert calibration_error([0.75] * 4, sure(4, 0.75)) == 0
    assert calibration_error([1.0, 1.0, 0.0], [True, True, False]) == 0


def test_the_log_loss_is_finite_even_where_the_truth_was_given_no_chance() -> None:
    assert log_loss([0.5, 0.25]) == pytest.approx(1.5 * np.log(2))
    assert 40 < log_loss([0.0]) < 100


# rejection


def test_the_error_reject_curve_has_a_point_for_each_confidence() -> None:
    confidence = [0.9, 0.4, 0.9, 0.6, 0.4]
    curve = error_reject_curve(confidence, [True, False, False, True, True])
    assert curve.threshold.tolist() == [0.4, 0.6, 0.9]
    assert curve.rejected.tolist() == [0, 2 / 5, 3 / 5]
    assert curve.error_rate.tolist() == [2 / 5, 1 / 3, 1 / 2]


@hypothesis.given(answers)
def test_the_curve_is_that_of_counting_at_each_threshold(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = split(pairs)
    curve = error_reject_curve(confidence, right)
    for threshold, rejected, error_rate in zip(
        curve.threshold, curve.rejected, curve.error_rate, strict=True
    ):
        kept = confidence >= threshold
        assert rejected == pytest.approx(1 - kept.mean())
        assert error_rate == pytest.approx((~right[kept]).mean())


# ROC


def test_what_is_always_stranger_has_an_area_of_1_and_the_same_a_half() -> None:
    assert roc_curve([0.1, 0.2], [0.3, 0.4]).area == 1
    assert roc_curve([0.3, 0.4], [0.1, 0.2]).area == 0
    assert roc_curve([0.5, 0.5], [0.5]).area == 0.5


def test_the_curve_runs_from_nothing_refused_to_all() -> None:
    curve = roc_curve([1, 2, 4], [3, 5])
    assert curve.threshold[0] == np.inf
    refused = [(np.array([1, 2, 4]) >= t).mean() for t in curve.threshold]
    assert curve.wrongly_refused.tolist() == pytest.approx(refused)
    assert curve.rightly_refused.tolist() == pytest.approx(
        [(np.array([3, 5]) >= t).mean() for t in curve.threshold]
    )
    assert (curve.wrongly_refused[-1], curve.rightly_refused[-1]) == (1, 1)


@hypothesis.given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20), st.lists(st.integers(0, 9), min_size=1, max_size=20)
)
def test_the_area_is_the_chance_that_the_other_is_stranger(digits: list[int], others: list[int]) -> None:
    wins = [(other > digit) + 0.5 * (other == digit) for digit in digits for other in others]
    assert roc_curve(digits, others).area == pytest.approx(np.mean(wins))


# what is no answer


@pytest.mark.parametrize("pair", [([], []), ([0.5], []), ([0.5], [True, False]), ([[0.5]], [[True]])])
def test_answers_and_confidences_that_do_not_fit_are_told(pair: tuple[list[float], list[bool]]) -> None:
    with pytest.raises(DataError, match="at least one answer"):
        reliability_bins(*pair)
    with pytest.raises(DataError, match="at least one answer"):
        error_reject_curve(*pair)


@pytest.mark.parametrize("pair", [([], [0.5]), ([0.5], [])])
def test_a_roc_curve_needs_digits_and_others(pair: tuple[list[float], list[float]]) -> None:
    with pytest.raises(DataError, match="at least one digit"):
        roc_curve(*pair)
