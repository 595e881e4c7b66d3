"""Held-out training digits -> how the error moves with the number of neighbors and their weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.counts import wrong
from benchmarks.measure.ask import ask
from benchmarks.models.study import Study, hold_out
from benchmarks.script import progress, run
from knn_digits.arrays import Distances, Indices
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.rows import BATCH
from knn_digits.datasets import Dataset
from knn_digits.features import FEATURES, Feature, make_feature
from knn_digits.vote import WEIGHTS, vote

KS = tuple(range(1, 26))


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("votes", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the errors on held-out training digits by k, for each feature and weighing."""
    known, held = hold_out(study.training)
    errors = {}
    for name in progress(sorted(FEATURES), "features"):
        found = _neighbors(known, held, make_feature(name))
        errors[name] = {weights: _errors_by_k(*found, known, held, weights) for weights in WEIGHTS}
    return {"n": len(held.labels), "k": list(KS), "errors": errors}


def _neighbors(known: Dataset, held: Dataset, feature: Feature) -> tuple[Distances, Indices]:
    options = KnnOptions(k=min(KS[-1], len(known.labels)))
    model = DigitKNN.fit(known.digits, known.labels, feature=feature, options=options)
    starts = range(0, len(held.labels), BATCH)
    parts = [model.kneighbors(held.digits[start : start + BATCH]) for start in starts]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _errors_by_k(
    distances: Distances, indices: Indices, known: Dataset, held: Dataset, weights: str
) -> list[int]:
    votes = [vote(distances[:, :k], indices[:, :k], known.labels, weights=weights).labels for k in KS]
    return [wrong(labels, held.labels) for labels in votes]


if __name__ == "__main__":
    run(main)
