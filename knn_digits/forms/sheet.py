"""Readings of pages <-> rows of a table, which grows page by page and is gone on with after an interrupt."""

import codecs
import contextlib
import csv
import io
import json
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from knn_digits.arrays import compared_by_content
from knn_digits.errors import DataError, StorageError
from knn_digits.forms.records import (
    BLANK,
    DOUBTFUL,
    INVALID,
    OK,
    READ,
    FieldReading,
    PageReading,
    Template,
)
from knn_digits.plain import plain
from knn_digits.record import told
from knn_digits.storage import open_alone, writing

FIXED = ("file", "page", "status")
JSON_ENDINGS = (".json", ".jsonl")  # of a table's name: an object a line; else it is CSV
JSON_START = b'{"file": '  # of each line there
AS_TABLE = "so it is in the table"  # why a field has not the status with which it was read
PARTS = ("", ".probability", ".status")  # columns of a field, after its name


def header(template: Template) -> list[str]:
    """Return the names of the columns."""
    return [*FIXED, *(field.name + part for field in template.fields for part in PARTS)]


def row(template: Template, page: PageReading) -> list[str]:
    """Return a page as a row; fields of other pages of the form are empty."""
    read = {one.field.name: one for one in page.fields}
    cells = [
        cell
        for field in template.fields
        for cell in (_cells(read[field.name]) if field.name in read else ["", "", ""])
    ]
    return [name_of(page.file), str(page.page), page.status, *cells]


def name_of(file: str) -> str:
    """Return a file's name as a table has it: what of it is no UTF-8 is escaped."""
    return file.encode("utf-8", "backslashreplace").decode()


def _cells(one: FieldReading) -> list[str]:
    return [one.text, f"{told(one.probability):.3f}", one.status]


def as_object(page: PageReading) -> dict[str, Any]:
    """Return a page with all that is read on it, for JSON."""
    return {
        "file": page.file,
        "page": page.page,
        "status": page.status,
        "fit": round(page.fit, 4),
        "template_page": page.template_page,
        "message": page.message,
        "fields": {one.field.name: _field_object(one) for one in page.fields},
    }


def _field_object(one: FieldReading) -> dict[str, Any]:
    marks = [
        {
            "label": digit.label,
            "probability": told(digit.probability),
            "box": [digit.box.left, digit.box.top, digit.box.width, digit.box.height],
        }
        for digit in one.digits
    ]
    return {
        "text": one.text, "probability": told(one.probability), "status": one.status,
        "reason": one.reason, "second": one.second, "failed": one.failed, "suggestion": one.suggestion,
        "marks": marks,
    }  # fmt: skip


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Done:
    """A page that is in a table: its status, and by the names of its fields their texts and statuses."""

    status: str
    texts: dict[str, str]
    statuses: dict[str, str]

    @property
    def is_settled(self) -> bool:
        """Whether it is read, and none of its fields is to be looked at."""
        return self.status == READ and all(status in ("", OK, BLANK) for status in self.statuses.values())

    def settle(self, one: FieldReading) -> FieldReading:
        """Return a field that was read again as the table has it."""
        name = one.field.name
        status = self.statuses.get(name)
        if not status or (self.texts[name], status) == (one.text, one.status):
            return one
        return replace(
            one, text=self.texts[name], status=status, reason=AS_TABLE, failed="", second="", suggestion=""
        )


