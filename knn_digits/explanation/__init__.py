"""Photo + model -> for each digit the training digits that decided, and how they did."""

import numbers
from dataclasses import replace

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import Model
from knn_digits.errors import UsageError
from knn_digits.explanation.alike import find_alike
from knn_digits.explanation.records import DESKEWED, PIXELS, Alike, Evidence, Explanation, SignEvidence, Tally
from knn_digits.explanation.voters import explain_digit
from knn_digits.opening import Photo
from knn_digits.photo.boxes import Box, cut_out
from knn_digits.reading import Cell, Mark, Reading, Stages, Table, kept_reader, model_for_photos
from knn_digits.reading.reasons import Reason, of_cell, tell_reasons

AROUND = 0.15  # of the longer side of a box: the paper around a digit in its crop
MOST = 500  # digits that are explained at once

__all__ = [
    "DESKEWED",
    "MOST",
    "PIXELS",
    "Alike",
    "Evidence",
    "Explanation",
    "SignEvidence",
    "Tally",
    "explain",
    "explain_cell",
    "explain_reading",
    "model_to_explain",
]


def explain(
    photo: Photo,
    model: Model = None,
    *,
    digit: int | None = None,
    k: int | None = None,
    weights: str | None = None,
) -> tuple[Explanation, ...]:
    """Read the digits in a photo and tell why each was read so.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array or picture of Pillow's
        As `read_photo` takes it.
    model : DigitKNN, name or path, optional
        By default the user's current model, else the bundled one, with what the user's corrections taught.
    digit : int, optional
        Explain this digit alone; they count from 1 in reading order.
    k, weights : optional
        In the place of the model's own, see `DigitKNN.with_votes`.

    Returns
    -------
    tuple of Explanation
        In reading order; none where no digit was found.

    Raises
    ------
    PhotoError
        If the photo cannot be read.
    ModelError
        If the model cannot be loaded.
    UsageError
        If the model is a network or none at all, or there is no such digit, k or weights.

    Examples
    --------
    >>> import numpy as np
    >>> stroke = np.full((120, 80), 230, np.uint8)
    >>> stroke[20:100, 36:44] = 40
    >>> (why,) = explain(stroke)
    >>> why.read.label, why.tally[0].label, {found.label for found in why.neighbors}
    (1, 1, {1})
    """
    reader = kept_reader(model, k=k, weights=weights)
    explained = model_to_explain(reader.model)
    reading, stages = reader.read_stages(photo)
    return explain_reading(reading, stages.photo, explained, digit=digit, stages=stages)


def model_to_explain(model: Model = None) -> DigitKNN:
    """Return the model as `model_for_photos` does; UsageError for a network."""
    found = model_for_photos(model).knn
    if found is None:
        raise UsageError(
            "a network names no neighbors, so it cannot show why: "
            "name a k-nearest-neighbor model, such as `bundled`"
        )
    return found


def explain_reading(
    reading: Reading,
    photo: Pixels,
    model: DigitKNN,
    *,
    digit: int | None = None,
    stages: Stages | None = None,
) -> tuple[Explanation, ...]:
    """Tell why the digits of a reading were read so.

    Parameters
    ----------
    reading : Reading
    photo : (height, width, 3) uint8 RGB
        What was read, at any scale.
    model : DigitKNN
        By which it was read, as `model_to_explain` returns it.
    digit : int, optional
        Explain this digit alone; they count from 1 in reading order.
    stages : Stages, optional
        Of the reading: they tell why each was taken for a digit.

    Raises
    ------
    UsageError
        If there is no such digit, or no digit is chosen among more than `MOST`.
    """
    from knn_digits.tables.references import readers_of

    read = [(line, found) for line, row in enumerate(reading.lines, 1) for found in row.digits]
    _check_chosen(digit, len(read))
    scale = photo.shape[1] / reading.width
    taken = {} if stages is None else _why_taken(stages)
    rows = range(len(read)) if digit is None else [digit - 1]
    marks, places = [found for _, found in read], [f"digit {number}" for number in range(1, len(read) + 1)]
    readers = readers_of(marks, model)
    return tuple(
        replace(
            explain_digit(
                readers[row],
                number=row + 1,
                line=read[row][0],
                read=marks[row],
                crop=cut_out(photo, marks[row].box, scale=scale, around=AROUND),
                reasons=taken.get(marks[row].box) or _why_in_cell(marks[row], stages),
            ),
            alike=alike,
        )
        for row, alike in zip(rows, find_alike(marks, places, rows), strict=True)
    )


def explain_cell(
    table: Table, cell: Cell, photo: Pixels, model: DigitKNN, *, scale: float = 1.0
) -> tuple[Explanation, ...]:
    """Tell why the digits in a table's cell were read so.

    Parameters
    ----------
    table : Table
    cell : Cell
        Of it.
    photo : (height, width, 3) uint8 RGB
        What was read.
    model : DigitKNN
        By which it was read, as `model_to_explain` returns it.
    scale : float
        Pixels of `photo` to one of the upright photo.
    """
    read = [(one, mark) for one in table.cells for mark in one.marks if mark.is_digit]
    marks, places = [mark for _, mark in read], [f"row {one.row} column {one.column}" for one, _ in read]
    rows = [row for row, (one, _) in enumerate(read) if one is cell]
    return tuple(
        replace(
            explain_digit(
                model,
                number=number,
                line=1,
                read=marks[row],
                crop=cut_out(photo, marks[row].box, scale=scale, around=AROUND),
                reasons=(),
            ),
            alike=alike,
            cell=(cell.row, cell.column),
        )
        for number, (row, alike) in enumerate(zip(rows, find_alike(marks, places, rows), strict=True), 1)
    )


def _why_taken(stages: Stages) -> dict[Box, tuple[Reason, ...]]:
    """Return why what is read was taken for digits, by its box."""
    boxes = [stages.view.on_photo(stages.marks.boxes[row]) for row in stages.chosen]
    return dict(zip(boxes, tell_reasons(stages, stages.chosen), strict=True))


def _why_in_cell(read: Mark, stages: Stages | None) -> tuple[Reason, ...]:
    return () if stages is None or stages.grid is None else (of_cell(read.probability),)


def _check_chosen(digit: int | None, n: int) -> None:
    """Raise UsageError if there is no such digit among n, or none is chosen among too many."""
    if digit is None:
        if n > MOST:
            raise UsageError(
                f"{n} digits were read, at most {MOST} are explained at once: choose one of them"
            )
    elif not isinstance(digit, numbers.Integral) or not 1 <= digit <= n:
        counted = f"they count from 1 to {n}, in reading order" if n else "none was found"
        raise UsageError(f"there is no digit {digit!r}: {counted}")
