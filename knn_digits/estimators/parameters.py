"""Door: parameters of estimators, as anyone may set them -> checked, when they are fitted and at each use."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from knn_digits.errors import UsageError, shown
from knn_digits.threads import hold_threads, usable_threads
from knn_digits.vote import WEIGHTS

TIES = ("nearer", "sklearn")


def check_neighbors(n_neighbors: Any, *, most: int | None = None) -> int:
    """Return it as Python's integer if it is one of at least 1, and of at most so many if that is given."""
    if not is_count(n_neighbors) or (most is not None and n_neighbors > most):
        allowed = "at least 1" if most is None else f"1 to {most}"
        raise UsageError(f"n_neighbors must be an integer of {allowed}, got {shown(n_neighbors)}")
    return int(n_neighbors)


def check_votes(weights: Any, power: Any) -> None:
    """Raise UsageError if neighbors cannot be weighed so."""
    if not isinstance(weights, str) or weights not in WEIGHTS:
        raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {shown(weights)}")
    check_power(power)


def check_weights(weights: Any, power: Any) -> None:
    """Raise UsageError if they are no word, no function of distances and not None, which is uniform."""
    if not (weights is None or callable(weights) or (isinstance(weights, str) and weights in WEIGHTS)):
        raise UsageError(
            f"weights must be one of {', '.join(WEIGHTS)}, or a function of distances, got {shown(weights)}"
        )
    check_power(power)


def check_power(power: Any) -> None:
    """Raise UsageError if weights cannot fall by it."""
    if not _is_above_zero(power):
        raise UsageError(f"power must be a number above 0, got {shown(power)}")


def check_scale(scale: Any) -> None:
    """Raise UsageError if it is neither "auto" nor a number above 0."""
    if not (isinstance(scale, str) and scale == "auto") and not _is_above_zero(scale):
        raise UsageError(f"scale must be 'auto' or a number above 0, got {shown(scale)}")


def check_flag(name: str, value: Any) -> bool:
    """Return the truth of a parameter that is true or false, as 1 and 0 are, too."""
    if not isinstance(value, bool | np.bool_ | int | np.integer) or value not in (0, 1):
        raise UsageError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


def check_threads(threads: Any) -> None:
    """Raise UsageError if it is neither None nor a number of threads."""
    if threads is not None:
        hold_threads(threads)


def check_ties(ties: Any, power: Any) -> None:
    """Raise UsageError if ties are broken in no such way, or scikit-learn has no such power."""
    if not isinstance(ties, str) or ties not in TIES:
        raise UsageError(f"ties must be one of {', '.join(TIES)}, got {shown(ties)}")
    if ties == "sklearn" and power != 1:
        raise UsageError(f"ties='sklearn' weighs by 1 / distance alone, power 1, got {shown(power)}")


def refuse(options: Mapping[str, Any]) -> None:
    """Raise UsageError if anything but X and y was given to `fit`."""
    for name in options:
        remedy = "each vector has one vote" if name == "sample_weight" else "give it when it is made"
        weighed = "; `weights` may be a function of distances" if name == "sample_weight" else ""
        raise UsageError(f"fit takes no {name}: {remedy}{weighed}")


def find_threads(n_jobs: Any, threads: Any) -> int | None:
    """Return the number of threads, None: as many as libraries take.

    Raises
    ------
    UsageError
        If both are given, or one is no such number.
    """
    check_threads(threads)
    if n_jobs is None:
        return None if threads is None else int(threads)
    if threads is not None:
        raise UsageError(
            f"n_jobs={shown(n_jobs)} and threads={threads} both give the threads: leave one None"
        )
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or n_jobs == 0:
        raise UsageError(f"n_jobs must be an integer other than 0, or None, got {shown(n_jobs)}")
    return int(n_jobs) if n_jobs > 0 else max(1, usable_threads() + 1 + int(n_jobs))


def is_count(value: Any) -> bool:
    """Tell whether it is an integer of at least 1, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def is_number(value: Any) -> bool:
    """Tell whether it is a real number, and no truth value."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _is_above_zero(number: Any) -> bool:
    """Tell whether it is a real number above 0 that a float can hold."""
    real = is_number(number)
    number = number.item() if isinstance(number, np.generic) else number  # float32 holds no such largest
    return real and bool(0 < number <= sys.float_info.max)
