"""Digits -> how time grows with the number of reference digits, and falls with threads."""

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure.ask import ask
from benchmarks.measure.turns import model_call, search_call, take_turns
from benchmarks.models.indices import find_makers
from benchmarks.models.lineup import SCALED, SCALED_MODELS
from benchmarks.models.study import Study
from benchmarks.script import progress, run
from knn_digits.classifiers import Classifier
from knn_digits.datasets import Dataset
from knn_digits.features.pixels import PixelValues
from knn_digits.threads import limit_threads


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("scaling", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return seconds a digit by the number of reference digits, and by the number of threads."""
    threads = [count for count in (1, 2, 4, 8, 16) if count <= (os.cpu_count() or 1)]
    n = len(study.training.labels)
    sizes = [size for size in study.scale.sizes if size >= 1000 and size < n] + [n]
    by_size = {str(size): _scaled(study, size) for size in progress(sizes, "sizes")}
    return {"by_size": by_size, "by_threads": _by_threads(study, n, threads), "load": os.getloadavg()[0]}


def _by_threads(study: Study, n: int, threads: Sequence[int]) -> dict[str, Any]:
    """Return seconds a digit by the number of threads; afterwards there are as many as before."""
    found = {}
    usual = study.threads or cv2.getNumThreads()
    try:
        for count in progress(threads, "threads"):
            limit_threads(count)
            found[str(count)] = _scaled(study, n)
    finally:
        limit_threads(usual)
    return found


def _scaled(study: Study, size: int) -> dict[str, list[float]]:
    rows = np.linspace(0, len(study.training.labels) - 1, size).astype(np.int64)
    training, vectors = PixelValues()(study.training.digits[rows]), PixelValues()(study.test.digits)
    makers, _ = find_makers()
    calls = {name: search_call(makers[name](training), vectors) for name in SCALED}
    calls |= {name: model_call(_subset(study, name, rows), study.test.digits) for name in SCALED_MODELS}
    found: dict[str, list[float]] = take_turns(calls, study, single=0)["batch_seconds"]
    return found


def _subset(study: Study, name: str, rows: NDArray[np.int64]) -> Classifier:
    own = study.training
    if len(rows) == len(own.labels):
        return study.model(name)
    return study.entrants()[name].make(Dataset(own.digits[rows], own.labels[rows], own.name, own.split))


if __name__ == "__main__":
    run(main)
