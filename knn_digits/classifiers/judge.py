"""Stage 5, judged: votes -> calibrated probabilities and doubt to scale, as held-out digits taught them.

What they taught is the note `validation` in a model's header, which `KnnClassifier.validate` makes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Labels, Probabilities
from knn_digits.classifiers.calibrate import Calibration, learn_calibrations, read_calibration
from knn_digits.digit import find_blank
from knn_digits.errors import ModelError
from knn_digits.vote import UNKNOWN_REACH, Votes, count_against, measure_reach

Note = Mapping[str, Any]
SMALLEST = 1e-6  # limit of refusal, which copies would make 0
_LARGEST = float(np.finfo(np.float32).max)


def note_validation(
    votes: Votes, plain: Votes, truth: Labels, *, refining: bool, refuse_rate: float
) -> dict[str, Any]:
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
    refuse_rate : float
        The share of them that is to be refused, 0 to below 1.
    """
    errors = int((votes.labels != truth).sum())
    mean = plain.distances.mean(axis=1).astype(np.float64)
    reach = measure_reach(mean, truth)
    against = count_against((mean / reach[plain.labels]).astype(np.float32), votes.shares)
    limit = max(float(np.quantile(against, 1 - refuse_rate)), SMALLEST)
    return {
        "digits": len(truth),
        "errors": errors,
        "error_rate": errors / len(truth),
        "reach": [float(d) if np.isfinite(d) else None for d in reach],
        "calibration": learn_calibrations(votes.shares, truth, votes.refined if refining else None),
        "refusal": {"rate": refuse_rate, "limit": limit},
    }


def read_reach(note: Note) -> NDArray[np.float64]:
    """Return how far digits of each label usually are from their neighbors, (10,) float64."""
    reach = note.get("reach")
    return UNKNOWN_REACH if reach is None else np.array([np.inf if d is None else d for d in reach])


def judge(votes: Votes, digits: Digits, note: Note, *, refining: bool) -> Votes:
    """Return the votes on digits with probabilities calibrated and doubt to scale; a blank is doubted most.

    What was learned from refined votes does not hold for others: where they are yet to be refined,
    probabilities are shares, and doubt is a matter of distance alone.
    """
    strangeness = np.where(find_blank(digits), _LARGEST, votes.strangeness).astype(np.float32)
    limit = note.get("refusal", {}).get("limit", 1.0)
    calibrations = note.get("calibration", {})
    plain, refined = (read_calibration(calibrations.get(name)) for name in ("plain", "refined"))
    final = refining or refined is None
    against = count_against(strangeness, votes.shares) if final else strangeness
    return replace(
        votes,
        probabilities=_calibrate(votes, plain, refined) if plain and final else votes.shares,
        strangeness=strangeness,
        doubt=(against / limit).clip(max=_LARGEST).astype(np.float32),
    )


def _calibrate(votes: Votes, plain: Calibration, refined: Calibration | None) -> Probabilities:
    probabilities = plain(votes.shares)
    if refined is not None:
        probabilities[votes.refined] = refined(votes.shares[votes.refined])
    return probabilities


def check_note(note: Note) -> None:
    """Raise ModelError, or what Python does, if a note read from a file does not fit."""
    reach = note.get("reach")
    if reach is not None and np.array(reach, np.float64).shape != (CLASSES,):
        raise ModelError("its validation has no reach for each label")
    calibration, refusal = note.get("calibration", {}), note.get("refusal", {})
    for name in ("plain", "refined"):
        read_calibration(calibration.get(name))
    if not SMALLEST <= refusal.get("limit", 1.0) < np.inf:
        raise ModelError("its limit of refusal is no number above 0")


def join_votes(parts: Sequence[Votes]) -> Votes:
    """Return the votes on several batches, at least one, as those on one."""
    names = [field.name for field in fields(Votes)]
    return Votes(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
