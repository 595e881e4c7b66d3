"""Time the exact indices on the same search: search.py --data FOLDER [--rounds N] [--threads N].

10,000 queries by 60,000 vectors of 784 pixels, k = 11, and one query at a time: this project's `pca` index
against FAISS IndexFlatL2, scikit-learn's brute force in float32 and OpenCV's KNearest, in turn, round after
round, in one process and with the same threads. OpenCV's time for all queries is extrapolated from the first
1,000. The median of the rounds' ratios counts. Prints a Markdown table; raw seconds go to
results/search.json, with --threads to results/search_threads_N.json.
"""

import functools
import pathlib
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import faiss
import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks.script import Parser, describe_run, markdown_table, progress, run, write_json
from knn_digits.arrays import Vectors
from knn_digits.datasets import load_dataset
from knn_digits.features.pixels import RawPixels
from knn_digits.neighbors.pca import PcaIndex
from knn_digits.threads import limit_threads

RESULTS = pathlib.Path(__file__).parents[1] / "results"
K = 11
OPENCV_QUERIES = 1000  # all 10,000 would take most of the time
SINGLE = 40  # queries asked one at a time, in each round
OURS = "knn-digits pca"
FLAT = "FAISS IndexFlatL2"
OPENCV = "OpenCV KNearest"

Search = Callable[[Vectors], Any]
Seconds = dict[str, list[float]]


def main(arguments: Sequence[str]) -> None:
    """Print the table and write the seconds behind it."""
    parser = Parser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with MNIST's four IDX files")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all indices (default: 5)")
    parser.add_argument("--threads", type=int, help="threads of every index (default: all cores)")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--rounds and --threads must be at least 1")
    limit_threads(options.threads)
    training, queries = (
        RawPixels()(load_dataset(options.data, split=split).digits) for split in ("train", "test")
    )
    searches, built = _build(training)
    for search in searches.values():  # once uncounted
        search(queries[:1])
    batch, single = _alternate(searches, queries, options.rounds)
    results = {"training": len(training), "queries": len(queries), "k": K, "threads": _threads()}
    seconds = {"index_seconds": built, "batch_seconds": batch, "single_seconds": single}
    name = f"search_threads_{options.threads}.json" if options.threads else "search.json"
    write_json(RESULTS / name, _describe(results) | seconds)
    print(_table(built, batch, single, len(queries)))


def _alternate(searches: dict[str, Search], queries: Vectors, rounds: int) -> tuple[Seconds, Seconds]:
    """Return the seconds of each index for all queries, by round, and for single ones."""
    batch: Seconds = {name: [] for name in searches}
    single: Seconds = {name: [] for name in searches}
    for turn in progress(range(rounds), "rounds"):
        for name, search in searches.items():
            batch[name].append(_time_batch(name, search, queries))
            for query in queries[turn * SINGLE : (turn + 1) * SINGLE]:
                single[name].append(_seconds(search, query[None]))
    return batch, single


def _build(training: Vectors) -> tuple[dict[str, Search], dict[str, float]]:
    """Return each index's search, and the seconds that the index took to make."""
    searches, built = {}, {}
    for name, make in MAKERS.items():
        start = time.perf_counter()
        searches[name] = make(training)
        built[name] = time.perf_counter() - start
    return searches, built


def _ours(training: Vectors) -> Search:
    return functools.partial(PcaIndex(training).kneighbors, k=K)


def _faiss(training: Vectors) -> Search:
    index = faiss.IndexFlatL2(training.shape[1])
    index.add(training)
    return lambda queries: index.search(queries, K)


def _scikit(training: Vectors) -> Search:
    index = NearestNeighbors(n_neighbors=K, algorithm="brute").fit(training)
    search: Search = index.kneighbors
    return search


def _opencv(training: Vectors) -> Search:
    index = cv2.ml.KNearest.create()
    index.setAlgorithmType(cv2.ml.KNEAREST_BRUTE_FORCE)
    index.train(training, cv2.ml.ROW_SAMPLE, np.zeros(len(training), np.float32))
    return lambda queries: index.findNearest(queries, K)


MAKERS = {OURS: _ours, FLAT: _faiss, "scikit-learn brute": _scikit, OPENCV: _opencv}


def _time_batch(name: str, search: Search, queries: Vectors) -> float:
    if name != OPENCV:
        return _seconds(search, queries)
    return _seconds(search, queries[:OPENCV_QUERIES]) * len(queries) / OPENCV_QUERIES


def _seconds(search: Search, queries: Vectors) -> float:
    start = time.perf_counter()
    search(queries)
    return time.perf_counter() - start


def _threads() -> dict[str, int]:
    return {"faiss": faiss.omp_get_max_threads(), "opencv": cv2.getNumThreads()}


def _describe(results: dict[str, Any]) -> dict[str, Any]:
    """Return what the run was, without the folders of this machine."""
    run_ = describe_run()
    return (
        run_
        | {"command": "benchmarks/search.py --data FOLDER", "extrapolated_from": {OPENCV: OPENCV_QUERIES}}
        | results
    )


def _table(built: dict[str, float], batch: Seconds, single: Seconds, queries: int) -> str:
    rows = []
    for name, making in built.items():
        ratio, ratio_single = (
            statistics.median(a / b for a, b in zip(seconds[name], seconds[OURS], strict=True))
            for seconds in (batch, single)
        )
        p50, p95 = np.percentile(single[name], [50, 95]) * 1000
        label = f"{name} (extrapolated from {OPENCV_QUERIES:,})" if name == OPENCV else name
        several = f"{statistics.median(batch[name]):.2f} s"
        one = [f"{p50:.1f} ms", f"{p95:.1f} ms", f"{ratio_single:.1f}x"]
        rows.append([label, f"{making:.2f} s", several, f"{ratio:.1f}x", *one])
    header = ["index", "made in", f"{queries:,} queries", "to ours", "one: p50", "p95", "to ours"]
    return markdown_table(header, rows)


if __name__ == "__main__":
    run(main)
