"""What the voting of an estimator promises: how neighbors are found changes no vote."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from knn_digits.errors import DataError
from knn_digits.estimators.classes import encode
from knn_digits.estimators.finders import ExactFinder
from knn_digits.estimators.voting import Voting, their_votes


def test_votes_of_neighbors_in_any_order_are_those_of_measured_ones_ties_too() -> None:
    rng = np.random.default_rng(0)
    finder = ExactFinder(rng.random((200, 16)), cosine=False, backend="auto", device="auto")
    codes, queries = rng.integers(0, (3, 5), (200, 2)), rng.random((300, 16))
    counted, measured = (
        Voting(k=4, weights=weights, power=1.0, codes=codes, classes=(3, 5)).votes(finder, queries)
        for weights in ("uniform", np.ones_like)
    )
    for (winners, shares), (same_winners, same_shares) in zip(counted, measured, strict=True):
        assert np.array_equal(winners, same_winners)
        assert np.array_equal(shares, same_shares)
        assert (np.sort(shares)[:, -1] == np.sort(shares)[:, -2]).any()  # there are ties


def test_a_class_that_has_not_come_gets_no_vote_of_scikit_learn() -> None:
    theirs = KNeighborsClassifier(1).fit([[0.0], [9.0]], [0, 2])
    ((winners, shares),) = their_votes(theirs, [[8.0]], classes=4)
    assert winners.tolist() == [2]
    assert shares.tolist() == [[0, 0, 1, 0]]


def test_a_class_that_is_not_known_is_named() -> None:
    with pytest.raises(DataError, match="'c'"):
        encode(np.array(["a", "c"]), np.array(["a", "b"]))
