"""A model -> the same with other votes, without its hands or its refinement, or of some of its digits."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from knn_digits.arrays import Digits, Distances, Indices, Mask, check_digits
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.ballot import Bend
from knn_digits.classifiers.header import ModelHeader, check_k
from knn_digits.classifiers.layer import Known
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.refine import measure_again
from knn_digits.classifiers.rows import Picked, Rows, describe
from knn_digits.errors import UsageError
from knn_digits.vote import Votes

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN


def vary(
    model: "DigitKNN",
    *,
    known: Known | None = None,
    options: KnnOptions | None = None,
    about: ModelHeader | None = None,
) -> "DigitKNN":
    """Return the model with something else in the place of what it has."""
    other = copy.copy(model)
    other.options, other.about = options or model.options, about or model.about
    known = known or model.known
    other.known, other.labels = known, known.labels
    other.layers, other.signs = known.layers, known.signs
    return other


def voting(classifier: Classifier, *, k: int | None, weights: str | None) -> Classifier:
    """Return the classifier with another k or other weights, see `DigitKNN.with_votes`.

    Raises
    ------
    UsageError
        If it is a network, k is no number of neighbors, or there are no such weights.
    """
    if k is None and weights is None:
        return classifier
    if classifier.knn is None:
        raise UsageError("k and weights belong to k-NN: a network has no neighbors that vote")
    return classifier.knn.with_votes(k=k, weights=weights)


def classify_each(models: Sequence["DigitKNN"], digits: Digits) -> list[Votes]:
    """Return the votes by each of several models that differ in their votes alone; searched once for all."""
    queries, ballots = models[0].feature(check_digits(digits)), [model.ballot for model in models]
    near = models[0].known.search(queries, max(ballot.wanted for ballot in ballots))
    bend = _measure_once()
    return [ballot.hear(digits, queries, near, bend=bend) for ballot in ballots]


def _measure_once() -> Bend:
    """Return what measures shortlists of one length once: the same digits are unsure whatever votes."""
    known: dict[tuple[int, ...], tuple[Distances, Indices]] = {}

    def bend(digits: Digits, training: Rows, shortlists: Indices) -> tuple[Distances, Indices]:
        if shortlists.shape not in known:
            known[shortlists.shape] = measure_again(digits, training, shortlists)
        return known[shortlists.shape]

    return bend


def vote_otherwise(model: "DigitKNN", options: KnnOptions) -> "DigitKNN":
    """Return the model whose neighbors vote by these options; UsageError if it has fewer than k digits."""
    if options == model.options:
        return model
    check_k(options.k, len(model.known.own_labels))
    known = model.known.deciding(model.options.k, options.k)
    return vary(model, known=known, options=options, about=_not_calibrated(model, options))


def _not_calibrated(model: "DigitKNN", options: KnnOptions) -> ModelHeader:
    """Return what is said of the model, where what holds for its former votes alone is left out."""
    note = model.about.validation
    if note is not None:
        note = replace(note, plain=None, refined=None, neighbors=note.neighbors or model.options.k)
    return replace(model.about, options=options, validation=note)


def without_refinement(model: "DigitKNN") -> "DigitKNN":
    """Return the model in which the Euclidean neighbors vote."""
    return vary(model, options=replace(model.options, refinement=None)) if model.options.refinement else model


def doubting_apart(classifier: Classifier) -> Classifier:
    """Return the classifier that doubts by strangeness or by votes for signs, whichever says more.

    What judges marks by doubt among much else learned it so, and weighs both itself.
    """
    model = classifier.knn
    note = None if model is None else model.about.validation
    if model is None or note is None or note.refusal is None:
        return classifier
    apart = replace(note, refusal=replace(note.refusal, heard=None, nearer=None))
    return vary(model, about=replace(model.about, validation=apart))


def part_of(model: "DigitKNN", rows: Mask, vectors: Rows | None) -> "DigitKNN":
    """Return a model of some of the model's own digits, which knows nothing of any held out.

    `vectors` are the feature's of all of them, where they are at hand, see `rows.describe`.
    """
    kept = np.flatnonzero(rows)
    digits, labels = Picked(model.known.own_digits, kept), model.known.own_labels[rows]
    about = replace(model.about, options=model.options, validation=None)
    known = describe(digits, about.feature) if vectors is None else Picked(vectors, kept)
    part = model.learn(digits, labels, vectors=known, about=about)
    return part if model.hands is None else part.with_hands(model.hands)


def without_hands(model: "DigitKNN") -> "DigitKNN":
    """Return the model without digits of other hands and marks that are no digits, see `with_hands`."""
    known, about = model.known.without_kept(), replace(model.about, hands=None)
    return vary(model, known=known, about=about)
