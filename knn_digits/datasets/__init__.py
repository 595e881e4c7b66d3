"""Stage 2′: files -> labelled 28×28 digits.

Every source is a set of named parts, each read only when it is asked for: "train" and "test", or "all"
where the data has one part without a name.
"""

import contextlib
import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from knn_digits import storage
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels
from knn_digits.datasets import fetch, idx, npy, npz, parquet, table
from knn_digits.datasets.fetch import mnist_is_cached
from knn_digits.datasets.values import Labelled, Progress, Reader, check_count
from knn_digits.errors import DataError, UsageError
from knn_digits.record import Record
from knn_digits.storage import as_path

__all__ = ["SAMPLE", "SPLITS", "Dataset", "load_dataset", "load_datasets", "mnist_is_cached"]

SPLITS = ("train", "test", "all")
SAMPLE = pathlib.Path(__file__).with_name("sample.npz")  # see SAMPLE.md
_Parts: TypeAlias = Mapping[str, Reader]
_FORMATS: Mapping[tuple[str, ...], Callable[[pathlib.Path], _Parts]] = {
    (".npz",): npz.find,
    (".npy",): npy.find,
    table.ENDINGS: table.find,
    parquet.ENDINGS: parquet.find,
}  # endings of names -> what reads such a file; any other is taken for IDX


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Record):
    """Labelled digits and where they come from.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
        Ink 255 on paper 0.
    labels : (n,) int64
        0..9.
    name : str
        "sample", "mnist", or the name of the file or folder.
    split : str
        "train", "test" or "all".
    notes : tuple of str
        A line for each thing that was converted or passed over on the way, or that is missing.
    """

    digits: Digits
    labels: Labels
    name: str
    split: str
    notes: tuple[str, ...] = ()

    @functools.cached_property
    def sha256(self) -> str:
        """The SHA-256 of the digits followed by the labels, as hexadecimal digits."""
        return storage.sha256(self.digits, self.labels)


def load_dataset(
    source: str | os.PathLike[str],
    *,
    split: str | None = None,
    prefer: str = "train",
    progress: Progress = iter,
) -> Dataset:
    """Read labelled digits.

    Parameters
    ----------
    source : str or path
        "sample" (5,000 digits that come with the package), "mnist" (the user's cache), or a path: a folder
        of IDX files or one IDX file of images, a `.npz`, `.npy`, `.csv`, `.tsv` or `.parquet` file, or a
        folder with one sub-folder of pictures a class, perhaps below `train` and `test`.
    split : {"train", "test", "all"}, optional
        The part to read; "all" joins the parts. Without it: `prefer` where the data has that part, else
        whatever is there.
    prefer : {"train", "test"}
        The part that is read without `split` where both are there.
    progress : callable
        Wraps the steps of the conversion, such as `tqdm.tqdm`.

    Returns
    -------
    Dataset
        Its split tells what was read: the name of the one part, or "all"; its notes what was done to it.

    Raises
    ------
    DataError
        If the data is missing, damaged or of another kind, or lacks the part that is asked for.
    UsageError
        If the source is no name, or `split` or `prefer` is none of the allowed words.

    Examples
    --------
    >>> dataset = load_dataset("sample")
    >>> dataset.digits.shape, dataset.labels[:12].tolist(), dataset.split
    ((5000, 28, 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], 'train')
    """
    return load_datasets([source], split=split, prefer=prefer, progress=progress)


def load_datasets(
    sources: Sequence[str | os.PathLike[str]],
    *,
    split: str | None = None,
    prefer: str = "train",
    progress: Progress = iter,
) -> Dataset:
    """Read labelled digits of several sources, at least one, as if one held them all in this order.

    Each is read as by `load_dataset`, with the same errors; the scale and the paper of each are its own.
    """
    if not sources:
        raise UsageError("no data set is named: name at least one")
    parts = [_load(source, split, prefer, progress) for source in sources]
    whole = parts[0] if len(parts) == 1 else _chain(parts)
    notes = _missing(whole.digits, whole.labels, whole.name)
    return dataclasses.replace(whole, notes=(*whole.notes, *notes))


