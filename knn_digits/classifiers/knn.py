"""Stages 3 + 4 + 5: digits -> vectors -> neighbors -> votes, as one model: fitted, saved, loaded."""

import copy
import datetime
import pathlib
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
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
from knn_digits.classifiers.judge import check_note, join_votes, judge, note_validation, read_reach
from knn_digits.classifiers.layer import Layer, drop_own, repeat_neighbors
from knn_digits.classifiers.options import TEXTBOOK, KnnOptions, read_options
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.errors import DataError, KnnDigitsError, ModelError, UsageError
from knn_digits.features import Feature, describe_feature, make_feature
from knn_digits.features.discriminant import Projected, learn_directions
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.storage import load_model, save_model, sha256
from knn_digits.vote import REFUSED_SHARE, Votes, vote

BATCH = 500  # digits classified between two steps of a progress bar
VALIDATION_SHARE = 6  # one in so many training digits of each class, its last ones, is held out
LEARNED_FROM = 5000  # digits whose neighbors teach the discriminant directions
LEARNED_NEIGHBORS = 100  # of each of them

Progress = Callable[[Iterable[int]], Iterable[int]]


class KnnClassifier:
    """A k-nearest-neighbor classifier of digits; make one with `fit` or `load`.

    Attributes
    ----------
    digits : (n, 28, 28) uint8
        The training digits, those of the layers behind the model's own: `Votes.indices` are rows of it.
    labels : (n,) int64
    layers : tuple of Layer
        Digits searched beside the model's own, see `with_layer`; `origin` tells whose a row is.
    feature : Feature
        What is searched: where `options.dimensions` asks for it, `Projected`.
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
        self.layers: tuple[Layer, ...] = ()
        self._beside: NeighborIndex | None = None  # the digits of all layers
        self._copies: Indices | None = None  # as how many neighbors each digit counts; None: as one
        self._raw: Vectors | None = None  # the feature's vectors before projection, where they are at hand

    @classmethod
    def fit(
        cls,
        digits: Digits,
        labels: Labels,
        *,
        feature: Feature,
        options: KnnOptions = TEXTBOOK,
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
        return cls._learn(digits, labels, vectors=vectors, feature=feature, options=options, header=header)

    @classmethod
    def _learn(
        cls,
        digits: Digits,
        labels: Labels,
        *,
        vectors: Vectors,
        feature: Feature,
        options: KnnOptions,
        header: dict[str, Any],
    ) -> "KnnClassifier":
        """Return the classifier of these digits, of which `vectors` are the feature's, before projection."""
        if not options.dimensions:
            return cls(digits, labels, vectors=vectors, feature=feature, options=options, header=header)
        projected = Projected(feature, find_directions(vectors, labels, options))
        model = cls(
            digits,
            labels,
            vectors=projected.project(vectors),
            feature=projected,
            options=options,
            header=header,
        )
        model._raw = vectors
        return model

    def classify(self, digits: Digits) -> Votes:
        """Return the votes of the k nearest training digits on each of (n, 28, 28) uint8 digits.

        Raises
        ------
        DataError
            If the digits have another shape or dtype.
        """
        return self._answer(digits, *self._nearest(digits, self.wanted))

    @property
    def wanted(self) -> int:
        """How many neighbors are looked for: those that vote, or those that are measured again."""
        refinement = self.options.refinement
        return self.options.k if refinement is None else refinement.shortlist

    @property
    def own(self) -> tuple[Digits, Labels]:
        """The model's own digits and labels, without those of layers."""
        n = len(self._vectors)
        return self.digits[:n], self.labels[:n]

    def _answer(self, digits: Digits, distances: Distances, indices: Indices) -> Votes:
        votes = self.vote(*self._voters(distances, indices))
        refinement = self.options.refinement
        if refinement is not None:
            unsure = find_unsure(self.labels[indices], refinement)
            votes = self._refine(votes, unsure, digits[unsure], indices[unsure])
        return judge(votes, digits, self._note, refining=refinement is not None)

    @property
    def _note(self) -> dict[str, Any]:
        """What digits that were held out taught."""
        note: dict[str, Any] = self.header.get("validation", {})
        return note

    def _voters(self, distances: Distances, indices: Indices) -> tuple[Distances, Indices]:
        """Return the k nearest of these neighbors, one that counts as several as often."""
        k = self.options.k
        if self._copies is None:
            return distances[:, :k], indices[:, :k]
        return repeat_neighbors(distances, indices, copies=self._copies[indices], k=k)

    def kneighbors(self, digits: Digits, k: int | None = None) -> tuple[Distances, Indices]:
        """Return Euclidean distances (n, k) float32 and rows (n, k) int64 of the nearest training digits.

        By default as many as vote; all of them, if there are fewer.
        """
        return self._nearest(digits, self.options.k if k is None else k)

    def leave_one_out(self, rows: Indices, *, progress: Progress = iter) -> Votes:
        """Return the votes on some of the model's own digits, each by all other digits.

        Parameters
        ----------
        rows : (n,) int64
        progress : callable
            Wraps the iterable of batches, as `tqdm` does.
        """
        parts = []
        for start in progress(range(0, max(1, len(rows)), BATCH)):
            batch = rows[start : start + BATCH]
            found = drop_own(*self._search(self._vectors[batch], self.wanted + 1), batch)
            parts.append(self._answer(self.digits[batch], *found))
        return join_votes(parts)

    def _nearest(self, digits: Digits, k: int) -> tuple[Distances, Indices]:
        return self._search(self.feature(check_digits(digits)), k)

    def _search(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        distances, indices = self._index.kneighbors(queries, k)
        if self._beside is None:
            return distances, indices
        more_distances, more_indices = self._beside.kneighbors(queries, k)
        distances = np.concatenate([distances, more_distances], axis=1)
        indices = np.concatenate([indices, more_indices + len(self._vectors)], axis=1)
        nearest = np.lexsort((indices, distances), axis=1)[:, :k]
        return np.take_along_axis(distances, nearest, axis=1), np.take_along_axis(indices, nearest, axis=1)

    def _refine(self, votes: Votes, rows: Indices, digits: Digits, shortlists: Indices) -> Votes:
        """Return the votes with those on some rows taken again by distances of deformation."""
        distances, indices = measure_again(digits, self.digits, shortlists)
        refined = self.vote(*self._voters(distances, indices))
        # How strange a digit is stays a matter of its Euclidean distances.
        refined = replace(refined, refined=np.ones(len(rows), bool), strangeness=votes.strangeness[rows])
        return _overwrite(votes, rows, refined)

    def unrefined(self) -> "KnnClassifier":
        """Return this model without its refinement: faster, as strange, less accurate, not calibrated."""
        plain = copy.copy(self)
        plain.options = replace(self.options, refinement=None)
        return plain

    def with_layer(
        self, digits: Digits, labels: Labels, *, name: str = "more", copies: int = 1
    ) -> "KnnClassifier":
        """Return this model with more training digits, which are searched beside it and not saved with it.

        Parameters
        ----------
        digits : (m, 28, 28) uint8, m at least 1
        labels : (m,) integers 0..9
            In `Votes.indices` they follow the model's own digits and those of earlier layers.
        name : str
            What `origin` says of them.
        copies : int
            As how many neighbors each counts, at least 1, where it is nearer than all that count once.

        Raises
        ------
        DataError
            If digits and labels do not fit together.
        """
        digits = check_digits(digits)
        labels = check_labels(labels, n=len(digits))
        layer = Layer(name=name, digits=digits, labels=labels, vectors=self.feature(digits), copies=copies)
        return self._with_layers((*self.layers, layer))

    def without_layer(self, name: str) -> "KnnClassifier":
        """Return this model without the layers of this name."""
        return self._with_layers(tuple(layer for layer in self.layers if layer.name != name))

    def _with_layers(self, layers: tuple[Layer, ...]) -> "KnnClassifier":
        """Return this model with these layers beside its own digits, and no others."""
        layered = copy.copy(self)
        layered.layers = layers
        digits, labels = self.own
        layered.digits = np.concatenate([digits, *(layer.digits for layer in layers)])
        layered.labels = np.concatenate([labels, *(layer.labels for layer in layers)])
        layered._beside = layered._copies = None
        if layers:
            vectors = np.concatenate([layer.vectors for layer in layers])
            layered._beside = make_index(self.options.backend, vectors, device="cpu")
        if any(layer.copies > 1 for layer in layers):
            counts = [np.full(len(layer.labels), layer.copies) for layer in layers]
            layered._copies = np.concatenate([np.ones(len(labels), np.int64), *counts])
        return layered

    def origin(self, index: int) -> tuple[str, int]:
        """Return whose the digit in this row is, "model" or the name of a layer, and its row there."""
        start = len(self._vectors)
        if index < start:
            return "model", index
        for layer in self.layers:
            if index < start + len(layer.labels):
                return layer.name, index - start
            start += len(layer.labels)
        raise IndexError(f"there are {start} digits, so no row {index}")

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors, not calibrated."""
        weights, power = self.options.weights, self.options.power
        return vote(
            distances, indices, self.labels, weights=weights, power=power, reach=read_reach(self._note)
        )

    def validate(self, *, refuse_rate: float = REFUSED_SHARE, progress: Progress = iter) -> None:
        """Hold out the last sixth of each class and classify it by the rest; note the result in the header.

        The note has the number of `digits` held out, `errors`, `error_rate` (0 to 1), for each label the
        `reach` beyond which a digit is strange, the `calibration` of probabilities, and the `refusal`: the
        `limit` of what may speak against a digit. There is none where no class has six digits.

        Parameters
        ----------
        refuse_rate : float
            The share of the digits held out that is to be refused, 0 to below 1.
        progress : callable
            Wraps the iterable of batches, as `tqdm` does.

        Raises
        ------
        UsageError
            If the rate is another number.
        """
        if not 0 <= refuse_rate < 1:
            raise UsageError(f"the rate of refused digits must be at least 0 and below 1, got {refuse_rate}")
        digits, labels = self.own
        held = held_out(labels)
        queries, truth = digits[held], labels[held]
        if not len(truth):
            return
        feature = self.feature.feature if isinstance(self.feature, Projected) else self.feature
        vectors = feature(digits[~held]) if self._raw is None else self._raw[~held]
        rest = self._learn(
            digits[~held],
            labels[~held],
            vectors=vectors,
            feature=feature,
            options=self.options,
            header={},
        )
        answers, plain = [], []
        for start in progress(range(0, len(truth), BATCH)):
            batch = slice(start, start + BATCH)
            distances, indices = rest._nearest(queries[batch], rest.wanted)
            plain.append(rest.vote(distances[:, : self.options.k], indices[:, : self.options.k]))
            answers.append(rest._answer(queries[batch], distances, indices))
        refining = self.options.refinement is not None
        self.header["validation"] = note_validation(
            join_votes(answers), join_votes(plain), truth, refining=refining, refuse_rate=refuse_rate
        )

    def save(self, path: pathlib.Path) -> None:
        """Write the model file, by write-then-rename; StorageError if that fails."""
        digits, labels = self.own
        arrays = {"digits": digits, "labels": labels.astype(np.uint8), "vectors": _pack(self._vectors)}
        if isinstance(self.feature, Projected):
            arrays["directions"] = self.feature.directions
        save_model(path, header=self.header, arrays=arrays)

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
            feature: Feature = make_feature(header["feature"]["name"], header["feature"]["options"])
            options = read_options(header["options"])
            if options.dimensions:
                feature = Projected(feature, check_vectors(arrays["directions"]))
            width = feature(np.zeros((1, SIDE, SIDE), np.uint8)).shape[1]
            check_note(header.get("validation", {}))
            if not len(digits):
                raise ModelError("it has no digits")
            if vectors.shape != (len(digits), width):
                raise ModelError("its vectors do not belong to its digits")
        except (KnnDigitsError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model {path} is damaged ({error}); fit it again") from error
        options = replace(options, backend=backend or options.backend, device=device or options.device)
        return cls(digits, labels, vectors=vectors, feature=feature, options=options, header=header)


def held_out(labels: Labels) -> NDArray[np.bool_]:
    """Return which training digits validation holds out, (n,) bool: the last sixth of each class."""
    held = np.zeros(len(labels), bool)
    for label in range(CLASSES):
        rows = np.flatnonzero(labels == label)
        held[rows[len(rows) - len(rows) // VALIDATION_SHARE :]] = True
    return held


def find_directions(vectors: Vectors, labels: Labels, options: KnnOptions) -> Vectors:
    """Return the `options.dimensions` best directions, learned from digits spread evenly over all (n, d)."""
    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), LEARNED_FROM)).astype(np.int64)
    index = make_index(options.backend, vectors, device=options.device)
    _, neighbors = index.kneighbors(vectors[rows], LEARNED_NEIGHBORS)
    return learn_directions(vectors, labels, rows=rows, neighbors=neighbors, dimensions=options.dimensions)


def _overwrite(votes: Votes, rows: Indices, others: Votes) -> Votes:
    """Return the votes with others in the place of some rows."""
    arrays = {field.name: getattr(votes, field.name).copy() for field in fields(votes)}
    for name, values in arrays.items():
        values[rows] = getattr(others, name)
    return Votes(**arrays)


def _pack(vectors: Vectors) -> NDArray[Any]:
    """Return the vectors in the smallest dtype that holds them exactly."""
    for dtype in (np.uint8, np.uint16, np.int16):
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        if lowest <= vectors.min() and vectors.max() <= highest and not (vectors % 1).any():
            return vectors.astype(dtype)
    return vectors
