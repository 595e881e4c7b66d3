"""Door: `classify`."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from knn_digits.cli.drawings import Drawings
from knn_digits.cli.options import (
    engine_options,
    k_option,
    learned_option,
    load_model_option,
    model_option,
    threads_option,
    weights_option,
)
from knn_digits.cli.photos import find_photos
from knn_digits.cli.talk import fail, is_terminal, progress_bar, put, put_line, say, whole
from knn_digits.errors import PhotoError, StorageError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.images import Picture
    from knn_digits.reading import Reading

STDIN = "-"
_Results: TypeAlias = "Iterable[tuple[str, Reading | PhotoError | StorageError]]"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@learned_option(default=True)
@k_option
@weights_option
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line, one a photo.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row a digit.")
@click.option(
    "--probabilities",
    is_flag=True,
    help="Print below each digit how likely it is, in percent; --json, --jsonl and --csv always do.",
)
@click.option(
    "--min-probability",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="P",
    help="Print a digit that is less likely than this as ?.",
)
@click.option(
    "--annotate",
    type=click.Path(path_type=pathlib.Path),
    metavar="DIR",
    help="Write each photo there as PNG, with boxes and labels drawn on it.",
)
@click.option(
    "--debug",
    type=click.Path(path_type=pathlib.Path),
    metavar="DIR",
    help="Write every stage of each photo there as PNG: its ink, what may be digits, why some is left out.",
)
def classify(
    *,
    paths: tuple[str, ...],
    model: str | None,
    learned: bool,
    k: int | None,
    weights: str | None,
    backend: str | None,
    device: str | None,
    as_json: bool,
    as_jsonl: bool,
    as_csv: bool,
    probabilities: bool,
    min_probability: float,
    annotate: pathlib.Path | None,
    debug: pathlib.Path | None,
) -> int:
    """Read the digits in photos.

    PATH is a picture, one page of it as scan.tif[2], a folder of pictures, or - for a picture
    on stdin. Each page of a file is read. What is likely a digit, but which is not known,
    is printed as ?.

    \b
    Examples:
      knn-digits classify photo.jpg
      knn-digits classify --json scans/ > readings.json
      knn-digits classify --min-probability 0.99 photo.jpg
    """
    if as_json + as_jsonl + as_csv > 1:
        raise UsageError("--json, --jsonl and --csv exclude each other: choose one")
    photos, code = _photos(paths)
    drawings = Drawings(annotate, debug, photos)
    classifier = load_model_option(model, backend, device, learned=learned, k=k, weights=weights)
    progress = iter if is_terminal(sys.stdout) else progress_bar("reading")
    results = _readings(photos, classifier, drawings, progress, min_probability=min_probability)
    if as_json:
        return max(code, _print_json(results))
    if as_jsonl:
        return max(code, _print_jsonl(results))
    if as_csv:
        return max(code, _print_csv(results))
    return max(
        code, _print_text(results, alone=photos[0] if len(photos) == 1 else None, probabilities=probabilities)
    )


def _photos(paths: Iterable[str]) -> tuple[list[str], int]:
    """Return the photos, folders replaced by the pictures in them, if they have any, and the exit code."""
    photos, code = list[str](), 0
    for path in paths:
        if not path:
            raise UsageError("a PATH is empty: name a picture or a folder")
        if path == STDIN or not os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
            photos.append(path)
            continue
        try:
            found = find_photos(pathlib.Path(path))
        except PhotoError:  # which `_content` tells in its place
            photos.append(path)
        else:
            photos += map(str, found.photos)
            code = max(code, found.code)
    return photos, code


def _content(path: str) -> bytes | pathlib.Path:
    if path == STDIN:
        from knn_digits.opening import read_stream

        if sys.stdin is None:
            raise PhotoError("stdin is closed: pass a picture to it")
        return read_stream(sys.stdin.buffer)
    if os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
        find_photos(pathlib.Path(path))  # tells why there are none
    return pathlib.Path(path)


def _readings(
    photos: Sequence[str],
    model: Classifier,
    drawings: Drawings,
    progress: Callable[[Iterable[int]], Iterable[int]],
    *,
    min_probability: float,
) -> Iterator[tuple[str, Reading | PhotoError | StorageError]]:
    """Yield what is read on each page, or why it cannot be; then, perhaps, why it cannot be drawn."""
    from knn_digits.reading import Reader

    reader = Reader(model)
    for i in progress(range(len(photos))):
        for path, photo in _pages(photos[i]):
            if isinstance(photo, PhotoError):
                yield path, photo
                continue
            try:
                reading, stages = reader.read_stages(photo, min_probability=min_probability)
            except PhotoError as error:
                yield path, error
                continue
            except MemoryError:
                yield path, PhotoError("it needs more memory than there is: reduce the photo first")
                continue
            yield path, reading
            try:
                drawings.draw(_name(path), photo, reading, stages)
            except StorageError as error:
                drawings.check_folders()  # where nothing can be written, the next photos need not be read
                yield path, StorageError(f"no picture of it is written: {error}")


def _pages(path: str) -> Iterator[tuple[str, Picture | PhotoError]]:
    """Yield each page of a photo; those of one file have its name with [1], [2] and so on."""
    from knn_digits.images import read_pages
    from knn_digits.reading import LARGEST

    try:
        for mark, picture in read_pages(_content(path), largest=LARGEST):
            yield path + mark, picture
    except PhotoError as error:
        yield path, error


def _name(path: str) -> str:
    """Return what a photo's pictures are called after."""
    is_stdin = path == STDIN or path.startswith(f"{STDIN}[")  # a page of it
    return f"stdin{path[1:]}" if is_stdin else pathlib.Path(path).name


def _print_each(results: _Results, put_one: Callable[[str, Reading | PhotoError], None]) -> int:
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


def _print_json(results: _Results) -> int:
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


def _print_jsonl(results: _Results) -> int:
    from knn_digits.reports.readings import as_entry, json_text

    return _print_each(results, lambda path, result: put(json_text(as_entry(path, result))))


def _print_csv(results: _Results) -> int:
    from knn_digits.reports.readings import CSV_HEADER, as_rows, csv_text

    def put_rows(path: str, reading: Reading) -> None:
        put(csv_text(as_rows(path, reading)), end="")

    put(csv_text([CSV_HEADER]), end="")
    return _print_each(results, _with_talk(put_rows))


def _print_text(results: _Results, *, alone: str | None, probabilities: bool) -> int:
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