def _chain(parts: list[Dataset]) -> Dataset:
    """Return several data sets as one; the list is emptied, so that no digit is held twice for long."""
    splits = {part.split for part in parts}
    name, notes = "+".join(part.name for part in parts), sum((part.notes for part in parts), ())
    labels = np.concatenate([part.labels for part in parts])
    digits, start = np.empty((len(labels), SIDE, SIDE), np.uint8), 0
    while parts:
        part = parts.pop(0)
        digits[start : start + len(part.digits)] = part.digits
        start += len(part.digits)
    return Dataset(digits, labels, name, splits.pop() if len(splits) == 1 else "all", notes)


def _load(source: str | os.PathLike[str], split: str | None, prefer: str, progress: Progress) -> Dataset:
    """Return the digits of one source; what they lack is not told yet."""
    _check_splits(split, prefer)
    path = as_path(source, what="a data set", error=UsageError)
    with _told(source):
        parts, name = _find(source, path)
        chosen = _choose(parts, split, prefer, name)
        digits, labels, notes = _join([parts[part](progress) for part in chosen], name)
    if not len(digits):
        raise DataError(f"{source} holds no digits; name a data set with at least one")
    read = split or (chosen[0] if len(chosen) == 1 else "all")
    return Dataset(digits, labels, name, read, notes)


def _check_splits(*words: str | None) -> None:
    for word in words:
        if word is not None and word not in SPLITS:
            raise UsageError(f"a split must be {', '.join(SPLITS)}, got {word!r}")


@contextlib.contextmanager
def _told(source: object) -> Iterator[None]:
    """Tell errors of the machine as those of the data set that is read."""
    try:
        yield
    except MemoryError as error:
        raise DataError(
            f"not enough memory to read {source} ({error or 'none is left'}); split it"
        ) from error
    except OSError as error:
        raise DataError(f"cannot read {source}: {error.strerror or error}; name what you may read") from error


def _find(source: str | os.PathLike[str], path: pathlib.Path) -> tuple[_Parts, str]:
    """Return the parts of a source, nothing of them read yet, and its name."""
    if source == "sample":
        return npz.find(SAMPLE, default="train"), "sample"
    if source == "mnist":
        if not mnist_is_cached():
            raise DataError(
                "MNIST is not in the cache; run `knn-digits data fetch mnist`, or name other data"
            )
        return idx.find(fetch.mnist_folder()), "mnist"
    return _find_path(path), path.resolve().name


def _find_path(path: pathlib.Path) -> _Parts:
    if not path.exists():
        raise DataError(f"there is no file or folder {path}; name sample, mnist or a path that exists")
    if path.is_dir() and not idx.is_idx_folder(path):
        from knn_digits.datasets import folder  # brings OpenCV and Pillow

        return folder.find(path)
    if not path.is_dir() and not path.is_file():
        raise DataError(f"{path} is no ordinary file, which must be read twice; save it as one")
    for endings, find in _FORMATS.items():
        if path.name.lower().endswith(endings):
            return find(path)
    return idx.find(path)


def _choose(parts: _Parts, split: str | None, prefer: str, name: str) -> list[str]:
    """Return the names of the parts to read."""
    wanted = split or (prefer if prefer in parts else "all")
    if wanted == "all":
        return list(parts)
    if wanted in parts:
        return [wanted]
    if "all" in parts:
        raise DataError(f"{name} has one part, so there is no {wanted} part; `--split all` uses it whole")
    raise DataError(
        f"{name} has only a {' and a '.join(parts)} part, no {wanted} part; `--split all` uses it"
    )


def _join(read: list[Labelled], name: str) -> Labelled:
    if len(read) == 1:
        return read[0]
    check_count(sum(len(part.digits) for part in read), name)
    digits, labels, notes = zip(*read, strict=True)
    return Labelled(np.concatenate(digits), np.concatenate(labels), sum(notes, ()))


def _missing(digits: Digits, labels: Labels, name: str) -> list[str]:
    """Return what a data set should have and has not: each of the ten digits, and ink."""
    from knn_digits.digit import NO_INK, find_blank  # brings OpenCV

    notes = []
    if absent := np.flatnonzero(np.bincount(labels, minlength=CLASSES) == 0).tolist():
        notes.append(f"{name} has no {', '.join(map(str, absent))}: what is fitted on it never answers that")
    if blank := int(find_blank(digits).sum()):
        notes.append(
            f"{name} has {blank} blank digits among {len(digits)}, with hardly any ink: look at them"
        )
    if full := int((digits.reshape(len(digits), -1).min(axis=1) > NO_INK).sum()):
        notes.append(f"{name} has {full} digits among {len(digits)} that are nothing but ink: look at them")
    return notes
