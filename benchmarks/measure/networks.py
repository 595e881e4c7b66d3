"""The bundled networks and k-NN side by side: error, generalization gap, size, milliseconds a digit.

Run as `python benchmarks/networks.py [--data mnist|FOLDER] [--model FILE]... [--rounds N] [--threads N]`.
Each model answers all test digits once, for its error; then the models take turns, each answering a batch
and digits one by one, and the median over the rounds counts. The table goes to stdout, raw results to the
output. `--from JSON` prints the table of raw results that are there.
"""

import argparse
import json
import os
import pathlib
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.script import (
    Parser,
    add_model_option,
    describe_model,
    describe_run,
    load_models,
    markdown_table,
    progress,
    run,
    say,
    write_json,
)
from knn_digits.arrays import Digits
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.load import find_model
from knn_digits.classifiers.network import NETWORKS, NetworkClassifier
from knn_digits.datasets import load_dataset
from knn_digits.evaluation import evaluate
from knn_digits.threads import limit_threads

OUTPUT = pathlib.Path(__file__).parents[1] / "results" / "networks.json"
BUSY = 1.3  # processes a core
BATCH, SINGLE = 1000, 100  # digits in a round


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table and write the raw results."""
    options = parse(arguments)
    if options.read is not None:
        print(table(json.loads(options.read.read_text(encoding="utf-8"))["models"]))
        return
    test = load_dataset(options.data, split="test")
    models: dict[str, Any] = load_models([*NETWORKS, *(options.model or ["bundled"])])
    names = dict(zip(models, [*NETWORKS, *(options.model or ["bundled"])], strict=True))
    limit_threads(options.threads)
    raw: dict[str, Any] = {
        "run": describe_run(),
        "data": test.sha256,
        "threads": options.threads,
        "models": {},
    }
    for name in progress(list(models), "scoring"):
        scored = score(models[name], test.digits, test.labels)
        command = f"knn-digits evaluate --model {names[name]} --data mnist"
        raw["models"][name] = {"command": command} | describe(names[name], models[name]) | scored
    for _ in progress(range(options.rounds), "timing"):
        for name, model in models.items():
            for kind, seconds in clock(model, test.digits).items():
                raw["models"][name].setdefault(kind, []).append(seconds)
    raw["load"] = os.getloadavg()[0]  # ours is in it
    if raw["load"] > BUSY * (os.cpu_count() or 1):
        say(f"the machine is busy (load {raw['load']:.1f}): measure again when it is not")
    write_json(options.output, raw)
    print(table(raw["models"]))
    say(f"raw results: {options.output}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure the bundled networks beside k-NN.")
    parser.add_argument("--data", default="mnist", help="MNIST: `mnist`, or a folder with its files")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each model (default: 7)")
    parser.add_argument("--threads", type=int, help="threads to use (default: all cores)")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT, help="raw results (JSON)")
    parser.add_argument(
        "--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the table of these raw results"
    )
    add_model_option(parser)
    return parser.parse_args(arguments)


def describe(name: str, model: Classifier) -> dict[str, Any]:
    """Return what a model is: its origin and how large it is."""
    about = describe_model(model)
    if isinstance(model, NetworkClassifier):
        card = model.card
        own = {"parameters": card["parameters"], "bytes": card["bytes"], "scores": card["scores"]}
        return {"about": about} | own
    if isinstance(model, KnnClassifier):
        path = find_model(name)
        return {"about": about, "training_digits": len(model.digits), "bytes": path.stat().st_size}
    return {"about": about}


def score(model: Classifier, digits: Digits, labels: Any) -> dict[str, Any]:
    """Return the errors on the test digits."""
    result = evaluate(model, digits, labels)
    return {
        "n": result.n,
        "errors": result.errors,
        "error_rate": result.error_rate,
        "interval": result.interval,
    }


def clock(model: Classifier, digits: Digits) -> dict[str, float]:
    """Return the seconds a digit in a batch and one by one."""
    start = time.perf_counter()
    model.classify(digits[:BATCH])
    batch = (time.perf_counter() - start) / BATCH
    start = time.perf_counter()
    for row in range(SINGLE):
        model.classify(digits[row : row + 1])
    return {"batch_seconds": batch, "single_seconds": (time.perf_counter() - start) / SINGLE}


def table(models: dict[str, Any]) -> str:
    """Return the Markdown table."""
    header = [
        *("model", "parameters", "MB", "test error", "95 % interval", "train error", "gap"),
        *("ms a digit, batch", "ms, single"),
    ]
    return markdown_table(header, [row(name, found) for name, found in models.items()])


def row(name: str, found: dict[str, Any]) -> list[str]:
    """Return a model's row; the gap is the test error less the training error, in points of percent."""
    low, high = found["interval"]
    train = found["scores"]["train"] if "scores" in found else None
    share = train["errors"] / train["digits"] if train else None
    parameters = (
        f"{found['parameters']:,}" if "parameters" in found else f"{found['training_digits']:,} digits"
    )
    return [
        f"`{name}`",
        parameters,
        f"{found['bytes'] / 1e6:.2f}",
        f"{found['error_rate']:.2%}",
        f"{low:.2%} to {high:.2%}",
        "-" if share is None else f"{share:.2%}",
        "-" if share is None else f"{100 * (found['error_rate'] - share):.2f}",
        f"{1e3 * statistics.median(found['batch_seconds']):.3f}",
        f"{1e3 * statistics.median(found['single_seconds']):.2f}",
    ]


if __name__ == "__main__":
    run(main)
