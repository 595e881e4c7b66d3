"""Ground: bytes on disk: user folders, SHA-256, write-then-rename, the model file.

A model file is an ordinary `.npz` (a ZIP of `.npy` arrays, so `numpy.load` opens it too) with one more
member, `header.json`. It is read without pickle: nothing in it can run. The header holds the SHA-256 of
every array, so a change is noticed.
"""

import contextlib
import errno
import hashlib
import io
import json
import lzma
import os
import pathlib
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import ModelError, StorageError

KIND = "knn-digits model"
FORMAT = 1  # raised when an older reader could no longer read what is written
MAX_BYTES = 8 << 30  # of all arrays of a model, unpacked: beyond it a file is refused, not loaded
PLAIN = ("vectors",)  # arrays that are not compressed: they are needed at once when a model is opened
_HEADER = "header.json"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tokenize.TokenError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)  # what the libraries raise that read a ZIP, a `.npy` or JSON which is damaged


def cache_folder() -> pathlib.Path:
    """Return the user's folder for what can be fetched again; it may not exist yet."""
    return _user_folder("cache")


def data_folder() -> pathlib.Path:
    """Return the user's folder for what cannot be fetched again; it may not exist yet."""
    return _user_folder("data")


def _user_folder(kind: str) -> pathlib.Path:
    if home := os.environ.get("KNN_DIGITS_HOME"):
        return pathlib.Path(home) / kind
    import platformdirs

    find = platformdirs.user_cache_path if kind == "cache" else platformdirs.user_data_path
    return find("knn-digits", appauthor=False)


def sha256(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of the arrays' bytes in C order, as hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@contextlib.contextmanager
def write_then_rename(path: pathlib.Path) -> Iterator[BinaryIO]:
    """Give a file to write to, and put it in the place of `path` only when all of it is on the disk.

    A kill at any moment leaves the old file whole. Missing parent folders are made.

    Raises
    ------
    StorageError
        If the folder cannot be made or written to.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise FileExistsError(errno.EEXIST, "it is there and no ordinary file")
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            temporary = pathlib.Path(file.name)
            yield file  # type: ignore[misc]
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_file_mode())
        temporary.replace(path)
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; name another place or free this one"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _file_mode() -> int:
    """Return the mode that the user's umask gives to a new file."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def save_model(path: pathlib.Path, *, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and named arrays as one model file, by write-then-rename.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    hashes = {name: sha256(array) for name, array in arrays.items()}
    full = {"kind": KIND, "format": FORMAT, **header, "sha256": hashes}
    with (
        write_then_rename(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        archive.writestr(_HEADER, json.dumps(full, indent=1))
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_STORED if name in PLAIN else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


def load_model(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a model file: its header and its arrays, checked against their SHA-256.

    Raises
    ------
    ModelError
        If the file is missing, is not a model, is of a newer format, or is truncated or changed.
    """
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"cannot open the model {path}: {reason}; `knn-digits fit` makes one") from error
    except _DAMAGE as error:
        raise ModelError(f"{path} is no knn-digits model, or its end is missing; fit it again") from error
    with archive:
        header = _read_header(archive, path)
        try:
            arrays = {name: _read_array(archive, name) for name in header["sha256"]}
            changed = [name for name, array in arrays.items() if sha256(array) != header["sha256"][name]]
        except (*_DAMAGE, OSError) as error:
            reason = " ".join(str(error).split())
            raise ModelError(f"the model {path} is damaged ({reason}); fit it again") from error
    if changed:
        raise ModelError(
            f"the model {path} was changed: {changed[0]} is not what its SHA-256 says; fit it again"
        )
    return header, arrays


def _read_header(archive: zipfile.ZipFile, path: pathlib.Path) -> dict[str, Any]:
    try:
        if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
            raise ModelError(f"the model {path} unpacks to more than {MAX_BYTES >> 30} GiB; it is refused")
        header = json.loads(archive.read(_HEADER))
        kind, form = header["kind"], int(header["format"])
    except ModelError:
        raise
    except (*_DAMAGE, OSError, TypeError) as error:
        raise ModelError(f"{path} is no knn-digits model (it has no readable {_HEADER})") from error
    if kind != KIND:
        raise ModelError(f"{path} is no knn-digits model: its header says {kind!r}")
    if form > FORMAT:
        raise ModelError(
            f"the model {path} has format {form}, this version reads up to {FORMAT}; upgrade knn-digits"
        )
    if not isinstance(header.get("sha256"), dict):
        raise ModelError(f"the header of the model {path} is damaged (no sha256); fit it again")
    return dict(header)


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    member = io.BytesIO(archive.read(f"{name}.npy"))
    return np.asarray(np.lib.format.read_array(member, allow_pickle=False))
