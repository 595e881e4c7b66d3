"""What is read in each photo <-> a file of JSON lines that a run can go on with, however it was ended.

The first line says by what the others were made. Each further line is of a page; it names the photo with its
size and time, and how many pages it has. A photo's lines are written together: what a kill left of the last
one is cut off. A photo that could not be read is tried again, as what was in the way may be gone; its last
line counts.
"""

import io
import json
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from knn_digits.errors import DataError, UsageError
from knn_digits.images import split_page
from knn_digits.plain import plain
from knn_digits.storage import open_alone, writing

KIND = "knn-digits readings"
FORMAT = 1
MODEL = "model"  # of the first line
DIED = "worker died"  # how the error of a photo begins that is not tried again: it would end processes again


class Source(NamedTuple):
    """A photo as it is when it is read."""

    photo: str  # its path
    size: int | None  # bytes; None where there is no file
    modified: int | None  # nanoseconds since 1970


class Journal:
    """A file of JSON lines, open for more; to be closed, as by `with`.

    Parameters
    ----------
    path : path
    made_by : mapping
        What JSON can hold: the version, model and options by which the lines are made.
    resume : bool
        Whether to go on with a file that is there.

    Raises
    ------
    UsageError
        If the file is there and is not to be gone on with, or was made by something else.
    DataError
        If it is no such file.
    StorageError
        If it cannot be written.
    """

    def __init__(self, path: pathlib.Path, made_by: Mapping[str, Any], *, resume: bool) -> None:
        self._path, self._name = path, plain(str(path))
        self._header = {"kind": KIND, "format": FORMAT, **made_by}
        self._done: set[Source] = set()
        self._failed: dict[str, str] = {}  # photos that could not be read, and the lines that tell it
        self._asked: dict[str, Source] = {}  # photos that are being read
        self._file = open_alone(path, new=not resume)
        try:
            self._go_on()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def failed(self) -> bool:
        """Whether a photo could not be read."""
        return bool(self._failed)

    def missing(self, photos: Iterable[str]) -> Iterator[str]:
        """Yield the photos that have no lines yet, or could not be read, each once."""
        for photo in photos:
            source = find_source(photo)
            if source not in self._done:
                self._done.add(source)
                self._asked[photo] = source
                yield photo

    def add(self, photo: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Write the lines of a photo that was missing, one a page."""
        pages = list(entries)
        start = {**self._asked.pop(photo)._asdict(), "pages": len(pages)}
        text = "".join(_line({**start, **entry}) for entry in pages)
        if self._failed.get(photo) != text:
            self._write(text)
        self._note(photo, text, [str(entry["error"]) for entry in pages if "error" in entry])

    def _note(self, photo: str, text: str, errors: list[str]) -> None:
        """Keep in mind whether a photo could not be read."""
        if errors:
            self._failed[photo] = text
        else:
            self._failed.pop(photo, None)

    def _write(self, text: str) -> None:
        left = text.encode()
        with writing(self._path):
            while left:
                left = left[self._file.write(left) :]

    def _go_on(self) -> None:
        """Cut off what is no whole photo, and write the first line where it is missing."""
        with writing(self._path):
            self._file.seek(0)  # what is locked may be read by no other descriptor
            lines = io.BufferedReader(self._file)
            end = self._read(lines)
            lines.detach()
            self._file.truncate(end)
            self._file.seek(end)
        if not end:
            self._write(_line(self._header))

    def _read(self, lines: BinaryIO) -> int:
        """Note which photos have their lines, and return how many bytes these and the first line are."""
        end = position = 0
        pages = list[str]()
        errors = list[str]()
        for number, line in enumerate(lines, 1):
            position += len(line)
            if number == 1:
                if not self._is_own(line):
                    break
                end = position
                continue
            if not line.endswith(b"\n"):
                break
            source, of_photo, failed = self._parse(line, number)
            pages.append(line.decode("utf-8", "replace"))
            errors += failed
            if len(pages) == of_photo:
                if all(one.startswith(DIED) for one in errors):
                    self._done.add(source)
                self._note(source.photo, "".join(pages), errors)
                end, pages, errors = position, [], []
        return end

    def _is_own(self, first: bytes) -> bool:
        """Tell whether a file's first line is whole.

        Raises
        ------
        DataError, UsageError
            If it is of another file, or of lines that something else has made.
        """
        if not first.endswith(b"\n") and _line(self._header).encode().startswith(first):
            return False
        try:
            found = json.loads(first)
            own = found["kind"] == KIND
        except (ValueError, TypeError, KeyError):
            own = False
        if not own:
            raise DataError(f"{self._name} has no readings that can be gone on with: name another file")
        for name, value in sorted(self._header.items(), key=lambda item: item[0] == MODEL):
            if found.get(name) == value:
                continue
            told = _differing(found.get(name), value)
            why = " (k, weights and learned digits are part of it)" if name == MODEL else ""
            raise UsageError(
                f"{self._name} was made differently, its {name}: {_short(told[0])} instead of "
                f"{_short(told[1])}{why}; use the same, or name another file"
            )
        return True

    def _parse(self, line: bytes, number: int) -> tuple[Source, int, list[str]]:
        """Return a line's photo, the number of its pages, and why it could not be read, if so."""
        try:
            entry = json.loads(line)
            errors = [str(entry["error"])] if "error" in entry else []
            return Source(*(entry[name] for name in Source._fields)), int(entry["pages"]), errors
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(
                f"{self._name} is damaged: line {number} is none of a photo; remove it"
            ) from error


def find_source(photo: str) -> Source:
    """Return what tells whether a photo is still the same."""
    try:
        found = os.stat(split_page(pathlib.Path(photo))[0])  # noqa: PTH116 (a path that pathlib refuses, too)
    except (OSError, ValueError):
        return Source(photo, None, None)
    return Source(photo, found.st_size, found.st_mtime_ns)


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, separators=(",", ":")) + "\n"


def _differing(before: Any, value: Any) -> tuple[Any, Any]:
    """Return two values; of two objects what differs in them."""
    if not (isinstance(before, dict) and isinstance(value, dict)):
        return before, value
    keys = sorted(key for key in {*before, *value} if before.get(key) != value.get(key))
    return {key: before.get(key) for key in keys}, {key: value.get(key) for key in keys}


def _short(value: object) -> str:
    return plain(json.dumps(value))
