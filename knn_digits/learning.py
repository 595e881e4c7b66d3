"""Photo + truth -> learned digits, kept if they do no harm; photos -> the digits whose truth helps most."""

import numbers
import os
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knn_digits.arrays import Digits, Indices
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import LEARNED, Addition, keep, load_learned, with_learned
from knn_digits.classifiers.load import Model
from knn_digits.errors import DataError, PhotoError, UsageError
from knn_digits.opening import Photo, open_photo
from knn_digits.reading import LARGEST, NO_DIGITS, DigitReading, Reading, model_for_photos, read_photo
from knn_digits.reading.truth import Truth, digits_of, label_digits, names_cells
from knn_digits.record import Record
from knn_digits.storage import as_path

NEAR = 100  # of the model's digits nearest to each learned one are held out one by one: few others have it
AT_MOST = 3000  # digits held out in one check
WITHOUT_PATH = "a picture without a path"  # the source of digits that were learned from such a one
# Chosen on training digits: of those learned alone with their true label one in a hundred made that many more
# of the others wrong than right, with a wrong label one in six; of those learned eight at once with wrong
# labels three in four.
HARM = 2  # for a single digit
HARM_EACH = 0.25  # more for each further digit


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check(Record):
    """What learned digits do to the model's own, each of which is held out and read by all others."""

    learned: int  # digits
    digits: int  # that were held out: those near the learned ones
    broken: int  # of them: read right without what was learned, wrong with it
    mended: int  # the other way round

    @property
    def harms(self) -> bool:
        """Whether more are broken than mended, by more than digits with their true label usually do."""
        return self.broken - self.mended >= HARM + HARM_EACH * (self.learned - 1)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Lesson(Record):
    """What came of learning from a photo."""

    before: Reading
    after: Reading
    check: Check
    kept: Addition | None  # None: all of it was known before


def learn(
    photo: Photo,
    model: Model,
    truth: Truth,
    *,
    force: bool = False,
    folder: pathlib.Path | None = None,
) -> Lesson:
    """Add digits of a photo to the learned ones.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array or picture of Pillow's
        As `read_photo` takes it; where it has a path, that is kept as the source of what is learned.
    model : DigitKNN, name or path
        It reads the photo, together with what is learned already, and its digits are asked about harm. Its
        file is left as it is; what is learned stands beside every other k-NN model, too.
    truth : str or mapping
        All digits of the photo in reading order, spaces and signs between them or not; or for some digits,
        counted from 1 in reading order, what they are; or for some cells of its first table, by (row, column)
        counted from 1, what stands in them.
    force : bool
        Whether to keep digits that harm.
    folder : path, optional
        By default the user's own folder of learned digits.

    Returns
    -------
    Lesson

    Raises
    ------
    UsageError
        If the truth does not fit what is read in the photo, or the model is a network or none at all.
    DataError
        If the digits harm, and so are not kept.
    PhotoError, StorageError
        If the photo cannot be read, or the digits not be written.
    """
    plain, learned = _model_to_teach(model), load_learned(folder)
    known = with_learned(plain, learned)
    picture, source = open_photo(photo, largest=LARGEST), _source(photo)
    before = read_photo(picture, known, tables=names_cells(truth))
    addition = _addition(source, before, truth)
    taught = with_learned(plain, learned.plus(addition))
    check = _check(known, taught, addition, force=force)
    after = read_photo(picture, taught, tables=names_cells(truth))
    kept = None if learned.knows(addition) else keep(addition, folder)
    return Lesson(before=before, after=after, check=check, kept=kept)


def _check(before: DigitKNN, after: DigitKNN, added: Addition, *, force: bool) -> Check:
    """Return what an addition does to the model's own digits; DataError if it harms, unless forced."""
    check = check_harm(before, after, added.digits)
    if check.harms and not force:
        raise DataError(
            f"this harms: of {check.digits} of the model's digits near it, {check.broken} go wrong and "
            f"{check.mended} right; so it is not kept. Look at the truth again, or keep it by force=True"
        )
    return check


