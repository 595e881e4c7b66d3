"""Stages 3 + 4 + 5: digits -> vectors -> neighbors -> votes, as one model: fitted, saved, loaded."""

import pathlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from knn_digits.arrays import Digits, Distances, Indices, Labels, check_digits, check_labels
from knn_digits.classifiers.ballot import Ballot
from knn_digits.classifiers.directions import learn_projection
from knn_digits.classifiers.hands import HandsNote, find_hands, place_hands
from knn_digits.classifiers.header import ModelHeader, check_k, describe_model
from knn_digits.classifiers.judge import join_votes
from knn_digits.classifiers.layer import Known, Layer
from knn_digits.classifiers.model_file import StoredModel, read_model, write_model
from knn_digits.classifiers.options import TEXTBOOK, KnnOptions, whole_number
from knn_digits.classifiers.rows import BATCH, Picked, Progress, Rows, describe
from knn_digits.classifiers.validation import validate
from knn_digits.classifiers.variants import vary, vote_otherwise, without_refinement
from knn_digits.errors import DataError, ModelError, UsageError, shown
from knn_digits.features import Feature
from knn_digits.record import Drawn
from knn_digits.storage import as_path
from knn_digits.vote import REFUSE_RATE, Votes

if TYPE_CHECKING:
    from knn_digits.datasets.hands import Hands


