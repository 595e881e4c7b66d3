import json
from dataclasses import asdict

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from knn_digits.classifiers.calibrate import (
    FEW,
    Calibration,
    learn_calibration,
    learn_calibrations,
    read_calibration,
)
from knn_digits.classifiers.fields import Fields
from knn_digits.reliability import calibration_error, log_loss

calibrations = st.builds(
    Calibration,
    smoothing=st.floats(1e-4, 1),
    power_for=st.floats(0.05, 20),
    power_against=st.floats(0, 20),
)
elections = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def shares_of(*votes: list[int]) -> np.ndarray:
    """Return the shares of labels that voted, (n, 10) float32."""
    counts = np.array([np.bincount(labels, minlength=10) for labels in votes], np.float64)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True), np.float32)


def draw(n: int, k: int = 11, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of n digits that two labels vote on, and truth less clear than the votes."""
    random = np.random.default_rng(seed)
    first, second = random.integers(0, 10, n), random.integers(1, 10, n)
    count = random.integers(0, k + 1, n)
    votes = np.where(np.arange(k) < count[:, None], first[:, None], (first + second)[:, None] % 10)
    right = random.random(n) < 0.5 + 0.6 * (count / k - 0.5)
    return shares_of(*votes.tolist()), np.where(right, first, (first + second) % 10)


@hypothesis.given(calibrations, elections)
def test_probabilities_sum_to_1_and_keep_the_order_of_the_shares(
    calibration: Calibration, votes: list[int]
) -> None:
    (share,) = shares = shares_of(votes)
    (probability,) = calibration(shares)
    assert probability.dtype == np.float32
    assert abs(probability.sum() - 1) < 1e-5
    assert (probability >= 0).all()
    assert (np.diff(probability[np.argsort(share, kind="stable")]) >= 0).all()
    assert len({p for p, s in zip(probability, share, strict=True) if s == share.max()}) == 1


def test_a_digit_is_calibrated_alike_alone_and_among_others() -> None:
    shares, _ = draw(100)
    calibration = Calibration(smoothing=0.01, power_for=1.2, power_against=0.4)
    together = calibration(shares)
    assert all(calibration(shares[row : row + 1]).tobytes() == together[row].tobytes() for row in range(100))


def test_no_digits_have_no_probabilities() -> None:
    assert Calibration(smoothing=0.1, power_for=1, power_against=0)(shares_of([1])[:0]).shape == (0, 10)


def test_what_is_learned_makes_other_digits_more_likely_and_better_calibrated() -> None:
    calibration = learn_calibration(*draw(4000))
    shares, truth = draw(4000, seed=1)
    rows, right = np.arange(len(truth)), shares.argmax(axis=1) == truth
    probabilities = calibration(shares)
    assert log_loss(probabilities[rows, truth]) < log_loss(shares[rows, truth]) - 0.5
    raw, learned = (calibration_error(values.max(axis=1), right) for values in (shares, probabilities))
    assert learned < raw / 2


def test_nothing_is_certain_even_if_all_digits_were_right() -> None:
    shares = shares_of([3] * 11)
    calibration = learn_calibration(shares.repeat(98, axis=0), np.full(98, 3))
    assert calibration(shares)[0, 3] == pytest.approx(0.99, abs=0.001)  # of 98 and 2 of Laplace's


def test_sure_and_refined_digits_have_maps_of_their_own_where_there_are_enough() -> None:
    shares, truth = draw(2000)
    refined = np.arange(2000) < 1000
    truth = np.where(refined, np.roll(truth, 1), truth)  # refined digits are hardly ever right
    plain, again = learn_calibrations(shares, truth, refined)
    assert again is not None
    sure, unsure = plain(shares), again(shares)
    assert sure.max(axis=1).mean() > unsure.max(axis=1).mean() + 0.3
    few = np.arange(2000) < FEW - 1
    plain, again = learn_calibrations(shares, truth, few)
    assert plain == again


def test_a_model_that_does_not_refine_has_one_map() -> None:
    shares, truth = draw(500)
    assert learn_calibrations(shares, truth, None)[1] is None


def test_a_map_comes_back_from_its_note() -> None:
    learned = learn_calibration(*draw(500))
    assert read_calibration(Fields(json.loads(json.dumps(asdict(learned))))) == learned
