"""Training digits -> how the error moves with k, the grid of blocks, the number of reference digits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.lineup import BEST_KNN
from benchmarks.models.settings import PLAIN_NAME, Setting, find_setting, fit_setting
from benchmarks.models.study import SEED, Study, answer
from benchmarks.script import progress
from knn_digits.arrays import Distances, Indices, Labels
from knn_digits.classifiers.knn import BATCH, KnnClassifier, held_out
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.features import FEATURES, Feature, make_feature
from knn_digits.features.blocks import INK, Blocks
from knn_digits.vote import WEIGHTS, vote

KS = tuple(range(1, 26))
GRIDS = ((2, 2), (4, 4), (5, 4), (5, 5), (7, 7), (10, 10), (14, 14), (20, 20), (28, 28))
GRID_K = 11
LEARNERS = ("blocks, k 11", "pixels, k 3", "deskewed, k 3", "hog, k 3", PLAIN_NAME, BEST_KNN)


def split(training: Dataset) -> tuple[Dataset, Dataset]:
    """Return the digits to learn from, and those held out to choose by: the last sixth of each class."""
    held = held_out(training.labels)
    known, rest = (
        Dataset(training.digits[rows], training.labels[rows], training.name, training.split)
        for rows in (~held, held)
    )
    return known, rest


def measure_votes(study: Study) -> dict[str, Any]:
    """Return the errors on held-out training digits by k, for each feature and weighing."""
    known, held = split(study.training)
    errors = {}
    for name in progress(sorted(FEATURES), "features"):
        found = _neighbors(known, held, make_feature(name))
        errors[name] = {weights: _errors_by_k(*found, known, held, weights) for weights in WEIGHTS}
    return {"n": len(held.labels), "k": list(KS), "errors": errors}


def _neighbors(known: Dataset, held: Dataset, feature: Feature) -> tuple[Distances, Indices]:
    options = KnnOptions(k=min(KS[-1], len(known.labels)))
    model = KnnClassifier.fit(known.digits, known.labels, feature=feature, options=options)
    starts = range(0, len(held.labels), BATCH)
    parts = [model.kneighbors(held.digits[start : start + BATCH]) for start in starts]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _errors_by_k(
    distances: Distances, indices: Indices, known: Dataset, held: Dataset, weights: str
) -> list[int]:
    votes = [vote(distances[:, :k], indices[:, :k], known.labels, weights=weights).labels for k in KS]
    return [_wrong(labels, held.labels) for labels in votes]


def measure_grids(study: Study) -> dict[str, Any]:
    """Return the errors on held-out training digits for each grid of blocks and kind of ink."""
    known, held = split(study.training)
    rows = []
    for height, width in progress(GRIDS, "grids"):
        for ink in INK:
            feature = Blocks(rows=height, columns=width, ink=ink)
            options = KnnOptions(k=GRID_K)
            model = KnnClassifier.fit(known.digits, known.labels, feature=feature, options=options)
            errors = _wrong(answer(model, held)[0], held.labels)
            grid = {"grid": f"{height}x{width}", "blocks": height * width, "window": feature.window}
            rows.append(grid | {"ink": ink, "errors": errors})
    return {"n": len(held.labels), "k": GRID_K, "grids": rows}


def measure_learning(study: Study) -> dict[str, Any]:
    """Return the errors on the test digits by the number of reference digits, taken in random order."""
    order = np.random.default_rng(SEED).permutation(len(study.training.labels))
    sizes = [size for size in study.scale.sizes if size < len(order)] + [len(order)]
    steps = [(name, size) for size in sizes for name in LEARNERS]
    errors: dict[str, list[int]] = {name: [] for name in LEARNERS}
    for name, size in progress(steps, "learning curves"):
        errors[name].append(_errors_with(study, find_setting(name), order[:size]))
    return {"n": len(study.test.labels), "sizes": sizes, "errors": errors}


def _errors_with(study: Study, setting: Setting, rows: NDArray[np.int64]) -> int:
    """Return the errors with these training digits as reference; with all of them they are known already."""
    measured = study.found.get("accuracy", {}).get("models", {}).get(setting.name)
    if len(rows) == len(study.training.labels) and measured:
        return int(measured["errors"])
    rows = np.sort(rows)
    own = study.training
    model = fit_setting(setting, Dataset(own.digits[rows], own.labels[rows], own.name, own.split))
    return _wrong(answer(model, study.test)[0], study.test.labels)


def _wrong(answers: Labels, labels: Labels) -> int:
    return int((answers != labels).sum())
