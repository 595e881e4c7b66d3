"""Corrupted and foreign digits -> how right models are that were fitted on clean digits alone.

Corrupted test digits are classified as they are, as MNIST-C is meant; digits of USPS (--usps) and of
OpenCV's sheet (--sheet) are brought to MNIST's geometry first.
"""

import functools
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.counts import score
from benchmarks.data.corruptions import CORRUPTIONS, SEED, corrupt
from benchmarks.data.foreign import load_sheet, load_usps
from benchmarks.measure.ask import add_study_options, answer_question, study_of
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK
from benchmarks.models.named import describe_model
from benchmarks.models.study import Study
from benchmarks.records import RESULTS, read_record, write_record
from benchmarks.script import Parser, progress, run, say
from knn_digits.arrays import Digits, Labels
from knn_digits.classifiers import Classifier
from knn_digits.datasets import Dataset
from knn_digits.digit import normalize
from knn_digits.evaluation import count_seen

NAMES = ("blocks, k 11", "pixels, k 3", "deskewed, k 3", "hog, k 11", BEST_KNN, BEST_NETWORK)
FEW = ("blocks, k 11", "pixels, k 3", BEST_KNN, BEST_NETWORK)  # of a report on other digits than MNIST's
CLEAN = "clean"

Foreign = dict[str, tuple[tuple[Digits, Labels], int]]  # how many of the digits the models know, too


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add_study_options(parser)
    add = parser.add_argument
    add("--n", type=int, default=10_000, help="test digits, spread evenly (default: 10000)")
    add("--usps", type=pathlib.Path, metavar="NPZ", help="x_test (n, 16, 16) and y_test of USPS")
    add("--sheet", type=pathlib.Path, metavar="PNG", help="OpenCV's digits.png")
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error("--n must be at least 1")
    study = study_of(parser, options)
    foreign = load_foreign({"USPS, test part": options.usps, "OpenCV's sheet": options.sheet}, study.training)
    own = functools.partial(measure_on, n=options.n, names=NAMES, foreign=foreign)
    raw = answer_question("corruptions", own, study, options=f"--n {options.n} --usps NPZ --sheet PNG")
    print(write_record(options.output, raw))


def measure(study: Study, *, folder: pathlib.Path = RESULTS) -> dict[str, Any]:
    """Return the raw results that are there, if they are of the same test digits; else measure on a few."""
    path = folder / "corruptions.json"
    if path.is_file():
        raw = read_record(path)
        if raw["key"]["test_sha256"] == study.test.sha256:
            return dict(raw["result"]) | {"from": f"benchmarks/results/{path.name}"}
    return measure_on(study, n=study.scale.corrupted, names=FEW, foreign={})


def measure_on(study: Study, *, n: int, names: Sequence[str], foreign: Foreign) -> dict[str, Any]:
    """Return the errors of these models on clean digits, under each corruption and on foreign digits."""
    rows = np.linspace(0, len(study.test.labels) - 1, min(n, len(study.test.labels))).astype(np.int64)
    models = {name: study.model(name) for name in names}
    return {
        "from": None,
        "names": list(names),
        "n": len(rows),
        "seed": SEED,
        "models": {name: describe_model(model) for name, model in models.items()},
        "severity": {kind.name: kind.severity for kind in CORRUPTIONS},
        "corruptions": measure_corrupted(models, study.test.digits[rows], study.test.labels[rows]),
        "transfer": [
            {"digits": name, "seen": seen} | {model: score(models[model], *data) for model in models}
            for name, (data, seen) in foreign.items()
        ],
    }


def measure_corrupted(models: dict[str, Classifier], digits: Digits, labels: Labels) -> list[dict[str, Any]]:
    """Return each model's error on the clean digits and under each corruption."""
    measured: list[dict[str, Any]] = []
    for kind in progress([None, *CORRUPTIONS], "corruptions"):
        harmed = digits if kind is None else corrupt(digits, kind)
        scores = {name: score(model, harmed, labels) for name, model in models.items()}
        measured.append({"digits": kind.name if kind else CLEAN} | scores)
    return measured


def load_foreign(paths: dict[str, pathlib.Path | None], training: Dataset) -> Foreign:
    """Return the foreign digits that are there, and how many of them are training digits."""
    found: Foreign = {}
    for (name, path), load in zip(paths.items(), (load_usps, load_sheet), strict=True):
        if path is None or not path.is_file():
            say(f"{name}: left out, {'no file is named' if path is None else f'there is no {path.name}'}")
            continue
        pictures, labels = load(path)
        digits = normalize(list(pictures))
        found[name] = ((digits, labels), count_seen(digits, training.digits))
    return found


if __name__ == "__main__":
    run(main)
