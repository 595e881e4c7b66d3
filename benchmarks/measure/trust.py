"""Digits -> how far probabilities hold: reliability, calibration, log loss, what rejecting brings."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measure.ask import ask
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK, REJECTED
from benchmarks.models.study import Study, answer
from benchmarks.script import progress, run
from knn_digits.classifiers import Classifier
from knn_digits.reliability import calibration_error, error_reject_curve, log_loss, reliability_bins

TRUSTED = (BEST_KNN, "hog, 64 directions", "pixels, k 11", BEST_NETWORK, "lenet5")
CURVE_POINTS = 200  # of an error-reject curve: a picture shows no more


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("trust", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return how far the probabilities of some models hold, and what rejecting unsure answers brings."""
    models = {}
    for name in progress(TRUSTED, "models"):
        models[name] = describe_trust(study.validated(name), study)
    return {"n": len(study.test.labels), "models": models}


def describe_trust(model: Classifier, study: Study) -> dict[str, Any]:
    """Return reliability, calibration error, log loss and error-reject curve of a model."""
    labels, probabilities = answer(model, study.test)
    rows = np.arange(len(labels))
    confidence, right = probabilities[rows, labels], labels == study.test.labels
    curve = error_reject_curve(confidence, right)
    named = np.searchsorted(curve.rejected, REJECTED, side="right") - 1
    spread = np.linspace(0, len(curve.rejected) - 1, CURVE_POINTS).astype(np.int64)
    points = np.union1d(spread, named)
    return {
        "calibration_error": calibration_error(confidence, right),
        "log_loss": log_loss(probabilities[rows, study.test.labels]),
        "bins": [
            {"n": one.n, "confidence": round(one.confidence, 5), "accuracy": round(one.accuracy, 5)}
            for one in reliability_bins(confidence, right, equal_mass=False)
        ],
        "rejected": np.round(curve.rejected[points], 5).tolist(),
        "error_rate": np.round(curve.error_rate[points], 6).tolist(),
    }


if __name__ == "__main__":
    run(main)
