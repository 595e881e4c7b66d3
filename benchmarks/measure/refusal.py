"""Digits and what is none -> what is refused, and how far probabilities can be trusted, by model.

Test digits are set against things that are no digits, see `benchmarks.data.nondigits`, --n of each kind:
the area under the ROC curve of doubt, and what is refused at the model's own limit.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.nondigits import KINDS, SEED, make_things
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.arrays import SIDE, Digits, Labels, Probabilities
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.rows import BATCH
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.evaluation import wilson_interval
from knn_digits.reliability import (
    calibration_error,
    error_reject_curve,
    log_loss,
    reliability_bins,
    roc_curve,
)

ALL = "all kinds"
REJECTED = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)  # shares, where the curve is noted


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
    """Measure and write the raw results."""
    options = parse(arguments)
    models = load_models(options.model)
    test = load_dataset(options.data, split="test")
    things = {kind.name: make_things(kind, options.n, test.digits) for kind in KINDS}
    result = {
        "seed": SEED,
        "n": options.n,
        "test_sha256": test.sha256,
        "measured": [
            {"model": name, **describe_model(model)} | measure(name, model, test, things)
            for name, model in models.items()
        ],
    }
    spelled = f"--data FOLDER {spell_models(options.model)}"
    print(write_record(options.output, record("refusal", result, options=spelled)))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    words = "`mnist`, a folder with its IDX files, or another data set with a test part"
    add("--data", required=True, help=words)
    add_model_option(parser)
    add("--n", type=int, default=1000, help="things of each kind that is no digit (default: 1000)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error("--n must be at least 1")
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


if __name__ == "__main__":
    run(main)
