"""Stage 2′: a Parquet file, of columns of pixels or of one of pictures -> labelled 28×28 digits."""

import functools
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.datasets import table, values
from knn_digits.datasets.labels import to_labels
from knn_digits.datasets.values import Labelled, Progress, Reader
from knn_digits.errors import DataError, MissingPartError, PhotoError, shown

ENDINGS = (".parquet", ".pq")
_PICTURES = ("image", "images", "img", "picture", "pixels")  # names of a column of whole pictures


def find(path: pathlib.Path) -> Mapping[str, Reader]:
    """Return a reader for a Parquet file; MissingPartError where what reads it is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingPartError(f"{path} needs pyarrow; run `pip install 'knn-digits[parquet]'`") from error
    return {"all": functools.partial(_read, path)}


def _read(path: pathlib.Path, progress: Progress) -> Labelled:
    columns = _load(path)
    pictures = [name for name in columns.column_names if name.lower() in _PICTURES]
    if not pictures:
        rows = np.column_stack([_numbers(column, path) for column in columns.columns])
        return table.to_labelled(rows, columns.column_names, name=str(path), progress=progress)
    named = [name for name in columns.column_names if name.lower() in table.LABELS]
    if len(named) != 1:
        raise DataError(f"{path} has {len(named)} columns of labels; call one of its columns label")
    grey = _stack(columns.column(pictures[0]).to_pylist(), path)
    digits, notes = values.to_digits(grey, name=str(path), progress=progress)
    names = np.array(columns.column(named[0]).to_pylist())
    return Labelled(digits, to_labels(names, n=len(digits), name=str(path)), notes)


def _load(path: pathlib.Path) -> Any:
    """Return the file's table, once its footer tells that it is not too large."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            groups = range(file.metadata.num_row_groups)
            size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
            values.check_count(file.metadata.num_rows, str(path))
            if size > values.MAX_BYTES:
                raise DataError(f"{path} takes over {values.MAX_BYTES >> 30} GiB; split it")
            return file.read()
    except pyarrow.ArrowException as error:
        raise DataError(f"{path} is no Parquet file, or damaged; get it again") from error


def _numbers(column: Any, path: pathlib.Path) -> NDArray[Any]:
    numbers = np.asarray(column.to_numpy())
    if numbers.dtype.kind in "OUS":
        numbers = to_labels(np.array(column.to_pylist(), str), n=len(numbers), name=str(path))
    return numbers


def _stack(pictures: list[Any], path: pathlib.Path) -> NDArray[Any]:
    """Return pictures, each the bytes of a file, a dict with these, or lists of pixels, as one array."""
    try:
        return np.stack([_pixels(picture) for picture in pictures])
    except (PhotoError, ValueError, TypeError) as error:
        raise DataError(
            f"{path} has pictures that cannot be read, or of several sizes ({shown(str(error))}); save "
            "pictures of one size, or a folder of them for each class"
        ) from error


def _pixels(picture: Any) -> NDArray[Any]:
    content = picture.get("bytes") if isinstance(picture, dict) else picture
    if not isinstance(content, bytes):
        return np.array(content, np.float32)
    from knn_digits import images  # brings OpenCV and Pillow
    from knn_digits.datasets import folder

    return folder.grey_of(images.read_picture(content, largest=folder.LARGEST))
