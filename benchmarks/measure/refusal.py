"""How far probabilities can be trusted, and what is refused that is no digit: refusal.py --data FOLDER.

Run as `python benchmarks/refusal.py --data FOLDER [--model FILE]... [--n N] [--output DIR] [--from JSON]`.
Test digits are set against things that are no digits, see `nondigits.py`, N of each kind: the area under the
ROC curve of doubt, and what is refused at the model's own limit. Prints Markdown tables; raw results go to
refusal.json, a picture of the things to nondigits.png. `--from JSON` prints the tables of raw results.
"""

import argparse
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.nondigits import KINDS, SEED, make_things
from benchmarks.script import (
    Parser,
    add_model_option,
    describe_model,
    describe_run,
    load_models,
    markdown_table,
    progress,
    run,
    write_json,
)
from knn_digits.arrays import SIDE, Digits, Labels, Pixels, Probabilities
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import BATCH
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.evaluation import wilson_interval
from knn_digits.images import write_png
from knn_digits.reliability import (
    calibration_error,
    error_reject_curve,
    log_loss,
    reliability_bins,
    roc_curve,
)

RESULTS = pathlib.Path(__file__).parents[1] / "results"
ALL = "all kinds"
REJECTED = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)  # shares, where the curve is noted
SHOWN = 32  # things of each kind in a row of the picture
PAPER, LINE = 255, 90  # grey levels


