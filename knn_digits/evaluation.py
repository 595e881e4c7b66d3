"""Scores + truth -> numbers with intervals."""

import collections
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from knn_digits.arrays import CLASSES, Digits, Labels, check_digits, check_labels
from knn_digits.classifiers import Answers, Classifier
from knn_digits.classifiers.load import Model, open_classifier
from knn_digits.classifiers.rows import BATCH, Progress
from knn_digits.classifiers.variants import classify_each, voting
from knn_digits.errors import DataError, UsageError
from knn_digits.record import Record
from knn_digits.reliability import calibration_error


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evaluation(Record):
    """How a classifier did on labelled digits."""

    n: int  # digits
    errors: int
    error_rate: float  # 0 to 1
    interval: tuple[float, float]  # 95 %, Wilson, of the error rate
    confusion: list[list[int]]  # row: true label, column: answer
    refused: int  # whose doubt is above 1; the errors are of all digits, refused or not
    calibration_error: float  # expected, of the answers' probabilities, see `reliability.calibration_error`
    recall: list[float | None]  # share of each label that was read right; None where there is none
    seconds: float  # to classify all of them
    queries_per_second: float


@overload
def evaluate(
    classifier: Model,
    digits: Digits,
    labels: Labels,
    *,
    k: int | None = None,
    weights: str | None = None,
    progress: Progress = iter,
) -> Evaluation: ...
@overload
def evaluate(
    classifier: Model,
    digits: Digits,
    labels: Labels,
    *,
    k: Sequence[int],
    weights: str | None = None,
    progress: Progress = iter,
) -> dict[int, Evaluation]: ...
def evaluate(
    classifier: Model,
    digits: Digits,
    labels: Labels,
    *,
    k: int | Sequence[int] | None = None,
    weights: str | None = None,
    progress: Progress = iter,
) -> Evaluation | dict[int, Evaluation]:
    """Classify labelled digits and count.

    Parameters
    ----------
    classifier : Classifier, name or path
    digits : (n, 28, 28) uint8, n at least 1
    labels : (n,) int64
    k : int or sequence of int, optional
        Of a k-NN model, in the place of its own; several share one search.
    weights : {"uniform", "distance"}, optional
        As k.
    progress : callable
        Wraps the iterable of batches, as `tqdm` does.

    Returns
    -------
    Evaluation, or for a sequence of k a dict with one for each; the time is that of all together.

    Raises
    ------
    DataError
        If there are no digits, or of the wrong shape.
    UsageError, ModelError
        If the classifier is none, or cannot be loaded; if it has no such k or weights.
    """
    model = open_classifier(classifier)
    digits = check_digits(digits)
    labels = check_labels(labels, n=len(digits))
    if not len(digits):
        raise DataError("no digits to evaluate: at least one is needed")
    ks = [k] if k is None or isinstance(k, int) else list(k)
    models = [voting(model, k=one, weights=weights) for one in ks]
    if not models:
        raise UsageError("no k to evaluate: at least one is needed")
    start = time.perf_counter()
    parts = [_answers(models, digits[i : i + BATCH]) for i in progress(range(0, len(digits), BATCH))]
    seconds = time.perf_counter() - start
    found = [_count(answers, labels, seconds) for answers in zip(*parts, strict=True)]
    return found[0] if k is None or isinstance(k, int) else dict(zip(k, found, strict=True))


def _answers(models: Sequence[Classifier], digits: Digits) -> Sequence[Answers]:
    """Return what each model says; several are one whose neighbors vote in several ways."""
    neighbors = [model.knn for model in models if model.knn is not None]
    return [models[0].classify(digits)] if len(models) == 1 else classify_each(neighbors, digits)


