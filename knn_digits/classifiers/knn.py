"""Stages 3 + 4 + 5: digits -> vectors -> neighbors -> votes, as one model: fitted, saved, loaded."""

import copy
import pathlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Distances, Indices, Labels, Vectors, check_digits, check_labels
from knn_digits.classifiers import model_file
from knn_digits.classifiers.directions import learn_projection
from knn_digits.classifiers.hands import HandsNote, find_hands, place_hands
from knn_digits.classifiers.judge import join_votes, judge, overwrite_votes
from knn_digits.classifiers.layer import Known, Layer
from knn_digits.classifiers.model_file import ModelHeader, StoredModel
from knn_digits.classifiers.options import TEXTBOOK, KnnOptions
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.classifiers.signs import Signs
from knn_digits.classifiers.validation import validate
from knn_digits.datasets.hands import Hands
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected
from knn_digits.vote import REFUSED_SHARE, UNKNOWN_REACH, Votes, vote

BATCH = 500  # digits classified between two steps of a progress bar
Progress = Callable[[Iterable[int]], Iterable[int]]


class DigitKNN:
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
    signs : Signs, optional
        Marks that are no digits, see `with_hands`.
    """

    def __init__(
        self,
        known: Known,
        *,
        feature: Feature,
        options: KnnOptions,
        about: ModelHeader,
        signs: Signs | None = None,
    ) -> None:
        self.feature, self.options, self.about, self.signs = feature, options, about, signs
        self._raw: Vectors | None = None  # the feature's vectors before projection, where they are at hand
        self._remember(known)

    def _remember(self, known: Known) -> None:
        self._known, self.search = known, known.search
        self.labels, self.layers = known.labels, known.layers

    @property
    def digits(self) -> Digits:
        """All that it knows, layers behind its own, (n, 28, 28)."""
        return self._known.digits

    @property
    def own(self) -> tuple[Digits, Labels]:
        """The model's own digits and labels, without those of layers."""
        return self._known.own_digits, self._known.own_labels

    @property
    def header(self) -> dict[str, Any]:
        """What the model file says about the model, as it stands there."""
        return self.about.as_dict()

    @property
    def knn(self) -> "DigitKNN":
        """Itself: it answers by training digits."""
        return self

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
    ) -> "DigitKNN":
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
        about = model_file.describe_model(
            digits, labels, feature=feature, options=options, data_name=data_name
        )
        starts = progress(range(0, len(digits), BATCH))
        vectors = np.concatenate([feature(digits[start : start + BATCH]) for start in starts])
        return cls._learn(digits, labels, vectors=vectors, about=about)

    @classmethod
    def _learn(cls, digits: Digits, labels: Labels, *, vectors: Vectors, about: ModelHeader) -> "DigitKNN":
        """Return the classifier of these digits, of which `vectors` are the feature's, before projection."""
        searched, feature = learn_projection(vectors, labels, about.feature, about.options)
        known = Known.of(digits, labels, searched, about.options)
        model = cls(known, feature=feature, options=about.options, about=about)
        model._raw = vectors
        return model

    def classify(self, digits: Digits) -> Votes:
        """Return the votes of the k nearest on each of (n, 28, 28) uint8 digits; DataError for others."""
        queries = self.feature(check_digits(digits))
        distances, indices = self.search(queries, self.wanted)
        return self.ask_signs(self.answer(digits, distances, indices), queries, distances, indices)

    @property
    def wanted(self) -> int:
        """How many neighbors are looked for: those that vote, or those that are measured again."""
        refinement = self.options.refinement
        return self.options.k if refinement is None else refinement.shortlist

    def answer(self, digits: Digits, distances: Distances, indices: Indices) -> Votes:
        """Return the votes on digits (n, 28, 28) whose `wanted` nearest neighbors these are, (n, wanted)."""
        votes = self.vote(*self._known.voters(distances, indices, self.options.k))
        refinement = self.options.refinement
        if refinement is not None:
            unsure = find_unsure(self.labels[indices], refinement)
            if len(unsure):  # else no picture need be read
                votes = self._refine(votes, digits, indices, unsure)
        return judge(votes, digits, self.about.validation, refining=refinement is not None)

    def _refine(self, votes: Votes, digits: Digits, indices: Indices, unsure: Indices) -> Votes:
        bent = measure_again(digits[unsure], self.digits, indices[unsure])
        again = self.vote(*self._known.voters(*bent, self.options.k))
        # How strange a digit is stays a matter of its Euclidean distances.
        again = replace(again, refined=np.ones(len(unsure), bool), strangeness=votes.strangeness[unsure])
        return overwrite_votes(votes, unsure, again)

    def ask_signs(self, votes: Votes, queries: Vectors, distances: Distances, indices: Indices) -> Votes:
        """Return votes on vectors whose nearest digits these are, marks that are no digits having a say."""
        if self.signs is None:
            return votes
        near, rows = self._known.voters(distances, indices, self.options.k)
        note = self.about.validation
        limit = note.refusal.signs if note and note.refusal else 1.0
        return self.signs.judge(votes, queries, (near, self.labels[rows]), self.options, limit=limit)

    def kneighbors(self, digits: Digits, k: int | None = None) -> tuple[Distances, Indices]:
        """Return Euclidean distances and rows (n, k) of the nearest digits, by default as many as vote."""
        return self.search(self.feature(check_digits(digits)), self.options.k if k is None else k)

    def leave_one_out(self, rows: Indices, *, progress: Progress = iter) -> Votes:
        """Return the votes on rows (n,) int64 of the model's own digits, each by all other digits."""
        batches = (rows[start : start + BATCH] for start in progress(range(0, max(1, len(rows)), BATCH)))
        return join_votes([self.answer(self.digits[b], *self._known.others(b, self.wanted)) for b in batches])

    def unrefined(self) -> "DigitKNN":
        """Return this model without its refinement: faster, as strange, less accurate, not calibrated."""
        if self.options.refinement is None:
            return self
        plain = copy.copy(self)
        plain.options = replace(self.options, refinement=None)
        return plain

    quick = unrefined

    def with_layer(
        self, digits: Digits, labels: Labels, *, name: str = "more", copies: int = 1
    ) -> "DigitKNN":
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

    def with_hands(self, hands: Hands) -> "DigitKNN":
        """Return this model with digits of other hands beside its own, and marks that are no digits.

        Both are saved with it. The marks vote with the digits: what most votes call a mark is doubted.
        """
        layers, signs = place_hands(hands, self.feature, backend=self.options.backend)
        model = self._with_layers((*layers, *(layer for layer in self.layers if not layer.kept)))
        model.signs, model.about = signs, replace(self.about, hands=HandsNote.of(layers, signs))
        return model

    @property
    def hands(self) -> Hands | None:
        """What `with_hands` put beside the model; None without."""
        return find_hands(self.layers, self.signs)

    def without_layer(self, name: str) -> "DigitKNN":
        """Return this model without the layers of this name."""
        return self._with_layers(tuple(layer for layer in self.layers if layer.name != name))

    def _with_layers(self, layers: tuple[Layer, ...]) -> "DigitKNN":
        """Return this model with these layers beside its own digits, and no others."""
        layered = copy.copy(self)
        layered._remember(replace(self._known, layers=layers))
        return layered

    def origin(self, index: int) -> tuple[str, int]:
        """Return whose the digit in this row is, "model" or the name of a layer, and its row there."""
        return self._known.origin(index)

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors, not calibrated."""
        note, weights, power = self.about.validation, self.options.weights, self.options.power
        reach = note.reaches if note else UNKNOWN_REACH
        return vote(distances, indices, self.labels, weights=weights, power=power, reach=reach)

    def validate(self, *, refuse_rate: float = REFUSED_SHARE, progress: Progress = iter) -> None:
        """Hold out the last sixth of each class and note in `about` what it taught; see `validation`."""
        note = validate(self, refuse_rate=refuse_rate, batch=BATCH, progress=progress)
        self.about = replace(self.about, validation=note or self.about.validation)

    def part(self, rows: NDArray[np.bool_]) -> "DigitKNN":
        """Return a model of some of this one's own digits, which knows nothing of any held out."""
        digits, labels = self._known.own_digits[rows], self._known.own_labels[rows]
        vectors = self.about.feature(digits) if self._raw is None else self._raw[rows]
        about = replace(self.about, options=self.options, validation=None)
        part = self._learn(digits, labels, vectors=vectors, about=about)
        return part if self.hands is None else part.with_hands(self.hands)

    def save(self, path: pathlib.Path) -> None:
        """Write the model file if it can be opened again, else DataError; StorageError if it cannot be."""
        directions = self.feature.directions if isinstance(self.feature, Projected) else None
        (digits, labels), vectors = self.own, self._known.own_vectors
        layers = tuple(layer for layer in self.layers if layer.kept)
        stored = StoredModel(self.about, digits, labels, vectors, directions, layers, self.signs)
        model_file.write_model(path, stored)

    @classmethod
    def load(
        cls,
        path: pathlib.Path,
        *,
        backend: str | None = None,
        device: str | None = None,
        pictures_later: bool = False,
    ) -> "DigitKNN":
        """Read a model file, with another backend or device if given; no feature is computed again.

        Of a file that nobody changes, pictures can be read when they are first needed, which makes it open
        faster: they are what is long in it, and clear digits are read without them.

        Raises
        ------
        ModelError
            If the file is missing, damaged, changed, of another kind or too new.
        MissingPartError
            If backend or device is not there.
        """
        stored = model_file.read_model(path, pictures_later=pictures_later)
        about, directions, options = stored.header, stored.directions, stored.header.options
        options = replace(options, backend=backend or options.backend, device=device or options.device)
        feature = about.feature if directions is None else Projected(about.feature, directions)
        known = Known.of(stored.digits, stored.labels, stored.vectors, options)
        known = replace(known, layers=stored.layers)
        signs = stored.signs and replace(stored.signs, backend=options.backend)
        return cls(known, feature=feature, options=options, about=about, signs=signs)
