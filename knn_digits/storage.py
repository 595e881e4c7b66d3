"""Ground: bytes on disk: user folders, SHA-256, write-then-rename, the model file and others of its kind.

A model file is an ordinary `.npz` (a ZIP of `.npy` arrays, so `numpy.load` opens it too) with one more
member, `header.json`. It is read without pickle: nothing in it can run. The header holds the SHA-256 of
every array, so a change is noticed.

A file from a stranger takes no more memory than its size allows: its header is bounded, members that are not
asked for are never unpacked, and the others may not unpack to more than `UNPACKED` times what is on the disk.
"""

import contextlib
import errno
import hashlib
import json
import lzma
import math
import os
import pathlib
import re
import secrets
import stat
import time
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import DataError, KnnDigitsError, ModelError, StorageError
from knn_digits.plain import plain


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
MAX_HEADER = 1 << 20  # bytes
MAX_BYTES = 8 << 30  # of all arrays of a file, unpacked: beyond it a file is refused, not loaded
UNPACKED = 64  # bytes of arrays for each byte on the disk, at most; digits come to about 5
SMALL = 16 << 20  # bytes of arrays that are never too many: so many blank digits pack well
PLAIN = ("vectors",)  # arrays that are not compressed: they are needed at once when a model is opened
ABANDONED = 86_400  # seconds: what was left half written for so long, no process goes on with
NUMBERS = "biuf"  # the kinds of dtypes that an array may have, as NumPy calls them
_HEADER = "header.json"
_PART = 1 << 20  # bytes read at a time
_NAME = 32  # bytes of a file's name that are in the name of what is half written
_HALF_WRITTEN = re.compile(r"\..+\.\w{1,16}\.part", re.ASCII | re.DOTALL)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_REASON = 200  # letters of what is told of a damaged file
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
    temporary = path.with_name(f".{_shorten(path.name)}.{secrets.token_hex(8)}.part")
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


