"""Stage 5, learned: votes on training digits that were held out -> the note on what they taught."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Digits, Labels
from knn_digits.classifiers.calibrate import learn_calibrations
from knn_digits.classifiers.directions import finish
from knn_digits.classifiers.header import SMALLEST_LIMIT, Refusal, Validation
from knn_digits.classifiers.hearing import learn_hearing
from knn_digits.classifiers.judge import join_votes
from knn_digits.classifiers.rows import BATCH, Picked, Rows
from knn_digits.classifiers.variants import part_of
from knn_digits.errors import UsageError
from knn_digits.vote import Votes, count_against, measure_reach, measure_strangeness

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.rows import Progress

VALIDATION_SHARE = 6  # one in so many training digits of each class, its last ones, is held out,
MOST_HELD = 10_000  # but of all classes at most so many: time would grow with the square of their number


def held_out(labels: Labels) -> NDArray[np.bool_]:
    """Return which training digits validation holds out, (n,) bool: the last of each class."""
    held = np.zeros(len(labels), bool)
    for label in range(CLASSES):
        rows = np.flatnonzero(labels == label)
        most = len(rows) * MOST_HELD // len(labels)
        held[rows[len(rows) - min(len(rows) // VALIDATION_SHARE, most) :]] = True
    return held


def validate(
    model: "DigitKNN", *, refuse_rate: float, progress: "Progress", vectors: Rows | None
) -> Validation | None:
    """Hold out the last digits of each class of a model's own and classify them by the rest.

    Parameters
    ----------
    model : DigitKNN
    refuse_rate : float
        The share of the digits held out that is to be refused, 0 to below 1.
    progress : callable
        Wraps the iterable of batches, as `tqdm` does.
    vectors : (n, d) array, optional
        The feature's, see `describe`; else they are computed again.

    Returns
    -------
    Validation, or None where no class has six digits.

    Raises
    ------
    UsageError
        If the rate is another number.
    """
    if not 0 <= refuse_rate < 1:
        raise UsageError(f"the rate of refused digits must be at least 0 and below 1, got {refuse_rate}")
    digits, labels = model.own
    held = held_out(labels)
    if not held.any():
        return None
    return ask_held_out(
        part_of(model, ~held, vectors),
        digits[held],
        labels[held],
        refuse_rate=refuse_rate,
        progress=progress,
        vectors=None if vectors is None else Picked(vectors, np.flatnonzero(held)),
    )


def ask_held_out(
    rest: "DigitKNN",
    queries: Digits,
    truth: Labels,
    *,
    refuse_rate: float,
    progress: "Progress",
    vectors: Rows | None = None,
) -> Validation:
    """Return what digits teach of which a model knows none; see `validate`, `vectors` are theirs."""
    ballot, answers, plain, k = rest.ballot, [], [], rest.options.k
    for start in progress(range(0, len(queries), BATCH)):
        rows = slice(start, start + BATCH)
        some = queries[rows]
        described = rest.feature(some) if vectors is None else finish(vectors[rows], rest.feature)
        distances, indices = rest.known.search(described, ballot.wanted)
        plain.append(ballot.vote(distances[:, :k], indices[:, :k]))
        votes = ballot.answer(some, distances, indices)
        answers.append(ballot.hear_signs(votes, described, distances, indices))
    refining = rest.options.refinement is not None
    joined = join_votes(answers), join_votes(plain)
    signs = ballot.hear_each_other()
    return note_validation(*joined, truth, refining=refining, rate=refuse_rate, signs=signs)


def note_validation(
    votes: Votes, plain: Votes, truth: Labels, *, refining: bool, rate: float, signs: Votes | None = None
) -> Validation:
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
    signs : Votes, optional
        Before refinement, on the marks that the model knows to be no digits, each by all others.
    """
    reach = measure_reach(plain.distances.mean(axis=1).astype(np.float64), truth)
    against = count_against(measure_strangeness(plain.distances, plain.labels, reach), votes.shares)
    limit = max(float(np.quantile(against, 1 - rate)), SMALLEST_LIMIT)
    nearer = None
    if signs is not None:
        theirs = count_against(measure_strangeness(signs.distances, signs.labels, reach), signs.shares)
        said = (against / limit, votes.sign_nearness), (theirs / limit, signs.sign_nearness)
        nearer = learn_hearing(*said, rate=rate)
    plain_map, refined_map = learn_calibrations(votes.shares, truth, votes.refined if refining else None)
    return Validation(
        digits=len(truth),
        errors=int((votes.labels != truth).sum()),
        reach=tuple(reach.tolist()),
        plain=plain_map,
        refined=refined_map,
        refusal=Refusal(rate=rate, limit=limit, nearer=nearer),
    )
