"""Stage 2′: a table, a row a digit: its label and its pixels -> labelled 28×28 digits.

Text is read line by line in blocks, so that a row too many, or too long, is refused before memory is taken.
"""

import contextlib
import functools
import gzip
import io
import itertools
import math
import pathlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES
from knn_digits.datasets import values
from knn_digits.datasets.labels import label_of, to_labels
from knn_digits.datasets.scale import WHITE
from knn_digits.datasets.values import LARGEST, SMALLEST, Labelled, Progress, Reader
from knn_digits.errors import DataError
from knn_digits.plain import plain

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
LABELS = ("label", "labels", "class", "target", "digit", "y")  # names of the column with labels
IGNORED = ("", "id", "index", "unnamed: 0")  # names of columns that count rows
_DELIMITERS = ",;\t"  # the first of a file's first line; without any, spaces
_LINE = 4 << 20  # characters: a longer line is no row of a picture
_ROWS = 4096  # read at a time


def find(path: pathlib.Path) -> Mapping[str, Reader]:
    """Return a reader for a file of text, perhaps gzipped, with a row a digit and a header or none."""
    return {"all": functools.partial(_read, path)}


def is_width(columns: int) -> bool:
    """Tell whether so many columns are a label and the pixels of a square picture of a usual size."""
    side = math.isqrt(max(0, columns - 1))
    return side * side == columns - 1 and SMALLEST[0] <= side <= LARGEST


def to_labelled(
    rows: NDArray[Any], names: Sequence[str] | None, *, name: str, progress: Progress
) -> Labelled:
    """Part a table into labels and pictures.

    Parameters
    ----------
    rows : (n, 1 + side × side) of numbers
        Beside a label and pixels there may be columns that count rows, of `IGNORED`.
    names : sequence of str, optional
        Those of the columns. Without them the labels are the first column or the last, whichever has more
        than one value and all of them 0..9.
    name : str
        What errors call it.
    progress : callable

    Raises
    ------
    DataError
        If there is no column of labels, or it is in doubt, or the rest is no square.
    """
    column, pixels = _columns(rows, names, name)
    if not is_width(len(pixels) + 1):
        raise DataError(
            f"{name} has {len(pixels)} columns beside the labels, which are no square of pixels; "
            "save those of 28x28 pictures, 784"
        )
    pictures = rows[:, slice(pixels[0], pixels[-1] + 1) if _is_run(pixels) else pixels]
    digits, notes = values.to_digits(pictures, name=name, progress=progress)
    return Labelled(digits, to_labels(rows[:, column], n=len(rows), name=name), notes)


def _columns(rows: NDArray[Any], names: Sequence[str] | None, name: str) -> tuple[int, list[int]]:
    """Return which column has the labels and which have pixels."""
    if names is None:
        column = _guess(rows, name)
        return column, [at for at in range(rows.shape[1]) if at != column]
    lowered = [one.lower() for one in names]
    found = [at for at, one in enumerate(lowered) if one in LABELS]
    if len(found) != 1:
        raise DataError(
            f"{name} has {len(found)} columns of labels; call one of its columns label (or "
            f"{', '.join(LABELS[1:])}), the others of these otherwise"
        )
    return found[0], [at for at, one in enumerate(lowered) if one not in (*LABELS, *IGNORED)]


def _is_run(columns: Sequence[int]) -> bool:
    return len(columns) == columns[-1] - columns[0] + 1


def _guess(rows: NDArray[Any], name: str) -> int:
    """Return the column of labels of a table without a header: 0 or the last."""
    last = rows.shape[1] - 1
    if not len(rows):
        return 0
    likely = [at for at in (0, last) if _may_be_labels(rows[:, at])]
    if len(likely) != 1:
        raise DataError(
            f"{name} has no header, and {'both' if likely else 'neither'} of its first and last column may "
            "be labels; give it a header that calls one label"
        )
    return likely[0]


def _may_be_labels(column: NDArray[Any]) -> bool:
    return bool(np.isin(column, range(CLASSES)).all() and (column != column[0]).any())


def _read(path: pathlib.Path, progress: Progress) -> Labelled:
    with _lines(path) as lines:
        first = next(lines, "")
        if not first:
            raise DataError(f"{path} is empty; get the file again")
        delimiter = next((sign for sign in _DELIMITERS if sign in first), None)
        cells = [cell.strip().strip('"') for cell in first.split(delimiter)]
        names = None if all(map(_is_value, cells)) else cells
        rest = lines if names else itertools.chain([first], lines)
        rows = _numbers(rest, len(cells), path, delimiter=delimiter)
    return to_labelled(rows, names, name=str(path), progress=progress)


@contextlib.contextmanager
def _lines(path: pathlib.Path) -> Iterator[Iterator[str]]:
    """Give the lines of a file, each bounded."""
    try:
        opened = gzip.open if path.suffix.lower() == ".gz" else open
        with opened(path, "rb") as packed, io.TextIOWrapper(packed, encoding="utf-8-sig") as file:
            yield iter(_bounded(file, path), "")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8: save it as that, or get the file again") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is no text, or its end is missing; get the file again") from error


def _bounded(file: TextIO, path: pathlib.Path) -> Callable[[], str]:
    def line() -> str:
        text = file.readline(_LINE)
        if len(text) == _LINE:
            raise DataError(f"{path} has a line of over {_LINE} characters; save one row a digit")
        return text

    return line


def _is_value(text: str) -> bool:
    """Tell whether it is a number or a label, no name of a column."""
    try:
        _cell(text)
    except ValueError:
        return False
    return True


def _numbers(lines: Iterator[str], width: int, path: pathlib.Path, *, delimiter: str | None) -> NDArray[Any]:
    """Return all rows; as uint8 where they are that, which is an eighth of the memory."""
    blocks: list[NDArray[Any]] = []
    lines = (line for line in lines if line.strip())
    while texts := list(itertools.islice(lines, _ROWS)):
        block = _parse(texts, width, path, delimiter=delimiter)
        whole = ((block >= 0) & (block <= WHITE) & (block == np.rint(block))).all()
        blocks.append(block.astype(np.uint8) if whole else block)
        values.check_count(sum(map(len, blocks)), str(path))
        if sum(block.nbytes for block in blocks) > values.MAX_BYTES:
            raise DataError(f"{path} takes over {values.MAX_BYTES >> 30} GiB; split it")
    return np.concatenate(blocks) if blocks else np.zeros((0, width), np.uint8)


def _parse(texts: list[str], width: int, path: pathlib.Path, *, delimiter: str | None) -> NDArray[np.float64]:
    try:
        block: NDArray[np.float64] = np.loadtxt(
            texts,
            delimiter=delimiter,
            converters={0: _cell, width - 1: _cell},
            quotechar='"',
            comments=None,
            encoding=None,
            ndmin=2,
        )
    except ValueError as error:
        raise DataError(f"{path} is no table of labels and pixels ({_told(error)}); correct it") from error
    if block.shape[1] != width:
        raise DataError(f"{path} has rows of {block.shape[1]} columns and of {width}; correct it")
    return block


def _told(error: ValueError) -> str:
    """Return what NumPy says in one line, without its row, which is one of a block, and its advice."""
    return plain(re.sub(r" at row \d+, column \d+\.?$| at row \d+; use .*$", "", str(error)))


def _cell(text: str) -> float:
    """Return what stands in the first or the last column, where labels may be words."""
    label = label_of(text)
    return float(text) if label is None else label
