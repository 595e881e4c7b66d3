"""Evidence of candidates -> those that are read: the best first, none that shares ink with a better one."""

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.boxes import Boxes
from knn_digits.photo.spots import SHARED

Evidence = NDArray[np.float64]  # (n,): probability that a candidate is a digit of the text


def choose(boxes: Boxes, evidence: Evidence, *, least: float) -> NDArray[np.intp]:
    """Return the rows of the chosen candidates, the best first.

    Parameters
    ----------
    boxes : (n, 4) int64
    evidence : (n,) float64
    least : float
        Evidence that a candidate must have.
    """
    rows = np.argsort(-evidence, kind="stable")
    rows = rows[evidence[rows] >= least]
    left, chosen = boxes[rows], []
    while len(rows):
        chosen.append(rows[0])
        apart = common_share(left[0], left[1:]) <= SHARED
        rows, left = rows[1:][apart], left[1:][apart]
    return np.array(chosen, np.intp)


def choose_likely(boxes: Boxes, evidence: Evidence) -> NDArray[np.intp]:
    """Return the rows of what is chosen for the time being: what is likelier a digit than not."""
    return choose(boxes, evidence, least=0.5)


def choose_more(
    boxes: Boxes, evidence: Evidence, chosen: NDArray[np.intp], *, least: float
) -> NDArray[np.intp]:
    """Return the rows of what more has this evidence and shares no ink with what is chosen already."""
    rows = choose(boxes, np.where(np.isin(np.arange(len(boxes)), chosen), np.inf, evidence), least=least)
    return rows[~np.isin(rows, chosen)]


def choose_parts(
    boxes: Boxes, evidence: Evidence, wholes: NDArray[np.int64], chosen: NDArray[np.intp], *, least: float
) -> NDArray[np.intp]:
    """Return the rows of what more has this evidence and is cut out of what a chosen part is cut out of.

    Parameters
    ----------
    boxes : (n, 4) int64
    evidence : (n,) float64
    wholes : (n,) int64
        The row of what each is cut out of, -1 for none.
    chosen : (m,) int64
        Rows of what is chosen already: parts share no ink with it.
    least : float
    """
    part = (wholes >= 0) & np.isin(wholes, wholes[chosen])
    return choose_more(boxes, np.where(part, evidence, -1.0), chosen, least=least)


def common_area(one: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the area common to boxes (..., 4) that broadcast."""
    across = np.minimum(one[..., 0] + one[..., 2], others[..., 0] + others[..., 2])
    across = across - np.maximum(one[..., 0], others[..., 0])
    down = np.minimum(one[..., 1] + one[..., 3], others[..., 1] + others[..., 3])
    down = down - np.maximum(one[..., 1], others[..., 1])
    return np.asarray(across.clip(0) * down.clip(0), np.float64)


def common_share(one: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the common area of boxes over that of the smaller of each two."""
    smaller = np.minimum(one[..., 2] * one[..., 3], others[..., 2] * others[..., 3])
    return np.asarray(common_area(one, others) / smaller)


def overlap(one: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the common area of boxes over that of both together."""
    common = common_area(one, others)
    return np.asarray(common / (one[..., 2] * one[..., 3] + others[..., 2] * others[..., 3] - common))