def _count(parts: Sequence[Answers], labels: Labels, seconds: float) -> Evaluation:
    answers = np.concatenate([part.labels for part in parts])
    confidence = np.concatenate([part.probabilities.max(axis=1) for part in parts])
    # scikit-learn's would be the same by an import of a second.
    confusion = np.bincount(labels * CLASSES + answers, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    errors = int((answers != labels).sum())
    return Evaluation(
        n=len(labels),
        errors=errors,
        error_rate=errors / len(labels),
        interval=wilson_interval(errors, len(labels)),
        confusion=confusion.tolist(),
        refused=sum(int((part.doubt > 1).sum()) for part in parts),
        calibration_error=calibration_error(confidence, answers == labels),
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
    from scipy.stats import binomtest

    found = binomtest(errors, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def mcnemar(first_alone: int, second_alone: int) -> float:
    """Return how likely two classifiers that are as good would differ at least so much, 0 to 1.

    Parameters
    ----------
    first_alone, second_alone : int
        Digits that the first, and that the second classifier alone got wrong.

    References
    ----------
    Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions. Ours
    takes the exact binomial distribution in place of chi squared; both sides count.

    Examples
    --------
    >>> round(mcnemar(1, 9), 9), mcnemar(5, 5)
    (0.021484375, 1.0)
    """
    from scipy.stats import binomtest

    fewer = min(first_alone, second_alone)
    return float(binomtest(fewer, max(1, first_alone + second_alone)).pvalue)


def count_seen(digits: Digits, training: Iterable[Digits]) -> int:
    """Return how many of the digits are, pixel for pixel, among the training digits."""
    asked = {digit.tobytes() for digit in digits}  # of which there are fewer
    seen = {content for digit in training if (content := digit.tobytes()) in asked}
    return sum(digit.tobytes() in seen for digit in digits)


@dataclass(frozen=True, kw_only=True)
class PhotoScore:
    """How photos were read: one, or the sum over several."""

    photos: int
    exact: int  # photos read without a mistake
    digits: int  # written in the photos
    wrong: int  # of them: missed, taken for another, or made worthless by one that was invented
    invented: int  # digits read in photos that have none; they are no part of `wrong`

    @property
    def accuracy(self) -> float | None:
        """The share of digits read right, 0 to 1; None where there are none."""
        return 1 - self.wrong / self.digits if self.digits else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval (Wilson) of the accuracy, as if digits went wrong each for itself."""
        if not self.digits:
            return None
        low, high = wilson_interval(self.wrong, self.digits)
        return 1 - high, 1 - low


def score_photo(truth: str, read: str, *, ordered: bool = True) -> PhotoScore:
    """Compare the digits read in a photo with those that are written in it.

    Parameters
    ----------
    truth : str
        The digits in reading order, lines joined.
    read : str
        As `truth`; ? for a digit that was refused.
    ordered : bool
        False: the digits have no reading order, and only their number of each kind counts.

    Examples
    --------
    >>> score_photo("1234", "124")
    PhotoScore(photos=1, exact=0, digits=4, wrong=1, invented=0)
    >>> score_photo("7", "2015").wrong  # a photo cannot lose more digits than it has
    1
    >>> score_photo("", "3?").invented
    1
    """
    if not truth:
        invented = sum(letter.isdigit() for letter in read)
        return PhotoScore(photos=1, exact=int(not invented), digits=0, wrong=0, invented=invented)
    distance = edit_distance(truth, read) if ordered else bag_distance(truth, read)
    wrong = min(distance, len(truth))
    return PhotoScore(photos=1, exact=int(not wrong), digits=len(truth), wrong=wrong, invented=0)


def add_scores(scores: Iterable[PhotoScore]) -> PhotoScore:
    """Return the score of all these photos together."""
    every = list(scores)
    return PhotoScore(
        photos=sum(one.photos for one in every),
        exact=sum(one.exact for one in every),
        digits=sum(one.digits for one in every),
        wrong=sum(one.wrong for one in every),
        invented=sum(one.invented for one in every),
    )


def edit_distance(first: str, second: str) -> int:
    """Return how many letters must be put in, taken out or changed to make one text the other.

    References
    ----------
    R. A. Wagner, M. J. Fischer (1974), The string-to-string correction problem.

    Examples
    --------
    >>> edit_distance("0521859", "051859?")
    2
    """
    costs = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        last, costs[0] = costs[0], row
        for column, other in enumerate(second, 1):
            changed = last + (letter != other)
            last = costs[column]
            costs[column] = min(changed, last + 1, costs[column - 1] + 1)
    return costs[-1]


def bag_distance(first: str, second: str) -> int:
    """Return the edit distance between the best orders of the letters.

    Examples
    --------
    >>> bag_distance("0521", "1250"), bag_distance("0521", "125")
    (0, 1)
    """
    ours, theirs = collections.Counter(first), collections.Counter(second)
    return max((ours - theirs).total(), (theirs - ours).total())
