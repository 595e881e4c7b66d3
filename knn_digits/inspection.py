"""Labelled digits -> those whose neighbors disagree with their label, which is likely wrong."""

from dataclasses import dataclass, replace

import numpy as np

from knn_digits.arrays import Digits, Labels, check_digits, check_labels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import BEST
from knn_digits.classifiers.rows import Progress
from knn_digits.errors import DataError
from knn_digits.features import make_feature
from knn_digits.record import Record

FEATURE = "hog"  # with the best options, the most accurate on held-out training digits
MANY = 1000  # digits: fewer teach no good discriminant directions
EQUAL = 3  # decimals to which shares of votes count as equal


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Doubt(Record):
    """A labelled digit whose neighbors have another label."""

    index: int  # row of the digit
    label: int  # that it has
    suggested: int  # that its neighbors have
    score: float  # share of the neighbors' votes against its label, 0 to 1
    neighbors: tuple[int, ...]  # rows, nearest first


def find_doubts(digits: Digits, labels: Labels, *, progress: Progress = iter) -> list[Doubt]:
    """Return the digits that their neighbors would label otherwise, most suspicious first.

    Each digit is held out and read by all others, as the default model reads. Of equal shares of votes those
    come first whose many nearest neighbors agree, then those whose neighbors are nearest. This order was
    chosen on MNIST's training digits with wrong labels put in.

    Parameters
    ----------
    digits : (n, 28, 28) uint8, n at least 2
    labels : (n,) integers 0..9
    progress : callable
        Wraps the iterable of batches, as `tqdm` does.

    Raises
    ------
    DataError
        If digits and labels do not fit together, or there is just one digit.

    References
    ----------
    D. L. Wilson (1972), Asymptotic properties of nearest neighbor rules using edited data, which drops the
    digits that are listed here.
    """
    digits = check_digits(digits)
    labels = check_labels(labels, n=len(digits))
    if len(digits) < 2:
        raise DataError("a digit is compared with all others: at least two are needed")
    dimensions = BEST.dimensions if len(digits) >= MANY else 0
    options = replace(BEST, k=min(BEST.k, len(digits) - 1), dimensions=dimensions)
    model = DigitKNN.fit(digits, labels, feature=make_feature(FEATURE), options=options)
    rows = np.arange(len(labels))
    votes = model.leave_one_out(rows, progress=progress)
    shares = votes.probabilities[rows, labels].astype(np.float64)
    order = np.lexsort((rows, votes.distances.mean(axis=1), votes.refined, shares.round(EQUAL)))
    return [
        Doubt(
            index=int(row),
            label=int(labels[row]),
            suggested=int(votes.labels[row]),
            score=float(1 - shares[row]),
            neighbors=tuple(votes.indices[row].tolist()),
        )
        for row in order[votes.labels[order] != labels[order]]
    ]