def save_model(path: pathlib.Path, *, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and named arrays as one model file; see `save_arrays`."""
    save_arrays(path, MODEL, header=header, arrays=arrays)


def save_arrays(
    path: pathlib.Path,
    kind: Kind,
    *,
    header: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    check: Callable[[pathlib.Path], object] = lambda _: None,
) -> None:
    """Write a header and named arrays as one file of this kind, by write-then-rename.

    Parameters
    ----------
    path : path
    kind : Kind
    header : mapping
        What JSON can hold.
    arrays : mapping
    check : callable
        Opens what was written, before it takes the place of `path`.

    Raises
    ------
    DataError
        If it cannot be opened again; the old file is kept.
    StorageError
        If the file cannot be written.
    """
    hashes = {name: sha256(array) for name, array in arrays.items()}
    full = {"kind": kind.name, "format": kind.form, **header, "sha256": hashes}

    def open_again(written: pathlib.Path) -> None:
        try:
            check(written)
        except kind.error as error:
            reason = str(error).replace(plain(str(written)), plain(str(path)))
            raise DataError(f"what was made cannot be opened again, so it is not kept: {reason}") from error

    with (
        write_then_rename(path, check=open_again) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        text = zipfile.ZipInfo(_HEADER)  # without the time: the same model is the same bytes whenever written
        text.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(text, json.dumps(full, indent=1, allow_nan=False))
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_STORED if name in PLAIN else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


def load_model(path: pathlib.Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a model file, its header and its arrays; see `load_arrays`."""
    return load_arrays(path, MODEL)


def load_arrays(path: pathlib.Path, kind: Kind) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a file of this kind, its header and all its arrays; see `open_arrays`."""
    with open_arrays(path, kind) as opened:
        return opened.header, {name: opened.read(name) for name in opened.header["sha256"]}


@dataclass(frozen=True)
class ArrayFile:
    """A file of arrays that is open: its header, and arrays that are unpacked when they are asked for."""

    header: dict[str, Any]
    _archive: zipfile.ZipFile

    def read(
        self,
        name: str,
        *,
        shape: Sequence[int | None] | None = None,
        dtypes: Sequence[str] | None = None,
    ) -> NDArray[Any]:
        """Return an array, checked against its SHA-256.

        Parameters
        ----------
        name : str
        shape : sequence of int or None, optional
            What it must have; None: any length there.
        dtypes : sequence of str, optional
            Names of those that it may have. By default any of numbers.

        Raises
        ------
        DataError
            Before anything is unpacked, if it is not there, has another shape or dtype, or its member is not
            as long as it; after it, if it was changed.
        """
        if name not in self.header["sha256"]:
            raise DataError(f"it has no {name}")
        with self._archive.open(f"{name}.npy") as member:
            found, dtype = _read_array_header(member)
            known = dtype.kind in NUMBERS if dtypes is None else dtype.name in dtypes
            if not known or (shape is not None and not _fits(found, shape)):
                raise DataError(f"{name} is {dtype} of shape {found}, which does not fit")
            size = dtype.itemsize * math.prod(found)
            if member.tell() + size != self._archive.getinfo(f"{name}.npy").file_size:
                raise DataError(f"{name} has more or fewer bytes than its shape needs")
            array = np.ndarray(found, dtype)
            _fill(member, array)
        if sha256(array) != self.header["sha256"][name]:
            raise DataError(f"it was changed: {name} is not what its SHA-256 says")
        return array


@contextlib.contextmanager
def open_arrays(path: pathlib.Path, kind: Kind) -> Iterator[ArrayFile]:
    """Open a file of this kind; what is found wrong while it is open is told as damage of the file.

    Raises
    ------
    KnnDigitsError
        The kind's own, if the file is missing, is of another kind or a newer format, or is truncated or
        changed; or unpacks to more than a file of its size may.
    """
    the_file = f"the {kind.noun} {plain(str(path))}"
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open_file(path))
            archive = stack.enter_context(zipfile.ZipFile(file))
        except OSError as error:
            raise kind.error(f"cannot open {the_file}: {error.strerror or error}; {kind.made_by}") from error
        except DAMAGE as error:
            words = f"{plain(str(path))} is no {kind.name}, or its end is missing"
            raise kind.error(f"{words}; {kind.remedy}") from error
        header = _read_header(archive, path, kind)
        try:
            _check_members(archive, header["sha256"], size=os.fstat(file.fileno()).st_size)
            yield ArrayFile(header, archive)
        except MemoryError as error:
            raise kind.error(f"{the_file} needs more memory than there is") from error
        except (*DAMAGE, OSError) as error:
            reason = plain(" ".join(str(error).split()))[:_MAX_REASON]
            raise kind.error(f"{the_file} is damaged ({reason}); {kind.remedy}") from error


def open_file(path: pathlib.Path) -> BinaryIO:
    """Open an ordinary file: a pipe or a device may never end, or never begin."""
    if not (path.is_file() or path.is_dir()) and path.exists():
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return path.open("rb")


def _read_header(archive: zipfile.ZipFile, path: pathlib.Path, kind: Kind) -> dict[str, Any]:
    the_path = plain(str(path))
    try:
        header = _parse_header(archive)
        name, form, hashes = header["kind"], header["format"], header.get("sha256")
        if type(form) is not int or form < 1:
            raise ValueError("its format is no number")
    except (*DAMAGE, OSError) as error:
        raise kind.error(f"{the_path} is no {kind.name} (it has no readable {_HEADER})") from error
    if name != kind.name:
        says = f": its header says {plain(name[:_MAX_REASON])!r}" if isinstance(name, str) else ""
        raise kind.error(f"{the_path} is no {kind.name}{says}")
    if form > kind.form:
        raise kind.error(
            f"the {kind.noun} {the_path} has format {form}, this version reads up to {kind.form}; "
            "upgrade knn-digits"
        )
    if not isinstance(hashes, dict) or not all(_is_sha256(one) for one in hashes.values()):
        raise kind.error(f"the {kind.noun} {the_path} is damaged (sha256 must be of arrays); {kind.remedy}")
    return header


def _parse_header(archive: zipfile.ZipFile) -> dict[str, Any]:
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise ValueError("it has two members of one name")
    _check_member(archive, _HEADER)
    if archive.getinfo(_HEADER).file_size > MAX_HEADER:
        raise ValueError(f"{_HEADER} is longer than {MAX_HEADER >> 20} MiB")
    with archive.open(_HEADER) as member:
        content = read_bounded(member, most=MAX_HEADER)  # type: ignore[arg-type]
    return dict(json.loads(content.decode(), parse_constant=refuse_constant))


def refuse_constant(constant: str) -> None:
    """Raise ValueError: NaN and Infinity, which `json` reads, are none of JSON's numbers."""
    raise ValueError(f"{constant} is no JSON")


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _check_members(archive: zipfile.ZipFile, names: Mapping[str, str], *, size: int) -> None:
    """Raise an error if the named arrays are not there, or unpack to more than a file of this size may."""
    for name in names:
        _check_member(archive, f"{name}.npy")
    unpacked = sum(archive.getinfo(f"{name}.npy").file_size for name in names)
    most = min(MAX_BYTES, SMALL + UNPACKED * size)
    if unpacked > most:
        raise DataError(f"it unpacks to more than {most >> 20} MiB, of {size} bytes on the disk")


def _check_member(archive: zipfile.ZipFile, name: str) -> None:
    """Raise an error if there is no member of this name, packed in a way that bounds what comes of it."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise DataError(f"{name} is packed in another way")


def _read_array_header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and the dtype of an array in a `.npy`, which must lie by rows."""
    version = np.lib.format.read_magic(member)
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(member)
    if version != (1, 0) or by_columns:
        raise DataError("an array is not written as this version writes it")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise DataError(f"an array has the shape {shape}")
    return shape, dtype


def _fits(found: Sequence[int], shape: Sequence[int | None]) -> bool:
    return len(found) == len(shape) and all(
        want in (None, length) for length, want in zip(found, shape, strict=True)
    )


def _fill(member: IO[bytes], array: NDArray[Any]) -> None:
    """Read the bytes of an array, which must be the last of its member."""
    left = array.reshape(-1).view(np.uint8).data
    while left:
        part = member.read(min(len(left), _PART))
        if not part:
            raise EOFError("an array ends too early")
        left[: len(part)] = part
        left = left[len(part) :]
    if member.read(1):  # which checks the whole member, too
        raise ValueError("an array ends too late")
