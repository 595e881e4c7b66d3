"""Ground: numbers -> their median and quantiles, to the last bit as NumPy gives them.

NumPy looks for NaN among them, and loads its masked arrays on the way: a short command would wait for that.
It is asked for two places at once, as for one alone it takes a way that is forty times slower among equal
numbers.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def median(values: ArrayLike) -> Any:
    """Return the median of numbers, at least one and none of them NaN.

    Examples
    --------
    >>> float(median([[4, 1], [2, 8]]))
    3.0
    """
    n = np.size(values)
    lower, upper = (n - 1) // 2, n // 2
    return np.partition(values, (lower, upper), axis=None)[lower : upper + 1].mean()


def quantile(values: ArrayLike, share: float) -> Any:
    """Return the number that this share of numbers, at least one and none of them NaN, does not exceed.

    Between two of them it lies on the straight line.

    Examples
    --------
    >>> float(quantile([4, 1, 2, 8], 0.5))
    3.0
    """
    place = share * (np.size(values) - 1)
    lower, upper = math.floor(place), math.ceil(place)
    ordered = np.partition(values, (lower, upper), axis=None)
    low, high = ordered[lower], ordered[upper]
    beyond, step = place - lower, high - low
    return low + step * beyond if beyond < 0.5 else high - step * (1 - beyond)
