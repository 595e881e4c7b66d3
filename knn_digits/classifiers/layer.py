"""Stage 4, beside a model: digits searched with its own, and how often each of them counts.

A model's own training digits count once each. A layer says for its digits as how many neighbors each of
them counts where it is nearer than all that count once: one that counts as k decides there alone.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Distances, Indices, Labels, Vectors, compared_by_content

_Real = TypeVar("_Real", np.float32, np.float64)


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Layer:
    """Digits beside a model's own."""

    name: str  # where they come from
    digits: Digits
    labels: Labels
    vectors: Vectors  # the model's, of these digits
    copies: int  # as how many neighbors each counts where it is nearer than the model's own


def repeat_neighbors(
    distances: Distances, indices: Indices, *, copies: Indices, k: int
) -> tuple[Distances, Indices]:
    """Return the k nearest where some count several times, and so stand there as often.

    They do so only where they are nearer than all that count once; behind the first of these they count once,
    too. That was chosen on held-out training digits: misread digits that are learned with their truth then
    mend more of the others than they break, counting several times everywhere they break more.

    Parameters
    ----------
    distances, indices : (n, m)
        Nearest first.
    copies : (n, m) int64
        As how many neighbors each counts, at least 1.
    k : int

    Returns
    -------
    distances, indices : (n, min(k, all copies))

    Examples
    --------
    >>> d, i = np.array([[1, 2, 4]], np.float32), np.array([[8, 0, 3]])
    >>> repeat_neighbors(d, i, copies=np.array([[1, 3, 1]]), k=3)[1]
    array([[8, 0, 3]])
    >>> repeat_neighbors(d, i, copies=np.array([[2, 1, 1]]), k=3)[1]
    array([[8, 8, 0]])
    """
    once = np.where(copies == 1, distances, np.inf).min(axis=1, keepdims=True)
    ends = np.cumsum(np.where(distances <= once, copies, 1), axis=1)
    places = np.arange(min(k, int(ends[:, -1].min(initial=k))))
    chosen = (ends[:, :, None] <= places).sum(axis=1)
    return np.take_along_axis(distances, chosen, axis=1), np.take_along_axis(indices, chosen, axis=1)


def drop_own(distances: NDArray[_Real], indices: Indices, rows: Indices) -> tuple[NDArray[_Real], Indices]:
    """Return the neighbors of training digits without those digits themselves.

    Parameters
    ----------
    distances, indices : (n, m), m at least 1
        Nearest first.
    rows : (n,) int64
        The digit of each row; where it is not among its own neighbors, the last of them is dropped.

    Returns
    -------
    distances, indices : (n, m - 1)
    """
    others = indices != rows[:, None]
    others[others.all(axis=1), -1] = False
    shape = (len(rows), indices.shape[1] - 1)
    return distances[others].reshape(shape), indices[others].reshape(shape)
