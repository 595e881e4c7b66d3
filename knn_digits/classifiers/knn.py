"""Stages 3 + 4 + 5: digits -> vectors -> neighbors -> votes, as one model: fitted, saved, loaded."""

import copy
import datetime
import pathlib
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import __version__
from knn_digits.arrays import (
    CLASSES,
    SIDE,
    Digits,
    Distances,
    Indices,
    Labels,
    Vectors,
    check_digits,
    check_labels,
    check_vectors,
)
from knn_digits.errors import DataError, KnnDigitsError, ModelError, UsageError
from knn_digits.features import Feature, describe_feature, make_feature
from knn_digits.neighbors import BACKENDS, DEVICES, NeighborIndex, make_index
from knn_digits.storage import data_folder, load_model, save_model, sha256
from knn_digits.vote import UNKNOWN_REACH, WEIGHTS, Votes, measure_reach, vote

BUNDLED = pathlib.Path(__file__).with_name("bundled.npz")
BATCH = 500  # digits classified between two steps of a progress bar
VALIDATION_SHARE = 6  # one in so many training digits of each class, its last ones, is held out

Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True, kw_only=True)
class KnnOptions:
    """How neighbors are found and how they vote."""

    k: int = 11  # neighbors that vote
    weights: str = "uniform"  # or "distance"
    backend: str = "faiss"  # or "opencv", "sklearn": speed alone, the answers are the same
    device: str = "auto"  # or "cpu", "cuda"

    def __post_init__(self) -> None:
        """Check what does not depend on the training digits."""
        if type(self.k) is not int or self.k < 1:
            raise UsageError(f"k must be an integer of at least 1, got {self.k!r}")
        if self.weights not in WEIGHTS:
            raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {self.weights!r}")
        if self.backend not in tuple(BACKENDS):
            raise UsageError(f"unknown backend {self.backend!r}: allowed are {', '.join(BACKENDS)}")
        if self.device not in DEVICES:
            raise UsageError(f"unknown device {self.device!r}: allowed are {', '.join(DEVICES)}")


