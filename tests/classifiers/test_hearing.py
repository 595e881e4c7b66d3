"""What `learn_hearing` promises: how doubt and votes for signs are weighed, and what is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.classifiers.fields import LARGEST, Fields
from knn_digits.classifiers.hearing import Hearing, Said, learn_hearing, read_hearing
from knn_digits.errors import DataError

RNG = np.random.default_rng(5)


def said(doubt: float, share: float, *, n: int = 500) -> Said:
    """Return what is said of n marks: doubt and shares around these means."""
    return np.abs(RNG.normal(doubt, 0.2, n)), RNG.normal(share, 0.2, n).clip(0, 1)


def refused(heard: Hearing, of: Said) -> NDArray[np.bool_]:
    return heard(*of) > 1


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1])
def test_the_chosen_share_of_held_out_digits_is_refused(rate: float) -> None:
    digits = said(0.7, 0.1)
    heard = learn_hearing(digits, said(1.2, 0.8), rate=rate)
    assert refused(heard, digits).mean() == pytest.approx(rate, abs=0.01)


def test_more_signs_are_refused_than_by_either_alone_at_the_same_rate() -> None:
    digits, signs = said(0.6, 0.2), said(1.0, 0.6)
    alone = [(theirs > np.quantile(ours, 0.99)).mean() for ours, theirs in zip(digits, signs, strict=True)]
    assert refused(learn_hearing(digits, signs, rate=0.01), signs).mean() > max(alone)


def test_votes_that_tell_nothing_count_less_than_votes_that_tell() -> None:
    digits = said(0.6, 0.3)
    silent, telling = (learn_hearing(digits, said(1.0, share), rate=0.01) for share in (0.3, 0.8))
    assert silent.weight < telling.weight


def test_what_is_at_the_limit_of_doubt_with_most_votes_for_signs_is_refused() -> None:
    digits = np.array([0.5, 0.5, 3.0]), np.array([0.0, 0.0, 1.0])
    heard = learn_hearing(digits, said(1.0, 0.9), rate=0.0)
    assert heard(np.array([1.01]), np.array([0.51])) > 1


def test_what_has_no_votes_for_signs_is_not_refused_sooner_than_without_them() -> None:
    heard = learn_hearing((np.array([0.1, 0.2]), np.zeros(2)), said(1.0, 0.9), rate=0.5)
    assert heard(np.array([1.0]), np.array([0.0])) <= 1


@pytest.mark.parametrize("doubt", [0.0, 1e-6, 1e6])
def test_copies_and_what_is_infinitely_strange_give_finite_weights(doubt: float) -> None:
    digits, signs = (np.full(20, doubt), np.zeros(20)), (np.full(9, LARGEST), np.ones(9))
    heard = learn_hearing(digits, signs, rate=0.005)
    assert np.isfinite([heard.weight, heard.limit]).all()
    assert heard(np.array([LARGEST]), np.zeros(1)) > 1


@pytest.mark.parametrize("note", [{"weight": -1, "limit": 1}, {"weight": 1, "limit": 0.5}, {"limit": 1}])
def test_a_damaged_note_is_told(note: dict[str, float]) -> None:
    with pytest.raises(DataError, match="must be a number"):
        read_hearing(Fields(note))
