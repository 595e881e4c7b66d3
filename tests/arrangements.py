"""The same numbers in every arrangement that an array may have."""

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Named(np.ndarray[Any, Any]):
    """A subclass, as libraries make their own."""


def arrangements(array: NDArray[Any], folder: pathlib.Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield an array again: by columns, with gaps, backwards, read-only, of other bytes, and so on."""
    yield "by columns", np.asfortranarray(array)
    gaps = np.zeros(tuple(2 * side for side in array.shape), array.dtype)
    gaps[(slice(None, None, 2),) * array.ndim] = array
    yield "with gaps", gaps[(slice(None, None, 2),) * array.ndim]
    backwards = (slice(None, None, -1),) * array.ndim
    yield "backwards", array[backwards].copy()[backwards]
    locked = array.copy()
    locked.flags.writeable = False
    yield "read-only", locked
    yield "other bytes", array.astype(array.dtype.newbyteorder())
    np.save(folder / "mapped.npy", array)
    yield "mapped", np.load(folder / "mapped.npy", mmap_mode="r")
    yield "a subclass", array.view(Named)
    shifted = np.zeros(array.nbytes + 1, np.uint8)[1:].view(np.uint8)
    shifted[:] = np.frombuffer(array.tobytes(), np.uint8)
    yield "off the bounds of memory", np.ndarray(array.shape, array.dtype, shifted.data)
