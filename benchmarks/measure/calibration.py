"""Ways to make probabilities of votes, compared on training digits alone: calibration.py --data FOLDER.

Run as `python benchmarks/calibration.py --data FOLDER [--only NAME]... [--output DIR] [--from JSON]`. Digits
that validation holds out are classified by the rest; each way learns from nine tenths of these answers and is
measured on the tenth that is left, in turn. Prints a Markdown table; raw results go to calibration.json.
"""

import argparse
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.settings import SETTINGS, find_setting, fit_setting
from benchmarks.script import Parser, describe_run, markdown_table, progress, run, write_json
from knn_digits.arrays import CLASSES, Labels, Probabilities
from knn_digits.classifiers.calibrate import learn_calibration
from knn_digits.classifiers.knn import held_out
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.reliability import calibration_error, log_loss
from knn_digits.vote import Votes

RESULTS = pathlib.Path(__file__).parents[1] / "results"
NAMES = ("blocks, k 11", "pixels, k 11", "default")
FOLDS = 10
SEED = 1
Rows = NDArray[np.int64]
Way = Callable[[Votes, Labels, Rows, Rows], Probabilities]  # learns from the first rows, answers the others


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table, write the raw results."""
    options = parse(arguments)
    if options.read is not None:
        print(table(json.loads(options.read.read_text(encoding="utf-8"))))
        return
    training = load_dataset(options.data, split="train")
    names = options.only or list(NAMES)
    results = describe_run() | {
        "command": "benchmarks/calibration.py --data FOLDER",
        "training_sha256": training.sha256,
        "folds": FOLDS,
        "seed": SEED,
        "measured": [compare(name, training) for name in progress(names, "settings")],
    }
    write_json(options.output / "calibration.json", results)
    print(table(results))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Compare ways to make probabilities of votes on held-out training digits.")
    add = parser.add_argument
    add("--data", help="`sample`, `mnist`, or a folder with its IDX files")
    add("--only", action="append", metavar="NAME", choices=[setting.name for setting in SETTINGS])
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where results go")
    add("--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the table of these raw results")
    options = parser.parse_args(arguments)
    if options.data is None and options.read is None:
        parser.error("name training digits with --data")
    return options


def compare(name: str, training: Dataset) -> dict[str, Any]:
    """Return the log loss and the calibration error of each way with one setting."""
    held = held_out(training.labels)
    rest = replace(training, digits=training.digits[~held], labels=training.labels[~held])
    votes, truth = (
        fit_setting(find_setting(name), rest).classify(training.digits[held]),
        training.labels[held],
    )
    folds = np.random.default_rng(SEED).permutation(len(truth)) % FOLDS
    measured = {}
    for way, learn in WAYS.items():
        probabilities = np.empty((len(truth), CLASSES))
        for fold in range(FOLDS):
            known, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            probabilities[asked] = learn(votes, truth, known, asked)
        right = probabilities.argmax(axis=1) == truth
        measured[way] = {
            "log_loss": log_loss(probabilities[np.arange(len(truth)), truth]),
            "calibration_error": calibration_error(probabilities.max(axis=1), right),
        }
    return {"setting": name, "digits": len(truth), "ways": measured}


def _shares(votes: Votes, _: Labels, __: Rows, asked: Rows) -> Probabilities:
    return votes.shares[asked]


def _isotonic(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    """B. Zadrozny, C. Elkan (2002): one step function for all labels, then scaled to sum to 1."""
    from sklearn.isotonic import IsotonicRegression

    hits = (truth[known][:, None] == np.arange(CLASSES)).ravel()
    steps = IsotonicRegression(out_of_bounds="clip").fit(votes.shares[known].ravel(), hits)
    raw = steps.predict(votes.shares[asked].ravel()).reshape(-1, CLASSES).clip(1e-6)
    return np.asarray(raw / raw.sum(axis=1, keepdims=True), np.float32)


def _one_map(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    return learn_calibration(votes.shares[known], truth[known])(votes.shares[asked])


def _two_maps(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    """One for digits whose neighbors agree, one for those that are refined."""
    probabilities = np.empty((len(asked), CLASSES), np.float32)
    for kind in np.unique(votes.refined[asked]):
        own, there = known[votes.refined[known] == kind], votes.refined[asked] == kind
        probabilities[there] = _one_map(votes, truth, own, asked[there])
    return probabilities


WAYS: Mapping[str, Way] = {
    "shares": _shares,
    "isotonic": _isotonic,
    "one map": _one_map,
    "two maps": _two_maps,
}


def table(results: Mapping[str, Any]) -> str:
    """Return the Markdown table."""
    header = ["setting", "held-out digits", *WAYS]
    rows = [
        [one["setting"], f"{one['digits']:,}", *(_cell(one["ways"][way]) for way in WAYS)]
        for one in results["measured"]
    ]
    return "Log loss and expected calibration error of each way.\n\n" + markdown_table(header, rows)


def _cell(found: Mapping[str, float]) -> str:
    return f"{found['log_loss']:.4f}  {found['calibration_error']:.2%}"


if __name__ == "__main__":
    run(main)
