"""Models + digits -> how right their answers are, where they fail, and how far they can be trusted."""

import base64
import time
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure.accuracy import DOUBTED, rate
from benchmarks.models.lineup import (
    BEST_KNN,
    BEST_NETWORK,
    PEER,
    REJECTED,
    SVC_NAME,
    Entrant,
    choose_cost,
    fit_svc,
)
from benchmarks.models.study import Study, answer
from benchmarks.script import progress
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.evaluation import mcnemar
from knn_digits.reliability import calibration_error, error_reject_curve, log_loss, reliability_bins

NEIGHBORS = 9  # shown beside each error
TRUSTED = (BEST_KNN, "hog, 64 directions", "pixels, k 11", BEST_NETWORK, "lenet5")
CURVE_POINTS = 200  # of an error-reject curve: a picture shows no more


def measure_accuracy(study: Study) -> dict[str, Any]:
    """Return for each model its errors and how they compare with the CNN's."""
    entrants = study.entrants()
    models = {}
    for name in progress(list(entrants), "models"):
        models[name] = describe_answers(study, entrants[name])
    network = models[BEST_NETWORK]
    for found in models.values():
        found["against_cnn"] = compare(found, network)
    return {"n": len(study.test.labels), "models": models}


def describe_answers(study: Study, entrant: Entrant) -> dict[str, Any]:
    """Return an entrant's errors on held-out training digits, where it has such, and on the test digits."""
    model = study.validated(entrant.name)
    labels, _ = answer(model, study.test)
    found: dict[str, Any] = {
        "kind": entrant.kind,
        "command": entrant.command,
        "reference": entrant.reference or study.training.name,
        "reference_digits": None,
        "validation": None,
    }
    if isinstance(model, KnnClassifier):
        note = model.header.get("validation")
        found["reference_digits"] = len(model.digits)
        found["validation"] = rate(note["errors"], note["digits"]) if note else None
    elif entrant.kind == PEER:
        found["reference_digits"] = len(study.training.labels)
    return found | count(labels, study.test.labels)


def count(answers: Labels, labels: Labels) -> dict[str, Any]:
    """Return errors, confusion, precision and recall as raw results have them."""
    wrong = np.flatnonzero(answers != labels)
    confusion = np.bincount(labels * CLASSES + answers, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    return rate(len(wrong), len(labels)) | {
        "confusion": confusion.tolist(),  # row: true label, column: answer
        "precision": _shares(np.diag(confusion), confusion.sum(axis=0)),
        "recall": _shares(np.diag(confusion), confusion.sum(axis=1)),
        "wrong": wrong.tolist(),  # rows of the test digits
        "wrong_answers": answers[wrong].tolist(),
    }


def compare(found: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return McNemar's test of two models on the same digits."""
    ours, theirs = set(found["wrong"]), set(other["wrong"])
    alone, other_alone = len(ours - theirs), len(theirs - ours)
    return {
        "alone": alone,
        "cnn_alone": other_alone,
        "both": len(ours & theirs),
        "p": mcnemar(alone, other_alone),
    }


def _shares(right: NDArray[np.int64], total: NDArray[np.int64]) -> list[float | None]:
    return [float(a / b) if b else None for a, b in zip(right, total, strict=True)]


def measure_svc(study: Study) -> dict[str, Any]:
    """Return the errors of a support vector machine on pixels, its C chosen on held-out training digits."""
    tried = choose_cost(study.training)
    cost = min(tried, key=lambda name: tried[name])
    start = time.process_time()
    model = fit_svc(study.training, float(cost))
    fit_seconds = time.process_time() - start
    start = time.process_time()
    labels, _ = answer(model, study.test)
    seconds = time.process_time() - start
    found = {
        "name": SVC_NAME,
        "kind": PEER,
        "command": f"SVC(C={float(cost):g}, gamma='scale') on pixels / 255",
        "reference": study.training.name,
        "reference_digits": len(study.training.labels),
        "validation": None,
        "tried": tried,
        "support_vectors": len(model.model.support_),
        "bytes": model.model.support_vectors_.nbytes + model.model.dual_coef_.nbytes,
        "fit_cpu_seconds": fit_seconds,
        "cpu_seconds_a_digit": seconds / len(labels),
    }
    return found | count(labels, study.test.labels)


def measure_failures(study: Study) -> dict[str, Any]:
    """Return the digits that the best k-NN or the CNN gets wrong, with their neighbors and votes."""
    knn, network = study.knn(BEST_KNN), study.model(BEST_NETWORK)
    answers = [answer(model, study.test) for model in (knn, network)]
    missed = [labels != study.test.labels for labels, _ in answers]
    rows = np.flatnonzero(missed[0] | missed[1])
    votes = knn.classify(study.test.digits[rows])
    shown = min(NEIGHBORS, votes.indices.shape[1])
    failures = [
        {
            "index": row,
            "label": int(study.test.labels[row]),
            "knn": _said(answers[0], row),
            "network": _said(answers[1], row),
            "missed_by": [name for name, by in zip(("knn", "network"), missed, strict=True) if by[row]],
            "refined": bool(votes.refined[place]),
            "doubted_label": study.is_mnist and row in DOUBTED,
            "neighbor_labels": votes.neighbor_labels[place, :shown].tolist(),
        }
        for place, row in enumerate(rows.tolist())
    ]
    pictures = np.concatenate(
        [study.test.digits[rows][:, None], knn.digits[votes.indices[:, :shown]]], axis=1
    )
    return {"n": len(study.test.labels), "failures": failures, "pictures": pack(pictures)}


def _said(answers: tuple[Labels, Any], row: int) -> dict[str, Any]:
    """Return the answer on a digit, and the two likeliest labels with their probabilities."""
    labels, probabilities = answers
    likeliest = np.argsort(-probabilities[row], kind="stable")[:2].tolist()
    return {
        "answer": int(labels[row]),
        "likeliest": [[label, round(float(probabilities[row, label]), 4)] for label in likeliest],
    }


def pack(pictures: Digits) -> str:
    """Return (n, m, 28, 28) pictures as text; `unpack` undoes it."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(pictures).tobytes(), 9)).decode("ascii")


def unpack(text: str, n: int) -> Digits:
    """Return the (n, m, 28, 28) pictures, each digit with those beside it."""
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return pixels.reshape(n, -1, SIDE, SIDE) if n else pixels.reshape(0, 1, SIDE, SIDE)


def measure_trust(study: Study) -> dict[str, Any]:
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
