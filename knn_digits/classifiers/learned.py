"""The user's own folder <-> learned digits, which stand beside any k-NN model and change no model file.

Each addition is a file of its own, written whole under a name of its own: processes that learn at once need
no lock, and a kill loses at most the addition in progress. Names sort by time.
"""

import datetime
import os
import pathlib
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.archive import Kind, open_arrays, save_arrays
from knn_digits.arrays import SIDE, Digits, Labels, check_labels
from knn_digits.classifiers.fields import Fields
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import Model, open_classifier
from knn_digits.errors import DataError, StorageError, UsageError
from knn_digits.plain import plain
from knn_digits.record import Record
from knn_digits.storage import data_folder, write_then_rename

MOST_DIGITS = 100_000  # of one photo: far more than can be written on it
MOST_PIXELS = 1 << 31  # to the edge of a photo and beyond
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\+[0-9]{2}:[0-9]{2})?")
LEARNED = "learned"  # the name of the layer, and of its folder
ADDITION = Kind(
    name="knn-digits learned digits",
    noun="file of learned digits",
    form=1,
    made_by="`knn-digits learn` makes one",
    remedy="remove it; the others are used without it",
    error=DataError,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Addition(Record):
    """Digits of a photo that were learned together."""

    digits: Digits  # (n, 28, 28)
    labels: Labels  # (n,) the truth
    numbers: NDArray[np.int64]  # (n,) of the digits in their photo, in reading order, from 1
    boxes: NDArray[np.int64]  # (n, 4) left, top, width, height in pixels of the upright photo
    source: str  # the photo's path
    read: str  # what had been read in it, ? where refused
    date: str  # when it was learned, ISO 8601
    path: pathlib.Path | None = None  # where it is kept

    @property
    def text(self) -> str:
        """The labels, one character a digit."""
        return "".join(map(str, self.labels))


@dataclass(frozen=True, kw_only=True)
class Learned:
    """All additions, oldest first, and what is wrong with files that could not be read."""

    additions: tuple[Addition, ...] = ()
    damaged: tuple[str, ...] = ()

    def latest(self) -> tuple[Digits, Labels]:
        """Return the digits and labels, each digit once: what was learned last of it holds."""
        known = {
            digit.tobytes(): (digit, label)
            for addition in self.additions
            for digit, label in zip(addition.digits, addition.labels, strict=True)
        }
        digits, labels = zip(*known.values(), strict=True) if known else ((), ())
        return np.array(digits, np.uint8).reshape(-1, 28, 28), np.array(labels, np.int64)

    def plus(self, addition: Addition) -> "Learned":
        """Return these additions and one more."""
        return replace(self, additions=(*self.additions, addition))

    def knows(self, addition: Addition) -> bool:
        """Tell whether the digits of an addition are learned already, with the same labels."""
        known, more = (
            {(digit.tobytes(), int(label)) for digit, label in zip(*learned.latest(), strict=True)}
            for learned in (self, self.plus(addition))
        )
        return known == more


def learned_folder() -> pathlib.Path:
    """Return the user's folder of learned digits; it may not exist yet."""
    return data_folder() / LEARNED


def load_learned(folder: pathlib.Path | None = None) -> Learned:
    """Read the learned digits of a folder, by default the user's own.

    A file that is damaged makes none of the others useless: `Learned.damaged` has a line about it.

    Raises
    ------
    DataError
        If the folder cannot be read.
    """
    additions, damaged = [], []
    for path in _files(folder or learned_folder()):
        try:
            additions.append(_read(path))
        except DataError as error:
            if path.exists():  # else another process has just taken it back
                damaged.append(str(error))
    return Learned(additions=tuple(additions), damaged=tuple(damaged))


def keep(addition: Addition, folder: pathlib.Path | None = None) -> Addition:
    """Write an addition to a folder, by default the user's own, and return it with its path and date.

    Raises
    ------
    DataError
        If it could not be read again.
    StorageError
        If it cannot be written.
    """
    folder = folder or learned_folder()
    now = datetime.datetime.now(datetime.timezone.utc)
    path = folder / f"{now:%Y%m%dT%H%M%S_%f}-{os.urandom(4).hex()}.npz"
    kept = replace(addition, date=now.isoformat(timespec="seconds"), path=path)
    save_arrays(
        path,
        ADDITION,
        header={"source": kept.source, "read": kept.read, "date": kept.date},
        arrays={
            "digits": kept.digits,
            "labels": kept.labels,
            "numbers": kept.numbers,
            "boxes": kept.boxes,
        },
        check=_read,
    )
    return kept


def undo(folder: pathlib.Path | None = None) -> Addition:
    """Remove the newest addition from a folder, by default the user's own, and return it.

    Raises
    ------
    DataError
        If nothing is learned, or the newest file is damaged.
    StorageError
        If its file cannot be removed.
    """
    for path in reversed(_files(folder or learned_folder())):
        try:
            newest = _read(path)
            path.unlink()
        except FileNotFoundError:
            continue  # another process was faster: the one before it is the newest
        except DataError:
            if path.exists():
                raise
        except OSError as error:
            raise StorageError(f"cannot remove {plain(str(path))}: {error.strerror or error}") from error
        else:
            return newest
    raise DataError("nothing is learned, so there is nothing to take back")


def export(learned: Learned, path: pathlib.Path) -> int:
    """Write the learned digits as a data set that `load_dataset` reads, and return how many there are.

    Beside `digits` and `labels` it has the `source` and the `date` of each; a digit that was learned twice is
    there once, as it was learned last.

    Raises
    ------
    DataError
        If nothing is learned.
    StorageError
        If the file cannot be written.
    """
    digits, labels = learned.latest()
    if not len(labels):
        raise DataError("nothing is learned, so there is nothing to export")
    origin = {digit.tobytes(): addition for addition in learned.additions for digit in addition.digits}
    additions = [origin[digit.tobytes()] for digit in digits]
    with write_then_rename(path) as file:  # which begins as no other data does
        np.savez_compressed(
            file,
            source=np.array([addition.source for addition in additions]),
            digits=digits,
            labels=labels.astype(np.uint8),
            date=np.array([addition.date for addition in additions]),
        )
    return len(labels)


def with_learned(model: Model, learned: Learned | None = None) -> DigitKNN:
    """Return the model with learned digits beside it, by default the user's own.

    Each of them counts as k neighbors where it is nearer than the model's own digits, see
    `layer.repeat_neighbors`: a single correction decides what is nearest to it, and little else.

    Raises
    ------
    UsageError, ModelError
        If it is no k-NN model, or cannot be loaded.
    """
    known = open_classifier(model).knn
    if known is None:
        raise UsageError("a network has no digits beside which others could stand: name a k-NN model")
    digits, labels = (load_learned() if learned is None else learned).latest()
    if any(layer.name == LEARNED for layer in known.layers):
        known = known.without_layer(LEARNED)
    if not len(labels):
        return known
    return known.with_layer(digits, labels, name=LEARNED, copies=known.options.k)


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the files of additions, oldest first."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".npz" and path.name[0] != ".")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot look for learned digits in {folder}: {reason}; make it readable") from error


