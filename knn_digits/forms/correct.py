"""A table and the corrections of a review -> the table put right, and digits that the model learns."""

import base64
import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from knn_digits.arrays import SIDE
from knn_digits.classifiers.learned import Addition, keep, load_learned, with_learned
from knn_digits.classifiers.load import Model
from knn_digits.errors import DataError, UsageError, shown
from knn_digits.forms.checks import can_add, failed_check, is_digits
from knn_digits.forms.parts import Part
from knn_digits.forms.records import BLANK, DOUBTFUL, INVALID, OK, Field, Template
from knn_digits.forms.review import CORRECTIONS
from knn_digits.forms.sheet import FIXED, JSON_ENDINGS, PARTS, name_of, read_bytes, read_rows, text_of
from knn_digits.forms.template import parse_template
from knn_digits.learning import check_harm
from knn_digits.plain import plain
from knn_digits.reading import model_for_photos
from knn_digits.storage import open_alone, read_json, write_then_rename

MOST_BYTES = 256 << 20
MOST_PAGES = 1_000_000  # of a file of scans
KEYS = ("file", "page", "name", "text", "value", "pictures")  # of a correction

Row: TypeAlias = dict[str, Any]  # of a table, by the names of its columns


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a field is, as someone has seen."""

    file: str
    page: int
    name: str
    text: str  # as it was read
    value: str
    pictures: tuple[bytes, ...]  # of its digits, 28×28 each


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What someone has seen in a review."""

    fields: tuple[Correction, ...]
    form: Template | None  # whose checks values must pass; None: the file has it not


def read_corrections(path: pathlib.Path) -> Corrections:
    """Return the corrections that a review saved; DataError if it is no such file."""
    try:
        held = read_json(path, most=MOST_BYTES)
        if not isinstance(held, Mapping) or held.get("kind") != CORRECTIONS or held.get("format") != 1:
            raise ValueError(f'its kind must be "{CORRECTIONS}"')
        form = parse_template(held["form"]) if "form" in held else None
        if not isinstance(entries := held.get("fields"), list):
            raise ValueError(f"its fields must be a list, got {shown(entries)}")
        fields = tuple(_correction(number, entry) for number, entry in enumerate(entries, 1))
        return Corrections(fields=fields, form=form)
    except OSError as error:
        raise DataError(f"cannot read {plain(str(path))}: {error.strerror or error}") from error
    except (ValueError, DataError) as error:
        raise DataError(f"{plain(str(path))} has no corrections of a review: {plain(str(error))}") from error


def _correction(number: int, entry: Any) -> Correction:
    part = Part(f"correction {number}", entry)
    part.check_keys(KEYS)
    return Correction(
        file=part.name("file"), page=part.whole("page", 0, most=MOST_PAGES), name=part.text("name"),
        text=part.line("text"), value=part.line("value").strip(), pictures=tuple(_pictures(part)),
    )  # fmt: skip


def _pictures(part: Part) -> Iterator[bytes]:
    held = part.held.get("pictures")
    for text in held if isinstance(held, list) else [held]:
        try:
            picture = base64.b64decode(text, validate=True)
        except (TypeError, ValueError):
            picture = b""
        if len(picture) != SIDE * SIDE:
            part.fail(f"pictures must be a list of digits as the review has them, got {shown(held)}")
        yield picture


def _rows(path: pathlib.Path) -> list[Row]:
    if path.suffix.lower() in JSON_ENDINGS:
        raise DataError(f"{plain(str(path))} is no CSV: a table of JSON lines takes no corrections")
    rows = list(read_rows(read_bytes(path), as_json=False, path=path))
    if rows and not rows[0].keys() >= set(FIXED):  # as where a program saved it with semicolons
        raise DataError(
            f"{plain(str(path))} is no table of `form read`: commas must part its columns, "
            f"and its first must be {', '.join(FIXED)}"
        )
    return rows


def correct_table(path: pathlib.Path, corrections: Corrections) -> list[str]:
    """Write the corrections into a table, and return in words what is then no number, or fails a check.

    Raises
    ------
    DataError
        If the table is no CSV, or one is about a page or a field that it has not: nothing is written then.
    StorageError
        If it cannot be written, or another run does: what that adds would be lost.
    """
    with open_alone(path, new=False) if path.is_file() else nullcontext():
        return _correct_table(path, corrections)


def _correct_table(path: pathlib.Path, corrections: Corrections) -> list[str]:
    rows = _rows(path)
    by_page = {(row.get("file"), row.get("page")): row for row in rows}
    corrected = [(_correct(path, by_page, one), one.name) for one in corrections.fields]
    failed = [line for row, name in corrected for line in _no_number(row, name)]
    failed += _check(corrections.form, rows, corrected) if corrections.form else ()
    if rows:
        with write_then_rename(path) as file:
            file.write(text_of([list(rows[0]), *([str(v) for v in row.values()] for row in rows)]).encode())
    return failed


