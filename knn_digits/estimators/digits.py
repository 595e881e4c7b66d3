"""Door: digits -> classes, by the whole pipeline of a k-NN model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from knn_digits.arrays import CLASSES, Digits, Distances, Indices, Labels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.recipe import DEFAULT, refinement_for
from knn_digits.errors import DataError, UsageError, shown
from knn_digits.estimators.ballots import ExplainedVote, lift_winners, tell
from knn_digits.estimators.images import as_digits, check_images, find_scale, plain
from knn_digits.estimators.parameters import (
    check_flag,
    check_neighbors,
    check_scale,
    check_threads,
    check_votes,
)
from knn_digits.features import Feature, make_feature
from knn_digits.neighbors import BACKENDS, check_engine
from knn_digits.threads import limited_threads
from knn_digits.vote import weigh_votes


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The whole pipeline: features, discriminant directions, neighbors, refinement, votes.

    The defaults are those of `knn-digits fit`, but for its validation: without `model_.validate()`, which
    takes as long again, probabilities are shares of the votes, and a saved model refuses nothing on photos.
    What `set_params` changes in a fitted one is checked at once where it is used; it holds from the next
    `fit` on, `threads` at once.

    Parameters
    ----------
    features : str
        "blocks", "deskewed", "hog", "pixels", or several joined by +.
    feature_options : mapping, optional
        Such as {"rows": 7, "columns": 7} for blocks.
    n_neighbors : int
    weights : {"uniform", "distance"}
    power : float
        Of the distance, by which weights fall.
    dimensions : int
        Discriminant directions; 0: the features as they are.
    refine : bool
        Measure unsure digits again by a distance that lets them bend.
    backend : {"faiss", "opencv", "pca", "sklearn"}
    device : {"auto", "cpu", "cuda"}
    threads : int, optional
        Of all libraries together, at most as many as there are cores. By default as many as they take.
        A forked child has one, whatever is asked for.
    scale : float or "auto"
        As for `BlockInkCounts`.

    Attributes
    ----------
    classes_ : (c,)
        Sorted, at most 10.
    model_ : DigitKNN
        What was fitted; `model_.save` writes it as a model file. Its labels are the classes, where those are
        digits or their names, else their places in `classes_`.
    scale_ : float
        The value of full ink in what was fitted.

    Examples
    --------
    >>> import knn_digits
    >>> sample = knn_digits.load_dataset("sample")
    >>> digits = DigitClassifier("blocks", dimensions=0, refine=False).fit(sample.digits, sample.labels)
    >>> digits.predict(sample.digits[:5]).tolist()
    [0, 1, 2, 3, 4]
    """

    image_shape_: tuple[int, int]

    def __init__(  # noqa: PLR0913 (scikit-learn takes each parameter by its name)
        self,
        features: str = DEFAULT.feature,
        *,
        feature_options: Mapping[str, Any] | None = None,
        n_neighbors: int = DEFAULT.options.k,
        weights: str = DEFAULT.options.weights,
        power: float = DEFAULT.options.power,
        dimensions: int = DEFAULT.options.dimensions,
        refine: bool = DEFAULT.options.refinement is not None,
        backend: str = DEFAULT.options.backend,
        device: str = DEFAULT.options.device,
        threads: int | None = None,
        scale: float | str = "auto",
    ) -> None:
        self.features, self.feature_options = features, feature_options
        self.n_neighbors, self.weights, self.power = n_neighbors, weights, power
        self.dimensions, self.refine = dimensions, refine
        self.backend, self.device, self.threads, self.scale = backend, device, threads, scale

    def fit(self, X: Any, y: Any) -> "DigitClassifier":
        """Remember digits (n, 784) or (n, 28, 28), or pictures of another size, and their classes (n,).

        Raises
        ------
        ValueError
            If X and y do not fit together, X is no digits, there are more than 10 classes, or a parameter is
            out of range.
        MissingPartError
            If backend or device is not there.
        """
        if y is None:
            raise DataError("DigitClassifier requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        images = check_images(self, X, reset=True)
        check_consistent_length(images, y)
        classes, places = np.unique(y, return_inverse=True)
        labels = _find_labels(classes)
        feature, options = self._check_parameters()
        scale = find_scale(images, self.scale)
        with limited_threads(self.threads):
            self.model_ = DigitKNN.fit(
                as_digits(images, scale, told=self.scale != "auto", shape=self.image_shape_),
                labels[places],
                feature=feature,
                options=options,
            )
        self.classes_, self.scale_ = classes, scale
        return self

    def _check_parameters(self) -> tuple[Feature, KnnOptions]:
        """Return feature and options, if all parameters are allowed: they may be set at any time."""
        k, refine = check_neighbors(self.n_neighbors), check_flag("refine", self.refine)
        check_votes(self.weights, self.power)
        check_engine(self.backend, self.device, backends=tuple(BACKENDS))
        check_threads(self.threads)
        check_scale(self.scale)
        options = KnnOptions(
            k=k,
            weights=self.weights,
            power=plain(self.power),
            dimensions=plain(self.dimensions),
            refinement=refinement_for(k) if refine else None,
            backend=self.backend,
            device=self.device,
        )
        return make_feature(self.features, self._feature_options()), options

    def _feature_options(self) -> dict[str, Any]:
        if not isinstance(self.feature_options, Mapping | None):
            raise UsageError(f"feature_options must be a mapping, got {shown(self.feature_options)}")
        return {name: plain(value) for name, value in (self.feature_options or {}).items()}

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each digit, (n,)."""
        digits = self._digits(X)
        with limited_threads(self.threads):
            answers = self.model_.classify(digits).labels
        return np.asarray(self.classes_[self._places(answers)])

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Return the probability of each class, (n, c) float32; the largest is that of the prediction."""
        digits = self._digits(X)
        with limited_threads(self.threads):
            answers = self.model_.classify(digits)
        shares = answers.probabilities[:, _find_labels(self.classes_)]
        return lift_winners(shares, self._places(answers.labels))

    def _places(self, labels: Labels) -> Indices:
        """Return the places of labels 0..9 in `classes_`, whose order may be another."""
        places = np.zeros(CLASSES, np.int64)
        places[_find_labels(self.classes_)] = np.arange(len(self.classes_))
        return places[labels]

    def kneighbors(self, X: Any) -> tuple[Distances, Indices]:
        """Return Euclidean distances (n, k) and rows (n, k) of the nearest of the fitted digits."""
        digits = self._digits(X)
        with limited_threads(self.threads):
            return self.model_.kneighbors(digits)

    def explain(self, X: Any) -> tuple[ExplainedVote, ...]:
        """Return why each digit gets its class: its neighbors, and what their votes counted.

        A neighbor that counts several times, as learned digits may, stands there as often.
        """
        digits = self._digits(X)
        with limited_threads(self.threads):
            votes = self.model_.classify(digits)
        weights = weigh_votes(
            votes.distances, weights=self.model_.options.weights, power=self.model_.options.power
        )
        labels = self.classes_[self._places(votes.labels)].tolist()
        classes = self.classes_[self._places(votes.neighbor_labels)]
        return tuple(
            tell(votes.indices[row], votes.distances[row], weights[row], classes=classes[row], label=label)
            for row, label in enumerate(labels)
        )

    def _digits(self, X: Any) -> Digits:
        check_is_fitted(self)
        self._check_parameters()
        images = check_images(self, X, reset=False)
        return as_digits(images, self.scale_, told=self.scale != "auto", shape=self.image_shape_)

    def __sklearn_tags__(self) -> Any:
        """Say that values are not negative, and that (n, 28, 28) is taken, too."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = tags.input_tags.three_d_array = True
        return tags


def _find_labels(classes: NDArray[Any]) -> Labels:
    """Return the label 0..9 of each class: the digit that it is or names, else its place."""
    if len(classes) > CLASSES:
        raise DataError(f"y has {len(classes)} classes: digits have at most {CLASSES}")
    names = [str(label) for label in range(CLASSES)]
    if all(str(name) in names for name in classes.tolist()):
        return np.array([int(name) for name in classes.tolist()], np.int64)
    return np.arange(len(classes))
