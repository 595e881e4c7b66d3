import itertools
from collections import Counter
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from knn_digits.errors import UsageError
from knn_digits.vote import (
    REFUSED_SHARE,
    UNKNOWN_REACH,
    WEIGHTS,
    Votes,
    count_votes,
    measure_nearness,
    measure_reach,
    measure_strangeness,
    vote,
)


def ballot(neighbors: list[tuple[float, int]], **options: Any) -> Votes:
    """Let (distance, label) pairs vote on one digit."""
    distances = np.array([[distance for distance, _ in neighbors]], np.float32)
    labels = np.array([label for _, label in neighbors], np.int64)
    return vote(distances, np.arange(len(labels))[None], labels, **{"weights": "uniform", **options})


def winner(neighbors: list[tuple[float, int]], **options: Any) -> int:
    return int(ballot(neighbors, **options).labels[0])


def elect_slowly(neighbors: list[tuple[int, int]]) -> int:
    """Return the label of the most votes; of those the smaller sum of distances; then the smaller label."""
    count = Counter(label for _, label in neighbors)
    total = {label: sum(d for d, other in neighbors if other == label) for label in count}
    return min(count, key=lambda label: (-count[label], total[label], label))


elections = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=14).map(sorted)


# who wins


def test_the_most_votes_win() -> None:
    assert winner([(1, 7), (2, 3), (3, 3)]) == 3
    assert winner([(5, 9)]) == 9


def test_of_equal_counts_the_smaller_sum_of_distances_wins() -> None:
    assert winner([(1, 7), (2, 3), (3, 3), (3.5, 7)]) == 7
    assert winner([(1, 3), (2, 7), (3, 7), (3.5, 3)]) == 3
    assert winner([(0, 7), (2, 3)]) == 7


def test_of_equal_counts_and_sums_the_smaller_label_wins() -> None:
    assert winner([(2, 7), (2, 3)]) == 3
    assert winner([(1, 7), (2, 3), (3, 3), (4, 7)]) == 3
    assert winner([(0, 9), (0, 8), (0, 7)]) == 7


@hypothesis.given(elections)
def test_the_winner_is_that_of_the_rule_in_words(neighbors: list[tuple[int, int]]) -> None:
    assert winner([*neighbors]) == elect_slowly(neighbors)


@hypothesis.given(elections, st.randoms(use_true_random=False))
def test_the_order_of_neighbors_at_one_distance_is_free(
    neighbors: list[tuple[int, int]], random: Any
) -> None:
    shuffled = sorted(random.sample(neighbors, len(neighbors)), key=lambda neighbor: neighbor[0])
    for weights in WEIGHTS:
        one, other = (ballot([*pairs], weights=weights) for pairs in (neighbors, shuffled))
        assert one.labels.tolist() == other.labels.tolist()
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-6)


@hypothesis.given(st.lists(elections, min_size=1, max_size=5), st.sampled_from(WEIGHTS))
def test_many_digits_are_voted_on_one_by_one(many: list[list[tuple[int, int]]], weights: str) -> None:
    k = min(map(len, many))
    distances = np.array([[d for d, _ in pairs[:k]] for pairs in many], np.float32)
    labels = np.array([label for pairs in many for _, label in pairs[:k]])
    indices = np.arange(len(labels)).reshape(-1, k)
    votes = vote(distances, indices, labels, weights=weights)
    for row, pairs in enumerate(many):
        alone = ballot([*pairs[:k]], weights=weights)
        assert votes.labels[row] == alone.labels[0]
        assert votes.probabilities[row].tobytes() == alone.probabilities[0].tobytes()


# weights by distance


def test_votes_in_proportion_to_1_over_distance() -> None:
    votes = ballot([(1, 3), (2, 5), (4, 5)], weights="distance")
    np.testing.assert_allclose(votes.probabilities[0, [3, 5]], [4 / 7, 3 / 7], rtol=1e-6)
    assert votes.labels.tolist() == [3]


def test_equal_weights_are_a_tie_though_they_are_sums_of_fractions() -> None:
    assert winner([(1, 7), (3, 3), (3, 3), (3, 3)], weights="distance") == 7  # 1 = 3 × 1/3, sums 1 and 9
    assert winner([(1, 7), (1, 3)], weights="distance") == 3


