"""Door: vectors of any numbers -> classes, by the k nearest neighbors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier

from knn_digits.arrays import Indices, Labels
from knn_digits.errors import DataError
from knn_digits.estimators.ballots import ExplainedVote, lift_winners, tell, weigh
from knn_digits.estimators.base import KNNBase
from knn_digits.estimators.classes import encode, find_classes, find_outputs
from knn_digits.estimators.finders import join_rows
from knn_digits.estimators.metrics import Metric
from knn_digits.estimators.parameters import check_ties, check_weights, find_threads, refuse
from knn_digits.estimators.voting import Vote, Voting, their_votes
from knn_digits.neighbors.proposals import Doubles
from knn_digits.threads import limited_threads


class KNNClassifier(ClassifierMixin, KNNBase):  # type: ignore[misc]
    """Classify vectors of any width by their k nearest neighbors.

    As `sklearn.neighbors.KNeighborsClassifier`, but a tie of the votes goes to the class with the smaller sum
    of distances, then to the class that sorts first; neighbors at equal distances are ordered by the lower
    index; and where there are fewer vectors than `n_neighbors`, all of them vote. Distances are measured in
    float64, whatever the backend searches in.

    What `set_params` changes in a fitted one is checked at once where it is used. `n_neighbors`, `weights`,
    `power`, `ties` and threads hold at once, all else from the next `fit` on.

    Parameters
    ----------
    n_neighbors : int
    weights : {"uniform", "distance"}, callable or None
        One vote each (None, too), or votes in proportion to 1 / distance**power. A callable takes distances
        (m, k) and returns as many weights.
    power : float
        Above 0.
    ties : {"nearer", "sklearn"}
        "sklearn" lets `KNeighborsClassifier` search and vote: its predictions to the last bit, at its speed.
    algorithm, leaf_size, metric, p, metric_params, n_jobs, backend, device, threads
        As for `KNNSearch`.

    Attributes
    ----------
    classes_ : (c,), or a list of them for several outputs
        Sorted.
    outputs_2d_ : bool
        Whether there are several outputs.
    n_features_in_ : int
    n_samples_fit_ : int
    effective_metric_ : str or callable

    Examples
    --------
    >>> knn = KNNClassifier(n_neighbors=3).fit([[0.0], [1.0], [9.0], [10.0]], ["low", "low", "high", "high"])
    >>> knn.predict([[0.4]]).tolist(), knn.kneighbors([[0.4]])[1].tolist()
    (['low'], [[0, 1, 2]])
    >>> (why,) = knn.explain([[0.4]])
    >>> why.voters[0].row, why.voters[0].label, round(why.shares["low"], 3)
    (0, 'low', 0.667)
    """

    classes_: Any
    _codes: Labels  # (n, outputs): the place of each class among those of its output
    _theirs: KNeighborsClassifier | None

    def __init__(  # noqa: PLR0913 (scikit-learn takes each parameter by its name)
        self,
        n_neighbors: int = 5,
        *,
        weights: Any = "uniform",
        power: float = 1.0,
        ties: str = "nearer",
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
        self.weights, self.power, self.ties = weights, power, ties

    def fit(self, X: Any, y: Any, **refused: Any) -> "KNNClassifier":
        """Remember the vectors (n, d), dense or sparse, and their classes (n,) or (n, outputs).

        Raises
        ------
        ValueError
            If X and y do not fit together or are no finite numbers, or a parameter is out of range.
        TypeError
            If anything else is given, such as `sample_weight`: each vector has one vote.
        MissingPartError
            If backend or device is not there.
        """
        refuse(refused)
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
            As `fit`; if `y` has a class that the first call did not know, or `classes` are others; if there
            are several outputs, or the metric is "precomputed".
        """
        if np.ndim(y) > 1 and np.shape(y)[1] > 1:
            raise DataError("partial_fit takes one class for each vector, (n,): fit takes several")
        if isinstance(self.metric, str) and self.metric == "precomputed":
            raise DataError("partial_fit takes vectors, and metric='precomputed' has none: use fit")
        add = hasattr(self, "classes_")
        if add and classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise DataError(f"classes are not those of the first call: {self.classes_.tolist()}")
        return self._remember(X, y, classes=classes, add=add)

    def _remember(self, X: Any, y: Any, *, classes: Any, add: bool) -> "KNNClassifier":
        metric = self._check_parameters()
        X, y = self._validate(X, y, reset=not add, multi_output=True, ensure_min_samples=1)
        columns = find_outputs(y)
        several = len(columns) > 1
        known = [self.classes_] if add else [find_classes(column, classes) for column in columns]
        codes = np.stack([encode(*pair) for pair in zip(columns, known, strict=True)], axis=1)
        if add:
            X, codes = join_rows(self._fit_X, X), np.concatenate([self._codes, codes])
        self._hold(X, metric, prepare=not add)  # the index of what is added piece by piece waits
        self._codes, self._theirs, self.outputs_2d_ = codes, None, several
        self.classes_ = known if several else known[0]
        if self.ties == "sklearn":
            self._ask_scikit()
        return self

    def _check_parameters(self) -> Metric:
        check_weights(self.weights, self.power)
        check_ties(self.ties, self.power)
        return super()._check_parameters()

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each vector (m, d), (m,), of several outputs (m, q).

        None stands for the training vectors, each judged by the others.
        """
        votes = self._votes(X)
        columns = [names[winners] for names, (winners, _) in zip(self._names(), votes, strict=True)]
        return np.stack(columns, axis=1) if self.outputs_2d_ else np.asarray(columns[0])

    def predict_proba(self, X: Any) -> Any:
        """Return the share of each class in the votes on each vector (m, d), (m, c) float64.

        Of several outputs, a list of these. Of classes with equal shares, that of the prediction is larger by
        the last bit, but where ties are scikit-learn's.
        """
        votes = self._votes(X)
        if self.ties == "nearer":
            votes = [(winners, lift_winners(shares, winners)) for winners, shares in votes]
        found = [shares for _, shares in votes]
        return found if self.outputs_2d_ else found[0]

    def explain(self, X: Any) -> tuple[ExplainedVote, ...]:
        """Return why each vector (m, d) gets its class: its neighbors, and what their votes counted.

        Raises
        ------
        ValueError
            As `predict`; if there are several outputs.
        """
        labels = self.predict(X).tolist()
        if self.outputs_2d_:
            raise DataError("explain tells the votes for one output: fit one of them alone")
        queries = self._queries(X)
        distances, indices = self._nearest(queries, self._most(queries))
        weights = weigh(distances, self.weights, self.power)
        classes = self.classes_[self._codes[indices, 0]]
        return tuple(
            tell(indices[row], distances[row], weights[row], classes=classes[row], label=label)
            for row, label in enumerate(labels)
        )

    def _names(self) -> list[NDArray[Any]]:
        return self.classes_ if self.outputs_2d_ else [self.classes_]

    def _votes(self, X: Any) -> list[Vote]:
        """Return winners and shares of each output."""
        queries = self._queries(X)
        classes = tuple(map(len, self._names()))
        if self.ties == "sklearn":
            return their_votes(self._ask_scikit(), queries, classes=classes[0])
        k, weights, power = self._most(queries), self.weights, self.power
        voting = Voting(k=k, weights=weights, power=power, codes=self._codes, classes=classes)
        with limited_threads(find_threads(self.n_jobs, self.threads)):
            return voting.votes(self._finder, queries)

    def _nearest(self, queries: Any, k: int) -> tuple[Doubles, Indices]:
        if self.ties == "sklearn":
            distances, indices = self._ask_scikit().kneighbors(queries, k)
            return distances, indices
        return super()._nearest(queries, k)

    def _ask_scikit(self) -> KNeighborsClassifier:
        """Return scikit-learn's own classifier of the same vectors, fitted when it is first needed."""
        if self._theirs is None:
            codes = self._codes if self.outputs_2d_ else self._codes[:, 0]
            self._theirs = KNeighborsClassifier(**self._check_parameters().parameters).fit(self._fit_X, codes)
        votes = {"n_neighbors": int(self.n_neighbors), "weights": self.weights}
        return self._theirs.set_params(**votes, n_jobs=find_threads(self.n_jobs, self.threads))

    def __sklearn_tags__(self) -> Any:
        """Say that several outputs are taken."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = tags.classifier_tags.multi_label = True
        return tags
