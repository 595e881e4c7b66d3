"""What the default's error costs: cost_refined.py --data FOLDER [--rounds N] [--threads N].

All test digits classified by the default, features and refinement included, against FAISS IndexFlatL2 on
784 pixels, k = 11, in turn, round after round, in one process and with the same threads; the median of the
rounds' ratios counts. Then digits one by one, those that are refined and those that are not, and the peak
memory of a fresh process that loads the model and classifies all test digits. Prints Markdown tables; raw
seconds and bytes go to results/cost_refined.json.
"""

import argparse
import functools
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import faiss
import numpy as np

from benchmarks.models.settings import find_setting, fit_setting
from benchmarks.script import Parser, describe_run, markdown_table, progress, run, say, write_json
from knn_digits.arrays import Digits
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.features.pixels import RawPixels
from knn_digits.threads import limit_threads

RESULTS = pathlib.Path(__file__).parents[1] / "results"
K = 11
SINGLE = 100  # digits of each kind asked one at a time
BUSY = 1.3  # processes a core
OURS, FLAT = "default", "FAISS IndexFlatL2"
# The peak of a process that reads model and digits, and classifies. Linux counts in KiB, macOS in bytes. What
# getrusage tells on Linux begins with the memory of the process that started this one, VmHWM does not.
PEAK = """
import pathlib, resource, sys, numpy as np
from knn_digits.classifiers.load import load_classifier
from knn_digits.threads import limit_threads
model, digits = load_classifier(sys.argv[1]), np.load(sys.argv[2])
limit_threads(int(sys.argv[3]))
model.classify(digits)
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [line.split()[1] for line in lines if line.startswith("VmHWM")]
peak = int(own[0]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak * (1 if sys.platform == "darwin" else 1024))
"""


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables and write the raw results."""
    options = parse(arguments)
    training, test = (load_dataset(options.data, split=split) for split in ("train", "test"))
    limit_threads(options.threads)
    model = fit_setting(find_setting("default"), training)
    before = os.getloadavg()[0]
    seconds = alternate(model, training, test, options.rounds)
    refined = model.classify(test.digits).refined
    results = {
        **describe_run(),
        "command": "benchmarks/cost_refined.py --data FOLDER",
        "training": len(training.digits),
        "queries": len(test.digits),
        "k": K,
        "threads": {"faiss": faiss.omp_get_max_threads(), "opencv": cv2.getNumThreads()},
        "load": {"before": before, "after": os.getloadavg()[0]},  # ours is in it
        "refined": int(refined.sum()),
        "batch_seconds": seconds,
        "single_seconds": {
            "refined": clock_single(model, test.digits[refined]),
            "not refined": clock_single(model, test.digits[~refined]),
        },
        "peak_bytes": measure_peak(model, test.digits),
    }
    write_json(options.output / "cost_refined.json", results)
    print(tables(results))
    if before > BUSY * (os.cpu_count() or 1):
        say(f"the machine is busy (load {before:.1f}): measure again when it is not")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure the time and memory of the default beside FAISS IndexFlatL2.")
    add = parser.add_argument
    add("--data", required=True, help="folder with MNIST's four IDX files")
    add("--rounds", type=int, default=5, help="turns of each (default: 5)")
    add("--threads", type=int, help="threads of both (default: all cores)")
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where results go")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--rounds and --threads must be at least 1")
    return options


def alternate(model: KnnClassifier, training: Dataset, test: Dataset, rounds: int) -> dict[str, list[float]]:
    """Return the seconds for all test digits, by round."""
    pixels, queries = RawPixels()(training.digits), RawPixels()(test.digits)
    index = faiss.IndexFlatL2(pixels.shape[1])
    index.add(pixels)
    model.classify(test.digits[:1])  # once uncounted
    index.search(queries[:1], K)
    seconds: dict[str, list[float]] = {OURS: [], FLAT: []}
    for _ in progress(range(rounds), "rounds"):
        seconds[OURS].append(_seconds(lambda: model.classify(test.digits)))
        seconds[FLAT].append(_seconds(lambda: index.search(queries, K)))
    return seconds


def clock_single(model: KnnClassifier, digits: Digits) -> list[float]:
    """Return the seconds of each of some digits, spread evenly, asked one at a time."""
    rows = np.linspace(0, len(digits) - 1, min(SINGLE, len(digits))).astype(np.int64)
    return [_seconds(functools.partial(model.classify, digits[row : row + 1])) for row in rows]


def measure_peak(model: KnnClassifier, digits: Digits) -> int:
    """Return the most bytes that a fresh process holds while it loads the model and classifies the digits."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.npz"
        model.save(path)
        return peak_of(str(path), digits)


def peak_of(model: str, digits: Digits) -> int:
    """Return the same for a model file or the name of a network."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "digits.npy"
        np.save(path, digits)
        command = [sys.executable, "-c", PEAK, model, str(path), str(cv2.getNumThreads())]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def tables(results: dict[str, Any]) -> str:
    """Return the Markdown tables."""
    batch, queries = results["batch_seconds"], results["queries"]
    ratios = [ours / flat for ours, flat in zip(batch[OURS], batch[FLAT], strict=True)]
    rows = [[name, f"{statistics.median(times):.2f} s"] for name, times in batch.items()]
    spread = f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"
    rows[0].append(spread)
    rows[1].append("1x")
    whole = markdown_table(["", f"{queries:,} digits", "to FAISS, median (range)"], rows)
    singles = [
        [name, f"{len(times)}", *(f"{1e3 * value:.1f} ms" for value in np.percentile(times, [50, 95]))]
        for name, times in results["single_seconds"].items()
        if times
    ]
    single = markdown_table(["one digit at a time", "digits", "p50", "p95"], singles)
    load = results["load"]
    return (
        f"{whole}\n\n{single}\n\n{results['refined']:,} of {queries:,} digits are refined. Peak memory of a "
        f"process that loads the model and classifies them all: {results['peak_bytes'] / 1e9:.2f} GB. "
        f"Load of the machine: {load['before']:.1f} before, {load['after']:.1f} after."
    )


if __name__ == "__main__":
    run(main)
