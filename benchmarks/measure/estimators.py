"""Vectors -> how fast KNNClassifier is beside scikit-learn's: both with their defaults but k = 11.

On the same vectors, round after round, in one process: first fit, then predict. Vectors of few numbers lie
evenly or in clusters; the pixels are the embedded digits, as whole numbers and divided by 255. With one
thread, seconds are the processor's, which other work on the machine does not lengthen. What was measured
with other numbers of threads stays in the file.
"""

import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.records import add_output_option, read_record, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.datasets import load_dataset
from knn_digits.estimators import KNNClassifier
from knn_digits.threads import limit_threads

K = 11
ALL = "all"  # threads of the run that has not set their number
EVEN = [
    (100_000, 2, 20_000),
    (100_000, 4, 20_000),
    (50_000, 8, 3_000),
    (50_000, 12, 2_000),
    (50_000, 16, 2_000),
]
EVEN += [(50_000, 32, 2_000), (50_000, 64, 2_000), (20_000, 256, 2_000), (20_000, 784, 2_000)]
CLUSTERED = [(100_000, 3, 20_000), (50_000, 10, 3_000)]
SMALL = [(150, 4, 50), (1_797, 64, 400)]  # as scikit-learn's own data sets

Table = tuple[NDArray[Any], NDArray[np.int64], NDArray[Any]]  # training vectors, classes, queries

Clock = Callable[[], float]


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="rounds of both (default: 5)")
    add("--threads", type=int, help="threads of both (default: all cores)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--rounds and --threads must be at least 1")
    limit_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    seconds = {}
    for name, make in progress(list(_tables().items()), "tables"):
        seconds[name] = _alternate(make(), options.rounds, clock)
    spelled = f"--threads {options.threads}" if options.threads else ""
    own = {"k": K, "scikit-learn": sklearn.__version__, "seconds": seconds}
    raw = record("estimators", own, options=spelled)
    own["run"] = raw["run"]
    others = _runs(options.output / "estimators.json")
    raw["result"] = {"runs": others | {str(options.threads or ALL): own}}
    print(write_record(options.output, raw))


def _runs(path: pathlib.Path) -> dict[str, Any]:
    """Return what was measured before, by the number of threads."""
    return dict(read_record(path)["result"]["runs"]) if path.is_file() else {}


def _tables() -> dict[str, Callable[[], Table]]:
    """Return what makes the vectors of each row of the table, by its name."""
    tables: dict[str, Callable[[], Table]] = {}
    for kind, sizes, clusters in (("even", EVEN + SMALL, 0), ("clusters", CLUSTERED, 50)):
        for n, d, m in sizes:
            name = f"{kind}: {n:,} x {d}, {m:,} queries"
            tables[name] = lambda n=n, d=d, m=m, clusters=clusters: _draw(n, d, m, clusters)  # type: ignore[misc]
    tables["pixels, whole: 4,000 x 784, 1,000 queries"] = lambda: _pixels(np.float32(1))
    tables["pixels of 0..1: 4,000 x 784, 1,000 queries"] = lambda: _pixels(np.float64(255))
    return tables


def _draw(n: int, d: int, m: int, clusters: int) -> Table:
    rng = np.random.default_rng(0)
    vectors = rng.random((n + m, d))
    if clusters:
        vectors = (
            rng.normal(size=(n + m, d)) + 5 * rng.normal(size=(clusters, d))[np.arange(n + m) % clusters]
        )
    return vectors[:n], np.arange(n) % 10, vectors[n:]


def _pixels(divisor: Any) -> Table:
    sample = load_dataset("sample")
    vectors = sample.digits.reshape(-1, 784) / divisor
    return vectors[:4000], sample.labels[:4000], vectors[4000:]


def _alternate(table: Table, rounds: int, clock: Clock) -> dict[str, list[float]]:
    """Return the seconds to fit and to predict, of ours and of scikit-learn's, by round."""
    kinds = {"ours": KNNClassifier, "scikit-learn": KNeighborsClassifier}
    seconds: dict[str, list[float]] = {f"{name} {what}": [] for name in kinds for what in ("fit", "predict")}
    vectors, classes, queries = table
    for turn in range(rounds + 1):  # the first is not counted
        for name, kind in kinds.items():
            model = kind(n_neighbors=K)
            start = clock()
            model.fit(vectors, classes)
            fitted = clock()
            model.predict(queries)
            fit, predict = fitted - start, clock() - fitted
            if turn:
                seconds[f"{name} fit"].append(fit)
                seconds[f"{name} predict"].append(predict)
    return seconds


if __name__ == "__main__":
    run(main)
