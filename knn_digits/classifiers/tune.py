"""Training digits -> the settings of a model, best first, as they do on training digits that are held out.

Each setting is measured as `DigitKNN.validate` does, but what many settings have in common is done
once: the vectors of a feature, its directions, the search, and the distances of deformation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels, Vectors, check_digits, check_labels, compared_by_content
from knn_digits.classifiers.directions import learn_projection
from knn_digits.classifiers.header import TuningNote
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.classifiers.rows import BATCH, Progress, describe
from knn_digits.classifiers.validation import held_out
from knn_digits.errors import DataError
from knn_digits.features import Feature, make_feature
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.neighbors.deformation import Refinement
from knn_digits.vote import WEIGHTS, vote

KS = (1, 3, 5, 7, 9, 11)
POWERS = (1.0, 2.0, 4.0, 8.0, 16.0)
DIMENSIONS = (0, 32, 64, 128)
REFINEMENT = Refinement()
# A single neighbor wins whatever it weighs.
VOTES = [(1, "uniform", 1.0)] + [
    (k, *weighing)
    for k in KS[1:]
    for weighing in [("uniform", 1.0), *(("distance", power) for power in POWERS)]
]
FEATURE_OPTIONS: dict[str, list[dict[str, Any]]] = {
    "blocks": [
        {"rows": rows, "columns": columns, "ink": ink}
        for rows, columns in ((5, 4), (7, 7), (10, 10), (14, 14))
        for ink in ("count", "grey")
    ],
    "hog": [
        {"orientations": orientations, "cells": cells} for orientations in (6, 8, 12) for cells in (6, 8, 10)
    ],
}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one setting did on the digits that were held out."""

    feature: Feature
    options: KnnOptions
    width: int  # numbers in a vector, as it is searched
    errors: int
    digits: int  # that were held out

    @property
    def rank(self) -> tuple[float, ...]:
        """What trials are sorted by: fewer errors, else what is quicker and simpler."""
        refined = self.options.refinement is not None
        weights = WEIGHTS.index(self.options.weights)
        return self.errors, refined, self.width, self.options.k, weights, self.options.power


def candidates(name: str) -> list[Feature]:
    """Return the feature of this name with each of the options to try; joined features have but one."""
    return [make_feature(name, options) for options in FEATURE_OPTIONS.get(name, [{}])]


def tune(
    digits: Digits,
    labels: Labels,
    *,
    features: Sequence[Feature],
    backend: str = "faiss",
    device: str = "auto",
    progress: Progress = iter,
) -> list[Trial]:
    """Try every k, weighing, number of discriminant directions and refinement with each feature.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
        Training digits: the last sixth of each class is held out and classified by the rest.
    labels : (n,) integers 0..9
    features : sequence of Feature
    backend, device : str
        What searches, and where; the errors are the same.
    progress : callable
        Wraps the iterable of batches, as `tqdm` does.

    Returns
    -------
    list of Trial
        Sorted, best first. Of the same number of errors, that without refinement comes first, then
        that with shorter vectors, a smaller k, uniform weights, a smaller power.

    Raises
    ------
    DataError
        If digits and labels do not fit together, or no class has six digits.
    MissingPartError
        If backend or device is not there.
    """
    digits = check_digits(digits)
    labels = check_labels(labels, n=len(digits))
    held = held_out(labels)
    if not held.any():
        raise DataError("too few digits to hold some out: a class needs at least 6")
    split = _Split(digits[~held], labels[~held], queries=digits[held], truth=labels[held])
    base = KnnOptions(backend=backend, device=device)
    errors = _measure(split, features, base, progress)
    trials = [trial for plan, counts in errors.items() for trial in _trials(plan, counts, split, base)]
    return sorted(trials, key=lambda trial: trial.rank)


def tuning_note(trials: Sequence[Trial]) -> TuningNote:
    """Return what the header of a model that has the best setting says of the trials."""
    best = trials[0]
    return TuningNote(
        digits=best.digits,
        trials=len(trials),
        errors=best.errors,
        few=sum(trial.errors == best.errors for trial in trials),
        feature=best.feature,
        options=best.options,
    )


