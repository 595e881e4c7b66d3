"""Ground: a header and named arrays <-> one file: the model file, and others of its kind.

A model file is an ordinary `.npz` (a ZIP of `.npy` arrays, so `numpy.load` opens it too) with one more
member, `header.json`. It is read without pickle: nothing in it can run. The header holds the SHA-256 of
every array, so a change is noticed.

A file from a stranger takes no more memory than its size allows: its header is bounded, members that are not
asked for are never unpacked, and the others may not unpack to more than `UNPACKED` times what is on the disk.
"""

import contextlib
import hashlib
import json
import math
import os
import pathlib
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.errors import DataError, KnnDigitsError, MissingPartError, ModelError
from knn_digits.plain import plain
from knn_digits.storage import (
    DAMAGE,
    MAPPED,
    is_mapped,
    map_bytes,
    open_file,
    read_bounded,
    refuse_constant,
    sha256,
    start_of,
    write_then_rename,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file of arrays, and what is said of one that cannot be read."""

    name: str  # in the header
    noun: str
    form: int  # raised when an older reader could no longer read what is written
    made_by: str  # what makes one
    remedy: str
    error: type[KnnDigitsError]


MODEL = Kind(
    name="knn-digits model",
    noun="model",
    form=1,
    made_by="`knn-digits fit` makes one",
    remedy="fit it again",
    error=ModelError,
)
MAX_HEADER = 1 << 20  # bytes
MAX_BYTES = 8 << 30  # of all arrays that are compressed, unpacked: beyond it a file is refused, not loaded
UNPACKED = 64  # bytes of them for each byte on the disk, at most; digits come to about 5
SMALL = 16 << 20  # bytes of arrays that are never too many: so many blank digits pack well
# Arrays that are not compressed, beside those that are long: they are needed at once when a model is opened.
PLAIN = ("vectors", "hands_vectors", "signs_vectors")
NUMBERS = "biuf"  # the kinds of dtypes that an array may have, as NumPy calls them
_HEADER = "header.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_REASON = 200  # letters of what is told of a damaged file
_PART = 1 << 20  # bytes read at a time


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
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        text = zipfile.ZipInfo(_HEADER)  # without the time: the same model is the same bytes whenever written
        text.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(text, json.dumps(full, indent=1, allow_nan=False))
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            stored = name in PLAIN or array.nbytes >= MAPPED
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """A file of arrays that is open: its header, and arrays that are unpacked when they are asked for."""

    header: dict[str, Any]
    _archive: zipfile.ZipFile
    _path: pathlib.Path

    def read(
        self,
        name: str,
        *,
        shape: Sequence[int | None] | None = None,
        dtypes: Sequence[str] | None = None,
    ) -> NDArray[Any]:
        """Return an array, checked against its SHA-256; long ones of bytes stay in the file and are mapped.

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
        info = self._archive.getinfo(f"{name}.npy")
        with self._archive.open(info) as member:
            found, dtype = _read_array_header(member)
            known = dtype.kind in NUMBERS if dtypes is None else dtype.name in dtypes
            if not known or (shape is not None and not _fits(found, shape)):
                raise DataError(f"{name} is {dtype} of shape {found}, which does not fit")
            size = dtype.itemsize * math.prod(found)
            start = member.tell()
            if start + size != info.file_size:
                raise DataError(f"{name} has more or fewer bytes than its shape needs")
            if info.compress_type == zipfile.ZIP_STORED and is_mapped(found, dtype):
                digest, array = _digest(member), self._map(info, start, found)
            else:
                array = np.ndarray(found, dtype)
                _fill(member, array)
                digest = sha256(array)
        if digest != self.header["sha256"][name]:
            raise DataError(f"it was changed: {name} is not what its SHA-256 says")
        return array

    def _map(self, info: zipfile.ZipInfo, start: int, shape: tuple[int, ...]) -> NDArray[Any]:
        with self._path.open("rb") as file:
            return map_bytes(self._path, start_of(file, info) + start, shape)


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
            remedy = "make it readable" if isinstance(error, PermissionError) else kind.made_by
            raise kind.error(f"cannot open {the_file}: {error.strerror or error}; {remedy}") from error
        except DAMAGE as error:
            words = f"{plain(str(path))} is no {kind.name}, or its end is missing"
            raise kind.error(f"{words}; {kind.remedy}") from error
        header = _read_header(archive, path, kind)
        try:
            _check_members(archive, header["sha256"], size=os.fstat(file.fileno()).st_size)
            yield ArrayFile(header, archive, path)
        except MemoryError as error:
            raise kind.error(f"{the_file} needs more memory than there is") from error
        except MissingPartError as error:
            raise MissingPartError(f"{the_file} {error}") from error
        except (*DAMAGE, OSError) as error:
            reason = plain(" ".join(str(error).split()))[:_MAX_REASON]
            raise kind.error(f"{the_file} is damaged ({reason}); {kind.remedy}") from error


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


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _check_members(archive: zipfile.ZipFile, names: Mapping[str, str], *, size: int) -> None:
    """Raise an error if the named arrays are not there, or unpack to more than a file of this size may."""
    for name in names:
        _check_member(archive, f"{name}.npy")
    infos = [archive.getinfo(f"{name}.npy") for name in names]
    unpacked = sum(info.file_size for info in infos if info.compress_type != zipfile.ZIP_STORED)
    most = min(MAX_BYTES, SMALL + UNPACKED * size)
    if unpacked > most:
        raise DataError(f"it unpacks to more than {most >> 20} MiB, of {size} bytes on the disk")


def _check_member(archive: zipfile.ZipFile, name: str) -> None:
    """Raise an error if there is no member of this name, packed in a way that bounds what comes of it."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise DataError(f"{name} is packed in another way")
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise DataError(f"{name} has another length than it declares")


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


def _digest(member: IO[bytes]) -> str:
    """Return the SHA-256 of what is left of a member."""
    digest = hashlib.sha256()
    while part := member.read(_PART):
        digest.update(part)
    return digest.hexdigest()


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
