"""Stage 2′: NumPy's arrays, or a `.npy` file of them -> labelled 28×28 digits.

They are read without pickle, so nothing in them can run, and each only after the shape in its header was held
against its size and against what is allowed.
"""

import contextlib
import functools
import math
import pathlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knn_digits import storage
from knn_digits.arrays import CLASSES
from knn_digits.datasets import table, values
from knn_digits.datasets.labels import is_named, to_labels
from knn_digits.datasets.values import Labelled, Progress, Reader
from knn_digits.errors import DataError

_STYLES = (("x_{}", "y_{}"), ("X_{}", "y_{}"), ("{}_images", "{}_labels"), ("{}_x", "{}_y"), ("{}_X", "{}_y"))
PARTS = {part: tuple((x.format(part), y.format(part)) for x, y in _STYLES) for part in ("train", "test")}
WHOLE = (
    ("digits", "labels"),
    ("images", "labels"),
    ("X", "y"),
    ("x", "y"),
    ("data", "target"),
    ("data", "labels"),
    ("images", "target"),
    ("image", "label"),
)
_QUOTED = 200  # letters of what a library says of damage
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}  # 3.0 is for names of fields, which no picture has


class Source(NamedTuple):
    """Where an array is written: what errors call it, its bytes with the header, and how it is opened.

    Also its file, and where its header begins there if it is not packed.
    """

    key: str
    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    path: pathlib.Path
    start: int | None


class _Head(NamedTuple):
    """What an array's header announces."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype} of shape {self.shape}"


def find(path: pathlib.Path) -> Mapping[str, Reader]:
    """Return a reader for a `.npy` file.

    Parameters
    ----------
    path : path
        A file of pictures with that of their labels beside it, such as `x_train.npy` and `y_train.npy`, or
        of rows of a label and pixels.

    Raises
    ------
    DataError
        If there are neither labels in it nor beside it.
    """
    wanted = [labels for images, labels in sum(PARTS.values(), WHOLE) if images == path.stem]
    beside = [found for name in wanted if (found := path.with_name(f"{name}.npy")).is_file()]
    if beside:
        return {"all": lambda progress: read_pair(_source(path), _source(beside[0]), path, progress)}
    shape = _read_head(_source(path)).shape
    if len(shape) != 2 or not table.is_width(shape[1]):
        remedy = f"put {wanted[0]}.npy beside it" if wanted else "save both in one .npz file, as X and y"
        raise DataError(f"the labels of {path} are missing; {remedy}")
    return {"all": functools.partial(_read_rows, path)}


def _source(path: pathlib.Path) -> Source:
    return Source(path.stem, str(path), path.stat().st_size, lambda: path.open("rb"), path, 0)


def _read_rows(path: pathlib.Path, progress: Progress) -> Labelled:
    head = _read_head(_source(path))
    values.check_pictures((head.shape[0], head.shape[1] - 1), head.dtype.itemsize, str(path))
    return table.to_labelled(_read_array(_source(path)), None, name=str(path), progress=progress)


def read_pair(images: Source, labels: Source, path: pathlib.Path, progress: Progress) -> Labelled:
    """Read an array of pictures and one of labels, which a file, or two, of this path hold."""
    pictures, named = _read_head(images), _read_head(labels)
    n = values.check_pictures(pictures.shape, pictures.dtype.itemsize, images.name)[0]
    if named.shape[:1] not in ((), (n,)):
        raise DataError(
            f"{path} holds {n} images ({images.key}) but {named.shape[0]} labels ({labels.key}); "
            "each image needs one label"
        )
    usual = named.dtype.kind in "iufb" or is_named(named.dtype)
    if not usual or math.prod(named.shape) > values.MOST * CLASSES:
        raise DataError(f"{labels.name}: labels must be integers of shape (n,), got {named}")
    arrays = [_read_array(images), _read_array(labels)]
    digits, notes = values.to_digits(arrays[0], name=images.name, progress=progress)
    return Labelled(digits, to_labels(arrays[1], n=n, name=labels.name), notes)


def _read_head(source: Source) -> _Head:
    """Return what the header of an array announces, if there are as many bytes."""
    name = source.name
    with _damage(name), source.open() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        version = np.lib.format.read_magic(stream)
        if version not in _READERS:
            raise ValueError(f"its format {version} is unknown")
        shape, _, dtype = _READERS[version](stream)
        left = source.size - stream.tell()
    if dtype.hasobject:
        raise DataError(f"{name} holds Python objects, which could run code; save it as plain numbers")
    size = math.prod(shape) * dtype.itemsize
    if size != left or any(side < 0 for side in shape):
        raise DataError(f"{name} is damaged (it announces {size} bytes, has {left}); get the file again")
    return _Head(shape, dtype)


def _read_array(source: Source) -> NDArray[Any]:
    with _damage(source.name, but=MemoryError), source.open() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if source.start is not None:
            shape, by_columns, dtype = _READERS[np.lib.format.read_magic(stream)](stream)
            if not by_columns and storage.is_mapped(shape, dtype):
                return storage.map_bytes(source.path, source.start + stream.tell(), shape)
            stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))


@contextlib.contextmanager
def _damage(name: str, *, but: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Tell what damage a library meets in an array; what is raised of the type `but` is none."""
    try:
        yield
    except but:
        raise
    except (*storage.DAMAGE, OSError) as error:
        reason = " ".join(str(error).split())[:_QUOTED]
        raise DataError(f"{name} is damaged ({reason}); get the file again") from error
