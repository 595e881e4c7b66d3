"""Calls -> the seconds of each, taken in turn, so that what else the machine does strikes all alike."""

import functools
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from benchmarks.models.indices import Search
from benchmarks.models.study import Study
from benchmarks.script import progress
from knn_digits.arrays import Digits, Vectors
from knn_digits.classifiers import Classifier

OPENCV_QUERIES = 250  # OpenCV's k-NN is so slow that more than these would take most of the time

Call: TypeAlias = Callable[[slice], Any]  # of rows of the test digits


def take_turns(calls: dict[str, Call], study: Study, *, single: int) -> dict[str, Any]:
    """Return the seconds of each call for a batch of test digits, by turn, and for so many single ones."""
    n = len(study.test.labels)
    batch: dict[str, list[float]] = {name: [] for name in calls}
    one: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():  # once uncounted
        call(slice(0, 2))
    for turn in progress(range(study.scale.rounds), "turns"):
        start = turn * study.scale.batch % n
        size = min(study.scale.batch, n - start)
        rows = [(turn * single + i) % n for i in range(single)]
        for name, call in calls.items():
            batch[name].append(_batch_seconds(name, call, slice(start, start + size)) / size)
            one[name] += [seconds_of(call, slice(row, row + 1)) for row in rows]
    return {
        "queries": min(study.scale.batch, n),
        "batch_seconds": _rounded(batch),  # a digit, by turn
        "single_seconds": _rounded(one),
    }


def search_call(search: Search, vectors: Vectors) -> Call:
    """Return the search among rows of these queries."""
    return functools.partial(_search_rows, search, vectors)


def model_call(model: Classifier, digits: Digits) -> Call:
    """Return the answer on rows of these digits."""
    return functools.partial(_classify_rows, model, digits)


def _search_rows(search: Search, vectors: Vectors, rows: slice) -> Any:
    return search(vectors[rows])


def _classify_rows(model: Classifier, digits: Digits, rows: slice) -> Any:
    return model.classify(digits[rows])


def seconds_of(call: Callable[..., Any], *arguments: Any) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def _batch_seconds(name: str, call: Call, rows: slice) -> float:
    """Return the seconds for these digits; those of OpenCV are extrapolated from the first ones."""
    size: int = rows.stop - rows.start
    taken = min(size, OPENCV_QUERIES) if "opencv" in name.lower() else size
    return seconds_of(call, slice(rows.start, rows.start + taken)) * size / taken


def _rounded(seconds: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [float(f"{value:.4g}") for value in values] for name, values in seconds.items()}