def check_harm(before: DigitKNN, after: DigitKNN, added: Digits) -> Check:
    """Compare two models that differ in learned digits by how they read the model's own near these.

    Each of those is held out and read by all other digits.

    Parameters
    ----------
    before, after : DigitKNN
        Without and with what is added.
    added : (n, 28, 28) uint8
    """
    near = max(1, min(NEAR, AT_MOST // len(added)))
    digits, truth = before.own
    _, indices = before.kneighbors(added, near)
    rows: Indices = np.unique(indices[indices < len(digits)])
    _, neighbors = after.kneighbors(digits[rows], after.ballot.wanted + 1)
    changed = np.ones(len(after.labels), bool)
    changed[: len(before.labels)] = after.labels[: len(before.labels)] != before.labels
    touched = rows[changed[neighbors].any(axis=1)]
    was, now = (model.leave_one_out(touched).labels == truth[touched] for model in (before, after))
    return Check(
        learned=len(added),
        digits=len(rows),
        broken=int((was & ~now).sum()),
        mended=int((~was & now).sum()),
    )


def _model_to_teach(model: Model) -> DigitKNN:
    found = model_for_photos(model).knn
    if found is None:
        raise UsageError("a network cannot learn a digit: name a k-nearest-neighbor model, such as `bundled`")
    return found


def _source(photo: Photo) -> str:
    """Return where a photo is, as its digits are kept with it."""
    if not isinstance(photo, str | os.PathLike):
        return WITHOUT_PATH
    return str(as_path(photo, what="a photo", error=PhotoError).absolute())


def _addition(source: str, reading: Reading, truth: Truth) -> Addition:
    """Return the digits of a photo with what they are; UsageError, with its warnings, if unclear."""
    try:
        read, labels = label_digits(reading, truth)
    except UsageError as error:
        rest = [warning for warning in reading.warnings if warning != NO_DIGITS]
        raise UsageError("; ".join([str(error), *rest])) from error
    digits = [read[number - 1] for number in labels]
    boxes = [(box.left, box.top, box.width, box.height) for box in (digit.box for digit in digits)]
    return Addition(
        digits=np.stack([digit.digit for digit in digits]),
        labels=np.array(list(labels.values()), np.int64),
        numbers=np.array(list(labels), np.int64),
        boxes=np.array(boxes, np.int64),
        source=source,
        read=reading.text,
        date="",
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Suggestion(Record):
    """A digit whose truth would help."""

    path: pathlib.Path
    number: int  # of the digit in its photo, or in its cell, in reading order, from 1
    read: DigitReading
    second: int | None  # the label that came second, None where no other had a vote
    margin: float  # probability of the label read less that of the second, 0 to 1
    cell: tuple[int, int] | None = None  # row and column in its photo's first table, where that was read

    @property
    def place(self) -> str:
        """Where in its photo it is, in words."""
        return f"digit {self.number}" if self.cell is None else f"row {self.cell[0]} column {self.cell[1]}"


def suggest(
    readings: Sequence[tuple[str | os.PathLike[str], Reading]], model: Model, n: int
) -> list[Suggestion]:
    """Return the digits whose truth would help most; those that are learned already are left out.

    Refused ones come first, the least strange of them before the others; then those between whose two best
    labels the margin is smallest, and of equal margins the strangest.

    Parameters
    ----------
    readings : sequence of (path, Reading)
        Of one with tables the digits in the first one's cells are suggested, and no others.
    model : DigitKNN, name or path
        That read them.
    n : int
        How many, at most.

    Raises
    ------
    UsageError
        If `n` is no number of digits, or the model is a network or none at all.

    References
    ----------
    T. Scheffer, C. Decomain, S. Wrobel (2001), Active hidden Markov models for information extraction, which
    asks for the labels with the smallest margin.
    """
    if not isinstance(n, numbers.Integral) or n < 0:
        raise UsageError(f"n must be a number of digits, 0 or more, got {n!r}")
    reader = _model_to_teach(model)
    found = [
        (as_path(path, what="a photo", error=UsageError), cell, number, digit)
        for path, reading in readings
        for cell, digits in _places(reading)
        for number, digit in enumerate(digits, 1)
        if not _is_learned(digit, reader)
    ]
    if not found:
        return []
    seconds = _ask_readers(reader, [digit for *_, digit in found])
    suggestions = [
        Suggestion(path=path, number=number, read=digit, second=second, margin=margin, cell=cell)
        for (path, cell, number, digit), (second, margin) in zip(found, seconds, strict=True)
    ]
    return sorted(suggestions, key=_need)[:n]


def _places(reading: Reading) -> Iterator[tuple[tuple[int, int] | None, list[DigitReading]]]:
    """Yield the cells of the first table with their digits; without one all digits."""
    if not reading.tables:
        yield None, digits_of(reading)
    for cell in (cell for table in reading.tables[:1] for cell in table.cells):
        yield (cell.row, cell.column), [mark for mark in cell.marks if mark.is_digit]


def _ask_readers(model: DigitKNN, digits: Sequence[DigitReading]) -> list[tuple[int | None, float]]:
    """Return what came second by the model that read each digit: in cells printed ones stand beside it."""
    from knn_digits.tables.references import readers_of

    readers = readers_of(digits, model)
    seconds: dict[int, tuple[int | None, float]] = {}
    for reader in dict.fromkeys(readers):
        rows = [row for row, one in enumerate(readers) if one is reader]
        seconds.update(zip(rows, _seconds(reader, [digits[row] for row in rows]), strict=True))
    return [seconds[row] for row in range(len(digits))]


def _seconds(model: DigitKNN, digits: Sequence[DigitReading]) -> list[tuple[int | None, float]]:
    """Return for each digit the label that came second, None where no other had a vote, and the margin.

    Where digits of its page changed its label, that is the one that it would have by itself, with no margin.
    """
    answers = model.classify(np.stack([digit.digit for digit in digits]))
    rows = np.arange(len(digits))
    pairs = zip(digits, answers.labels.tolist(), strict=True)
    read = [own if digit.label is None else digit.label for digit, own in pairs]
    others = answers.probabilities.copy()
    others[rows, read] = -1  # of two equal ones the label read is the first
    seconds = others.argmax(axis=1)
    # The probability of a label without votes is more than 0, but which of several is first means nothing.
    voted = answers.shares[rows, seconds] > 0
    margins = (answers.probabilities[rows, read] - others[rows, seconds]).clip(0)
    return [
        (int(second) if has_votes else None, float(margin))
        for second, has_votes, margin in zip(seconds, voted, margins, strict=True)
    ]


def _is_learned(digit: DigitReading, model: DigitKNN) -> bool:
    nearest = digit.neighbors[0] if digit.neighbors else None  # None where a network has read it
    if nearest is None or nearest.distance or nearest.index >= len(model.labels):  # a printed digit beside it
        return False
    return model.origin(nearest.index)[0] == LEARNED


def _need(suggestion: Suggestion) -> tuple[bool, float, float]:
    strangeness = suggestion.read.strangeness
    if suggestion.read.label is None:
        return False, strangeness, 0.0
    return True, suggestion.margin, -strangeness
