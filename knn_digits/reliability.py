"""Confidence + truth -> how far it can be trusted: calibration, rejection, telling digits from others.

Confidence is the probability of the answer that was given, 0 to 1; strangeness is how unlike a digit it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.errors import DataError

BINS = 15  # of reliability, as Guo et al. (2017) have them


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Answers of about the same confidence."""

    low: float  # confidence; the bin holds what is above this, the first also what is equal
    high: float  # and what is at most this
    n: int  # answers, at least 1
    confidence: float  # mean
    accuracy: float  # share of right answers


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class RejectCurve:
    """The error that is left when the least confident answers are rejected, from none rejected on.

    threshold : (m,) float64
        Ascending: answers of less confidence are rejected.
    rejected : (m,) float64
        The share of answers rejected, 0 to below 1.
    error_rate : (m,) float64
        The share of wrong ones among the answers that are left.
    """

    threshold: NDArray[np.float64]
    rejected: NDArray[np.float64]
    error_rate: NDArray[np.float64]


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class RocCurve:
    """How strangeness tells what is no digit from digits, from nothing refused to all.

    threshold : (m,) float64
        Descending, the first infinite: what is at least as strange is refused.
    wrongly_refused : (m,) float64
        The share of digits that is refused.
    rightly_refused : (m,) float64
        The share of the others that is refused.
    area : float
        Below the curve: the chance that what is no digit is stranger than a digit is, ties counting half.
    """

    threshold: NDArray[np.float64]
    wrongly_refused: NDArray[np.float64]
    rightly_refused: NDArray[np.float64]
    area: float


def reliability_bins(
    confidence: ArrayLike, right: ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> list[Bin]:
    """Sort answers by their confidence into bins.

    Parameters
    ----------
    confidence : (n,) numbers from 0 to 1
    right : (n,) bool
        Whether each answer is right.
    bins : int
        At least 1; those that hold nothing are left out.
    equal_mass : bool
        False: bins of the same width, as those of whom a published error can be compared. True: of the same
        number of answers, but equal confidences stay together; that looks closer where most answers are sure.

    Raises
    ------
    DataError
        If there are no answers, or not as many confidences.

    References
    ----------
    A. Niculescu-Mizil, R. Caruana (2005), Predicting good probabilities with supervised learning.

    Examples
    --------
    >>> [(one.n, one.accuracy) for one in reliability_bins([0.2, 0.3, 0.9], [False, True, True], bins=2)]
    [(2, 0.5), (1, 1.0)]
    """
    confidence, right = _check(confidence, right)
    edges = np.linspace(0, 1, bins + 1)
    if equal_mass:
        last = np.ceil(edges[1:-1] * len(confidence) - 1e-9).astype(int) - 1  # in each bin but the last
        edges = np.unique([0, *np.sort(confidence)[last], 1])
    places = np.searchsorted(edges[1:-1], confidence, side="left")
    return [
        Bin(
            low=float(edges[place]),
            high=float(edges[place + 1]),
            n=int((places == place).sum()),
            confidence=float(confidence[places == place].mean()),
            accuracy=float(right[places == place].mean()),
        )
        for place in np.unique(places)
    ]


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> float:
    """Return the expected calibration error: how far confidence lies from accuracy, on average over answers.

    By default in 15 bins of equal width as Guo et al. have them, so that it can be compared with others'.
    Parameters and errors are those of `reliability_bins`.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), On calibration of modern neural networks.

    Examples
    --------
    >>> round(calibration_error([0.9, 0.9, 0.9, 0.9], [True, True, True, False]), 9)
    0.15
    """
    found = reliability_bins(confidence, right, bins=bins, equal_mass=equal_mass)
    gaps = [one.n * abs(one.confidence - one.accuracy) for one in found]
    return sum(gaps) / sum(one.n for one in found)


def log_loss(probability: ArrayLike) -> float:
    """Return the mean negative logarithm of the (n,) probabilities that were given to the true labels.

    `sklearn.metrics.log_loss` is the same of all (n, 10) probabilities; here those of the truth suffice.

    Examples
    --------
    >>> log_loss([1.0, np.exp(-3)])
    1.5
    """
    values = np.asarray(probability, np.float64)
    return float(-np.log(values.clip(np.finfo(np.float32).tiny)).mean())


def error_reject_curve(confidence: ArrayLike, right: ArrayLike) -> RejectCurve:
    """Return the error among the answers left, for each confidence that they can be cut at.

    Parameters and errors are those of `reliability_bins`.

    References
    ----------
    C. K. Chow (1970), On optimum recognition error and reject tradeoff.

    Examples
    --------
    >>> curve = error_reject_curve([0.5, 0.6, 0.6, 0.9], [False, False, True, True])
    >>> curve.rejected.tolist(), curve.error_rate.tolist()
    ([0.0, 0.25, 0.75], [0.5, 0.3333333333333333, 0.0])
    """
    confidence, right = _check(confidence, right)
    threshold, first = np.unique(np.sort(confidence), return_index=True)
    wrong = ~right[np.argsort(confidence, kind="stable")]
    left = np.cumsum(wrong[::-1])[::-1][first]
    return RejectCurve(
        threshold=threshold,
        rejected=first / len(confidence),
        error_rate=left / (len(confidence) - first),
    )


def roc_curve(digits: ArrayLike, others: ArrayLike) -> RocCurve:
    """Return how well the strangeness of digits and of things that are none tells them apart.

    Parameters
    ----------
    digits : (n,) numbers, n at least 1
        Strangeness, or any number that grows with it.
    others : (m,) numbers, m at least 1

    Raises
    ------
    DataError
        If there are no digits or nothing else.

    References
    ----------
    T. Fawcett (2006), An introduction to ROC analysis.

    Examples
    --------
    >>> roc_curve([0.1, 0.2, 0.6, 0.7], [0.4, 0.9]).area
    0.75
    """
    from sklearn import metrics

    inside, outside = np.asarray(digits, np.float64), np.asarray(others, np.float64)
    if not (inside.size and outside.size):
        raise DataError("a ROC curve needs the strangeness of at least one digit and of one other thing")
    truth = np.repeat([False, True], [inside.size, outside.size])
    strangeness = np.concatenate([inside, outside])
    wrongly, rightly, threshold = metrics.roc_curve(truth, strangeness)
    return RocCurve(
        threshold=threshold,
        wrongly_refused=wrongly,
        rightly_refused=rightly,
        area=float(metrics.roc_auc_score(truth, strangeness)),
    )


def _check(confidence: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return both as arrays, if there is a confidence for each of at least one answer."""
    checked, truth = np.asarray(confidence, np.float64), np.asarray(right, bool)
    if checked.ndim != 1 or checked.shape != truth.shape or not checked.size:
        raise DataError(
            "there must be at least one answer, and one confidence for each: "
            f"got shapes {checked.shape} and {truth.shape}"
        )
    return checked, truth
