"""Door: vectors -> their k nearest, those within a radius, and graphs: what the estimators share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator
from sklearn.neighbors import BallTree, KDTree
from sklearn.utils.validation import check_is_fitted, validate_data

from knn_digits.arrays import Indices
from knn_digits.errors import DataError, UsageError, shown
from knn_digits.estimators.finders import ExactFinder, Finder, ScikitFinder, in_blocks
from knn_digits.estimators.metrics import Metric, read_metric
from knn_digits.estimators.parameters import check_neighbors, find_threads, is_number
from knn_digits.neighbors.proposals import Doubles
from knn_digits.threads import limited_threads

MODES = ("connectivity", "distance")


class KNNBase(BaseEstimator):  # type: ignore[misc]
    """What remembers vectors and finds the nearest of them; see `KNNSearch` for its parameters."""

    _finder: Finder
    _fit_X: Any  # noqa: N815 (as it was given, checked: scikit-learn's own name)

    def __init__(  # noqa: PLR0913 (scikit-learn takes each parameter by its name)
        self,
        n_neighbors: int = 5,
        *,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: Any = "minkowski",
        p: float = 2,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        backend: str = "auto",
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        self.n_neighbors, self.algorithm, self.leaf_size = n_neighbors, algorithm, leaf_size
        self.metric, self.p, self.metric_params = metric, p, metric_params
        self.n_jobs, self.backend, self.device, self.threads = n_jobs, backend, device, threads

    def _check_parameters(self) -> Metric:
        """Return the metric, if it and the others are allowed: they may be set at any time."""
        check_neighbors(self.n_neighbors)
        find_threads(self.n_jobs, self.threads)
        return read_metric(self)

    def _validate(self, X: Any, y: Any = "no_validation", *, reset: bool, **options: Any) -> Any:
        """Return X, and y where it is given, as scikit-learn checks them."""
        finite: Any = "allow-nan" if self.metric == "nan_euclidean" else True
        options |= {"accept_sparse": "csr", "dtype": "numeric", "order": "C", "ensure_all_finite": finite}
        return validate_data(self, _vectors_in(X), y, reset=reset, **options)

    def _hold(self, X: Any, metric: Metric, *, prepare: bool) -> None:
        """Make what finds neighbors among X; its index at once, or when it is first asked."""
        finder: Finder
        if metric.exact:
            finder = ExactFinder(
                X, cosine=metric.name == "cosine", backend=metric.backend, device=self.device
            )
        else:
            finder = ScikitFinder(X, metric.parameters)
        if prepare:
            with limited_threads(find_threads(self.n_jobs, self.threads)):
                finder.prepare()
        self._finder, self._fit_X, self.effective_metric_ = finder, X, metric.name
        self.n_samples_fit_ = X.shape[0]

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> tuple[Doubles, Indices] | Indices:
        """Return the nearest training vectors.

        Parameters
        ----------
        X : (m, d), optional
            By default the training vectors, each without itself as a neighbor.
        n_neighbors : int, optional
            By default that of the estimator.
        return_distance : bool
            Whether to return the distances, too.

        Returns
        -------
        distances : (m, n_neighbors) float64
            Ascending.
        indices : (m, n_neighbors) int64
            Rows of what was fitted; equal distances are ordered by the lower index.

        Raises
        ------
        ValueError
            If there are fewer vectors than `n_neighbors`, or a parameter is out of range.
        """
        queries = self._queries(X)
        wanted = self.n_neighbors if n_neighbors is None else n_neighbors
        k = check_neighbors(wanted, most=self.n_samples_fit_ - (X is None))
        found = self._nearest(queries, k)
        return found if return_distance else found[1]

    def _queries(self, X: Any) -> Any:
        """Return what is asked of the finder, if it is fitted and everything is allowed."""
        check_is_fitted(self)
        metric = self._check_parameters()
        if X is None:
            return None
        if issparse(X) and metric.exact and self.algorithm in ("kd_tree", "ball_tree"):
            raise DataError(f"{self.algorithm} takes no sparse X: make it dense, or choose algorithm='brute'")
        return self._validate(X, reset=False)

    def _nearest(self, queries: Any, k: int) -> tuple[Doubles, Indices]:
        with limited_threads(find_threads(self.n_jobs, self.threads)):
            found = [self._finder.kneighbors(block, k) for block in in_blocks(self._finder, queries)]
        distances, indices = (np.concatenate(part) for part in zip(*found, strict=True))
        return distances, indices

    def _most(self, queries: Any) -> int:
        """Return how many neighbors are asked: all, where there are fewer than wanted."""
        others = self.n_samples_fit_ - (queries is None)
        if not others:
            raise DataError("a single training vector has no others that could judge it: give X")
        return int(min(self.n_neighbors, others))

    def kneighbors_graph(
        self, X: Any = None, n_neighbors: int | None = None, mode: str = "connectivity"
    ) -> csr_array:
        """Return the graph of the nearest training vectors.

        Parameters
        ----------
        X, n_neighbors
            As for `kneighbors`.
        mode : {"connectivity", "distance"}
            Whether an edge is 1 or the distance.

        Returns
        -------
        (m, n) sparse float64
        """
        _check_mode(mode)
        distances, indices = self.kneighbors(X, n_neighbors)
        ends = indices.shape[1] * np.arange(len(indices) + 1)
        return self._graph(distances.ravel(), indices.ravel(), ends, mode)

    def radius_neighbors(
        self, X: Any = None, radius: float = 1.0, return_distance: bool = True, sort_results: bool = True
    ) -> tuple[NDArray[Any], NDArray[Any]] | NDArray[Any]:
        """Return all training vectors within a radius.

        Parameters
        ----------
        X : (m, d), optional
            By default the training vectors, each without itself as a neighbor.
        radius : float
            At least 0. What is exactly as far is within it.
        return_distance : bool
            Whether to return the distances, too.
        sort_results : bool
            They are ascending in any case.

        Returns
        -------
        distances, indices : (m,) objects
            Each an array of float64 or int64, of its own length.
        """
        queries = self._queries(X)
        if not is_number(radius) or not radius >= 0:
            raise UsageError(f"radius must be a number of at least 0, got {shown(radius)}")
        with limited_threads(find_threads(self.n_jobs, self.threads)):
            blocks = [self._finder.within(block, radius) for block in in_blocks(self._finder, queries)]
        found = [one for block in blocks for one in block]
        distances, indices = np.empty(len(found), object), np.empty(len(found), object)
        for row, one in enumerate(found):
            distances[row], indices[row] = one
        return (distances, indices) if return_distance else indices

    def radius_neighbors_graph(
        self, X: Any = None, radius: float = 1.0, mode: str = "connectivity", sort_results: bool = True
    ) -> csr_array:
        """Return the graph of the training vectors within a radius, as `kneighbors_graph` does."""
        _check_mode(mode)
        distances, indices = self.radius_neighbors(X, radius)
        ends = np.cumsum([0, *map(len, indices)])
        return self._graph(np.concatenate(distances), np.concatenate(indices), ends, mode)

    def _graph(self, distances: Doubles, indices: Indices, ends: Indices, mode: str) -> csr_array:
        edges = np.ones(len(indices)) if mode == "connectivity" else distances
        return csr_array((edges, indices, ends), shape=(len(ends) - 1, self.n_samples_fit_))

    def __sklearn_tags__(self) -> Any:
        """Say what the metric makes of X, and that it may be sparse."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = tags.input_tags.positive_only = self.metric == "precomputed"
        tags.input_tags.allow_nan = self.metric == "nan_euclidean"
        return tags


def _vectors_in(X: Any) -> Any:
    """Return the vectors of a tree of scikit-learn's, or of a fitted search, and anything else as it is."""
    if isinstance(X, BallTree | KDTree):
        return np.asarray(X.data)
    return getattr(X, "_fit_X", X)


def _check_mode(mode: Any) -> None:
    if not isinstance(mode, str) or mode not in MODES:
        raise UsageError(f"mode must be one of {', '.join(MODES)}, got {shown(mode)}")