class KnnClassifier:
    """A k-nearest-neighbor classifier of digits; make one with `fit` or `load`.

    Attributes
    ----------
    digits : (n, 28, 28) uint8
        The training digits: `Votes.indices` are rows of it.
    labels : (n,) int64
    feature : Feature
    options : KnnOptions
    header : dict
        What the model file says about the model.
    """

    def __init__(
        self,
        digits: Digits,
        labels: Labels,
        *,
        vectors: Vectors,
        feature: Feature,
        options: KnnOptions,
        header: dict[str, Any],
    ) -> None:
        self.digits, self.labels = digits, labels
        self.feature, self.options, self.header = feature, options, header
        self._vectors = vectors
        self._index = make_index(options.backend, vectors, device=options.device)
        self._layer: NeighborIndex | None = None

    @classmethod
    def fit(
        cls,
        digits: Digits,
        labels: Labels,
        *,
        feature: Feature,
        options: KnnOptions = KnnOptions(),
        data_name: str = "unnamed",
        progress: Progress = iter,
    ) -> "KnnClassifier":
        """Remember the training digits.

        Parameters
        ----------
        digits : (n, 28, 28) uint8, n at least 1
        labels : (n,) integers 0..9
        feature : Feature
        options : KnnOptions
        data_name : str
            What the model file calls the training data.
        progress : callable
            Wraps the iterable of batches, as `tqdm` does.

        Raises
        ------
        DataError
            If digits and labels do not fit together.
        UsageError
            If k is larger than the number of digits.
        MissingPartError
            If backend or device is not there.
        """
        digits = check_digits(digits)
        labels = check_labels(labels, n=len(digits))
        if not len(digits):
            raise DataError("no training digits: at least one is needed")
        if options.k > len(digits):
            raise UsageError(
                f"k is {options.k}, but there are only {len(digits)} training digits: choose a smaller k"
            )
        header = {
            "feature": describe_feature(feature),
            "options": asdict(replace(options, device="auto")),
            "data": {
                "name": data_name,
                "sha256": sha256(digits, labels),
                "digits": len(digits),
                "per_label": np.bincount(labels, minlength=CLASSES).tolist(),
            },
            "versions": {
                "knn-digits": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "opencv": cv2.__version__,
            },
            "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        }
        starts = progress(range(0, len(digits), BATCH))
        vectors = np.concatenate([feature(digits[start : start + BATCH]) for start in starts])
        return cls(digits, labels, vectors=vectors, feature=feature, options=options, header=header)

    def classify(self, digits: Digits) -> Votes:
        """Return the votes of the k nearest training digits on each of (n, 28, 28) uint8 digits.

        Raises
        ------
        DataError
            If the digits have another shape or dtype.
        """
        return self.vote(*self.kneighbors(digits))

    def kneighbors(self, digits: Digits) -> tuple[Distances, Indices]:
        """Return distances (n, k) float32 and rows (n, k) int64 of the nearest training digits."""
        queries = self.feature(check_digits(digits))
        distances, indices = self._index.kneighbors(queries, self.options.k)
        if self._layer is None:
            return distances, indices
        more_distances, more_indices = self._layer.kneighbors(queries, self.options.k)
        distances = np.concatenate([distances, more_distances], axis=1)
        indices = np.concatenate([indices, more_indices + len(self._vectors)], axis=1)
        nearest = np.lexsort((indices, distances), axis=1)[:, : self.options.k]
        return np.take_along_axis(distances, nearest, axis=1), np.take_along_axis(indices, nearest, axis=1)

    @property
    def is_layered(self) -> bool:
        """Whether there are digits beside the model's own."""
        return self._layer is not None

    def with_layer(self, digits: Digits, labels: Labels) -> "KnnClassifier":
        """Return this model with more training digits, which are searched beside it and not saved with it.

        Parameters
        ----------
        digits : (m, 28, 28) uint8, m at least 1
        labels : (m,) integers 0..9
            In `Votes.indices` they follow the model's own digits.

        Raises
        ------
        DataError
            If digits and labels do not fit together.
        """
        digits = check_digits(digits)
        layered = copy.copy(self)
        layered.digits = np.concatenate([self.digits, digits])
        layered.labels = np.concatenate([self.labels, check_labels(labels, n=len(digits))])
        layered._layer = make_index(self.options.backend, self.feature(digits), device="cpu")
        return layered

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors."""
        reach = self.header.get("validation", {}).get("reach")
        known = UNKNOWN_REACH if reach is None else np.array([np.inf if d is None else d for d in reach])
        return vote(distances, indices, self.labels, weights=self.options.weights, reach=known)

    def validate(self, *, progress: Progress = iter) -> None:
        """Hold out the last sixth of each class and classify it by the rest; note the result in the header.

        The note has the number of `digits` held out, `errors`, `error_rate` (0 to 1) and for each label the
        `reach` beyond which a digit is strange. There is none where no class has six digits.

        Parameters
        ----------
        progress : callable
            Wraps the iterable of batches, as `tqdm` does.
        """
        labels = self.labels[: len(self._vectors)]
        held = _last_of_each_class(labels)
        queries, truth, rest = self._vectors[held], labels[held], ~held
        if not len(truth):
            return
        index = make_index(self.options.backend, self._vectors[rest], device=self.options.device)
        found = [
            index.kneighbors(queries[start : start + BATCH], self.options.k)
            for start in progress(range(0, len(truth), BATCH))
        ]
        distances, indices = (np.concatenate(parts) for parts in zip(*found, strict=True))
        votes = vote(distances, indices, labels[rest], weights=self.options.weights)
        errors = int((votes.labels != truth).sum())
        reach = measure_reach(distances, truth)
        self.header["validation"] = {
            "digits": len(truth),
            "errors": errors,
            "error_rate": errors / len(truth),
            "reach": [float(d) if np.isfinite(d) else None for d in reach],
        }

    def save(self, path: pathlib.Path) -> None:
        """Write the model file, by write-then-rename; StorageError if that fails."""
        n = len(self._vectors)
        arrays = {"digits": self.digits[:n], "labels": self.labels[:n].astype(np.uint8)}
        save_model(path, header=self.header, arrays={**arrays, "vectors": _pack(self._vectors)})

    @classmethod
    def load(
        cls, path: pathlib.Path, *, backend: str | None = None, device: str | None = None
    ) -> "KnnClassifier":
        """Read a model file; no feature is computed again.

        Parameters
        ----------
        path : path
        backend, device : str, optional
            In place of those that the model was fitted with.

        Raises
        ------
        ModelError
            If the file is missing, damaged, changed, of another kind or too new.
        MissingPartError
            If backend or device is not there.
        """
        header, arrays = load_model(path)
        try:
            digits = check_digits(arrays["digits"])
            labels = check_labels(arrays["labels"], n=len(digits))
            vectors = check_vectors(arrays["vectors"])
            feature = make_feature(header["feature"]["name"], header["feature"]["options"])
            options = KnnOptions(**header["options"])
            width = feature(np.zeros((1, SIDE, SIDE), np.uint8)).shape[1]
            reach = header.get("validation", {}).get("reach")
            if reach is not None and np.array(reach, np.float64).shape != (CLASSES,):
                raise ModelError("its validation has no reach for each label")
            if not len(digits):
                raise ModelError("it has no digits")
            if vectors.shape != (len(digits), width):
                raise ModelError("its vectors do not belong to its digits")
        except (KnnDigitsError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model {path} is damaged ({error}); fit it again") from error
        options = replace(options, backend=backend or options.backend, device=device or options.device)
        return cls(digits, labels, vectors=vectors, feature=feature, options=options, header=header)


def current_model() -> pathlib.Path:
    """Return where `fit` puts the user's current model."""
    return data_folder() / "model.npz"


def find_model(name: str | None) -> pathlib.Path:
    """Return the file of the named model: a path, "bundled", or None for the user's current model.

    Without a current model, None is the bundled one.
    """
    if name not in (None, "bundled"):
        return pathlib.Path(str(name))
    try:
        return current_model() if name is None and current_model().exists() else BUNDLED
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"cannot look for the current model: {reason}; name one with --model") from error


def _last_of_each_class(labels: Labels) -> NDArray[np.bool_]:
    held = np.zeros(len(labels), bool)
    for label in range(CLASSES):
        rows = np.flatnonzero(labels == label)
        held[rows[len(rows) - len(rows) // VALIDATION_SHARE :]] = True
    return held


def _pack(vectors: Vectors) -> NDArray[Any]:
    """Return the vectors in the smallest dtype that holds them exactly."""
    for dtype in (np.uint8, np.uint16):
        if vectors.min() >= 0 and vectors.max() <= np.iinfo(dtype).max and not (vectors % 1).any():
            return vectors.astype(dtype)
    return vectors
