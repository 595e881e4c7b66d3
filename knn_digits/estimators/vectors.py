"""Door: vectors of any numbers -> classes, by the k nearest neighbors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from knn_digits.arrays import Indices, Labels
from knn_digits.classifiers.layer import drop_own
from knn_digits.errors import DataError
from knn_digits.estimators.parameters import check_neighbors, check_threads, check_votes
from knn_digits.neighbors import check_engine
from knn_digits.neighbors.precise import CHOICES, Doubles, PreciseIndex
from knn_digits.threads import limited_threads
from knn_digits.vote import count_votes


class KNNClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify vectors of any width by their k nearest neighbors.

    As `sklearn.neighbors.KNeighborsClassifier`, but a tie of the votes goes to the class with the smaller sum
    of distances, then to the class that sorts first; neighbors at equal distances are ordered by the lower
    index; and where there are fewer vectors than `n_neighbors`, all of them vote. Distances are measured in
    float64, whatever the backend searches in.

    Parameters
    ----------
    n_neighbors : int
    weights : {"uniform", "distance"}
        One vote each, or votes in proportion to 1 / distance**power.
    power : float
        Above 0.
    backend : {"auto", "faiss", "opencv", "pca", "sklearn", "tree"}
        Speed alone, the answers are the same. "auto" goes by the width of the vectors.
    device : {"auto", "cpu", "cuda"}
        Where FAISS searches.
    threads : int, optional
        Of all libraries together, at most as many as there are cores. By default as many as they take.
        A forked child has one, whatever is asked for.

    Attributes
    ----------
    classes_ : (c,)
        Sorted.
    n_features_in_ : int
    n_samples_fit_ : int

    Examples
    --------
    >>> knn = KNNClassifier(n_neighbors=3).fit([[0.0], [1.0], [9.0], [10.0]], ["low", "low", "high", "high"])
    >>> knn.predict([[0.4]]).tolist(), knn.kneighbors([[0.4]])[1].tolist()
    (['low'], [[0, 1, 2]])
    """

    classes_: NDArray[Any]
    _index: PreciseIndex
    _labels: Labels

    def __init__(
        self,
        n_neighbors: int = 11,
        *,
        weights: str = "uniform",
        power: float = 1.0,
        backend: str = "auto",
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        self.n_neighbors, self.weights, self.power = n_neighbors, weights, power
        self.backend, self.device, self.threads = backend, device, threads

    def fit(self, X: Any, y: Any) -> "KNNClassifier":
        """Remember the vectors (n, d) and their classes (n,).

        Raises
        ------
        ValueError
            If X and y do not fit together or are no finite numbers, or a parameter is out of range.
        MissingPartError
            If backend or device is not there.
        """
        return self._remember(X, y, classes=None, add=False)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> "KNNClassifier":
        """Remember more vectors and their classes.

        Parameters
        ----------
        X : (n, d)
        y : (n,)
        classes : (c,), optional
            All classes that may come. Without it the first call knows those of its `y`.

        Raises
        ------
        ValueError
            As `fit`; if `y` has a class that the first call did not know, or `classes` are others.
        """
        return self._remember(X, y, classes=classes, add=hasattr(self, "classes_"))

    def _remember(self, X: Any, y: Any, *, classes: Any, add: bool) -> "KNNClassifier":
        self._check_parameters()
        X, y = validate_data(self, X, y, reset=not add, dtype="numeric", ensure_min_samples=1)
        check_classification_targets(y)
        y = column_or_1d(y)
        known = self.classes_ if add else np.unique(y if classes is None else classes)
        if add and classes is not None and not np.array_equal(known, np.unique(classes)):
            raise DataError(f"classes are not those of the first call: {known.tolist()}")
        vectors, labels = _as_floats(X), _encode(y, known)
        if add:
            vectors = np.concatenate([self._index.vectors, vectors])
            labels = np.concatenate([self._labels, labels])
        index = PreciseIndex(vectors, backend=self.backend, device=self.device)
        if not add:  # the index of what is added piece by piece is made when it is asked
            with limited_threads(self.threads):
                index.prepare()
        self.classes_, self._index, self._labels = known, index, labels
        self.n_samples_fit_ = len(vectors)
        return self

    def _check_parameters(self) -> int:
        """Return the number of neighbors, if it and the others are allowed: they may be set at any time."""
        check_votes(self.weights, self.power)
        check_engine(self.backend, self.device, backends=CHOICES)
        check_threads(self.threads)
        return check_neighbors(self.n_neighbors)

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> tuple[Doubles, Indices] | Indices:
        """Return the nearest training vectors.

        Parameters
        ----------
        X : (m, d), optional
            By default the training vectors, each without itself as a neighbor.
        n_neighbors : int, optional
            By default that of the classifier.
        return_distance : bool
            Whether to return the distances, too.

        Returns
        -------
        distances : (m, n_neighbors) float64
            Euclidean, ascending.
        indices : (m, n_neighbors) int64
            Rows of what was fitted; equal distances are ordered by the lower index.

        Raises
        ------
        ValueError
            If there are fewer vectors than `n_neighbors`, or a parameter is out of range.
        """
        check_is_fitted(self)
        k = self._check_parameters() if n_neighbors is None else n_neighbors
        wanted = check_neighbors(k, most=self.n_samples_fit_ - (X is None))
        if X is None:
            distances, indices = drop_own(
                *self._nearest(self._index.vectors, wanted + 1), np.arange(len(self._index.vectors))
            )
        else:
            distances, indices = self._nearest(self._check(X), wanted)
        return (distances, indices) if return_distance else indices

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each vector (m, d), (m,)."""
        labels, _ = self._vote(X)
        return np.asarray(self.classes_[labels])

    def predict_proba(self, X: Any) -> Doubles:
        """Return the share of each class in the votes on each vector (m, d), (m, c) float64.

        Of classes with equal shares, that of the prediction is larger by the last bit.
        """
        labels, shares = self._vote(X)
        return lift_winners(shares, labels)

    def _vote(self, X: Any) -> tuple[Labels, Doubles]:
        check_is_fitted(self)
        k = min(self._check_parameters(), self.n_samples_fit_)
        distances, indices = self._nearest(self._check(X), k)
        return count_votes(
            distances,
            self._labels[indices],
            weights=self.weights,
            power=self.power,
            classes=len(self.classes_),
        )

    def _check(self, X: Any) -> NDArray[Any]:
        return _as_floats(validate_data(self, X, reset=False, dtype="numeric"))

    def _nearest(self, vectors: NDArray[Any], k: int) -> tuple[Doubles, Indices]:
        with limited_threads(self.threads):
            return self._index.kneighbors(vectors, k)


def lift_winners(shares: NDArray[Any], winners: Labels) -> NDArray[Any]:
    """Return shares (n, c) in which the winner (n,) of a tie has the largest, if only by the last bit."""
    rows = np.flatnonzero(shares.argmax(axis=1) != winners)
    lifted = shares.copy()
    lifted[rows, winners[rows]] = np.nextafter(shares[rows].max(axis=1), shares.dtype.type(2))
    return lifted


def _as_floats(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers as float32 where that holds every number of their dtype, else as float64."""
    if numbers.dtype.kind not in "biuf":
        raise DataError(f"X must be numbers, got {numbers.dtype}")
    single = np.result_type(numbers.dtype, np.float32) == np.float32
    with np.errstate(over="ignore"):  # of longer floats; the index refuses what is infinite
        return numbers.astype(np.float32 if single else np.float64, copy=False)


def _encode(y: NDArray[Any], classes: NDArray[Any]) -> Labels:
    """Return the place of each element of y among the sorted classes, (n,) int64."""
    labels = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    unknown = classes[labels] != y
    if unknown.any():
        raise DataError(f"y has the class {y[unknown].tolist()[0]!r}, which is none of {classes.tolist()}")
    return np.asarray(labels, np.int64)
