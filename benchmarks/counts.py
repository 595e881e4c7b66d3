"""Answers + labels -> errors with their interval, confusion and McNemar's test, as raw results have them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Labels
from knn_digits.classifiers import Classifier
from knn_digits.evaluation import evaluate, mcnemar, wilson_interval


def rate(errors: int, n: int) -> dict[str, Any]:
    """Return an error rate with its interval."""
    return {"n": n, "errors": errors, "error_rate": errors / n, "interval": wilson_interval(errors, n)}


def wrong(answers: Labels, labels: Labels) -> int:
    """Return how many answers are wrong."""
    return int((answers != labels).sum())


def score(model: Classifier, digits: Digits, labels: Labels) -> dict[str, Any]:
    """Return the error rate of a model."""
    found = evaluate(model, digits, labels)
    return rate(found.errors, found.n)


def count(answers: Labels, labels: Labels) -> dict[str, Any]:
    """Return errors, confusion, precision and recall."""
    rows = np.flatnonzero(answers != labels)
    confusion = np.bincount(labels * CLASSES + answers, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    return rate(len(rows), len(labels)) | {
        "confusion": confusion.tolist(),  # row: true label, column: answer
        "precision": _shares(np.diag(confusion), confusion.sum(axis=0)),
        "recall": _shares(np.diag(confusion), confusion.sum(axis=1)),
        "wrong": rows.tolist(),  # rows of the test digits
        "wrong_answers": answers[rows].tolist(),
    }


def compare(found: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
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
