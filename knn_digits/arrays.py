"""Ground: the arrays that pass between rooms, and a check for each.

========= ============================ =====================================================
name      shape, dtype                 meaning
========= ============================ =====================================================
Digits    (n, 28, 28) uint8            ink 255 on paper 0, MNIST convention (see `digit`)
Labels    (n,) int64                   0..9
Vectors   (n, d) float32, C order      what a feature makes of a digit
Distances (n, k) float32               Euclidean, ascending along a row
Indices   (n, k) int64                 rows of the training set; equal distances by lower index
========= ============================ =====================================================
"""

import dataclasses
import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import DataError

Digits: TypeAlias = NDArray[np.uint8]
Pictures: TypeAlias = Digits | Callable[[], Digits]  # or what reads them, when they are first needed
Labels: TypeAlias = NDArray[np.int64]
Vectors: TypeAlias = NDArray[np.float32]
Distances: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.int64]
Probabilities: TypeAlias = NDArray[np.float32]
Pixels: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

_Record = TypeVar("_Record")

SIDE = 28  # pixels: height and width of a digit
CLASSES = 10  # labels 0..9
STRIP = 512  # rows of a picture that are worked on at once, even: what is made on the way fills no memory


def strips(height: int, reach: int = 0) -> Iterator[tuple[slice, slice, slice]]:
    """Yield strips of a picture's rows, each with the rows up to `reach` around it, and its place there."""
    step = max(STRIP, 4 * reach)
    for top in range(0, height, step):
        first, bottom = max(0, top - reach), min(top + step, height)
        yield slice(top, bottom), slice(first, bottom + reach), slice(top - first, bottom - first)


def connected(pairs: NDArray[np.integer[Any]], count: int) -> NDArray[np.int64]:
    """Return the group of each of `count` things, when those of each pair are in one; groups by their first.

    Parameters
    ----------
    pairs : (n, 2) integers
        Below `count`.
    count : int

    Examples
    --------
    >>> connected(np.array([[4, 1], [2, 4]]), 6).tolist()
    [0, 1, 1, 2, 1, 3]
    """
    first = np.arange(count)  # of the group of each, as far as it is known
    while ((ends := np.sort(first[pairs], axis=1))[:, 0] < ends[:, 1]).any():
        np.minimum.at(first, ends[:, 1], ends[:, 0])
        while (first != first[first]).any():
            first = first[first]
    return np.asarray((first == np.arange(count)).cumsum()[first] - 1, np.int64)


def check_digits(digits: Any) -> Digits:
    """Return `digits` in C order if they are (n, 28, 28) uint8, else raise DataError."""
    got = _describe(digits)
    if got is None or digits.ndim != 3 or digits.shape[1:] != (SIDE, SIDE) or digits.dtype != np.uint8:
        raise DataError(f"digits must be uint8 of shape (n, 28, 28), got {got or type(digits).__name__}")
    return np.ascontiguousarray(digits)


def check_labels(labels: Any, *, n: int) -> Labels:
    """Return `labels` as C-ordered (n,) int64 if they are n integers in 0..9, else raise DataError."""
    got = _describe(labels)
    if got is None or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(f"labels must be integers of shape (n,), got {got or type(labels).__name__}")
    if len(labels) != n:
        raise DataError(f"there are {n} digits but {len(labels)} labels: each digit needs one label")
    outside = labels[(labels < 0) | (labels >= CLASSES)]
    if len(outside):
        raise DataError(f"labels must be 0..9, got {int(outside[0])} ({len(outside)} labels outside)")
    return np.ascontiguousarray(labels, np.int64)


def check_vectors(vectors: Any, *, width: int | None = None) -> Vectors:
    """Return `vectors` as C-ordered float32 (n, d), d = `width` if given, else raise DataError."""
    got = _describe(vectors)
    if got is None or vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise DataError(f"vectors must be numbers of shape (n, d), got {got or type(vectors).__name__}")
    if width is not None and vectors.shape[1] != width:
        raise DataError(f"vectors must have {width} columns as the training set has, got {vectors.shape[1]}")
    with np.errstate(over="ignore"):
        checked = np.ascontiguousarray(vectors, dtype=np.float32)
    if not np.isfinite(checked).all():
        raise DataError("vectors must be finite float32 numbers, got NaN or infinity")
    return checked


def _describe(array: Any) -> str | None:
    return f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else None


def compared_by_content(record: type[_Record]) -> type[_Record]:
    """Let the instances of a frozen dataclass be equal, and hash alike, where what they hold is equal.

    Arrays are equal where dtype, shape and every bit are, arrays of text where shape and text are, lists and
    mappings where their elements are. A dataclass by itself compares and hashes none of them; with `eq=False`
    it spends no time on what takes no effect here.

    Examples
    --------
    >>> @compared_by_content
    ... @dataclasses.dataclass(frozen=True)
    ... class Row:
    ...     numbers: Any
    >>> Row(np.arange(3)) == Row(np.arange(3)), Row(np.arange(3)) == Row(np.zeros(3))
    (True, False)
    >>> len({Row([1, 2]), Row([1, 2])})
    1
    """

    def equal(self: Any, other: object) -> Any:
        return content_of(self) == content_of(other) if type(other) is type(self) else NotImplemented

    def content_hash(self: Any) -> int:
        return hash(content_of(self))

    record.__eq__, record.__hash__ = equal, content_hash  # type: ignore[method-assign]
    return record


def content_of(record: Any) -> Hashable:
    """Return what a dataclass holds as what compares and hashes; without fields of `compare=False`."""
    return tuple(_plain(getattr(record, field.name)) for field in dataclasses.fields(record) if field.compare)


def _plain(value: Any) -> Hashable:
    """Return what compares and hashes in the place of a value."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "U":  # whose type tells the longest text there is room for
            return value.shape, *value.ravel().tolist()
        native = value.dtype.newbyteorder("=")
        held = np.ascontiguousarray(value, native).reshape(-1).view(np.uint8)
        return native.str, value.shape, hashlib.sha256(held.data).digest()
    if isinstance(value, Mapping):
        return frozenset((key, _plain(element)) for key, element in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    if value.__hash__ is None:  # such as a polynomial of NumPy: compared by what it holds, too
        return _plain(vars(value))
    return value  # type: ignore[no-any-return]
