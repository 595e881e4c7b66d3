"""Model files, written and read as they are; and changed as a stranger may, with hashes that fit."""

import io
import json
import pathlib
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.archive import MODEL, PLAIN, Kind, open_arrays, save_arrays
from knn_digits.storage import sha256

Arrays = dict[str, NDArray[Any]]
Change = Callable[[dict[str, Any], Arrays], object]


def save_model(path: pathlib.Path, *, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and named arrays as a model file, whatever they are."""
    save_arrays(path, MODEL, header=header, arrays=arrays)


def load_model(path: pathlib.Path) -> tuple[dict[str, Any], Arrays]:
    """Return the header and all arrays of a model file."""
    return load_arrays(path, MODEL)


def load_arrays(path: pathlib.Path, kind: Kind) -> tuple[dict[str, Any], Arrays]:
    """Return the header and all arrays of a file of this kind."""
    with open_arrays(path, kind) as opened:
        return opened.header, {name: opened.read(name) for name in opened.header["sha256"]}


def rewrite(path: pathlib.Path, change: Change, target: pathlib.Path | None = None) -> pathlib.Path:
    """Change the header and arrays of a model file, in place or as another; its hashes are made to fit."""
    header, arrays = load_model(path)
    change(header, arrays)
    return forge(target or path, header, arrays)


def forge(path: pathlib.Path, header: Any, arrays: Arrays) -> pathlib.Path:
    """Write a file of arrays without any of the checks of one who saves a model."""
    if isinstance(header, dict):
        header = {**header, "sha256": {name: sha256(array) for name, array in arrays.items()}}
    return write_members(path, json.dumps(header), arrays)


def write_members(path: pathlib.Path, text: str | bytes, arrays: Arrays) -> pathlib.Path:
    """Write a header as it is, and arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", text)
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.save(stream, array, allow_pickle=False)
            method = zipfile.ZIP_STORED if name in PLAIN else zipfile.ZIP_DEFLATED
            archive.writestr(f"{name}.npy", stream.getvalue(), method)
    return path
