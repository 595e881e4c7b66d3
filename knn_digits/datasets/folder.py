"""Stage 2′: a folder with one sub-folder of pictures a class -> labelled 28×28 digits.

Each picture shows one digit, in dark ink on light paper or light on dark: the paper's grey is what the
border shows. Hidden files and those of systems are passed over; what else is passed over is told in notes.
"""

import functools
import pathlib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from knn_digits import images
from knn_digits.arrays import SIDE, Digits, Mask, Pixels
from knn_digits.datasets.ground import put_on_black
from knn_digits.datasets.labels import label_of
from knn_digits.datasets.strokes import match_strokes
from knn_digits.datasets.values import Labelled, Progress, Reader, check_count
from knn_digits.errors import DataError, PhotoError
from knn_digits.plain import counted

LARGEST = 560  # pixels: a larger picture is reduced to about this while it is decoded
_PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_UNUSED = ("val", "valid", "validation", "dev")  # parts that nothing here uses, told of
_SYSTEM_SIGNS = ("__", "@", "#", "$", "~")  # beside classes, names that begin so are the system's, too
_NAMED = 3  # of many names or endings, so many are told


def find(folder: pathlib.Path) -> Mapping[str, Reader]:
    """Return a reader for each part of a folder of pictures.

    Parameters
    ----------
    folder : path
        A folder with sub-folders named 0..9, or zero to nine, or with `train` and `test` (or one of them, or
        `training` and `testing`) that have these. Hidden and system folders and files are passed over, and
        so are a validation part and files that are no pictures by their endings, of which notes tell.

    Raises
    ------
    DataError
        If there are others beside `train` and `test`. What is wrong in a part is told when it is read.
    """
    names = _subfolders(folder)
    unused, named = _among(names, _UNUSED), _among(names, _PARTS)
    parts = {_PARTS[name.lower()]: folder / name for name in named} or {"all": folder}
    if len(named) > len(parts):
        raise DataError(f"{folder} has {_some(set(named))}, two names for one part; move one away")
    rest = names - {*unused, *named}
    if named and rest:
        raise DataError(f"{folder} has {_some(rest)} beside {' and '.join(parts)}; move it away")
    notes = _beside(folder, unused) if named else []
    order = [part for part in ("train", "test", "all") if part in parts]
    return {part: functools.partial(_read, parts[part], tuple(notes)) for part in order}


def _among(names: Iterable[str], known: Container[str]) -> list[str]:
    """Return the names that are among the known ones, in either case, sorted."""
    return sorted(name for name in names if name.lower() in known)


def open_digit(path: pathlib.Path) -> images.Picture:
    """Open a picture of one digit; its notes are what is to be said of it.

    Raises
    ------
    DataError
        If the file is no picture that can be read, or has several pages.
    """
    try:
        picture = images.read_picture(path, largest=LARGEST)
    except PhotoError as error:
        raise DataError(f"{path}: {error}; replace or remove it") from error
    if picture.pages > 1:
        raise DataError(
            f"{path} has {picture.pages} pages, but a digit is one picture; split it or remove it"
        )
    return picture


def grey_of(picture: images.Picture) -> Pixels:
    """Return the (height, width) uint8 grey of a picture."""
    return np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _read(folder: pathlib.Path, notes: tuple[str, ...], progress: Progress) -> Labelled:
    names = _subfolders(folder)
    unused = _among(names, _UNUSED)
    classes = _classes(folder, names - set(unused))
    pictures = {name: _pictures(folder / name) for name in sorted(classes, key=classes.__getitem__)}
    paths = [(path, classes[name]) for name, found in pictures.items() for path in found]
    if not paths:
        raise DataError(f"the class folders of {folder} hold no pictures; put some there")
    check_count(len(paths), str(folder))
    digits = np.empty((len(paths), SIDE, SIDE), np.uint8)
    filled = _fill(digits, [path for path, _ in paths], progress)
    converted = [*filled.told(), *_match_strokes(digits, filled.own_size)]
    told = [*notes, *_beside(folder, unused), *_within(folder, pictures)]
    told += [f"{folder} has {note}" for note in converted]
    return Labelled(digits, np.array([label for _, label in paths], np.int64), tuple(told))


class _Filled(NamedTuple):
    """What was read: how many were inverted, how often each note was made, which are 28×28, (n,)."""

    inverted: int
    notes: Counter[str]
    own_size: Mask

    def told(self) -> list[str]:
        """Return what must be said of the pictures, each after "has"."""
        n = len(self.own_size)
        told = [f"{some} of {n} pictures of which this holds: {note}" for note, some in self.notes.items()]
        if self.inverted:
            told.append(f"dark ink on light paper in {self.inverted} of its {n} pictures: inverted")
        return told