def _read(path: pathlib.Path) -> Addition:
    with open_arrays(path, ADDITION) as opened:
        fields = Fields(opened.header)
        digits = opened.read("digits", shape=(None, SIDE, SIDE), dtypes=("uint8",))
        n = len(digits)
        if not 1 <= n <= MOST_DIGITS:
            raise DataError(f"it must have 1 to {MOST_DIGITS} digits")
        labels, numbers, boxes = (
            opened.read(name, shape=shape, dtypes=("uint8", "int32", "int64"))
            for name, shape in (("labels", (n,)), ("numbers", (n,)), ("boxes", (n, 4)))
        )
        return Addition(
            digits=digits,
            labels=check_labels(labels, n=n),
            numbers=_check_pixels("numbers", numbers),
            boxes=_check_pixels("boxes", boxes),
            source=fields.text("source"),
            read=fields.text("read"),
            date=fields.text("date", pattern=TIME),
            path=path,
        )


def _check_pixels(name: str, numbers: NDArray[Any]) -> NDArray[np.int64]:
    found = numbers.astype(np.int64)
    if (found < -MOST_PIXELS).any() or (found > MOST_PIXELS).any():
        raise DataError(f"{name} must be whole numbers from {-MOST_PIXELS} to {MOST_PIXELS}")
    return found
