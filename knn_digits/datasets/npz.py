"""Stage 2′: a `.npz` file of NumPy arrays -> labelled 28×28 digits.

It is read without pickle, so nothing in it can run.
"""

import functools
import pathlib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels
from knn_digits.datasets import values
from knn_digits.errors import DataError

MAX_BYTES = 4 << 30  # of all arrays, unpacked: beyond it a file is refused, not loaded
_PARTS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
_WHOLE = (
    ("digits", "labels"),
    ("images", "labels"),
    ("X", "y"),
    ("x", "y"),
    ("data", "target"),
)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, SyntaxError)


def find(path: pathlib.Path, *, default: str = "all") -> Mapping[str, Callable[[], tuple[Digits, Labels]]]:
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
    keys = _keys(path)
    parts = {part: _pair(pair, keys, path) for part, pair in _PARTS.items() if keys & set(pair)}
    whole = [pair for pair in _WHOLE if keys.issuperset(pair)]
    if not parts and whole:
        parts = {default: whole[0]}
    if not parts:
        allowed = ", ".join("/".join(pair) for pair in (*_PARTS.values(), *_WHOLE))
        raise DataError(f"{path} holds {', '.join(sorted(keys)) or 'nothing'}; allowed are {allowed}")
    return {part: functools.partial(_read, path, pair) for part, pair in parts.items()}


def _pair(pair: tuple[str, str], keys: set[str], path: pathlib.Path) -> tuple[str, str]:
    for have, lack in (pair, pair[::-1]):
        if lack not in keys:
            raise DataError(f"{path} has {have} but not {lack}; add it")
    return pair


def _keys(path: pathlib.Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; name a readable file") from error
    except (*_DAMAGE, ValueError) as error:
        raise DataError(f"{path} is no .npz file, or its end is missing; get it again") from error
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise DataError(f"{path} unpacks to more than {MAX_BYTES >> 30} GiB; split it")
    return {member.filename.removesuffix(".npy") for member in members}


def _read(path: pathlib.Path, pair: tuple[str, str]) -> tuple[Digits, Labels]:
    images, labels = (_array(path, key) for key in pair)
    if images.ndim and labels.ndim and len(images) != len(labels):
        raise DataError(
            f"{path} holds {len(images)} images ({pair[0]}) but {len(labels)} labels ({pair[1]}); "
            "each image needs one label"
        )
    digits = values.to_digits(images, name=f"{pair[0]} of {path}")
    return digits, values.to_labels(labels, n=len(digits), name=f"{pair[1]} of {path}")


def _array(path: pathlib.Path, key: str) -> NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[key])
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{key} of {path} holds Python objects, which could run code; save it as plain numbers"
            ) from error
        raise DataError(f"{key} of {path} is damaged ({error}); get the file again") from error
    except (*_DAMAGE, OSError, KeyError, TypeError, MemoryError) as error:
        raise DataError(f"{key} of {path} is damaged ({error}); get the file again") from error
