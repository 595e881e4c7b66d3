"""A table and the corrections of a review -> the table put right, and digits that the model learns."""

import base64
import binascii
import pathlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from knn_digits.arrays import SIDE
from knn_digits.classifiers.learned import Addition, keep, load_learned, with_learned
from knn_digits.classifiers.load import Model
from knn_digits.errors import DataError, UsageError
from knn_digits.forms.records import BLANK, INVALID, OK
from knn_digits.forms.review import CORRECTIONS
from knn_digits.forms.sheet import JSON_ENDINGS, PARTS, read_bytes, read_rows, text_of
from knn_digits.learning import check_harm
from knn_digits.plain import plain
from knn_digits.reading import model_for_photos
from knn_digits.storage import read_json, write_then_rename

MOST_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a field is, as someone has seen."""

    file: str
    page: int
    name: str
    text: str  # as it was read
    value: str
    pictures: tuple[bytes, ...]  # of its digits, 28×28 each


def read_corrections(path: pathlib.Path) -> list[Correction]:
    """Return the corrections that a review saved; DataError if it is no such file."""
    try:
        held = read_json(path, most=MOST_BYTES)
        if held.get("kind") != CORRECTIONS or held.get("format") != 1:
            raise ValueError(f'its kind must be "{CORRECTIONS}"')
        return [_correction(entry) for entry in held["fields"]]
    except OSError as error:
        raise DataError(f"cannot read {plain(str(path))}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{plain(str(path))} has no corrections of a review: {plain(str(error))}") from error


def _correction(entry: dict[str, Any]) -> Correction:
    pictures = tuple(base64.b64decode(text, validate=True) for text in entry["pictures"])
    if any(len(picture) != SIDE * SIDE for picture in pictures):
        raise binascii.Error("a digit has another size")
    return Correction(
        file=str(entry["file"]), page=int(entry["page"]), name=str(entry["name"]),
        text=str(entry["text"]), value=str(entry["value"]).strip(), pictures=pictures,
    )  # fmt: skip


def _rows(path: pathlib.Path) -> list[dict[str, Any]]:
    if path.suffix.lower() in JSON_ENDINGS:
        raise DataError(f"{plain(str(path))} is no CSV: a table of JSON lines takes no corrections")
    return list(read_rows(read_bytes(path), as_json=False, path=path))


def correct_table(path: pathlib.Path, corrections: list[Correction]) -> int:
    """Write the corrections into a table, and return how many of its fields they are about.

    Raises
    ------
    DataError
        If the table is no CSV, or one is about a page or a field that it has not: nothing is written then.
    """
    rows = _rows(path)
    by_page = {(row.get("file"), row.get("page")): row for row in rows}
    for one in corrections:
        row = by_page.get((one.file, str(one.page)))
        if row is None or one.name + PARTS[2] not in row:
            raise DataError(
                f"{plain(str(path))} has no field {one.name!r} on page {one.page} of {plain(one.file)}: "
                "it is of other scans"
            )
        values = one.value, "1.000", _status(one.value)
        row.update({one.name + part: value for part, value in zip(PARTS, values, strict=True)})
    if rows:
        with write_then_rename(path) as file:
            file.write(text_of([list(rows[0]), *([str(v) for v in row.values()] for row in rows)]).encode())
    return len(corrections)


def _status(value: str) -> str:
    """Return the status of a field that someone has seen: what is no digits, as a ?, is never ok."""
    if not value:
        return BLANK
    return OK if value.replace(" ", "").isdecimal() else INVALID


def teach(
    corrections: list[Correction], model: Model = None, *, folder: pathlib.Path | None = None
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
        if not one.pictures or not one.value.isdecimal() or len(one.value) != len(one.pictures):
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