def test_a_neighbor_at_distance_0_outvotes_all_that_are_farther() -> None:
    votes = ballot([(0, 7), (1e-45, 3), (1e-45, 3), (1e-45, 3)], weights="distance")
    assert votes.labels.tolist() == [7]
    assert votes.probabilities[0, 7] == 1


def test_several_neighbors_at_distance_0_vote_among_themselves() -> None:
    votes = ballot([(0, 7), (0, 3), (0, 3), (0.5, 7), (0.5, 7)], weights="distance")
    assert votes.labels.tolist() == [3]
    np.testing.assert_allclose(votes.probabilities[0, [3, 7]], [2 / 3, 1 / 3], rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-45, 1e-44, 1e-38, 1.0, 1e30, 1e37])
def test_the_smallest_and_largest_distances_give_finite_votes(scale: float) -> None:
    neighbors = [(scale, 7), (scale * 2, 3), (scale * 2, 3), (scale * 3, 3)]
    votes = ballot(neighbors, weights="distance")
    np.testing.assert_allclose(votes.probabilities.sum(), 1, rtol=1e-6)
    assert votes.labels.tolist() == [3]


@hypothesis.given(
    st.lists(st.tuples(st.floats(0, 2.0**100, width=32), st.integers(0, 9)), min_size=1, max_size=12).map(
        sorted
    ),
    st.sampled_from(WEIGHTS),
)
def test_probabilities_sum_to_1_and_the_winner_has_the_largest(
    neighbors: list[tuple[float, int]], weights: str
) -> None:
    votes = ballot(neighbors, weights=weights)
    (probabilities,) = votes.probabilities
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (10,)
    assert abs(probabilities.sum() - 1) < 1e-5
    assert (probabilities >= 0).all()
    assert probabilities[votes.labels[0]] >= probabilities.max() * (1 - 1e-6)
    assert set(np.flatnonzero(probabilities)) <= {label for _, label in neighbors}


@pytest.mark.parametrize("weights", ["", "Uniform", "1/d", None])
def test_another_word_for_the_weights_is_told_with_those_allowed(weights: Any) -> None:
    with pytest.raises(UsageError) as caught:
        ballot([(1, 3)], weights=weights)
    assert str(caught.value) == f"weights must be one of uniform, distance, got {weights!r}"


# the evidence


def test_the_neighbors_that_voted_are_handed_on() -> None:
    labels = np.array([4, 5, 6, 7])
    distances, indices = np.array([[1, 2], [0, 0]], np.float32), np.array([[3, 0], [1, 1]])
    votes = vote(distances, indices, labels, weights="uniform")
    assert votes.neighbor_labels.tolist() == [[7, 4], [5, 5]]
    assert (votes.distances == distances).all()
    assert (votes.indices == indices).all()
    assert votes.labels.dtype == np.int64


@pytest.mark.parametrize("weights", WEIGHTS)
def test_no_digits_have_no_votes(weights: str) -> None:
    nothing = np.zeros((0, 3))
    votes = vote(nothing.astype(np.float32), nothing.astype(np.int64), np.array([1]), weights=weights)
    assert votes.labels.shape == votes.strangeness.shape == (0,)
    assert votes.probabilities.shape == (0, 10)


# how strange


def test_strangeness_is_the_mean_distance_over_the_reach_of_the_winner() -> None:
    reach = np.arange(1.0, 11.0)
    votes = ballot([(1, 4), (2, 4), (6, 9)], reach=reach)
    assert votes.strangeness.tolist() == pytest.approx([3 / 5])
    assert ballot([(1, 4)], reach=UNKNOWN_REACH).strangeness.tolist() == [0]
    assert ballot([(1, 4)]).strangeness.tolist() == [0]


@hypothesis.given(elections)
def test_votes_for_others_speak_against_a_digit_as_distance_does(neighbors: list[tuple[int, int]]) -> None:
    votes = ballot([*neighbors], reach=np.full(10, 2.0))
    share = max(Counter(label for _, label in neighbors).values()) / len(neighbors)
    assert votes.strangeness[0] == pytest.approx(np.mean([d for d, _ in neighbors]) / 2)
    assert votes.doubt[0] == pytest.approx(votes.strangeness[0] + 0.25 * (1 - share), abs=1e-6)
    assert votes.shares.tobytes() == votes.probabilities.tobytes()


