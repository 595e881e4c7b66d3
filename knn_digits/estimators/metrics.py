"""Door: how an estimator is to measure and search -> checked, and by whom it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.metrics import DistanceMetric
from sklearn.neighbors import VALID_METRICS

from knn_digits.errors import UsageError, shown
from knn_digits.estimators.parameters import is_count, is_number
from knn_digits.neighbors import check_engine
from knn_digits.neighbors.precise import CHOICES

BACKENDS = {"auto": "auto", "brute": "faiss", "kd_tree": "tree", "ball_tree": "tree"}  # by algorithm
METRICS = frozenset(name for names in VALID_METRICS.values() for name in names)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What distances are."""

    name: Any  # a word, or what measures two vectors
    exact: bool  # whether our own search takes it
    backend: str  # of our own search
    parameters: Mapping[str, Any]  # for scikit-learn's `NearestNeighbors`


def read_metric(estimator: Any) -> Metric:
    """Return what an estimator's parameters ask for.

    Raises
    ------
    UsageError
        If one is out of range, or both `algorithm` and `backend` are chosen.
    """
    check_engine(estimator.backend, estimator.device, backends=CHOICES)
    _check(estimator)
    if "auto" not in (estimator.algorithm, estimator.backend):
        raise UsageError(
            f"algorithm={estimator.algorithm!r} and backend={estimator.backend!r} both choose the search: "
            "leave one of them 'auto'"
        )
    names = ("n_neighbors", "algorithm", "leaf_size", "metric", "p", "metric_params", "n_jobs")
    name = "euclidean" if _is_euclidean(estimator) else estimator.metric
    exact = isinstance(name, str) and name in ("euclidean", "cosine") and not estimator.metric_params
    return Metric(
        name=name,
        exact=exact,
        backend=estimator.backend if estimator.algorithm == "auto" else BACKENDS[estimator.algorithm],
        parameters={name: getattr(estimator, name) for name in names},
    )


def _is_euclidean(estimator: Any) -> bool:
    if estimator.metric_params or not isinstance(estimator.metric, str):
        return False
    return estimator.metric in ("euclidean", "l2") or (estimator.metric == "minkowski" and estimator.p == 2)


def _check(estimator: Any) -> None:
    """Raise UsageError if a parameter is none that scikit-learn takes."""
    algorithm, leaf_size, p = estimator.algorithm, estimator.leaf_size, estimator.p
    if not _is_metric(estimator.metric):
        known = ", ".join(sorted(METRICS))
        raise UsageError(f"metric must be a callable or one of {known}, got {shown(estimator.metric)}")
    if not isinstance(algorithm, str) or algorithm not in BACKENDS:
        raise UsageError(f"algorithm must be one of {', '.join(BACKENDS)}, got {shown(algorithm)}")
    if not is_count(leaf_size):
        raise UsageError(f"leaf_size must be an integer of at least 1, got {shown(leaf_size)}")
    if p is not None and not (is_number(p) and p > 0):
        raise UsageError(f"p must be a number above 0 or None, got {shown(p)}")
    if not isinstance(estimator.metric_params, dict | None):
        raise UsageError(f"metric_params must be a dict or None, got {shown(estimator.metric_params)}")


def _is_metric(metric: Any) -> bool:
    if isinstance(metric, str):
        return metric in METRICS
    return callable(metric) or isinstance(metric, DistanceMetric)
