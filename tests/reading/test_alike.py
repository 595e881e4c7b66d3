import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.network import Scores
from knn_digits.reading.alike import ask_each_other, join, reach_of, shares_of_page
from tests.explained import inked, model_of

TRAINING = inked(100, 110, 120, 300, 310, 320)
PAGE = inked(
    200, 201, 202, 203, 110
)  # four that look alike and are far from all training digits, and another


@pytest.fixture(scope="module")
def scout() -> DigitKNN:
    return model_of(TRAINING, [3, 3, 3, 5, 5, 5], k=2)


def own_of(*labels: int, sure: float) -> np.ndarray:
    own = np.full((len(labels), 10), (1 - sure) / 9)
    own[np.arange(len(labels)), labels] = sure
    return own


def test_digits_that_are_nearer_than_the_training_digits_vote_for_what_they_are_likely_to_be(
    scout: DigitKNN,
) -> None:
    own = own_of(4, 4, 4, 9, 3, sure=1.0)
    shares = shares_of_page(own, PAGE, np.ones(5), scout=scout)
    assert shares[3, 4] == pytest.approx((3 + 0.1) / 4)  # three others, and a vote that knows nothing
    assert shares[0, [4, 9]] == pytest.approx([(2 + 0.1) / 4, (1 + 0.1) / 4])
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_digit_that_looks_like_no_other_on_its_page_hears_nothing(scout: DigitKNN) -> None:
    shares = shares_of_page(own_of(4, 4, 4, 9, 3, sure=1.0), PAGE, np.ones(5), scout=scout)
    np.testing.assert_allclose(shares[4], 0.1)


def test_what_is_hardly_a_digit_hardly_votes(scout: DigitKNN) -> None:
    shares = shares_of_page(own_of(4, 4, 4, 9, 3, sure=1.0), PAGE, np.full(5, 1e-6), scout=scout)
    np.testing.assert_allclose(shares, 0.1, atol=1e-5)


def test_alike_is_what_is_nearer_than_the_last_neighbor_that_votes(scout: DigitKNN) -> None:
    vectors = scout.feature(inked(100))
    assert reach_of(vectors, scout)[0] == pytest.approx(255 * np.sqrt(10))


def test_both_answers_become_one_by_their_logarithms() -> None:
    own, shares = own_of(1, sure=0.5), own_of(2, sure=0.5)
    assert join(own, shares, 0.0)[0] == pytest.approx(own[0])
    assert join(own, shares, 2.0)[0].argmax() == 2
    assert join(own, shares, 2.0).sum() == pytest.approx(1)


def test_a_label_gives_way_to_that_of_digits_alike_but_not_where_it_was_taught() -> None:
    page = inked(200, 201, 202, 203, 206)
    model = model_of(inked(100, 120, 140, 207, 330, 340), [4, 4, 4, 9, 5, 5], k=1)
    scout = model_of(inked(0, 50, 60, 330, 340, 350), [1, 1, 1, 5, 5, 5], k=2)
    votes = model.classify(page)
    assert votes.labels.tolist() == [9] * 5
    by_itself = votes.probabilities.copy()
    by_itself[:4], by_itself[4] = own_of(4, 4, 4, 4, sure=0.99), own_of(9, sure=0.9)[0]
    told = votes.__class__(**{**vars(votes), "probabilities": by_itself})
    there = np.ones(5)
    asked = ask_each_other(told, page, there, scout=scout, weight=2.0)
    assert asked.votes.labels.tolist() == [4] * 5
    assert asked.share(4) == pytest.approx((4 * 0.99 + 0.1) / 5)
    np.testing.assert_allclose(asked.votes.probabilities.sum(axis=1), 1, rtol=1e-6)
    taught = ask_each_other(told, page, there, scout=scout, weight=2.0, taught=np.arange(5) == 4)
    assert taught.votes.labels.tolist() == [4, 4, 4, 4, 9]
    assert taught.votes.probabilities[4] == pytest.approx(by_itself[4])


def test_of_equal_labels_the_winner_of_the_votes_stays_where_its_page_says_nothing(scout: DigitKNN) -> None:
    page = inked(200, 700)  # two that do not look alike
    model = model_of(inked(199, 202, 699, 703), [9, 4, 8, 2], k=2)
    votes = model.classify(page)
    assert votes.labels.tolist() == [9, 8]
    asked = ask_each_other(votes, page, np.ones(2), scout=scout, weight=2.0)
    assert asked.votes.labels.tolist() == [9, 8]
    assert not asked.changed.any()


def test_a_lone_digit_and_a_network_are_answered_as_before(scout: DigitKNN) -> None:
    alone = scout.classify(PAGE[:1])
    asked = ask_each_other(alone, PAGE[:1], np.ones(1), scout=scout, weight=2.0)
    assert asked.votes is alone
    assert asked.share(0) is None
    zeros = np.zeros(5, np.float32)
    scores = Scores(
        labels=np.zeros(5, np.int64), probabilities=np.full((5, 10), 0.1, np.float32), strangeness=zeros,
        doubt=zeros, logits=np.zeros((5, 10), np.float32),
    )  # fmt: skip
    assert ask_each_other(scores, PAGE, np.ones(5), scout=scout, weight=2.0).votes is scores