def test_the_reach_of_a_label_holds_all_but_few_of_its_digits() -> None:
    generator = np.random.default_rng(0)
    labels = np.repeat([2, 7], 2000)
    distances = (generator.random((4000, 3)) * np.where(labels == 7, 10, 1)[:, None]).astype(np.float32)
    mean = distances.mean(axis=1, dtype=np.float64)
    reach = measure_reach(mean, labels)
    for label in (2, 7):
        beyond = (mean[labels == label] > reach[label]).mean()
        assert beyond == pytest.approx(REFUSED_SHARE, abs=0.001)
    assert reach[7] > 5 * reach[2]
    assert np.isinf(np.delete(reach, [2, 7])).all()


def test_the_reach_of_copies_is_not_0_so_that_strangeness_is_a_number() -> None:
    reach = measure_reach(np.zeros(3), np.array([1, 1, 1]))
    assert reach[1] > 0
    assert ballot([(0, 1)], reach=reach).strangeness.tolist() == [0]
    assert ballot([(1, 1)], reach=reach).strangeness[0] > 1
    assert ballot([(5000, 1)], reach=reach).strangeness[0] > 1  # as far as pixels can be


def test_measuring_a_reach_leaves_the_unknown_one_alone() -> None:
    measure_reach(np.ones(3), np.array([0, 1, 2]))
    assert np.isinf(UNKNOWN_REACH).all()


def test_every_ballot_of_three_neighbors_follows_the_rule() -> None:
    for labels in itertools.product(range(3), repeat=3):
        for distances in itertools.combinations_with_replacement(range(3), 3):
            neighbors = list(zip(distances, labels, strict=True))
            assert winner([*neighbors]) == elect_slowly(neighbors)


# other labels than 0..9


def test_votes_may_be_for_any_number_of_classes() -> None:
    distances = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 1.0]])
    near = np.array([[11, 40, 40], [2, 7, 7]])
    labels, shares = count_votes(distances, near, weights="uniform", classes=41)
    assert labels.tolist() == [40, 7]
    assert shares.shape == (2, 41)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    labels, shares = count_votes(distances, near, weights="distance", classes=41)
    assert labels.tolist() == [11, 2]
    assert shares[1, 2] == 1


def test_a_label_of_copies_reaches_as_far_as_the_nearest_of_the_others() -> None:
    mean, labels = np.array([0.0, 0.0, 4.0, 4.0, 9.0]), np.array([7, 7, 1, 1, 2])
    reach = measure_reach(mean, labels)
    assert reach[[7, 1, 2]].tolist() == [4, 4, 9]
    assert np.isinf(np.delete(reach, [7, 1, 2])).all()


def test_no_distance_is_too_large_for_strangeness() -> None:
    reach = np.full(10, np.finfo(np.float32).tiny, np.float64)
    distances = np.full((1, 2), 6e18, np.float32)
    strangeness = measure_strangeness(distances, np.array([3]), reach)
    assert strangeness.tolist() == [np.finfo(np.float32).max]


def test_signs_are_near_by_the_distances_to_digits_over_those_to_signs() -> None:
    even, far = np.full((1, 9), 3.0, np.float32), np.full((1, 9), 6.0, np.float32)
    assert measure_nearness(even, even).tolist() == [1]
    assert measure_nearness(even, far).tolist() == [0.5]
    assert measure_nearness(far, even[:, :4]).tolist() == [2]


def test_the_nearest_say_most_of_how_near_signs_are() -> None:
    digits = np.full((2, 3), 4.0, np.float32)
    signs = np.array([[2, 8, 8], [6, 6, 6]], np.float32)  # of equal means
    one_near, all_far = measure_nearness(digits, signs)
    assert one_near > 1 > all_far


@pytest.mark.parametrize("scale", [1e-45, 1e-30, 1.0, 1e30])
def test_copies_and_distances_of_any_size_give_finite_nearness(scale: float) -> None:
    ones, copy = np.full((1, 3), scale, np.float32), np.array([[0, scale, scale]], np.float32)
    assert measure_nearness(copy, ones).tolist() == [0]
    assert measure_nearness(copy, copy).tolist() == [1]
    assert measure_nearness(ones, copy).tolist() == [np.finfo(np.float32).max]
    assert measure_nearness(ones, np.full((1, 3), 1e-38, np.float32)) > 0