class Sheet:
    """A table on disk that a page is added to at once, so that a kill loses nothing that was written.

    What is there is read, and checked; it is written to within `with`, by one run at a time.

    Parameters
    ----------
    path : path
        Ends in .csv, or in .jsonl for an object a line.
    template : Template
    resume : bool
        Whether to go on with what is there.

    Attributes
    ----------
    done : dict of (str, int) to Done
        By the file, as the table has it, and the number of each page that is there.
    note : str
        What is to be known of what was there, "" if nothing is.
    """

    def __init__(self, path: pathlib.Path, template: Template, *, resume: bool) -> None:
        self.path, self.template = path, template
        self.as_json = path.suffix.lower() in JSON_ENDINGS
        self.note = ""
        self._held: bytes | None = None  # what is there
        self._whole = b""  # what stays of it, and a line end that it lacks
        self.done = self._begun() if resume and path.exists() else dict[tuple[str, int], Done]()
        self._file: io.FileIO | None = None

    def __enter__(self) -> "Sheet":
        """Write the names of the columns if they are not there, and be ready for pages.

        Raises
        ------
        UsageError, StorageError
            If it cannot be written, another run does, or did since it was read.
        """
        self._file = open_alone(self.path, new=self._held is None)
        try:
            self._go_on(self._file, self._held or b"")
        except BaseException:
            self._file.close()
            raise
        return self

    def _go_on(self, file: io.FileIO, held: bytes) -> None:
        """Take away a row that was cut off, and write what is missing."""
        with writing(self.path):
            file.seek(0)
            found = file.readall()
        if found != held:
            raise StorageError(f"{plain(str(self.path))} has changed since it was read: run it again")
        kept = min(len(held), len(self._whole))
        with writing(self.path):
            file.truncate(kept)
        first = b"" if kept or self.as_json else _line(header(self.template)).encode()
        self._write(first + self._whole[kept:])

    def _begun(self) -> dict[tuple[str, int], Done]:
        """Return the pages that are there, without a last line that was cut off.

        Raises
        ------
        DataError
            If it is no table by this template: it is left as it is.
        """
        held = read_bytes(self.path)
        whole = held[: held.rfind(b"\n") + 1]
        name = plain(str(self.path))
        own = self._is_own(held)
        last = held[len(whole) :]
        if self.as_json and (not own or _is_other_json(last)):
            raise DataError(f"{name} is no table of `form read`: name another file")
        if not own:
            raise DataError(
                f"{name} has other columns than the template, or commas do not part them: name another file"
            )
        self._held, self._whole = held, self._without_rest(whole, last)
        rows = list(read_rows(self._whole, as_json=self.as_json, path=self.path))
        try:
            done = {(name_of(str(entry["file"])), int(entry["page"])): self._done(entry) for entry in rows}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{name} is no table by this template: name another file") from error
        return done

    def _without_rest(self, whole: bytes, last: bytes) -> bytes:
        """Return what stays, of whole lines and a last one without an end."""
        if not last or not (whole or self.as_json):  # a rest of the names of columns is written again
            return whole
        if self._is_finished(last):
            return whole + last + b"\n"
        name = plain(str(self.path))
        self.note = f"{name}: its last row was cut off, and is taken away: its page is read again"
        return whole

    def _is_finished(self, line: bytes) -> bool:
        """Tell whether a last line without an end is a whole row, as editors leave it."""
        try:
            if self.as_json:
                return isinstance(json.loads(line), dict)
            cells = next(csv.reader([line.decode()], strict=True), [])
        except (ValueError, csv.Error):
            return False
        if len(cells) != len(header(self.template)):
            return False
        *_, text, probability, status = cells
        cut = any(one != status and one.startswith(status) for one in (OK, BLANK, DOUBTFUL, INVALID))
        return not cut or not (text or probability or status)

    def _is_own(self, held: bytes) -> bool:
        """Tell whether a file begins as a table by this template does, be its first line cut off."""
        if self.as_json:
            return held.startswith(JSON_START) or JSON_START.startswith(held)
        first, end, _ = held.removeprefix(codecs.BOM_UTF8).partition(b"\n")
        own = _line(header(self.template)).encode().rstrip(b"\n")
        return first.rstrip(b"\r") == own if end else own.startswith(first)

    def _done(self, entry: dict[str, Any]) -> Done:
        names = [field.name for field in self.template.fields]
        if not self.as_json:
            texts, statuses = ({name: str(entry[name + part]) for name in names} for part in ("", PARTS[2]))
            return Done(status=entry["status"], texts=texts, statuses=statuses)
        fields = entry["fields"]
        if not set(fields) <= set(names):
            raise ValueError("it has other fields")
        texts, statuses = ({n: str(one[key]) for n, one in fields.items()} for key in ("text", "status"))
        return Done(status=entry["status"], texts=texts, statuses=statuses)

    def key(self, file: str, page: int) -> tuple[str, int]:
        """Return by what a page is found in `done`."""
        return name_of(file), page

    def find(self, file: str, page: int) -> Done | None:
        """Return a page that was there when the table was opened."""
        return self.done.get(self.key(file, page))

    def as_settled(self, page: PageReading) -> PageReading:
        """Return a page as it is in the table, where someone may have corrected it."""
        done = self.find(page.file, page.page)
        if done is None:
            return page
        return replace(page, fields=tuple(done.settle(one) for one in page.fields))

    def add(self, page: PageReading) -> None:
        """Write a page; StorageError if there is no room."""
        text = (
            json.dumps(as_object(page), ensure_ascii=True) + "\n"
            if self.as_json
            else _line(row(self.template, page))
        )
        self._write(text.encode("utf-8"))

    def _write(self, held: bytes) -> None:
        if self._file is None:
            raise ValueError("pages are added within `with`")
        left = memoryview(held)
        with writing(self.path):
            while left:  # of what a disk has no room for, a part may be written without an error
                left = left[self._file.write(left) :]

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()


def _is_other_json(line: bytes) -> bool:
    """Tell whether a last line without an end is whole, and of no page."""
    try:
        return "template_page" not in json.loads(line)
    except (ValueError, TypeError):
        return False


def read_bytes(path: pathlib.Path) -> bytes:
    """Return what a table holds; DataError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {plain(str(path))}: {error.strerror or error}") from error


def read_rows(held: bytes, *, as_json: bool, path: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table; DataError where it is none."""
    try:
        text = held.decode("utf-8-sig")  # some programs that save tables put a byte order mark first
        if as_json:
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
            return
        for number, row in enumerate(
            csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True), 1
        ):
            if None in row:
                raise ValueError(f"row {number} has more cells than there are columns")
            yield row
    except (ValueError, csv.Error) as error:
        raise DataError(f"{plain(str(path))} is no table of `form read`: {error}") from error


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def text_of(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table's text."""
    return "".join(map(_line, rows))
