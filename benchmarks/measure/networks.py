"""Test digits -> how the bundled networks and k-NN compare: error, size, milliseconds a digit.

Each model answers all test digits once, for its error; then the models take turns, each answering a batch
and digits one by one.
"""

import argparse
import os
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.counts import score
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run, warn_if_busy
from knn_digits.arrays import Digits
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.load import find_model
from knn_digits.classifiers.network import NETWORKS
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.threads import limit_threads

BATCH, SINGLE = 1000, 100  # digits in a round


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    test = load_dataset(options.data, split="test")
    limit_threads(options.threads)
    models = measure([*NETWORKS, *(options.model or ["bundled"])], test, options.rounds)
    load = os.getloadavg()[0]  # ours is in it
    warn_if_busy(load)
    result = {"data": test.sha256, "threads": options.threads, "load": load, "models": models}
    spelled = f"--data mnist {spell_models(options.model)}"
    print(write_record(options.output, record("networks", result, options=spelled)))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", default="mnist", help="MNIST: `mnist`, or a folder with its files")
    add("--rounds", type=int, default=7, help="turns of each model (default: 7)")
    add("--threads", type=int, help="threads to use (default: all cores)")
    add_output_option(parser)
    add_model_option(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        parser.error("--rounds and --threads must be at least 1")
    return options


def measure(sources: Sequence[str], test: Dataset, rounds: int) -> dict[str, Any]:
    """Return what each model is, its error, and its seconds by round."""
    models = load_models(sources)
    found: dict[str, Any] = {}
    for source, (name, model) in progress(list(zip(sources, models.items(), strict=True)), "scoring"):
        command = {"command": f"knn-digits evaluate --model {source} --data mnist"}
        found[name] = command | describe(source, model) | score(model, test.digits, test.labels)
    for _ in progress(range(rounds), "timing"):
        for name, model in models.items():
            for kind, seconds in clock(model, test.digits).items():
                found[name].setdefault(kind, []).append(seconds)
    return found


def describe(name: str, model: Classifier) -> dict[str, Any]:
    """Return what a model is: its origin and how large it is."""
    about = describe_model(model)
    if model.knn is None:
        return {"about": about} | {key: model.header[key] for key in ("parameters", "bytes", "scores")}
    path = find_model(name)
    return {"about": about, "training_digits": len(model.knn.digits), "bytes": path.stat().st_size}


def clock(model: Classifier, digits: Digits) -> dict[str, float]:
    """Return the seconds a digit in a batch and one by one."""
    start = time.perf_counter()
    model.classify(digits[:BATCH])
    batch = (time.perf_counter() - start) / BATCH
    start = time.perf_counter()
    for row in range(SINGLE):
        model.classify(digits[row : row + 1])
    return {"batch_seconds": batch, "single_seconds": (time.perf_counter() - start) / SINGLE}


if __name__ == "__main__":
    run(main)
