"""What is known of pages, out of fold -> what tells pages with digits from others."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks.judge.labels import MISNAMED, RIGHT
from benchmarks.judge.learning import Example, Known
from knn_digits.reading.whole import Whole, measure_whole


def learn_whole(known: Known, *, folds: int) -> tuple[Whole, NDArray[np.float64]]:
    """Return what tells pages with digits, and the probability that it gives to each page, out of fold.

    Photos of one source are never on both sides.
    """
    table = np.stack(
        [
            measure_whole(one.marks.boxes, evidence, one.marks.features)
            for one, evidence in zip(known.examples, known.evidence, strict=True)
        ]
    )
    there = np.array([has_digits(one) for one in known.examples])
    groups = [one.source if one.truth else str(row) for row, one in enumerate(known.examples)]
    whole = _fit(table, there)
    told = whole.tell(table)
    parts = min(folds, int(np.bincount(there, minlength=2).min()))
    for train, test in StratifiedGroupKFold(parts).split(table, there, groups) if parts > 1 else ():
        told[test] = _fit(table[train], there[train]).tell(table[test])
    return whole, told


def has_digits(one: Example) -> bool:
    """Tell whether there are digits of text on a page."""
    return one.labels is None or bool(np.isin(one.labels, (RIGHT, MISNAMED)).any())


def _fit(table: NDArray[np.float64], there: NDArray[np.bool_]) -> Whole:
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit((table - mean) / spread, there)
    weights = fitted.coef_[0] / spread
    return Whole(weights=weights, start=float(fitted.intercept_[0] - mean @ weights), least=0.5)
