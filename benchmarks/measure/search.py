"""Pixels -> how fast each index is and what it finds: ours, its peers and approximate ones.

OpenCV's time for a batch is extrapolated from its first queries.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measure.ask import ask
from benchmarks.measure.turns import search_call, take_turns
from benchmarks.models.indices import OURS, K, Search, find_makers, found_rows
from benchmarks.models.study import Study
from benchmarks.script import progress, run
from knn_digits.arrays import Vectors
from knn_digits.features.pixels import PixelValues


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("search", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the seconds that each index takes for the same search, and how many of the nearest it finds."""
    training, vectors = (PixelValues()(data.digits) for data in (study.training, study.test))
    makers, skipped = find_makers()
    searches: dict[str, Search] = {}
    made = {}
    for name, make in progress(list(makers.items()), "indices"):
        start = time.perf_counter()
        searches[name] = make(training)
        made[name] = time.perf_counter() - start
    calls = {name: search_call(search, vectors) for name, search in searches.items()}
    timed = take_turns(calls, study, single=study.scale.single)
    recall = measure_recall(searches, vectors[: study.scale.batch // 4])
    about = {"made_seconds": made, "recall": recall, "skipped": skipped, "k": K}
    return timed | about | {"training": len(training), "load": os.getloadavg()[0]}


def measure_recall(searches: dict[str, Search], queries: Vectors) -> dict[str, float | None]:
    """Return the share of the k nearest that each search finds, by the exact one of ours."""
    exact = found_rows(OURS, searches[OURS], queries)
    recall: dict[str, float | None] = {}
    for name, search in searches.items():
        rows = found_rows(name, search, queries)
        if rows is None or exact is None:
            recall[name] = None
            continue
        common = [len(np.intersect1d(a, b)) for a, b in zip(rows, exact, strict=True)]
        recall[name] = float(np.mean(common)) / exact.shape[1]
    return recall


if __name__ == "__main__":
    run(main)
