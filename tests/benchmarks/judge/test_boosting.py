import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.judge.boosting import Size, grow
from knn_digits.reading.context import sigmoid
from knn_digits.reading.judge import Trees

SIZE = Size(rounds=12, rate=0.2, leaves=6, least=5, shrink=1, bins=32)
NAMES = ("first", "second", "third", "fourth")


def table_of(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, len(NAMES))).astype(np.float32)
    right = (table[:, 0] + table[:, 1] * table[:, 2] + rng.normal(0, 0.3, n) > 0).astype(np.int64)
    return table, right


def test_trees_that_were_exported_give_the_probabilities_of_scikit_learn() -> None:
    table, right = table_of(800, seed=0)
    weights = np.random.default_rng(1).uniform(0.2, 1, 800)
    trees = grow(table, right, weights, names=NAMES, size=SIZE)
    theirs = HistGradientBoostingClassifier(
        max_iter=SIZE.rounds,
        learning_rate=SIZE.rate,
        max_leaf_nodes=SIZE.leaves,
        min_samples_leaf=SIZE.least,
        l2_regularization=SIZE.shrink,
        max_bins=SIZE.bins,
        early_stopping=False,
        random_state=0,
    ).fit(table, right, sample_weight=weights)
    unseen, _ = table_of(500, seed=2)
    expected = theirs.predict_proba(unseen)[:, 1]
    assert sigmoid(trees.log_odds(unseen)) == pytest.approx(expected, abs=1e-6)
    stored = Trees.from_dict(trees.as_dict())
    assert sigmoid(stored.log_odds(unseen)) == pytest.approx(expected, abs=1e-3)


def test_trees_learn_what_parts_right_from_wrong_and_name_the_features() -> None:
    table, right = table_of(800, seed=0)
    trees = grow(table, right, np.ones(800), names=NAMES, size=SIZE)
    unseen, truth = table_of(500, seed=2)
    assert trees.names == NAMES
    assert ((trees.log_odds(unseen) > 0) == truth).mean() > 0.8
    asked = np.bincount(trees.asked[trees.asked >= 0], minlength=len(NAMES))
    assert asked.argmin() == 3


def test_marks_of_no_weight_teach_nothing() -> None:
    table, right = table_of(400, seed=0)
    weights = np.where(np.arange(400) < 200, 1.0, 0.0)
    turned = np.where(weights > 0, right, 1 - right)
    trees = grow(table, turned, weights, names=NAMES, size=SIZE)
    assert ((trees.log_odds(table) > 0) == right).mean() > 0.8
