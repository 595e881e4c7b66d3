"""Stage 2′: IDX files, plain or gzipped -> labelled 28×28 digits.

What a file is, its first bytes tell, never its name's ending; and memory is taken only after the count in
its header was held against its size.

References: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits* (the IDX format);
G. Cohen, S. Afshar, J. Tapson, A. van Schaik (2017), *EMNIST: extending MNIST to handwritten letters*.
"""

import contextlib
import functools
import gzip
import math
import os
import pathlib
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, BinaryIO, cast

import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.datasets import values
from knn_digits.datasets.labels import to_labels
from knn_digits.datasets.values import MAX_BYTES, Labelled, Progress, Reader
from knn_digits.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_RATIO = 1032  # deflate cannot pack denser than this
_KINDS = {1: "labels", 3: "images"}  # by the number of dimensions
_NAME = re.compile(r"(?P<group>(?:.*-)?)(?P<part>train|t10k|test)-(?P<kind>images-idx3|labels-idx1)-ubyte")
_TRANSPOSED = "emnist"  # files whose names begin so hold each picture's columns as rows


def find(path: pathlib.Path) -> Mapping[str, Reader]:
    """Return a reader for each part of a folder of IDX files, or for one file of images.

    Parameters
    ----------
    path : path
        A folder with pairs of files named in the usual way (`train-images-idx3-ubyte`,
        `t10k-labels.idx1-ubyte.gz`, `emnist-digits-test-images-idx3-ubyte` …), or one file of images whose
        file of labels lies beside it.

    Raises
    ------
    DataError
        If a file of a pair is missing, or the folder holds several data sets.
    """
    if not path.is_dir():
        return {"all": functools.partial(read_pair, path, _labels_beside(path))}
    pairs = _pairs(path)
    groups = sorted({group for group, _ in pairs})
    if len(groups) > 1:
        names = ", ".join(f"{group}…" for group in groups)
        raise DataError(f"{path} holds several data sets ({names}); name one file of images")
    parts = {part: _complete(pair, path) for (_, part), pair in sorted(pairs.items(), reverse=True)}
    return {part: functools.partial(read_pair, *pair) for part, pair in parts.items()}


def is_idx_folder(folder: pathlib.Path) -> bool:
    """Tell whether a folder has an IDX file with one of the usual names."""
    return bool(_pairs(folder))


def read_pair(images: pathlib.Path, labels: pathlib.Path, progress: Progress = iter) -> Labelled:
    """Read a file of images and its file of labels.

    Returns
    -------
    Labelled
        Digits (n, 28, 28) uint8, labels (n,) int64, and notes.

    Raises
    ------
    DataError
        If a file is missing or damaged, the counts differ, or a label is not 0..9.
    """
    n, _, _ = values.check_pictures(_announced(images, 3), 1, str(images))
    (named,) = _announced(labels, 1)
    if n != named:
        raise DataError(
            f"{images} holds {n} images but {labels.name} holds {named} labels; "
            "take both files from one data set"
        )
    pictures, names = read_file(images, dimensions=3), read_file(labels, dimensions=1)
    if images.name.lower().startswith(_TRANSPOSED):
        pictures = np.ascontiguousarray(pictures.transpose(0, 2, 1))
    digits, notes = values.to_digits(pictures, name=str(images), progress=progress)
    return Labelled(digits, to_labels(names, n=len(pictures), name=str(labels)), notes)


def read_file(path: pathlib.Path, *, dimensions: int) -> Pixels:
    """Read one IDX file as `decode` does; its errors name the file and tell what to do."""
    with _opened(path) as file:
        return decode(file, dimensions=dimensions)


def _announced(path: pathlib.Path, dimensions: int) -> tuple[int, ...]:
    """Return the shape that a file's header announces, with the errors of `read_file`."""
    with _opened(path) as file, _unpacked(file, MAX_BYTES) as (stream, limit):
        return _read_shape(stream, dimensions, limit)


