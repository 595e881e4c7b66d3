"""Stage 2′: labels as data sets have them, numbers, words or one column a class -> 0..9."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Labels, check_labels
from knn_digits.errors import DataError, shown

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LETTERS = 64  # bytes of a label that is text, at most


def label_of(text: str) -> int | None:
    """Return the digit that a text names, as 7, 7.0 or seven; None if it names none.

    Examples
    --------
    >>> label_of("7"), label_of(" Seven"), label_of("shoe")
    (7, 7, None)
    """
    text = text.strip().lower()
    if text in WORDS:
        return WORDS.index(text)
    digit = text.removesuffix(".0")
    return int(digit) if len(digit) == 1 and digit in "0123456789" else None


def is_named(dtype: np.dtype[Any]) -> bool:
    """Tell whether labels of this type are short texts."""
    return dtype.kind in "US" and dtype.itemsize <= LETTERS * (4 if dtype.kind == "U" else 1)


def to_labels(labels: NDArray[Any], *, n: int, name: str) -> Labels:
    """Bring labels to (n,) int64, each 0..9.

    Parameters
    ----------
    labels : (n,) or (n, 1), of integers, whole floats or texts; or (n, 10), one 1 in a row, else 0
    n : int
        The number of digits they belong to.
    name : str
        What the errors call the array.

    Raises
    ------
    DataError
        If there are not `n`, or one is no digit.

    Examples
    --------
    >>> to_labels(np.eye(10)[[3, 1]], n=2, name="y").tolist()
    [3, 1]
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    try:
        if labels.dtype.kind in "US":
            labels = _from_texts(labels)
        if labels.shape[1:] == (CLASSES,):
            labels = _from_columns(labels)
        if labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels == np.rint(labels)).all():
            labels = labels.clip(-1, 256).astype(np.int64)
        return check_labels(labels, n=n)
    except DataError as error:
        raise DataError(f"{name}: {error}; correct the file or name another one") from error


def _from_texts(labels: NDArray[Any]) -> NDArray[Any]:
    texts, rows = np.unique(labels, return_inverse=True)
    known = [label_of(text.decode("latin-1") if isinstance(text, bytes) else text) for text in texts]
    for text, label in zip(texts, known, strict=True):
        if label is None:
            raise DataError(f"labels must be 0..9 or {WORDS[0]} to {WORDS[-1]}, got {shown(text.item())}")
    return np.array(known, np.int64)[rows].reshape(labels.shape)


def _from_columns(labels: NDArray[Any]) -> NDArray[Any]:
    ones = (labels == 1).sum(axis=1)
    if not ((labels == 0) | (labels == 1)).all() or (ones != 1).any():
        raise DataError(f"labels of {CLASSES} columns must have one 1 in each row, else 0")
    return np.asarray(labels.argmax(axis=1))
