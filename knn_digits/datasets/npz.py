"""Stage 2′: a `.npz` file of NumPy arrays -> labelled 28×28 digits.

It is read without pickle, so nothing in it can run. Only the two arrays of a part are unpacked, and each only
after the shape in its header was held against its size and against what is allowed.
"""

import contextlib
import functools
import math
import pathlib
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knn_digits import storage
from knn_digits.arrays import CLASSES
from knn_digits.datasets import values
from knn_digits.datasets.values import Labelled, Progress, Reader
from knn_digits.errors import DataError

_PARTS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
_WHOLE = (
    ("digits", "labels"),
    ("images", "labels"),
    ("X", "y"),
    ("x", "y"),
    ("data", "target"),
)
_NAMED = 8  # keys that an error lists, the first ones
_QUOTED = 200  # letters of what a library says of damage
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}  # 3.0 is for names of fields, which no picture has


class _Head(NamedTuple):
    """What an array's header announces."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype} of shape {self.shape}"


def find(path: pathlib.Path, *, default: str = "all") -> Mapping[str, Reader]:
    """Return a reader for each part of a `.npz` file.

    Parameters
    ----------
    path : path
        A file with x_train, y_train, x_test, y_test (or one of the two pairs), or with digits and labels,
        images and labels, X and y, x and y, or data and target.
    default : str
        The name of the part in a file that does not name its parts.

    Raises
    ------
    DataError
        If the file cannot be opened, or has none of these pairs whole.
    """
    with _open(path) as archive:
        keys = {name.removesuffix(".npy") for name in archive.namelist()}
    parts = {part: _pair(pair, keys, path) for part, pair in _PARTS.items() if keys & set(pair)}
    parts = parts or {default: _find_whole(keys, path)}
    return {part: functools.partial(_read, path, pair) for part, pair in parts.items()}


def _find_whole(keys: set[str], path: pathlib.Path) -> tuple[str, str]:
    """Return the first pair of names that is there; DataError if there is none."""
    found = next((pair for pair in _WHOLE if keys.issuperset(pair)), None)
    if found is None:
        allowed = ", ".join("/".join(pair) for pair in (*_PARTS.values(), *_WHOLE))
        raise DataError(f"{path} holds {_listed(keys)}; allowed are {allowed}")
    return found


def _listed(keys: set[str]) -> str:
    names = sorted(ascii(key[:40])[1:-1] for key in keys)
    return ", ".join(names[:_NAMED]) + " …" * (len(names) > _NAMED) or "nothing"


def _pair(pair: tuple[str, str], keys: set[str], path: pathlib.Path) -> tuple[str, str]:
    for have, lack in (pair, pair[::-1]):
        if lack not in keys:
            raise DataError(f"{path} has {have} but not {lack}; add it")
    return pair


def _open(path: pathlib.Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; name a readable file") from error
    except storage.DAMAGE as error:
        raise DataError(f"{path} is no .npz file, or its end is missing; get it again") from error


def _read(path: pathlib.Path, pair: tuple[str, str], progress: Progress) -> Labelled:
    names = [f"{key} of {path}" for key in pair]
    with _open(path) as archive:
        members = [_member(archive, key, path) for key in pair]
        images, labels = (_head(archive, *both) for both in zip(members, names, strict=True))
        n = values.check_pictures(images.shape, images.dtype.itemsize, names[0])[0]
        if labels.shape[:1] not in ((), (n,)):
            raise DataError(
                f"{path} holds {n} images ({pair[0]}) but {labels.shape[0]} labels ({pair[1]}); "
                "each image needs one label"
            )
        if labels.dtype.kind not in "iufb" or math.prod(labels.shape) > values.MOST * CLASSES:
            raise DataError(f"{names[1]}: labels must be integers of shape (n,), got {labels}")
        arrays = [_array(archive, *both) for both in zip(members, names, strict=True)]
    digits, notes = values.to_digits(arrays[0], name=names[0], progress=progress)
    return Labelled(digits, values.to_labels(arrays[1], n=n, name=names[1]), notes)


def _member(archive: zipfile.ZipFile, key: str, path: pathlib.Path) -> zipfile.ZipInfo:
    found = [info for info in archive.infolist() if info.filename in (key, f"{key}.npy")]
    if len(found) > 1:
        raise DataError(f"{path} holds {key} {len(found)} times; save it anew with one")
    return found[0]


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> _Head:
    """Return what the header of an array announces, if the member has as many bytes."""
    with _damage(name), archive.open(member) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        version = np.lib.format.read_magic(stream)
        if version not in _READERS:
            raise ValueError(f"its format {version} is unknown")
        shape, _, dtype = _READERS[version](stream)
        left = member.file_size - stream.tell()
    if dtype.hasobject:
        raise DataError(f"{name} holds Python objects, which could run code; save it as plain numbers")
    size = math.prod(shape) * dtype.itemsize
    if size != left or any(side < 0 for side in shape):
        raise DataError(f"{name} is damaged (it announces {size} bytes, has {left}); get the file again")
    return _Head(shape, dtype)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    with _damage(name, but=MemoryError), archive.open(member) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
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