@contextlib.contextmanager
def _opened(path: pathlib.Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except DataError as error:
        raise DataError(f"{path} {error}; get the file again") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; name a readable file") from error


def decode(source: BinaryIO, *, dimensions: int, max_bytes: int = MAX_BYTES) -> Pixels:
    """Read IDX bytes, plain or gzipped.

    Parameters
    ----------
    source : seekable binary file
    dimensions : {1, 3}
        1 for labels, 3 for images.
    max_bytes : int
        Bytes: a larger array is refused before memory is taken for it.

    Returns
    -------
    (n,) or (n, height, width) uint8

    Raises
    ------
    DataError
        If it is something else, or damaged. The text is what follows the file's name.
    """
    with _unpacked(source, max_bytes) as (stream, limit):
        return _read_array(stream, dimensions, limit)


@contextlib.contextmanager
def _unpacked(source: BinaryIO, max_bytes: int) -> Iterator[tuple[IO[bytes], int]]:
    """Give the plain bytes of a file, and how many it can hold or may, whichever is less."""
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    zipped = source.read(2) == GZIP_MAGIC
    source.seek(0)
    limit = min(max_bytes, size * _GZIP_RATIO if zipped else size)
    try:
        with gzip.GzipFile(fileobj=source) if zipped else contextlib.nullcontext(source) as stream:
            yield cast(IO[bytes], stream), limit
    except EOFError as error:
        raise DataError("is truncated: its gzip data ends early") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"is damaged: its gzip data cannot be unpacked ({error})") from error


def _read_array(stream: IO[bytes], dimensions: int, limit: int) -> Pixels:
    shape = _read_shape(stream, dimensions, limit)
    count = math.prod(shape)
    array = np.empty(count, np.uint8)
    view, filled = array.data, 0
    while filled < count:
        got = stream.readinto(view[filled:])  # type: ignore[attr-defined]
        if not got:
            raise DataError(f"is truncated: it announces {count} bytes of {_KINDS[dimensions]}, has {filled}")
        filled += got
    if stream.read(1):
        raise DataError(f"is damaged: it holds more than the {count} bytes that its header announces")
    return array.reshape(shape)


def _read_shape(stream: IO[bytes], dimensions: int, limit: int) -> tuple[int, ...]:
    header = stream.read(4 + 4 * dimensions)
    if header.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise DataError("is a web page saved under the name of data")
    kind, magic = _KINDS[dimensions], 0x0800 + dimensions
    found = int.from_bytes(header[:4], "big")
    if found != magic:
        other = [_KINDS[n] for n in _KINDS if found == 0x0800 + n]
        what = f"holds {other[0]}" if other else "is no IDX file"
        raise DataError(f"{what}: IDX {kind} begin with {magic:#010x}, this with {found:#010x}")
    if len(header) < 4 + 4 * dimensions:
        raise DataError("is truncated: its header ends early")
    shape = struct.unpack_from(f">{dimensions}I", header, 4)
    if (count := math.prod(shape)) > limit:
        raise DataError(f"is truncated or damaged: it announces {count} bytes but holds at most {limit}")
    return shape


def _visible(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return what is in a folder, but for hidden companions such as `._train-images-idx3-ubyte`."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _stem(path: pathlib.Path) -> str:
    """Return a file's name without what differs among the usual spellings."""
    return path.name.lower().removesuffix(".gz").replace(".idx", "-idx")


def _pairs(folder: pathlib.Path) -> dict[tuple[str, str], dict[str, pathlib.Path]]:
    """Return the IDX files of a folder by (name of the set, part), then by kind; plain before gzipped."""
    pairs: dict[tuple[str, str], dict[str, pathlib.Path]] = {}
    for path in _visible(folder):
        if (match := _NAME.fullmatch(_stem(path))) and path.is_file():
            part = "train" if match["part"] == "train" else "test"
            pairs.setdefault((match["group"], part), {}).setdefault(match["kind"][:6], path)
    return pairs


def _complete(pair: Mapping[str, pathlib.Path], folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    for have, lack in (("images", "labels"), ("labels", "images")):
        if lack not in pair:
            raise DataError(f"{folder} has {pair[have].name} but not its file of {lack}; put it beside")
    return pair["images"], pair["labels"]


def _labels_beside(images: pathlib.Path) -> pathlib.Path:
    """Return the file of labels that belongs to a file of images."""
    stem = _stem(images)
    if "labels" in stem and "images" not in stem:
        raise DataError(f"{images} is a file of labels by its name; name its file of images")
    if "images" not in stem:
        raise DataError(
            f"{images} is no data that can be read; allowed are IDX (named like train-images-idx3-ubyte), "
            ".npz, .npy, .csv or .tsv (as .gz, too), .parquet, or a folder with a sub-folder of pictures "
            "for each of 0..9"
        )
    wanted = stem.replace("images", "labels").replace("idx3", "idx1")
    for path in _visible(images.parent):
        if _stem(path) == wanted:
            return path
    raise DataError(f"the labels of {images} are missing: there is no {wanted} beside it; put it there")