@compared_by_content
@dataclass(frozen=True, eq=False)
class _Split:
    """The training digits, in two."""

    known: Digits
    labels: Labels  # of `known`
    queries: Digits  # held out
    truth: Labels  # of `queries`


@dataclass(frozen=True)
class _Plan:
    """What is searched."""

    feature: Feature
    dimensions: int
    width: int


@compared_by_content
@dataclass(frozen=True, eq=False)
class _Search:
    """The known digits, ready to be searched by these queries."""

    plan: _Plan
    index: NeighborIndex
    queries: Vectors


def _measure(
    split: _Split, features: Sequence[Feature], base: KnnOptions, progress: Progress
) -> dict[_Plan, NDArray[np.int64]]:
    """Return the errors of each search by each of `VOTES`, without and with refinement, (2, n)."""
    batches = range(0, len(split.truth), BATCH)
    searches = sum(len(_dimensions(feature(split.known[:1]).shape[1])) for feature in features)
    steps = ((search, start) for search in _searches(split, features, base) for start in batches)
    errors: dict[_Plan, NDArray[np.int64]] = {}
    for _, (search, start) in zip(progress(range(searches * len(batches))), steps, strict=True):
        counts = _count_errors(split, search, slice(start, start + BATCH))
        errors[search.plan] = errors.get(search.plan, 0) + counts
    return errors


def _dimensions(width: int) -> list[int]:
    return [dimensions for dimensions in DIMENSIONS if dimensions < width]


def _searches(split: _Split, features: Sequence[Feature], base: KnnOptions) -> Iterator[_Search]:
    """Yield for each feature a search in its vectors and one in each projection of them."""
    for feature in features:
        known, queries = (describe(digits, feature) for digits in (split.known, split.queries))
        width = known.shape[1]
        *_, most = _dimensions(width)
        whole = make_index(base.backend, known.astype(np.float32, copy=False), device=base.device)
        yield _Search(_Plan(feature, 0, width), whole, queries)
        del whole  # as large as all that comes now
        if not most:
            continue
        # The best directions come first, so fewer of them are the first of many.
        options = replace(base, dimensions=most)
        searched, projected = learn_projection(known, split.labels, feature, options)
        queries = projected(split.queries)
        for dimensions in _dimensions(width)[1:]:
            first = np.ascontiguousarray(searched[:, :dimensions])
            index = make_index(base.backend, first, device=base.device)
            plan = _Plan(feature, dimensions, dimensions)
            yield _Search(plan, index, np.ascontiguousarray(queries[:, :dimensions]))


def _count_errors(split: _Split, search: _Search, batch: slice) -> NDArray[np.int64]:
    """Return the errors on a batch of queries by each of `VOTES`, without and with refinement, (2, n)."""
    distances, indices = search.index.kneighbors(search.queries[batch], REFINEMENT.shortlist)
    unsure = find_unsure(split.labels[indices], REFINEMENT)
    bent_distances, bent = measure_again(split.queries[batch][unsure], split.known, indices[unsure])
    truth, errors = split.truth[batch], np.empty((2, len(VOTES)), np.int64)
    for i, (k, weights, power) in enumerate(VOTES):
        plain = vote(distances[:, :k], indices[:, :k], split.labels, weights=weights, power=power).labels
        again = vote(bent_distances[:, :k], bent[:, :k], split.labels, weights=weights, power=power).labels
        errors[0, i] = (plain != truth).sum()
        plain[unsure] = again
        errors[1, i] = (plain != truth).sum()
    return errors


def _trials(plan: _Plan, errors: NDArray[np.int64], split: _Split, base: KnnOptions) -> Iterator[Trial]:
    for refinement, counts in zip((None, REFINEMENT), errors.tolist(), strict=True):
        options = replace(base, dimensions=plan.dimensions, refinement=refinement)
        for (k, weights, power), count in zip(VOTES, counts, strict=True):
            if k <= len(split.known):
                yield Trial(
                    feature=plan.feature,
                    options=replace(options, k=k, weights=weights, power=power),
                    width=plan.width,
                    errors=count,
                    digits=len(split.truth),
                )
