"""Door: parameters of estimators, as anyone may set them -> checked, when they are fitted and at each use."""

import sys
from typing import Any

import numpy as np

from knn_digits.errors import UsageError, shown
from knn_digits.threads import hold_threads
from knn_digits.vote import WEIGHTS


def check_neighbors(n_neighbors: Any, *, most: int | None = None) -> int:
    """Return it as Python's integer if it is one of at least 1, and of at most so many if that is given."""
    whole = isinstance(n_neighbors, int | np.integer) and not isinstance(n_neighbors, bool)
    if not whole or n_neighbors < 1 or (most is not None and n_neighbors > most):
        allowed = "at least 1" if most is None else f"1 to {most}"
        raise UsageError(f"n_neighbors must be an integer of {allowed}, got {shown(n_neighbors)}")
    return int(n_neighbors)


def check_votes(weights: Any, power: Any) -> None:
    """Raise UsageError if neighbors cannot be weighed so."""
    if not isinstance(weights, str) or weights not in WEIGHTS:
        raise UsageError(f"weights must be one of {', '.join(WEIGHTS)}, got {shown(weights)}")
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


def _is_above_zero(number: Any) -> bool:
    """Tell whether it is a real number above 0 that a float can hold."""
    real = isinstance(number, int | float | np.integer | np.floating) and not isinstance(number, bool)
    number = number.item() if isinstance(number, np.generic) else number  # float32 holds no such largest
    return real and bool(0 < number <= sys.float_info.max)