def _correct(path: pathlib.Path, by_page: Mapping[tuple[Any, Any], Row], one: Correction) -> Row:
    """Write a correction into its row, and return that."""
    row = by_page.get((name_of(one.file), str(one.page)))
    if row is None or one.name + PARTS[2] not in row:
        raise DataError(
            f"{plain(str(path))} has no field {one.name!r} on page {one.page} of {plain(one.file)}: "
            "it is of other scans"
        )
    values = one.value, "1.000", _status(one.value)
    row.update({one.name + part: value for part, value in zip(PARTS, values, strict=True)})
    return row


def _no_number(row: Row, name: str) -> Iterator[str]:
    """Say that what someone has seen in a field is no number."""
    if row[name + PARTS[2]] == INVALID:
        where = f"{row['file']}, page {row['page']}"
        yield f"{where}: {name} is {plain(row[name])}, which is no number: its status is {INVALID}"


def _check(form: Template, rows: Sequence[Row], corrected: Sequence[tuple[Row, str]]) -> Iterator[str]:
    """Call invalid what fails a check, of corrected fields and of sums of them; yield it in words.

    What failed one for what was corrected since, and passes now, is to be looked at.
    """
    for field in form.fields:
        about = {field.name, *field.checks.sum_of}
        touched = {id(row) for row, name in corrected if name in about}
        counts = _count(field, rows)
        others = field.checks.unique and any(name == field.name for _, name in corrected)
        for row in rows if others else [row for row in rows if id(row) in touched]:
            yield from _check_field(field, row, counts, touched=id(row) in touched)


def _count(field: Field, rows: Sequence[Row]) -> Mapping[str, int]:
    """Return how many rows have each text in a field that must be unique."""
    return Counter(_text(row, field.name) for row in rows if field.checks.unique)


def _check_field(field: Field, row: Row, counts: Mapping[str, int], *, touched: bool) -> Iterator[str]:
    status = row.get(field.name + PARTS[2])
    if status is None or not (touched or status == INVALID):
        return
    failed = _failed_check(field, row, counts)
    told = f"{row['file']}, page {row['page']}: {field.name} is {row[field.name]}, which "
    if failed and touched:
        row[field.name + PARTS[2]] = INVALID
        yield f"{told}fails the form's check `{failed}`: its status is {INVALID}"
    elif not failed and status == INVALID and _can_be_checked(field, row):
        row[field.name + PARTS[2]] = DOUBTFUL
        yield f"{told}passes the form's checks now: its status is {DOUBTFUL}"


def _can_be_checked(field: Field, row: Row) -> bool:
    """Tell whether a field has a number, and if it is a sum, its parts have some."""
    return is_digits(_text(row, field.name)) and can_add(field, _parts(field, row))


def _parts(field: Field, row: Row) -> dict[str, str]:
    """Return what stands in the fields that a field is the sum of."""
    return {name: _text(row, name) for name in field.checks.sum_of}


def _failed_check(field: Field, row: Row, counts: Mapping[str, int]) -> str:
    """Return which check of a field a row fails, "" if it passes all; `counts` are rows by what they have."""
    text = _text(row, field.name)
    failed = failed_check(field, text, _parts(field, row))
    return failed or ("unique" if is_digits(text) and counts.get(text, 0) > 1 else "")


def _text(row: Row, name: str) -> str:
    """Return what stands in a field, without the blank boxes between its digits."""
    return str(row.get(name) or "").replace(" ", "")


def _status(value: str) -> str:
    """Return the status of a field that someone has seen: what is no digits, as a ?, is never ok."""
    if not value:
        return BLANK
    return OK if is_digits(value.replace(" ", "")) else INVALID


def teach(
    corrections: Sequence[Correction], model: Model = None, *, folder: pathlib.Path | None = None
) -> tuple[int, int]:
    """Let the model learn the digits of corrected fields, and return how many it took and how many harm.

    Fields are taken whose digits are as many as what they are, and not known already; a field whose digits
    harm is left out.
    """
    known = model_for_photos(model).knn
    if known is None:
        raise UsageError("a network cannot learn a digit: name a k-nearest-neighbor model, such as `bundled`")
    taken, harmful = 0, 0
    for one in corrections:
        if not one.pictures or not is_digits(one.value) or len(one.value) != len(one.pictures):
            continue
        if one.value == one.text:
            continue
        learned, addition = load_learned(folder), _addition(one)
        if learned.knows(addition):
            continue
        before, after = with_learned(known, learned), with_learned(known, learned.plus(addition))
        if check_harm(before, after, addition.digits).harms:
            harmful += len(addition.labels)
        else:
            keep(addition, folder)
            taken += len(addition.labels)
    return taken, harmful


def _addition(one: Correction) -> Addition:
    digits = np.stack([np.frombuffer(picture, np.uint8).reshape(SIDE, SIDE) for picture in one.pictures])
    n = len(digits)
    return Addition(
        digits=digits,
        labels=np.array([int(letter) for letter in one.value], np.int64),
        numbers=np.arange(1, n + 1),
        boxes=np.zeros((n, 4), np.int64),
        source=plain(f"{one.file} page {one.page} {one.name}"),
        read=one.text,
        date="",
    )
