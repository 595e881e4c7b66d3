"""Scores + truth -> numbers with intervals."""

import math
import time
from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import CLASSES, Digits, Labels, check_digits, check_labels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import BATCH, Progress
from knn_digits.errors import DataError

Z95 = 1.959964  # standard deviations either side that hold 95 % of a normal distribution


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How a classifier did on labelled digits."""

    n: int  # digits
    errors: int
    error_rate: float  # 0 to 1
    interval: tuple[float, float]  # 95 %, Wilson, of the error rate
    confusion: list[list[int]]  # row: true label, column: answer
    recall: list[float | None]  # share of each label that was read right; None where there is none
    seconds: float  # to classify all of them
    queries_per_second: float


def evaluate(
    classifier: Classifier, digits: Digits, labels: Labels, *, progress: Progress = iter
) -> Evaluation:
    """Classify labelled digits and count.

    Parameters
    ----------
    classifier : Classifier
    digits : (n, 28, 28) uint8, n at least 1
    labels : (n,) int64
    progress : callable
        Wraps the iterable of batches, as `tqdm` does.

    Raises
    ------
    DataError
        If there are no digits, or of the wrong shape.
    """
    digits = check_digits(digits)
    labels = check_labels(labels, n=len(digits))
    if not len(digits):
        raise DataError("no digits to evaluate: at least one is needed")
    start = time.perf_counter()
    answers = np.concatenate(
        [classifier.classify(digits[i : i + BATCH]).labels for i in progress(range(0, len(digits), BATCH))]
    )
    seconds = time.perf_counter() - start
    confusion = np.bincount(labels * CLASSES + answers, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    errors = int((answers != labels).sum())
    return Evaluation(
        n=len(labels),
        errors=errors,
        error_rate=errors / len(labels),
        interval=wilson_interval(errors, len(labels)),
        confusion=confusion.tolist(),
        recall=[int(row[i]) / int(row.sum()) if row.sum() else None for i, row in enumerate(confusion)],
        seconds=seconds,
        queries_per_second=len(labels) / seconds,
    )


def wilson_interval(errors: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a rate.

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(5, 100)]
    [0.0215, 0.1118]
    """
    p, z2 = errors / n, Z95**2
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, center - half), min(1.0, center + half)


def count_seen(digits: Digits, training: Digits) -> int:
    """Return how many of the digits are, pixel for pixel, among the training digits."""
    seen = {digit.tobytes() for digit in training}
    return sum(digit.tobytes() in seen for digit in digits)
