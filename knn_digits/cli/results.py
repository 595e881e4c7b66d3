"""Readings of photos -> text, JSON or CSV on stdout, or lines of JSON in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from knn_digits.cli.talk import fail, put, put_line, say, whole
from knn_digits.errors import PhotoError, StorageError

if TYPE_CHECKING:
    from knn_digits.parallel.journal import Journal
    from knn_digits.parallel.photos import Result
    from knn_digits.reading import Reading

Results: TypeAlias = "Iterable[tuple[str, Reading | PhotoError | StorageError]]"


def _print_each(results: Results, put_one: Callable[[str, Reading | PhotoError], None]) -> int:
    """Print what came of each photo as soon as it is there, and return the exit code."""
    code = 0
    for path, result in results:
        if isinstance(result, StorageError):
            code = fail(f"{path}: {result}", result.exit_code)
            continue
        if isinstance(result, PhotoError):
            code = max(code, result.exit_code)
        with whole():
            put_one(path, result)
    return code


def print_json(results: Results) -> int:
    """Print a list that is closed whatever ends it."""
    from knn_digits.reports.readings import as_entry, json_text

    opened = False

    def put_one(path: str, result: Reading | PhotoError) -> None:
        nonlocal opened
        entry = json_text([as_entry(path, result)], indent=1).removeprefix("[\n").removesuffix("\n]")
        put((",\n" if opened else "[\n") + entry, end="")
        opened = True

    try:
        return _print_each(results, put_one)
    finally:
        with whole():
            put("\n]" if opened else "[]")


def print_jsonl(results: Results) -> int:
    """Print a line a page."""
    from knn_digits.reports.readings import as_entry, json_text

    return _print_each(results, lambda path, result: put(json_text(as_entry(path, result))))


def print_csv(results: Results) -> int:
    """Print a row a digit."""
    from knn_digits.reports.readings import CSV_HEADER, as_rows, csv_text

    def put_rows(path: str, reading: Reading) -> None:
        put(csv_text(as_rows(path, reading)), end="")

    put(csv_text([CSV_HEADER]), end="")
    return _print_each(results, _with_talk(put_rows))


def print_text(results: Results, *, alone: str | None, probabilities: bool) -> int:
    """Print lines as they are written, below their photo's name where there are several."""
    from knn_digits.reports.readings import with_probabilities

    def put_lines(path: str, reading: Reading) -> None:
        if path != alone:
            put_line(f"{path}:")
        if reading.lines:
            put(with_probabilities(reading) if probabilities else reading.text)

    return _print_each(results, _with_talk(put_lines))


def _with_talk(put_reading: Callable[[str, Reading], None]) -> Callable[[str, Reading | PhotoError], None]:
    """Return what prints a reading, and on stderr its warnings, or why there is none."""

    def put_one(path: str, result: Reading | PhotoError) -> None:
        if isinstance(result, PhotoError):
            fail(f"{path}: {result}", result.exit_code)
            return
        put_reading(path, result)
        for warning in result.warnings:
            say(f"{path}: {warning}")

    return put_one


def write_lines(journal: Journal, photos: Iterable[str], results: Iterable[list[Result]]) -> int:
    """Write the lines of photos to a file, and return the exit code."""
    from knn_digits.reports.readings import as_entry

    for photo, pages in zip(photos, results, strict=True):
        with whole():
            journal.add(photo, [as_entry(path, result) for path, result in pages])
    return PhotoError.exit_code if journal.failed else 0
