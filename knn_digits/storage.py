"""Ground: bytes on disk: user folders, names, bounded reading, SHA-256, write-then-rename."""

import contextlib
import errno
import hashlib
import io
import json
import lzma
import math
import os
import pathlib
import re
import stat
import struct
import time
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import KnnDigitsError, StorageError, UsageError, shown
from knn_digits.plain import plain

try:
    import fcntl
except ImportError:  # Windows has it not
    fcntl = None  # type: ignore[assignment]

ABANDONED = 86_400  # seconds: what was left half written for so long, no process goes on with
_PART = 1 << 20  # bytes read at a time
MAPPED = 256 << 20  # bytes: longer arrays of bytes that lie in a file unpacked are mapped, not read
_LENGTHS = 26  # bytes before the lengths of name and extra field in the header of a member of a ZIP
_NAME = 32  # bytes of a file's name that are in the name of what is half written
_HALF_WRITTEN = re.compile(r"\..+\.\w{1,16}\.part", re.ASCII | re.DOTALL)
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
        If it is no JSON, is nested too deeply, or has a key twice in an object; its text is one line.
    """
    try:
        return json.loads(read_bounded(path, most=most), object_pairs_hook=_as_object)
    except UnicodeDecodeError as error:
        raise ValueError("its text is no UTF-8, UTF-16 or UTF-32: save it as UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except MemoryError as error:
        raise ValueError("it needs more memory than there is") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"it is no JSON: {error.msg.lower()} in {where}") from error
    except ValueError as error:  # a name with a NUL, too
        raise ValueError(" ".join(str(error).split())) from error


def _as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for key, value in pairs:
        if key in held:
            raise ValueError(f"an object in it has the key {shown(key)} twice: leave one out")
        held[key] = value
    return held


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
    TypeError
        If it is a stream that gives something else than bytes.
    """
    if isinstance(source, pathlib.Path):
        with source.open("rb") as file:
            return read_bounded(file, most=most)
    parts, left = [], most + 1
    while left > 0 and (part := source.read(min(left, _PART))):
        parts.append(part)
        left -= memoryview(part).nbytes  # which text has not: a stream of it need not end
    if left <= 0:
        raise OSError(errno.EFBIG, f"it holds more than {most >> 20} MiB")
    return b"".join(parts)


@contextlib.contextmanager
def write_then_rename(
    path: pathlib.Path, *, check: Callable[[pathlib.Path], None] = lambda _: None
) -> Iterator[BinaryIO]:
    """Give a file to write to, and put it in the place of `path` only when all of it is on the disk.

    A kill at any moment leaves the old file whole. Missing parent folders are made, and what a kill left half
    written in the folder a day ago or longer is removed.

    Parameters
    ----------
    path : path
    check : callable
        Is given what was written, before it takes the place of `path`; it does not if this raises.

    Raises
    ------
    StorageError
        If the folder cannot be made or written to.
    """
    if not path.name:
        raise StorageError(f"cannot write {plain(str(path))}: it is a folder; name a file in it")
    temporary = path.with_name(f".{_shorten(path.name)}.{os.urandom(8).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        if path.exists() and not path.is_file():
            raise FileExistsError(errno.EEXIST, "it is there and no ordinary file")
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check(temporary)
        temporary.replace(path)
    except OSError as error:
        raise StorageError(
            f"cannot write {plain(str(path))}: {error.strerror or error}; name another place or free this one"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # mostly it is not there, and why it could not be made is told
            temporary.unlink()


def _shorten(name: str) -> str:
    """Return the beginning of a name: the whole of it and more letters may be longer than a name can be."""
    while len(os.fsencode(name)) > _NAME:
        name = name[:-1]
    return name


def _sweep(folder: pathlib.Path) -> None:
    """Remove what killed processes left half written."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _HALF_WRITTEN.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):  # another process was faster, or may do what this one may not
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > ABANDONED:
                    pathlib.Path(entry.path).unlink()


class _EnoughError(Exception):
    """Ends the trial before anything takes the place of what is there."""


def check_writable(path: pathlib.Path) -> None:
    """Raise StorageError if a file cannot be written there: better told before long work than after it."""
    with contextlib.suppress(_EnoughError), write_then_rename(path):
        raise _EnoughError


@contextlib.contextmanager
def writing(path: pathlib.Path) -> Iterator[None]:
    """Turn what goes wrong while a file is written into a StorageError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"cannot write {plain(str(path))}: {reason}; name another file") from error


def open_alone(path: pathlib.Path, *, new: bool) -> io.FileIO:
    """Open a file to add to that no other run may write until it is closed; its folders are made.

    Parameters
    ----------
    path : path
    new : bool
        Whether none may be there.

    Raises
    ------
    UsageError
        If one is there that is to be new.
    StorageError
        If it cannot be written, or another run does.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("x+b" if new else "a+b", buffering=0)
        except FileExistsError as error:
            if not path.is_file():
                raise
            raise UsageError(
                f"{plain(str(path))} is there: --resume goes on with it, or name another"
            ) from error
    try:
        _lock(file, path)
    except BaseException:
        file.close()
        raise
    return file


def _lock(file: io.FileIO, path: pathlib.Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StorageError(f"{plain(str(path))} is being written by another run: wait for its end") from error
    except OSError:  # some network drives have no locks
        return


def open_file(path: pathlib.Path) -> BinaryIO:
    """Open an ordinary file: a pipe or a device may never end, or never begin."""
    if not (path.is_file() or path.is_dir()) and path.exists():
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return path.open("rb")


def is_mapped(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Tell whether such an array is mapped where it lies in a file unpacked, and not read."""
    return dtype == np.uint8 and math.prod(shape) >= MAPPED


def start_of(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a member begin in a ZIP, which is open."""
    file.seek(info.header_offset + _LENGTHS)
    lengths = file.read(4)
    if len(lengths) < 4:
        raise EOFError("a member begins behind the end")
    name, extra = struct.unpack("<HH", lengths)
    return file.tell() + int(name) + int(extra)


def map_bytes(path: pathlib.Path, start: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an array that lies in a file from there on; what is written to it changes no file."""
    return np.asarray(np.memmap(path, np.uint8, "c", start, shape))


def refuse_constant(constant: str) -> None:
    """Raise ValueError: NaN and Infinity, which `json` reads, are none of JSON's numbers."""
    raise ValueError(f"{constant} is no JSON")
