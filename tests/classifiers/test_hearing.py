"""What `learn_hearing` promises: how doubt and the nearness of signs are weighed, and what is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.classifiers.fields import LARGEST, Fields
from knn_digits.classifiers.hearing import Hearing, Said, learn_hearing, read_hearing
from knn_digits.errors import DataError

RNG = np.random.default_rng(5)


def said(doubt: float, nearness: float, *, n: int = 500) -> Said:
    """Return what is said of n marks: doubt and the nearness of signs around these means."""
    return np.abs(RNG.normal(doubt, 0.2, n)), np.abs(RNG.normal(nearness, 0.2, n))


def refused(heard: Hearing, of: Said) -> NDArray[np.bool_]:
    return heard(*of) > 1


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1])
def test_the_chosen_share_of_held_out_digits_is_refused(rate: float) -> None:
    digits = said(0.7, 0.4)
    heard = learn_hearing(digits, said(1.2, 1.3), rate=rate)
    assert refused(heard, digits).mean() == pytest.approx(rate, abs=0.01)


def test_more_signs_are_refused_than_by_either_alone_at_the_same_rate() -> None:
    digits, signs = said(0.6, 0.2), said(1.0, 0.6)
    alone = [(theirs > np.quantile(ours, 0.99)).mean() for ours, theirs in zip(digits, signs, strict=True)]
    assert refused(learn_hearing(digits, signs, rate=0.01), signs).mean() > max(alone)


def test_nearness_that_tells_nothing_counts_less_than_nearness_that_tells() -> None:
    digits = said(0.6, 0.5)
    silent, telling = (learn_hearing(digits, said(1.0, nearness), rate=0.01) for nearness in (0.5, 1.2))
    assert silent.weight < telling.weight


def test_what_is_at_the_limit_of_doubt_and_nearer_to_signs_is_refused() -> None:
    digits = np.array([0.5, 0.5, 3.0]), np.array([0.4, 0.4, 1.5])
    heard = learn_hearing(digits, said(1.0, 1.3), rate=0.0)
    assert heard(np.array([1.01]), np.array([1.01])) > 1


@pytest.mark.parametrize("usual", [0.0, 0.5, 0.9])
def test_what_is_as_near_as_most_digits_is_not_refused_sooner_than_without_signs(usual: float) -> None:
    heard = learn_hearing((np.array([0.1, 0.2]), np.full(2, usual)), said(1.0, 1.3), rate=0.5)
    assert heard(np.array([1.0]), np.array([usual])) <= 1 + np.finfo(np.float32).eps


def test_digits_among_signs_do_not_keep_what_is_nearer_to_signs_from_being_refused() -> None:
    heard = learn_hearing(said(0.5, 2.0), said(1.0, 3.0), rate=0.01)
    assert heard(np.array([1.01]), np.array([1.01])) > 1


def test_marks_that_are_copies_of_others_do_not_outweigh_the_rest() -> None:
    digits, (doubt, nearness) = said(0.6, 0.4), said(1.0, 1.3)
    copies = np.where(np.arange(len(nearness)) % 2, nearness, LARGEST)
    heard = learn_hearing(digits, (doubt, copies), rate=0.01)
    assert refused(heard, (doubt, nearness)).mean() > 0.9


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
