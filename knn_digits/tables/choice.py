"""Marks of cells, with what speaks for each -> those that are read."""

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.spots import SHARED
from knn_digits.reading.choice import Evidence, choose, choose_more, common_share
from knn_digits.tables.cells import CellMarks


def choose_digits(
    found: CellMarks, right: Evidence, shared: Evidence, *, least: float, single: bool
) -> NDArray[np.intp]:
    """Return the rows of the marks that are read, those with most evidence first.

    Parameters
    ----------
    found : CellMarks
    right : (n,) float64
        The probability that each is a digit of its cell's text, and its label the right one.
    shared : (n,) float64
        The same with what agrees with it, see `agree`: the better are chosen first.
    least : float
        What `right` must reach for a mark to be read.
    single : bool
        Whether a cell holds one digit at most.
    """
    rows = np.argsort(-right, kind="stable")  # of those that agree the likeliest stands for all
    rows = rows[right[rows] >= least]
    chosen = rows[choose(found.marks.boxes[rows], shared[rows], least=0.0)]
    if not single:
        return chosen
    _, first = np.unique(found.cells[chosen], return_index=True)
    return chosen[np.sort(first)]


def choose_unknown(
    found: CellMarks, right: Evidence, chosen: NDArray[np.intp], *, least: float
) -> NDArray[np.intp]:
    """Return the rows of marks that share no ink with the chosen ones of their cell, and are digits, too.

    Parameters
    ----------
    found : CellMarks
    right : (n,) float64
    chosen : (m,) int64
    least : float
        What `right` must reach: less than for a mark that is read, as the label may be wrong.
    """
    rows = choose_more(found.marks.boxes, right, chosen, least=least)
    return np.asarray(rows[np.isin(found.cells[rows], found.cells[chosen])], np.intp)


def agree(found: CellMarks, right: Evidence) -> Evidence:
    """Return the probability that one is right of those that share a mark's ink and have its label.

    They are the same strokes at other levels of ink: where these agree, a single one that is sure of
    a piece of a digit is outvoted.
    """
    wrong = np.log1p(-np.minimum(right, 1 - 1e-4))
    evidence = right.copy()
    for cell in np.unique(found.cells):
        own = np.flatnonzero(found.cells == cell)
        boxes, labels = found.marks.boxes[own], found.marks.labels[own]
        same = (common_share(boxes[:, None], boxes) > SHARED) & (labels[:, None] == labels)
        evidence[own] = (same * (1 - np.exp(same @ wrong[own]))).max(axis=1)
    return evidence
