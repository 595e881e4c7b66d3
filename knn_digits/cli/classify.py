"""Door: `classify`."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from knn_digits.cli.options import (
    engine_options,
    learned_option,
    load_model_option,
    model_option,
    threads_option,
)
from knn_digits.cli.photos import SOME_UNREADABLE, find_photos
from knn_digits.cli.talk import fail, is_terminal, progress_bar, say
from knn_digits.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.images import Picture
    from knn_digits.reading import Reading

STDIN = "-"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@learned_option(default=True)
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row a digit.")
@click.option(
    "--probabilities",
    is_flag=True,
    help="Print below each digit how likely it is, in percent; --json and --csv always do.",
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
    help="Write every stage of each photo there as PNG, to see where a reading went wrong.",
)
def classify(
    *,
    paths: tuple[str, ...],
    model: str | None,
    learned: bool,
    backend: str | None,
    device: str | None,
    as_json: bool,
    as_csv: bool,
    probabilities: bool,
    min_probability: float,
    annotate: pathlib.Path | None,
    debug: pathlib.Path | None,
) -> int:
    """Read the digits in photos.

    PATH is a picture, one page of it as scan.tif[2], a folder of pictures, or - for a picture
    on stdin. Each page of a file is read. A digit that is like no training digit is printed
    as ?.

    \b
    Examples:
      knn-digits classify photo.jpg
      knn-digits classify --json scans/ > readings.json
      knn-digits classify --min-probability 0.99 photo.jpg
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: choose one")
    photos, code = _photos(paths)
    classifier = load_model_option(model, backend, device, learned=learned)
    read = _reader(classifier, annotate, debug, min_probability)
    progress = progress_bar("reading") if as_json or not is_terminal(sys.stdout) else iter
    results = _readings(photos, read, progress)
    if as_json:
        return max(code, _print_json(results))
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


def _reader(
    model: Classifier, annotated: pathlib.Path | None, debug: pathlib.Path | None, min_probability: float
) -> Callable[[str, Picture], Reading]:
    """Return what reads one photo and, where folders are given, writes its pictures there."""
    from knn_digits.images import write_png
    from knn_digits.reading import model_for_photos, read_stages
    from knn_digits.reports.readings import annotate
    from knn_digits.reports.stages import draw_stages

    model, taken = model_for_photos(model), set[str]()

    def read(path: str, photo: Picture) -> Reading:
        reading, stages = read_stages(photo, model, min_probability=min_probability)
        is_stdin = path == STDIN or path.startswith(f"{STDIN}[")  # a page of it
        name = _free_name(f"stdin{path[1:]}" if is_stdin else pathlib.Path(path).name, taken)
        if annotated is not None:
            write_png(annotated / f"{name}.png", annotate(photo, reading))
        if debug is not None:
            for stage, pixels in draw_stages(stages, reading).items():
                write_png(debug / f"{name}-{stage}.png", pixels)
        return reading

    return read


def _content(path: str) -> bytes | pathlib.Path:
    if path == STDIN:
        if sys.stdin is None:
            raise PhotoError("stdin is closed: pass a picture to it")
        from knn_digits.images import MAX_STREAM
        from knn_digits.storage import read_bounded

        try:
            return read_bounded(sys.stdin.buffer, most=MAX_STREAM)
        except OSError as error:
            raise PhotoError(f"cannot read stdin: {error.strerror or error}") from error
    if os.path.isdir(path):  # noqa: PTH112 (as above)
        find_photos(pathlib.Path(path))  # tells why there are none
    return pathlib.Path(path)


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name for a photo's pictures; photos of one name from several folders are numbered."""
    numbered = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    free = next(candidate for candidate in numbered if candidate not in taken)
    taken.add(free)
    return free


def _readings(
    photos: Sequence[str],
    read: Callable[[str, Picture], Reading],
    progress: Callable[[Iterable[int]], Iterable[int]],
) -> Iterator[tuple[str, Reading | PhotoError]]:
    """Yield what each page of each photo says; pages of one file have its name with [1], [2] and so on."""
    for i in progress(range(len(photos))):
        try:
            yield from _pages(photos[i], read)
        except PhotoError as error:
            yield photos[i], error


def _pages(path: str, read: Callable[[str, Picture], Reading]) -> Iterator[tuple[str, Reading | PhotoError]]:
    from knn_digits.images import read_pages
    from knn_digits.reading import LARGEST

    for mark, picture in read_pages(_content(path), largest=LARGEST):
        try:
            yield path + mark, picture if isinstance(picture, PhotoError) else read(path + mark, picture)
        except PhotoError as error:
            yield path + mark, error


def _print_json(results: Iterable[tuple[str, Reading | PhotoError]]) -> int:
    from knn_digits.reports.readings import as_object

    objects = [
        {"path": path, "error": str(result)} if isinstance(result, PhotoError) else as_object(path, result)
        for path, result in results
    ]
    # In UTF-8 whatever the terminal's encoding; of a name that is no text the bytes become JSON's escapes.
    click.echo(json.dumps(objects, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    return SOME_UNREADABLE if any("error" in found for found in objects) else 0


def _print_csv(results: Iterable[tuple[str, Reading | PhotoError]]) -> int:
    from knn_digits.reports.readings import CSV_HEADER, as_rows, csv_text

    code = 0
    click.echo(csv_text([CSV_HEADER]), nl=False)
    for path, result in results:
        if isinstance(result, PhotoError):
            code = fail(f"{path}: {result}", SOME_UNREADABLE)
        else:
            click.echo(csv_text(as_rows(path, result)), nl=False)
            _warn(path, result)
    return code


def _print_text(
    results: Iterable[tuple[str, Reading | PhotoError]], *, alone: str | None, probabilities: bool
) -> int:
    from knn_digits.reports.readings import with_probabilities

    code = 0
    for path, result in results:
        if isinstance(result, PhotoError):
            code = fail(f"{path}: {result}", SOME_UNREADABLE)
            continue
        if path != alone:
            click.echo(f"{path}:")
        if result.lines:
            click.echo(with_probabilities(result) if probabilities else result.text)
        _warn(path, result)
    return code


def _warn(path: str, reading: Reading) -> None:
    for warning in reading.warnings:
        say(f"{path}: {warning}")
