"""A reading + what a user says stands there -> the digits that are meant, and the label of each."""

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from knn_digits.errors import UsageError
from knn_digits.plain import counted
from knn_digits.reading.records import SIGNS, UNKNOWN, Mark, Reading

Truth: TypeAlias = str | Mapping[int, int] | Mapping[tuple[int, int], str]

PASSED_OVER = {"^", *SIGNS} - {UNKNOWN}  # signs in a text
THE_PHOTO = "the photo"


def names_cells(truth: Truth) -> bool:
    """Tell whether it is of cells of a table, by (row, column)."""
    return isinstance(truth, Mapping) and any(isinstance(place, tuple) for place in truth)


def label_digits(reading: Reading, truth: Truth) -> tuple[list[Mark], dict[int, int]]:
    """Return the digits of a reading, or of its first table's cells, and labels by their numbers, from 1.

    Raises
    ------
    UsageError
        If the truth is of another kind, does not fit what is read, or names no digit.
    """
    if not isinstance(truth, str | Mapping):
        raise UsageError(f"the truth must be a text of digits or a mapping, got {type(truth).__name__}")
    if not isinstance(truth, str) and names_cells(truth):
        return _of_cells(dict(truth), reading)
    digits = digits_of(reading)
    labels = _whole(truth, digits) if isinstance(truth, str) else _single(truth, digits)
    if not labels:
        raise UsageError(f"no digit is named: {_found(digits)}")
    return digits, labels


def digits_of(reading: Reading) -> list[Mark]:
    """Return the digits in reading order."""
    return [digit for line in reading.lines for digit in line.digits]


def _of_cells(truth: dict[Any, Any], reading: Reading) -> tuple[list[Mark], dict[int, int]]:
    """Return the digits of the first table's cells, and the label of each in those that are named."""
    read: list[Mark] = []
    labels: dict[int, int] = {}
    for cell in (cell for table in reading.tables[:1] for cell in table.cells):
        digits = [mark for mark in cell.marks if mark.is_digit]
        text = truth.pop((cell.row, cell.column), None)
        if text is not None:
            if _digits_in(text) == len(cell.marks):  # a digit was taken for a sign
                digits = list(cell.marks)
            named = _whole(text, digits, where=f"row {cell.row} column {cell.column}")
            labels |= {len(read) + number: label for number, label in named.items()}
        read += digits
    for place in truth:
        raise UsageError(f"there is no cell {place!r}, as row and column: {_table_found(reading)}")
    return read, labels


def _table_found(reading: Reading) -> str:
    for table in reading.tables:
        return f"the photo's first table has {table.rows} rows and {table.columns} columns"
    return "no table is found in the photo"


def _digits_in(text: str) -> int:
    return sum("0" <= letter <= "9" for letter in text)


def _whole(truth: str, read: Sequence[Mark], *, where: str = THE_PHOTO) -> dict[int, int]:
    digits = "".join(letter for letter in truth if not (letter.isspace() or letter in PASSED_OVER))
    if not all("0" <= letter <= "9" for letter in digits):
        raise UsageError(f"the truth must be digits 0 to 9, got {truth!r}")
    found = _found(read, where=where)
    if not read:
        raise UsageError(f"{found}, so nothing can be learned from it")
    if len(digits) != len(read):
        raise UsageError(
            f"the truth has {counted(len(digits), 'digit')}, but {found}; name single ones by their numbers, "
            "counted from 1"
        )
    return {number: int(digit) for number, digit in enumerate(digits, 1)}


def _single(truth: Mapping[Any, Any], read: Sequence[Mark]) -> dict[int, int]:
    for number, label in truth.items():
        if not isinstance(number, numbers.Integral) or not 1 <= int(number) <= len(read):
            raise UsageError(f"there is no digit {number!r}, as {_found(read)}")
        if not isinstance(label, numbers.Integral) or not 0 <= int(label) <= 9:
            raise UsageError(f"digit {number} must be one of 0 to 9, got {label!r}")
    return dict(sorted(truth.items()))


def _found(read: Sequence[Mark], *, where: str = THE_PHOTO) -> str:
    text = "".join(digit.text for digit in read)
    are = "is" if len(read) == 1 else "are"
    return f"{len(read)} {are} read in {where} ({text})" if read else f"no digit is read in {where}"
