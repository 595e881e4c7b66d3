"""Training digits -> how the error on test digits falls with their number, no other hands beside them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.counts import wrong
from benchmarks.measure.ask import ask
from benchmarks.models.lineup import BEST_KNN
from benchmarks.models.settings import PLAIN_NAME, Setting, find_setting, fit_setting
from benchmarks.models.study import SEED, Study, answer
from benchmarks.script import progress, run
from knn_digits.datasets import Dataset

LEARNERS = ("blocks, k 11", "pixels, k 3", "deskewed, k 3", "hog, k 3", PLAIN_NAME, BEST_KNN)


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("learning", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the errors on the test digits by the number of reference digits, taken in random order."""
    order = np.random.default_rng(SEED).permutation(len(study.training.labels))
    sizes = [size for size in study.scale.sizes if size < len(order)] + [len(order)]
    steps = [(name, size) for size in sizes for name in LEARNERS]
    errors: dict[str, list[int]] = {name: [] for name in LEARNERS}
    for name, size in progress(steps, "learning curves"):
        errors[name].append(_errors_with(study, find_setting(name), order[:size]))
    return {"n": len(study.test.labels), "sizes": sizes, "errors": errors}


def _errors_with(study: Study, setting: Setting, rows: NDArray[np.int64]) -> int:
    """Return the errors with these training digits alone as reference; some are known already."""
    measured = study.found.get("accuracy", {}).get("models", {}).get(setting.name)
    if len(rows) == len(study.training.labels) and measured and not setting.hands:
        return int(measured["errors"])
    rows = np.sort(rows)
    own = study.training
    reference = Dataset(own.digits[rows], own.labels[rows], own.name, own.split)
    model = fit_setting(replace(setting, hands=False), reference)
    return wrong(answer(model, study.test)[0], study.test.labels)


if __name__ == "__main__":
    run(main)