class Scores:
    """What a classifier says of digits, all batches together."""

    def __init__(self, classifier: Classifier, digits: Digits, label: str) -> None:
        starts = range(0, len(digits), BATCH)
        answers = [classifier.classify(digits[start : start + BATCH]) for start in progress(starts, label)]
        self.labels: Labels = np.concatenate([one.labels for one in answers])
        self.probabilities: Probabilities = np.concatenate([one.probabilities for one in answers])
        self.strangeness: NDArray[np.float32] = np.concatenate([one.strangeness for one in answers])
        self.doubt: NDArray[np.float32] = np.concatenate([one.doubt for one in answers])


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables, write the raw results and the picture."""
    options = parse(arguments)
    if options.read is not None:
        print(tables(json.loads(options.read.read_text(encoding="utf-8"))))
        return
    models = load_models(options.model)
    test = load_dataset(options.data, split="test")
    things = {kind.name: make_things(kind, options.n, test.digits) for kind in KINDS}
    results = {
        **describe_run(),
        "command": "benchmarks/refusal.py --data FOLDER "
        + " ".join(f"--model {pathlib.Path(name).name}" for name in options.model or ["bundled"]),
        "seed": SEED,
        "n": options.n,
        "test_sha256": test.sha256,
        "measured": [
            {"model": name, **describe_model(model)} | measure(name, model, test, things)
            for name, model in models.items()
        ],
    }
    write_json(options.output / "refusal.json", results)
    write_png(options.output / "nondigits.png", draw(things))
    print(tables(results))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure calibration, and the refusal of what is no digit.")
    add = parser.add_argument
    add("--data", help="`mnist`, a folder with its IDX files, or another data set with a test part")
    add_model_option(parser)
    add("--n", type=int, default=1000, help="things of each kind that is no digit (default: 1000)")
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where results go")
    add(
        "--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the tables of these raw results"
    )
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error("--n must be at least 1")
    if options.data is None and options.read is None:
        parser.error("name the folder of MNIST's files with --data")
    return options


def measure(name: str, classifier: Classifier, test: Dataset, things: Mapping[str, Digits]) -> dict[str, Any]:
    """Return all that is measured of one classifier."""
    digits = Scores(classifier, test.digits, name)
    others = {kind: Scores(classifier, some, f"{name}, {kind}") for kind, some in things.items()}
    blank = Scores(classifier, np.zeros((1, SIDE, SIDE), np.uint8), name)
    return trust(digits, test.labels) | tell(digits, others) | {"blank_read": bool(blank.doubt[0] <= 1)}


def trust(scores: Scores, truth: Labels) -> dict[str, Any]:
    """Return how far the probabilities of test digits can be trusted, and how many are refused."""
    confidence, right = scores.probabilities.max(axis=1), scores.labels == truth
    curve = error_reject_curve(confidence, right)
    places = [int(np.searchsorted(curve.rejected, share, side="right")) - 1 for share in REJECTED]
    refused = scores.doubt > 1
    return {
        "digits": len(truth),
        "errors": int((~right).sum()),
        "calibration_error": calibration_error(confidence, right),
        "calibration_error_equal_mass": calibration_error(confidence, right, equal_mass=True),
        "log_loss": log_loss(scores.probabilities[np.arange(len(truth)), truth]),
        "bins": [asdict(one) for one in reliability_bins(confidence, right)],
        "error_reject": [
            {
                "min_probability": float(curve.threshold[place]),
                "rejected": float(curve.rejected[place]),
                "error_rate": float(curve.error_rate[place]),
            }
            for place in sorted(set(places))
        ],
        "wrongly_refused": int(refused.sum()),
        "wrongly_refused_interval": wilson_interval(int(refused.sum()), len(refused)),
        "errors_not_refused": int((~right & ~refused).sum()),
    }


def tell(digits: Scores, others: Mapping[str, Scores]) -> dict[str, Any]:
    """Return how doubt tells things of each kind, and of all, from test digits."""
    doubt, strangeness = (
        np.concatenate([getattr(scores, name) for scores in others.values()])
        for name in ("doubt", "strangeness")
    )
    kinds = {kind: _tell(digits.doubt, scores.doubt) for kind, scores in others.items()}
    return {
        "kinds": kinds | {ALL: _tell(digits.doubt, doubt)},
        "area_by_distance_alone": roc_curve(digits.strangeness, strangeness).area,
    }


def _tell(digits: NDArray[np.float32], others: NDArray[np.float32]) -> dict[str, float]:
    return {"area": roc_curve(digits, others).area, "refused": float((others > 1).mean())}


def draw(things: Mapping[str, Digits]) -> Pixels:
    """Return a (height, width) grey picture with a row of things of each kind."""
    ruled = [np.pad(some[:SHOWN], ((0, 0), (2, 2), (0, 0)), constant_values=LINE) for some in things.values()]
    rows = [np.concatenate(list(row), axis=1) for row in ruled]
    return np.asarray(PAPER - np.concatenate(rows))


def tables(results: Mapping[str, Any]) -> str:
    """Return the Markdown tables."""
    measured = results["measured"]
    names = [one["model"] for one in measured]
    rows = [
        ["errors", *(f"{one['errors'] / one['digits']:.2%}" for one in measured)],
        ["expected calibration error", *(f"{one['calibration_error']:.2%}" for one in measured)],
        ["- bins of equal mass", *(f"{one['calibration_error_equal_mass']:.2%}" for one in measured)],
        ["log loss", *(f"{one['log_loss']:.4f}" for one in measured)],
        *[
            [f"error where {share:.1%} are rejected", *(_error_left(one, share) for one in measured)]
            for share in REJECTED[3:]
        ],
        ["digits refused", *(_refused(one) for one in measured)],
        ["blank digit", *("read" if one["blank_read"] else "refused" for one in measured)],
    ]
    kinds = [
        [
            kind,
            *(f"{one['kinds'][kind]['area']:.4f}  {one['kinds'][kind]['refused']:4.0%}" for one in measured),
        ]
        for kind in measured[0]["kinds"]
    ]
    alone = ["- by distance alone", *(f"{one['area_by_distance_alone']:.4f}      " for one in measured)]
    head = f"{measured[0]['digits']:,} test digits"
    return "\n\n".join(
        [
            markdown_table([head, *names], rows),
            f"Area under the ROC curve of doubt, {results['n']} things of each kind against the test digits, "
            "and the share of them that is refused at the model's own limit.",
            markdown_table(["no digits", *names], [*kinds, alone]),
        ]
    )


def _error_left(one: Mapping[str, Any], share: float) -> str:
    """Return the error at the last point of the curve that rejects no more than a share."""
    point = max((point for point in one["error_reject"] if point["rejected"] <= share), key=_rejected)
    return f"{point['error_rate']:.2%} ({point['rejected']:.1%})"


def _rejected(point: Mapping[str, float]) -> float:
    return point["rejected"]


def _refused(one: Mapping[str, Any]) -> str:
    low, high = one["wrongly_refused_interval"]
    return f"{one['wrongly_refused'] / one['digits']:.2%} ({low:.2%} to {high:.2%})"


if __name__ == "__main__":
    run(main)
