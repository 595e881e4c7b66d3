"""Stage 5, learned: votes on training digits that were held out -> the note on what they taught."""

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Labels
from knn_digits.classifiers.calibrate import learn_calibrations
from knn_digits.classifiers.model_file import SMALLEST_LIMIT, Refusal, Validation
from knn_digits.vote import Votes, count_against, measure_reach, measure_strangeness

VALIDATION_SHARE = 6  # one in so many training digits of each class, its last ones, is held out


def held_out(labels: Labels) -> NDArray[np.bool_]:
    """Return which training digits validation holds out, (n,) bool: the last sixth of each class."""
    held = np.zeros(len(labels), bool)
    for label in range(CLASSES):
        rows = np.flatnonzero(labels == label)
        held[rows[len(rows) - len(rows) // VALIDATION_SHARE :]] = True
    return held


def note_validation(votes: Votes, plain: Votes, truth: Labels, *, refining: bool, rate: float) -> Validation:
    """Return what a model's header says of digits that were held out.

    Parameters
    ----------
    votes : Votes
        On n held-out digits, n at least 1.
    plain : Votes
        On the same digits before refinement.
    truth : (n,) int64
    refining : bool
        Whether the model refines.
    rate : float
        The share of them that is to be refused, 0 to below 1.
    """
    reach = measure_reach(plain.distances.mean(axis=1).astype(np.float64), truth)
    against = count_against(measure_strangeness(plain.distances, plain.labels, reach), votes.shares)
    plain_map, refined_map = learn_calibrations(votes.shares, truth, votes.refined if refining else None)
    return Validation(
        digits=len(truth),
        errors=int((votes.labels != truth).sum()),
        reach=tuple(reach.tolist()),
        plain=plain_map,
        refined=refined_map,
        refusal=Refusal(rate=rate, limit=max(float(np.quantile(against, 1 - rate)), SMALLEST_LIMIT)),
    )
