"""Test digits -> what the default's error costs: time beside FAISS IndexFlatL2 on pixels, and memory.

All test digits, refinement included, in turn, round after round, in one process and with the same threads.
Then digits one by one, those that are refined and those that are not, and the peak memory of a fresh
process that loads the model and classifies all.
"""

import argparse
import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np

from benchmarks.measure.memory import peak_of
from benchmarks.measure.turns import seconds_of
from benchmarks.models.indices import FLAT, K
from benchmarks.models.settings import find_setting, fit_setting
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run, warn_if_busy
from knn_digits.arrays import Digits
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.features.pixels import PixelValues
from knn_digits.threads import limit_threads

SINGLE = 100  # digits of each kind asked one at a time
OURS = "default"


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    training, test = (load_dataset(options.data, split=split) for split in ("train", "test"))
    limit_threads(options.threads)
    before = os.getloadavg()[0]
    result = measure(training, test, options.rounds)
    load = {"load": {"before": before, "after": os.getloadavg()[0]}}  # ours is in it
    print(write_record(options.output, record("refinement", result | load, options="--data FOLDER")))
    warn_if_busy(before)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder with MNIST's four IDX files")
    add("--rounds", type=int, default=5, help="turns of each (default: 5)")
    add("--threads", type=int, help="threads of both (default: all cores)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--rounds and --threads must be at least 1")
    return options


def measure(training: Dataset, test: Dataset, rounds: int) -> dict[str, Any]:
    """Return seconds of batches and of single digits, and the peak of memory."""
    model = fit_setting(find_setting(OURS), training)
    seconds = alternate(model, training, test, rounds)
    refined = model.classify(test.digits).refined
    return {
        "training": len(training.digits),
        "queries": len(test.digits),
        "k": K,
        "refined": int(refined.sum()),
        "batch_seconds": seconds,
        "single_seconds": {
            "refined": clock_single(model, test.digits[refined]),
            "not refined": clock_single(model, test.digits[~refined]),
        },
        "peak_bytes": measure_peak(model, test.digits),
    }


def alternate(model: DigitKNN, training: Dataset, test: Dataset, rounds: int) -> dict[str, list[float]]:
    """Return the seconds for all test digits, by round."""
    pixels, queries = PixelValues()(training.digits), PixelValues()(test.digits)
    index = faiss.IndexFlatL2(pixels.shape[1])
    index.add(pixels)
    model.classify(test.digits[:1])  # once uncounted
    index.search(queries[:1], K)
    seconds: dict[str, list[float]] = {OURS: [], FLAT: []}
    for _ in progress(range(rounds), "rounds"):
        seconds[OURS].append(seconds_of(model.classify, test.digits))
        seconds[FLAT].append(seconds_of(index.search, queries, K))
    return seconds


def clock_single(model: DigitKNN, digits: Digits) -> list[float]:
    """Return the seconds of each of some digits, spread evenly, asked one at a time."""
    rows = np.linspace(0, len(digits) - 1, min(SINGLE, len(digits))).astype(np.int64)
    return [seconds_of(model.classify, digits[row : row + 1]) for row in rows]


def measure_peak(model: DigitKNN, digits: Digits) -> int:
    """Return the most bytes that a fresh process holds while it loads the model and classifies the digits."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.npz"
        model.save(path)
        return peak_of(str(path), digits)


if __name__ == "__main__":
    run(main)