def _fill(digits: Digits, paths: list[pathlib.Path], progress: Progress) -> _Filled:
    """Read the pictures into `digits`.

    A training picture that cannot be read is an error and not passed over: it shows that a copy broke off.
    Such pictures are told together.
    """
    inverted, said, faults = 0, Counter[str](), []
    own_size = np.zeros(len(paths), bool)
    for row in progress(range(len(paths))):
        try:
            picture = open_digit(paths[row])
            grey = grey_of(picture)
            digits[row], dark = put_on_black(grey)
            inverted += dark
            own_size[row] = grey.shape == (SIDE, SIDE)
            said.update(picture.notes)
        except DataError as error:
            faults.append(error)
    if faults:
        more = f" ({len(faults) - 1} more cannot be read)" if len(faults) > 1 else ""
        raise DataError(f"{faults[0]}{more}") from faults[0]
    return _Filled(inverted, said, own_size)


def _match_strokes(digits: Digits, own_size: Mask) -> list[str]:
    """Bring the strokes of 28×28 pictures to MNIST's where they differ; return what is to be said of all."""
    note = match_strokes(digits, np.flatnonzero(own_size))
    notes = [note] if note else []
    if others := int((~own_size).sum()):
        notes.append(
            f"{others} of {len(digits)} pictures that are not 28x28, brought to MNIST's size and strokes"
        )
    return notes


def _classes(folder: pathlib.Path, names: set[str]) -> dict[str, int]:
    """Return the label of each sub-folder."""
    classes = {name: label for name in names if (label := label_of(name)) is not None}
    if not classes:
        inner = [name for name in sorted(names) if _has_data(_subfolders(folder / name))]
        raise DataError(
            f"{folder} has no data: a folder needs IDX files (train-images-idx3-ubyte …) or a sub-folder "
            "of pictures for each of 0..9; a .npz, .npy, .csv or .parquet file is named itself"
            + (f"; perhaps you mean {folder / inner[0]}" if inner else "")
        )
    if rest := names - set(classes):
        raise DataError(f"{folder} has {_some(rest)}, but its sub-folders must be named 0..9; rename or move")
    if len(set(classes.values())) < len(classes):
        raise DataError(f"{folder} has {_some(names)}, two names for one class; move one away")
    return classes


def _has_data(names: set[str]) -> bool:
    return any(name in _PARTS or label_of(name) is not None for name in names)


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in images.list_pictures(folder) if not _is_system(path.name)]


def _beside(folder: pathlib.Path, unused: list[str]) -> list[str]:
    """Return what must be said of what lies beside the sub-folders that are read."""
    notes = [f"{folder / name} is not used: to use its pictures, name it as the data" for name in unused]
    files = [path for path in _visible(folder) if not path.is_dir()]
    if files:
        notes.append(
            f"{folder} has {_kinds(files)} beside its sub-folders, passed over: move pictures into them"
        )
    return notes


def _within(folder: pathlib.Path, pictures: Mapping[str, list[pathlib.Path]]) -> list[str]:
    """Return what must be said of what the class folders hold beside pictures."""
    notes = []
    if empty := [name for name, found in pictures.items() if not found]:
        notes.append(f"{folder} has no picture in its sub-folders {', '.join(empty)}")
    rest = [path for name, found in pictures.items() for path in set(_visible(folder / name)) - set(found)]
    return [*notes, *_passed_over(folder, rest)]


def _passed_over(folder: pathlib.Path, rest: Sequence[pathlib.Path]) -> list[str]:
    """Return what must be said of folders and files in the class folders that are no pictures."""
    notes = []
    if inner := sorted(str(path.relative_to(folder)) for path in rest if path.is_dir()):
        more = " …" * (len(inner) > _NAMED)
        notes.append(
            f"{folder} has sub-folders in its classes, passed over: {', '.join(inner[:_NAMED])}{more}"
        )
    if files := [path for path in rest if not path.is_dir()]:
        kinds = ", ".join(ending for group in images.FORMATS.values() for ending in group[:1])
        notes.append(
            f"{folder} has {_kinds(files)} in its classes, passed over: convert pictures to one of {kinds}"
        )
    return notes


def _kinds(files: Iterable[pathlib.Path]) -> str:
    """Return how many files there are of each ending, the most first.

    Examples
    --------
    >>> _kinds(map(pathlib.Path, ["a.heic", "b.HEIC", "c"]))
    '3 files (2 .heic, 1 without an ending)'
    """
    endings = Counter(path.suffix.lower() or "without an ending" for path in files)
    most = sorted(endings.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED]
    named = [f"{n} {ascii(ending)[1:-1]}" for ending, n in most]
    return f"{counted(endings.total(), 'file')} ({', '.join(named)}{' …' * (len(endings) > _NAMED)})"


def _is_system(name: str) -> bool:
    return images.is_companion(name) or name.startswith(_SYSTEM_SIGNS)


def _visible(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return what is in a folder, but for what is hidden or the system's."""
    return sorted(path for path in folder.iterdir() if not _is_system(path.name))


def _subfolders(folder: pathlib.Path) -> set[str]:
    """Return the names of the sub-folders that are not hidden or the system's."""
    return {path.name for path in _visible(folder) if path.is_dir()}


def _some(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:_NAMED])
    many = " …" * (len(names) > _NAMED)
    return f"the sub-folder {first}" if len(names) == 1 else f"the sub-folders {first}{many}"
