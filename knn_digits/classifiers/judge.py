"""Stage 5, judged: votes -> calibrated probabilities and doubt to scale, as held-out digits taught them."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Indices, Probabilities
from knn_digits.classifiers.calibrate import Calibration
from knn_digits.classifiers.header import Refusal, Validation
from knn_digits.digit import find_blank
from knn_digits.vote import Votes, count_against

_LARGEST = float(np.finfo(np.float32).max)


def judge(votes: Votes, digits: Digits, note: Validation | None, *, refining: bool) -> Votes:
    """Return the votes on digits with probabilities calibrated and doubt to scale; a blank is doubted most.

    What was learned from refined votes does not hold for others: where they are yet to be refined,
    probabilities are shares, and doubt is a matter of distance alone.
    """
    strangeness = np.where(find_blank(digits), _LARGEST, votes.strangeness).astype(np.float32)
    plain, refined = (note.plain, note.refined) if note else (None, None)
    limit = note.refusal.limit if note and note.refusal else 1.0
    final = refining or refined is None
    against = count_against(strangeness, votes.shares) if final else strangeness.astype(np.float64)
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


def hear(votes: Votes, refusal: Refusal | None) -> Votes:
    """Return the votes with doubt to scale in which marks that are no digits have a say."""
    return replace(votes, doubt=_hear(votes, refusal or Refusal(rate=0, limit=1)))


def _hear(votes: Votes, refusal: Refusal) -> NDArray[np.float32]:
    if refusal.nearer is not None:
        return refusal.nearer(votes.doubt, votes.sign_nearness)
    if refusal.heard is not None:
        return refusal.heard(votes.doubt, votes.sign_shares)
    return np.asarray(np.maximum(votes.doubt, votes.sign_shares / np.float32(refusal.signs)))


def join_votes(parts: Sequence[Votes]) -> Votes:
    """Return the votes on several batches, at least one, as those on one."""
    names = [field.name for field in fields(Votes)]
    return Votes(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def overwrite_votes(votes: Votes, rows: Indices, others: Votes) -> Votes:
    """Return the votes with others in the place of some rows."""
    arrays = {field.name: getattr(votes, field.name).copy() for field in fields(votes)}
    for name, values in arrays.items():
        values[rows] = getattr(others, name)
    return Votes(**arrays)
