"""Digits -> those that the best k-NN or the CNN gets wrong, with neighbors and votes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.data.mnist import DOUBTED
from benchmarks.measure.ask import ask
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK
from benchmarks.models.study import Study, answer
from benchmarks.records import pack
from benchmarks.script import run
from knn_digits.arrays import Labels

NEIGHBORS = 9  # shown beside each error


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("failures", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
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


if __name__ == "__main__":
    run(main)
