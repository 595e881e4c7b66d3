"""Door: vectors of any numbers -> numbers, the mean of those of the k nearest neighbors."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from knn_digits.estimators.ballots import weigh
from knn_digits.estimators.base import KNNBase
from knn_digits.estimators.metrics import Metric
from knn_digits.estimators.parameters import check_weights, refuse
from knn_digits.neighbors.proposals import Doubles


class KNNRegressor(RegressorMixin, KNNBase):  # type: ignore[misc]
    """Predict numbers by the k nearest neighbors, as `sklearn.neighbors.KNeighborsRegressor`.

    Where there are fewer vectors than `n_neighbors`, the mean is that of all.

    Parameters
    ----------
    n_neighbors : int
    weights, power
        As for `KNNClassifier`.
    algorithm, leaf_size, metric, p, metric_params, n_jobs, backend, device, threads
        As for `KNNSearch`.

    Attributes
    ----------
    n_features_in_ : int
    n_samples_fit_ : int
    effective_metric_ : str or callable

    Examples
    --------
    >>> KNNRegressor(n_neighbors=2).fit([[0.0], [1.0], [9.0]], [1.0, 3.0, 7.0]).predict([[0.4]]).tolist()
    [2.0]
    """

    def __init__(  # noqa: PLR0913 (scikit-learn takes each parameter by its name)
        self,
        n_neighbors: int = 5,
        *,
        weights: Any = "uniform",
        power: float = 1.0,
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
        super().__init__(
            n_neighbors,
            algorithm=algorithm,
            leaf_size=leaf_size,
            metric=metric,
            p=p,
            metric_params=metric_params,
            n_jobs=n_jobs,
            backend=backend,
            device=device,
            threads=threads,
        )
        self.weights, self.power = weights, power

    def fit(self, X: Any, y: Any, **refused: Any) -> "KNNRegressor":
        """Remember the vectors (n, d), dense or sparse, and their numbers (n,) or (n, outputs).

        Raises
        ------
        ValueError
            As `KNNClassifier.fit`.
        """
        refuse(refused)
        metric = self._check_parameters()
        X, y = self._validate(X, y, reset=True, multi_output=True, y_numeric=True)
        self._hold(X, metric, prepare=True)
        self._numbers = y
        return self

    def _check_parameters(self) -> Metric:
        check_weights(self.weights, self.power)
        return super()._check_parameters()

    def predict(self, X: Any) -> Doubles:
        """Return the numbers of each vector (m, d), (m,) or (m, q).

        None stands for the training vectors, each judged by the others.
        """
        queries = self._queries(X)
        distances, indices = self._nearest(queries, self._most(queries))
        weights = weigh(distances, self.weights, self.power)
        sums = np.einsum("mk,mk...->m...", weights, self._numbers[indices].astype(np.float64))
        totals = weights.sum(axis=1)
        return np.asarray(sums / (totals if sums.ndim == 1 else totals[:, None]))

    def __sklearn_tags__(self) -> Any:
        """Say that several outputs are taken."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