class DigitKNN(Drawn):
    """A k-nearest-neighbor classifier of digits; make one with `fit` or `load`.

    Attributes
    ----------
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
    known : Known
        All of these, as they are searched.
    """

    def __init__(self, known: Known, *, feature: Feature, options: KnnOptions, about: ModelHeader) -> None:
        self.feature, self.options, self.about = feature, options, about
        self.known, self.labels = known, known.labels
        self.layers, self.signs = known.layers, known.signs

    @property
    def digits(self) -> Digits:
        """The training digits, those of layers behind its own, (n, 28, 28); `Votes.indices` are its rows."""
        return self.known.digits

    @property
    def own(self) -> tuple[Digits, Labels]:
        """The model's own digits and labels, without those of layers."""
        return self.known.own_digits, self.known.own_labels

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
            If digits and labels do not fit together, or the feature gives anything else than (n, d) vectors.
        UsageError
            If feature or options are none, or k is larger than the number of digits.
        MissingPartError
            If backend or device is not there.
        """
        _check_kinds(feature, options)
        digits = check_digits(digits)
        labels = check_labels(labels, n=len(digits))
        about = describe_model(digits, labels, feature=feature, options=options, data_name=data_name)
        vectors = describe(digits, feature, progress=progress)
        return cls.learn(digits, labels, vectors=vectors, about=about)

    @classmethod
    def learn(
        cls, digits: Digits | Picked, labels: Labels, *, vectors: Rows, about: ModelHeader
    ) -> "DigitKNN":
        """Return the classifier of these digits, of which `vectors` are the feature's, before projection."""
        searched, feature = learn_projection(vectors, labels, about.feature, about.options)
        known = Known.of(digits, labels, searched, about.options)
        return cls(known, feature=feature, options=about.options, about=about)

    @property
    def ballot(self) -> Ballot:
        """How what it knows votes."""
        return Ballot(known=self.known, options=self.options, note=self.about.validation)

    def classify(self, digits: Digits) -> Votes:
        """Return the votes of the k nearest on each of (n, 28, 28) uint8 digits; DataError for others."""
        ballot, queries = self.ballot, self.feature(check_digits(digits))
        return ballot.hear(digits, queries, self.known.search(queries, ballot.wanted))

    def kneighbors(self, digits: Digits, k: int | None = None) -> tuple[Distances, Indices]:
        """Return Euclidean distances and rows (n, k) of the nearest digits, by default as many as vote.

        Raises
        ------
        UsageError
            If k is no number of neighbors, or more than there are.
        """
        k = self.options.k if k is None else whole_number("k", k, 1)
        check_k(k, len(self.labels))
        return self.known.search(self.feature(check_digits(digits)), k)

    def leave_one_out(self, rows: Indices, *, progress: Progress = iter) -> Votes:
        """Return the votes on rows (n,) int64 of the model's own digits, each by all other digits.

        Raises
        ------
        UsageError
            If rows are no such whole numbers.
        """
        rows, n = np.asarray(rows), len(self.known.own_digits)
        rows = rows if rows.size or rows.ndim != 1 else rows.astype(np.int64)  # an empty list is of floats
        if rows.dtype.kind not in "iu" or rows.ndim != 1 or ((rows < 0) | (rows >= n)).any():
            raise UsageError(f"rows must be whole numbers from 0 to {n - 1}, got {shown(rows)}")
        batches = (rows[start : start + BATCH] for start in progress(range(0, max(1, len(rows)), BATCH)))
        ballot, known = self.ballot, self.known
        return join_votes(
            [ballot.answer(known.own_digits[b], *known.others(b, ballot.wanted)) for b in batches]
        )

    def unrefined(self) -> "DigitKNN":
        """Return this model without its refinement: faster, as strange, less accurate, not calibrated."""
        return without_refinement(self)

    quick = unrefined

    def with_votes(self, *, k: int | None = None, weights: str | None = None) -> "DigitKNN":
        """Return this model with another k or other weights of its votes, None: as they are.

        Nothing is fitted again. What was calibrated for other votes is left out: probabilities are then
        shares of the votes, see `calibrated`. How strange a digit is is measured as before.

        Raises
        ------
        UsageError
            If k is no number of neighbors, or there are no such weights.
        """
        return vote_otherwise(self, self.options.voting(k, weights))

    @property
    def calibrated(self) -> bool:
        """Whether probabilities are calibrated for its votes, and no mere shares of them."""
        return self.about.validation is not None and self.about.validation.plain is not None

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
            If digits and labels do not fit together, or there are none.
        UsageError
            If `copies` is no such number.
        """
        copies, digits = whole_number("copies", copies, 1), check_digits(digits)
        if not len(digits):
            raise DataError("a layer has no digits: at least one is needed")
        labels = check_labels(labels, n=len(digits))
        layer = Layer(name=name, digits=digits, labels=labels, vectors=self.feature(digits), copies=copies)
        return vary(self, known=replace(self.known, layers=(*self.layers, layer)))

    def with_hands(self, hands: "Hands") -> "DigitKNN":
        """Return this model with digits of other hands beside its own, and marks that are no digits.

        Both are saved with it. The marks vote with the digits: what most votes call a mark is doubted.
        """
        known = place_hands(self.known, hands, self.feature)
        return vary(self, known=known, about=replace(self.about, hands=HandsNote.of(known)))

    @property
    def hands(self) -> "Hands | None":
        """What `with_hands` put beside the model; None without."""
        return find_hands(self.known)

    def without_layer(self, name: str) -> "DigitKNN":
        """Return this model without the layers of this name."""
        layers = tuple(layer for layer in self.layers if layer.name != name)
        return vary(self, known=replace(self.known, layers=layers))

    def origin(self, index: int) -> tuple[str, int]:
        """Return whose the digit in this row is, "model" or the name of a layer, and its row there."""
        return self.known.origin(index)

    def validate(
        self,
        *,
        refuse_rate: float = REFUSE_RATE,
        vectors: Rows | None = None,
        progress: Progress = iter,
    ) -> None:
        """Hold out the last of each class, at most 10,000, and note in `about` what they taught.

        `vectors` are those that it was fitted with, where they are at hand; see `validation`.
        """
        note = validate(self, refuse_rate=refuse_rate, progress=progress, vectors=vectors)
        self.about = replace(self.about, validation=note or self.about.validation)

    def save(self, path: pathlib.Path) -> None:
        """Write the model file if it can be opened again, else DataError; StorageError if it cannot be."""
        path = as_path(path, what="a model file", error=UsageError)
        write_model(path, StoredModel.of(self.about, self.known, self.feature))

    @classmethod
    def load(cls, path: pathlib.Path, *, backend: str | None = None, device: str | None = None) -> "DigitKNN":
        """Read a model file, with another backend or device if given; no feature is computed again.

        Raises
        ------
        ModelError
            If the file is missing, damaged, changed, of another kind or too new.
        MissingPartError
            If backend or device is not there.
        """
        found = read_model(as_path(path, what="a model file", error=ModelError))
        return cls.of(found, backend=backend, device=device)

    @classmethod
    def of(cls, stored: StoredModel, *, backend: str | None = None, device: str | None = None) -> "DigitKNN":
        """Return the model that a file holds; see `load`."""
        about, options = stored.header, stored.header.options
        options = replace(
            options,
            backend=options.backend if backend is None else backend,
            device=options.device if device is None else device,
        )
        return cls(stored.known(options), feature=stored.feature, options=options, about=about)


def _check_kinds(feature: Any, options: Any) -> None:
    if isinstance(feature, type) or not callable(feature):
        raise UsageError(f'feature must be a feature, such as make_feature("blocks"), got {shown(feature)}')
    if not isinstance(options, KnnOptions):
        raise UsageError(f"options must be KnnOptions, such as KnnOptions(k=3), got {shown(options)}")
