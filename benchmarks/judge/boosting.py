"""Features and labels -> boosted trees, by scikit-learn, exported to lists of numbers."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from knn_digits.reading.judge import Trees


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much trees may learn by heart."""

    rounds: int
    rate: float  # of learning
    leaves: int  # of a tree, at most
    least: int  # marks in a leaf
    shrink: float  # L2 regularization
    bins: int
    share: float = 1.0  # of the features: at each node the best of so many, by chance, is asked


ALONE = Size(rounds=300, rate=0.1, leaves=10, least=25, shrink=1, bins=96)
BESIDE = Size(rounds=200, rate=0.08, leaves=6, least=60, shrink=3, bins=64)
FIELDS = Size(rounds=300, rate=0.04, leaves=24, least=60, shrink=1, bins=64, share=0.3)
SEEN = Size(rounds=60, rate=0.1, leaves=8, least=60, shrink=3, bins=64)
TURNED = replace(SEEN, rounds=200)


def grow(
    table: NDArray[np.float32],
    right: NDArray[np.int64],
    weights: NDArray[np.float64],
    *,
    names: tuple[str, ...],
    size: Size,
) -> Trees:
    """Return trees that tell right marks from others.

    Parameters
    ----------
    table : (n, names) float32
    right : (n,) int64
        1 or 0.
    weights : (n,) float64
    names : tuple of str
        Of the features.
    size : Size

    References
    ----------
    J. H. Friedman (2001), Greedy function approximation: a gradient boosting machine.
    """
    model = HistGradientBoostingClassifier(
        max_iter=size.rounds,
        learning_rate=size.rate,
        max_leaf_nodes=size.leaves,
        min_samples_leaf=size.least,
        l2_regularization=size.shrink,
        max_bins=size.bins,
        max_features=size.share,
        early_stopping=False,
        random_state=0,
    )
    model.fit(table, right, sample_weight=weights)
    return _export(model, names)


def _export(model: HistGradientBoostingClassifier, names: tuple[str, ...]) -> Trees:
    parts = [trees[0].nodes for trees in model._predictors]
    roots = np.cumsum([0, *(len(nodes) for nodes in parts)])[:-1]
    nodes = np.concatenate(parts)
    leaf = nodes["is_leaf"].astype(bool)
    first = np.repeat(roots, [len(part) for part in parts])
    right = np.where(leaf, 0, nodes["right"].astype(np.int64) + first)
    return Trees(
        names=names,
        start=float(model._baseline_prediction.ravel()[0]),
        roots=roots.astype(np.int64),
        asked=np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
        limits=np.where(leaf, 0.0, nodes["num_threshold"]),
        right=right,
        values=_mean_values(nodes, leaf, right),
    )


def _mean_values(
    nodes: NDArray[np.void], leaf: NDArray[np.bool_], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what leaves add, and for other nodes the mean of it over the marks that came there."""
    values, counts = nodes["value"].astype(np.float64), nodes["count"].astype(np.float64)
    for node in np.flatnonzero(~leaf)[::-1]:  # children stand behind their parents
        sides = [node + 1, right[node]]
        values[node] = np.average(values[sides], weights=counts[sides])
    return values
