"""Readings of photos -> text, JSON or CSV on stdout, or lines of JSON in a file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from knn_digits.cli.talk import fail, put, put_line, say, whole
from knn_digits.errors import PhotoError, StorageError

if TYPE_CHECKING:
    from knn_digits.parallel.journal import Journal
    from knn_digits.parallel.photos import Result
    from knn_digits.reading import Reading

T = TypeVar("T")
Results: TypeAlias = "Iterable[tuple[str, Reading | PhotoError | StorageError]]"


def print_each(
    results: Iterable[tuple[str, T | PhotoError | StorageError]],
    put_one: Callable[[str, T | PhotoError], None],
) -> int:
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


def print_json(results: Results, *, signs: bool) -> int:
    """Print a list with an object a page."""
    from knn_digits.reports.readings import as_entry

    return print_list(results, functools.partial(as_entry, signs=signs))


def print_list(
    results: Iterable[tuple[str, T | PhotoError | StorageError]],
    as_object: Callable[[str, T | PhotoError], dict[str, Any]],
) -> int:
    """Print a JSON list that is closed whatever ends it."""
    from knn_digits.reports.readings import json_text

    opened = False

    def put_one(path: str, result: T | PhotoError) -> None:
        nonlocal opened
        entry = json_text([as_object(path, result)], indent=1).removeprefix("[\n").removesuffix("\n]")
        put((",\n" if opened else "[\n") + entry, end="")
        opened = True

    try:
        return print_each(results, put_one)
    finally:
        with whole():
            put("\n]" if opened else "[]")


def print_jsonl(results: Results, *, signs: bool) -> int:
    """Print a line a page."""
    from knn_digits.reports.readings import as_entry, json_text

    def put_one(path: str, result: Reading | PhotoError) -> None:
        put(json_text(as_entry(path, result, signs=signs)))

    return print_each(results, put_one)


def print_csv(results: Results, *, signs: bool) -> int:
    """Print a row a digit, or a mark."""
    from knn_digits.reports.readings import CSV_HEADER, as_rows, csv_text

    def put_rows(path: str, reading: Reading) -> None:
        put(csv_text(as_rows(path, reading, signs=signs)), end="")

    put(csv_text([CSV_HEADER]), end="")
    return print_each(results, _with_talk(put_rows))


def print_text(results: Results, *, alone: str | None, probabilities: bool, signs: bool) -> int:
    """Print lines as they are written, below their photo's name where there are several."""

    def put_lines(path: str, reading: Reading) -> None:
        if path != alone:
            put_line(f"{path}:")
        if reading.lines:
            put(_text(reading, probabilities=probabilities, signs=signs))

    return print_each(results, _with_talk(put_lines))


def _text(reading: Reading, *, probabilities: bool, signs: bool) -> str:
    from knn_digits.reports.readings import with_probabilities

    if probabilities:
        return with_probabilities(reading, signs=signs)
    return reading.text_with_signs if signs else reading.text


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


def write_lines(
    journal: Journal, photos: Iterable[str], results: Iterable[list[Result]], *, signs: bool
) -> int:
    """Write the lines of photos to a file, and return the exit code."""
    from knn_digits.reports.readings import as_entry

    for photo, pages in zip(photos, results, strict=True):
        with whole():
            journal.add(photo, [as_entry(path, result, signs=signs) for path, result in pages])
    if not journal.failed:
        return 0
    return fail("some photos could not be read: their lines tell why as `error`", PhotoError.exit_code)
