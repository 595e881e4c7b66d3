"""Long arrays -> rows of them, copied when they are asked for; and vectors in as few bytes as hold them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Vectors, check_vectors
from knn_digits.errors import DataError
from knn_digits.features import Feature
from knn_digits.neighbors.exact import are_whole

BLOCK = 1 << 14  # rows at a time: 32 MiB of 512 float32 each
BATCH = 500  # digits between two steps of a progress bar
Progress = Callable[[Iterable[int]], Iterable[int]]
_SMALL = (np.uint8, np.uint16, np.int16)


class Rows(Protocol):
    """An array, or what takes rows as one does."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...


@dataclass(frozen=True, eq=False)
class Picked:
    """Some rows of an array, none of them copied before it is asked for."""

    array: Rows
    rows: Indices

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return len(self.rows), *self.array.shape[1:]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: slice | Indices, /) -> NDArray[Any]:
        return np.asarray(self.array[self.rows[rows]])


@dataclass(frozen=True, eq=False)
class Stacked:
    """Arrays one behind the other, of which rows are taken, (m,) int64."""

    arrays: Sequence[Rows]

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return len(self), *self.arrays[0].shape[1:]

    def __len__(self) -> int:
        return sum(map(len, self.arrays))

    def __getitem__(self, rows: Indices, /) -> NDArray[Any]:
        first = self.arrays[0][:0]
        taken, start = np.empty((len(rows), *first.shape[1:]), first.dtype), 0
        for array in self.arrays:
            here = (rows >= start) & (rows < start + len(array))
            taken[here] = array[rows[here] - start]
            start += len(array)
        return taken


def blocks_of(rows: Rows) -> Iterator[Any]:
    """Yield the rows, some at a time."""
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))


def pack(vectors: Vectors) -> NDArray[Any]:
    """Return the vectors in the smallest type that holds them exactly."""
    bounds = _Bounds()
    for block in blocks_of(vectors):
        bounds = bounds.plus(block)
    return vectors.astype(bounds.dtype, copy=False)


def describe(digits: Rows, feature: Feature, *, progress: Progress = iter) -> NDArray[Any]:
    """Return the feature's vectors of (n, 28, 28) digits, packed as `pack` does: (n, d), n at least 1.

    Raises
    ------
    DataError
        If the feature gives anything else than a vector a digit.
    """
    bounds, n = _Bounds(), len(digits)
    packed: NDArray[Any] = np.empty((0, 0))
    for start in progress(range(0, n, BATCH)):
        batch = digits[start : start + BATCH]
        vectors = _check_described(feature(batch), len(batch), packed.shape[1] if start else None)
        bounds = bounds.plus(vectors)
        if not start:
            packed = np.empty((n, vectors.shape[1]), bounds.dtype)
        packed = packed.astype(bounds.dtype, copy=False)
        packed[start : start + BATCH] = vectors
    return packed


def _check_described(vectors: Any, n: int, width: int | None) -> Vectors:
    wanted = "a feature must give (n, d) float32 for n digits"
    try:
        checked = check_vectors(vectors, width=width)
    except DataError as error:
        raise DataError(f"{wanted}: {error}") from error
    if len(checked) != n:
        raise DataError(f"{wanted}, got shape {checked.shape} for {n}")
    return checked


@dataclass(frozen=True)
class _Bounds:
    """Between which numbers vectors are, and whether all of them are whole."""

    lowest: float = 0
    highest: float = 0
    whole: bool = True

    def plus(self, vectors: Vectors) -> "_Bounds":
        lowest, highest = float(vectors.min(initial=self.lowest)), float(vectors.max(initial=self.highest))
        return _Bounds(lowest, highest, self.whole and are_whole(vectors))

    @property
    def dtype(self) -> type[np.generic]:
        """The smallest that holds them exactly."""
        fitting = (
            dtype
            for dtype in _SMALL
            if np.iinfo(dtype).min <= self.lowest and self.highest <= np.iinfo(dtype).max
        )
        return next(fitting, np.float32) if self.whole else np.float32
