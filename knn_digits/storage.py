"""Ground: bytes on disk: user folders, SHA-256, write-then-rename, the model file and others of its kind.

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
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import KnnDigitsError, ModelError, StorageError


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file of arrays, and what is said of one that cannot be read."""

    name: str  # in the header
    noun: str
    form: int  # raised when an older reader could no longer read what is written
    made_by: str  # what makes one
    remedy: str
    error: type[KnnDigitsError]


KIND = "knn-digits model"
FORMAT = 1
MODEL = Kind(
    name=KIND,
    noun="model",
    form=FORMAT,
    made_by="`knn-digits fit` makes one",
    remedy="fit it again",
    error=ModelError,
)
MAX_BYTES = 8 << 30  # of all arrays of a file, unpacked: beyond it a file is refused, not loaded
PLAIN = ("vectors",)  # arrays that are not compressed: they are needed at once when a model is opened
_HEADER = "header.json"
_PART = 1 << 20  # bytes read at a time where the size is not known
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tokenize.TokenError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    RuntimeError,  # RecursionError, too
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


def read_json(path: pathlib.Path, *, most: int) -> Any:
    """Return what a JSON file of at most `most` bytes holds.

    Its text may be UTF-8, UTF-16 or UTF-32, with a byte order mark or without one, as editors write it.

    Raises
    ------
    OSError
        If it cannot be read, or is larger.
    ValueError
        If it is no JSON, or is nested too deeply; its text is one line.
    """
    try:
        return json.loads(read_bounded(path, most=most))
    except UnicodeDecodeError as error:
        raise ValueError("its text is no UTF-8, UTF-16 or UTF-32: save it as UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except MemoryError as error:
        raise ValueError("it needs more memory than there is") from error
    except ValueError as error:  # a name with a NUL, too
        raise ValueError(" ".join(str(error).split())) from error


def as_path(source: object, *, what: str, error: type[KnnDigitsError]) -> pathlib.Path:
    """Return what a caller named as a path.

    Parameters
    ----------
    source : str or os.PathLike
    what : str
        What is named, for the message.
    error : type of KnnDigitsError

    Raises
    ------
    KnnDigitsError
        The one given, if it is another thing, is empty, or holds a character that no name has.
    """
    if not isinstance(source, str | os.PathLike):
        raise error(f"{what} must be named by a str or a path, got {type(source).__name__}")
    name = os.fsdecode(source)
    if not name:
        raise error(f"the name of {what} is empty: name a file or folder")
    try:
        legal = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        legal = False
    if not legal:
        raise error(f"the name of {what} holds a character that no file's name has: {name!r}")
    return pathlib.Path(name)


def sha256(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of the arrays' bytes in C order, as hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_bounded(source: pathlib.Path | BinaryIO, *, most: int) -> bytes:
    """Return all bytes of a file or stream; never more than `most` + 1 of them are held.

    Raises
    ------
    OSError
        If it cannot be read, or holds more than `most` bytes (EFBIG).
    """
    if isinstance(source, pathlib.Path):
        with source.open("rb") as file:
            return read_bounded(file, most=most)
    parts, left = [], most + 1
    while left and (part := source.read(min(left, _PART))):
        parts.append(part)
        left -= len(part)
    if not left:
        raise OSError(errno.EFBIG, f"it holds more than {most >> 20} MiB")
    return b"".join(parts)


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


class _EnoughError(Exception):
    """Ends the trial before anything takes the place of what is there."""


def check_writable(path: pathlib.Path) -> None:
    """Raise StorageError if a file cannot be written there: better told before long work than after it."""
    with contextlib.suppress(_EnoughError), write_then_rename(path):
        raise _EnoughError


def _file_mode() -> int:
    """Return the mode that the user's umask gives to a new file."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def save_model(path: pathlib.Path, *, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and named arrays as one model file; see `save_arrays`."""
    save_arrays(path, MODEL, header=header, arrays=arrays)


def save_arrays(
    path: pathlib.Path, kind: Kind, *, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write a header and named arrays as one file of this kind, by write-then-rename.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    hashes = {name: sha256(array) for name, array in arrays.items()}
    full = {"kind": kind.name, "format": kind.form, **header, "sha256": hashes}
    with (
        write_then_rename(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        text = zipfile.ZipInfo(_HEADER)  # without the time: the same model is the same bytes whenever written
        text.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(text, json.dumps(full, indent=1))
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_STORED if name in PLAIN else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


def load_model(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a model file, its header and its arrays; see `load_arrays`."""
    return load_arrays(path, MODEL)


def load_arrays(path: pathlib.Path, kind: Kind) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a file of this kind: its header and its arrays, checked against their SHA-256.

    Raises
    ------
    KnnDigitsError
        The kind's own, if the file is missing, is of another kind or a newer format, or is truncated or
        changed.
    """
    the_file = f"the {kind.noun} {path}"
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise kind.error(f"cannot open {the_file}: {error.strerror or error}; {kind.made_by}") from error
    except DAMAGE as error:
        raise kind.error(f"{path} is no {kind.name}, or its end is missing; {kind.remedy}") from error
    with archive:
        header = _read_header(archive, path, kind)
        try:
            arrays = {name: _read_array(archive, name) for name in header["sha256"]}
            changed = [name for name, array in arrays.items() if sha256(array) != header["sha256"][name]]
        except (*DAMAGE, OSError) as error:
            reason = " ".join(str(error).split())
            raise kind.error(f"{the_file} is damaged ({reason}); {kind.remedy}") from error
    if changed:
        raise kind.error(f"{the_file} was changed: {changed[0]} is not what its SHA-256 says; {kind.remedy}")
    return header, arrays


def _read_header(archive: zipfile.ZipFile, path: pathlib.Path, kind: Kind) -> dict[str, Any]:
    try:
        if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
            raise kind.error(
                f"the {kind.noun} {path} unpacks to more than {MAX_BYTES >> 30} GiB; it is refused"
            )
        header = json.loads(archive.read(_HEADER))
        name, form = header["kind"], int(header["format"])
    except KnnDigitsError:
        raise
    except (*DAMAGE, OSError, TypeError) as error:
        raise kind.error(f"{path} is no {kind.name} (it has no readable {_HEADER})") from error
    if name != kind.name:
        raise kind.error(f"{path} is no {kind.name}: its header says {name!r}")
    if form > kind.form:
        raise kind.error(
            f"the {kind.noun} {path} has format {form}, this version reads up to {kind.form}; "
            "upgrade knn-digits"
        )
    if not isinstance(header.get("sha256"), dict):
        raise kind.error(f"the header of the {kind.noun} {path} is damaged (no sha256); {kind.remedy}")
    return dict(header)


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    member = io.BytesIO(archive.read(f"{name}.npy"))
    return np.asarray(np.lib.format.read_array(member, allow_pickle=False))
