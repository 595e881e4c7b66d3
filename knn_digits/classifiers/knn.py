"""Stages 3 + 4 + 5: digits -> vectors -> neighbors -> votes, as one model: fitted, saved, loaded."""

import copy
import pathlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from knn_digits.arrays import Digits, Distances, Indices, Labels, Vectors, check_digits, check_labels
from knn_digits.classifiers.directions import learn_projection
from knn_digits.classifiers.judge import join_votes, judge, overwrite_votes
from knn_digits.classifiers.layer import Layer, Memory, drop_own, repeat_neighbors
from knn_digits.classifiers.model_file import (
    ModelHeader,
    StoredModel,
    describe_model,
    read_model,
    write_model,
)
from knn_digits.classifiers.options import TEXTBOOK, KnnOptions
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.classifiers.validation import held_out, note_validation
from knn_digits.errors import DataError, UsageError
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.neighbors.layered import LayeredIndex
from knn_digits.vote import REFUSED_SHARE, UNKNOWN_REACH, Votes, vote

BATCH = 500  # digits classified between two steps of a progress bar

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
    about : ModelHeader
        What the model file says about the model.
    """

    def __init__(
        self, memory: Memory, vectors: Vectors, *, feature: Feature, options: KnnOptions, about: ModelHeader
    ) -> None:
        self.feature, self.options, self.about, self._vectors = feature, options, about, vectors
        self._own_index = make_index(options.backend, vectors, device=options.device)
        self._raw: Vectors | None = None  # the feature's vectors before projection, where they are at hand
        self._remember(memory, self._own_index)

    def _remember(self, memory: Memory, index: NeighborIndex | LayeredIndex) -> None:
        self._memory, self._index = memory, index
        self.digits, self.labels, self.layers = memory.digits, memory.labels, memory.layers

    @property
    def own(self) -> tuple[Digits, Labels]:
        """The model's own digits and labels, without those of layers."""
        return self._memory.own_digits, self._memory.own_labels

    @property
    def header(self) -> dict[str, Any]:
        """What the model file says about the model, as it stands there."""
        return self.about.as_dict()

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
        about = describe_model(digits, labels, feature=feature, options=options, data_name=data_name)
        starts = progress(range(0, len(digits), BATCH))
        vectors = np.concatenate([feature(digits[start : start + BATCH]) for start in starts])
        return cls._learn(digits, labels, vectors=vectors, about=about)

    @classmethod
    def _learn(
        cls, digits: Digits, labels: Labels, *, vectors: Vectors, about: ModelHeader
    ) -> "KnnClassifier":
        """Return the classifier of these digits, of which `vectors` are the feature's, before projection."""
        options, feature = about.options, about.feature
        searched, learned = learn_projection(vectors, labels, feature, options)
        memory = Memory(own_digits=digits, own_labels=labels)
        model = cls(memory, searched, feature=learned, options=options, about=about)
        model._raw = vectors
        return model

    def classify(self, digits: Digits) -> Votes:
        """Return the votes of the k nearest training digits on each of (n, 28, 28) uint8 digits.

        Raises
        ------
        DataError
            If the digits have another shape or dtype.
        """
        return self.answer(digits, *self.kneighbors(digits, self.wanted))

    @property
    def wanted(self) -> int:
        """How many neighbors are looked for: those that vote, or those that are measured again."""
        refinement = self.options.refinement
        return self.options.k if refinement is None else refinement.shortlist

    def answer(self, digits: Digits, distances: Distances, indices: Indices) -> Votes:
        """Return the votes on digits (n, 28, 28) whose `wanted` nearest neighbors these are, (n, wanted)."""
        votes = self.vote(*self._voters(distances, indices))
        refinement = self.options.refinement
        if refinement is None:
            return judge(votes, digits, self.about.validation, refining=False)
        unsure = find_unsure(self.labels[indices], refinement)
        again = self.vote(*self._voters(*measure_again(digits[unsure], self.digits, indices[unsure])))
        # How strange a digit is stays a matter of its Euclidean distances.
        again = replace(again, refined=np.ones(len(unsure), bool), strangeness=votes.strangeness[unsure])
        votes = overwrite_votes(votes, unsure, again)
        return judge(votes, digits, self.about.validation, refining=True)

    def _voters(self, distances: Distances, indices: Indices) -> tuple[Distances, Indices]:
        """Return the k nearest of these neighbors, one that counts as several as often."""
        k, copies = self.options.k, self._memory.copies
        if copies is None:
            return distances[:, :k], indices[:, :k]
        return repeat_neighbors(distances, indices, copies=copies[indices], k=k)

    def kneighbors(self, digits: Digits, k: int | None = None) -> tuple[Distances, Indices]:
        """Return Euclidean distances (n, k) float32 and rows (n, k) int64 of the nearest training digits.

        By default as many as vote; all of them, if there are fewer.
        """
        return self._index.kneighbors(self.feature(check_digits(digits)), self.options.k if k is None else k)

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
            found = drop_own(*self._index.kneighbors(self._vectors[batch], self.wanted + 1), batch)
            parts.append(self.answer(self.digits[batch], *found))
        return join_votes(parts)

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
        layered._remember(replace(self._memory, layers=layers), self._own_index)
        if layers:
            vectors = np.concatenate([layer.vectors for layer in layers])
            beside = make_index(self.options.backend, vectors, device="cpu")
            layered._index = LayeredIndex(self._own_index, len(self._vectors), beside)
        return layered

    def origin(self, index: int) -> tuple[str, int]:
        """Return whose the digit in this row is, "model" or the name of a layer, and its row there."""
        return self._memory.origin(index)

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors, not calibrated."""
        note, options = self.about.validation, self.options
        reach = note.reaches if note else UNKNOWN_REACH
        return vote(
            distances, indices, self.labels, weights=options.weights, power=options.power, reach=reach
        )

    def validate(self, *, refuse_rate: float = REFUSED_SHARE, progress: Progress = iter) -> None:
        """Hold out the last sixth of each class and classify it by the rest; note the result in `about`.

        There is no note where no class has six digits.

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
        if held.any():
            vectors = self.about.feature(digits[~held]) if self._raw is None else self._raw[~held]
            about = replace(self.about, options=self.options, validation=None)
            rest = self._learn(digits[~held], labels[~held], vectors=vectors, about=about)
            starts = progress(range(0, int(held.sum()), BATCH))
            batches = (digits[held][start : start + BATCH] for start in starts)
            refining = self.options.refinement is not None
            note = note_validation(*rest.hold_out(batches), labels[held], refining=refining, rate=refuse_rate)
            self.about = replace(self.about, validation=note)

    def hold_out(self, batches: Iterable[Digits]) -> tuple[Votes, Votes]:
        """Return the votes on digits that the model has not seen, and the same before refinement."""
        answers, plain = [], []
        for batch in batches:
            distances, indices = self.kneighbors(batch, self.wanted)
            plain.append(self.vote(distances[:, : self.options.k], indices[:, : self.options.k]))
            answers.append(self.answer(batch, distances, indices))
        return join_votes(answers), join_votes(plain)

    def save(self, path: pathlib.Path) -> None:
        """Write the model file if it can be opened again: else DataError, and the old file is kept.

        StorageError tells that it cannot be written.
        """
        directions = self.feature.directions if isinstance(self.feature, Projected) else None
        digits, labels = self.own
        vectors, about = self._vectors, self.about
        stored = StoredModel(
            header=about, digits=digits, labels=labels, vectors=vectors, directions=directions
        )
        write_model(path, stored)

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
        stored = read_model(path)
        about, directions, options = stored.header, stored.directions, stored.header.options
        options = replace(options, backend=backend or options.backend, device=device or options.device)
        feature = about.feature if directions is None else Projected(about.feature, directions)
        memory = Memory(own_digits=stored.digits, own_labels=stored.labels)
        return cls(memory, stored.vectors, feature=feature, options=options, about=about)
