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
from knn_digits.cli.talk import fail, is_terminal, progress_bar, say
from knn_digits.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.reading import Reading

STDIN = "-"
SOME_UNREADABLE = 1  # exit code


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

    PATH is a picture, a folder of pictures, or - for a picture on stdin. A digit that is
    like no training digit is printed as ?.

    \b
    Examples:
      knn-digits classify photo.jpg
      knn-digits classify --json scans/ > readings.json
      knn-digits classify --min-probability 0.99 photo.jpg
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: choose one")
    photos = list(_photos(paths))
    classifier = load_model_option(model, backend, device, learned=learned)
    read = _reader(classifier, annotate, debug, min_probability)
    progress = progress_bar("reading") if as_json or not is_terminal(sys.stdout) else iter
    results = _readings(photos, read, progress)
    if as_json:
        return _print_json(results)
    if as_csv:
        return _print_csv(results)
    return _print_text(results, headed=len(photos) > 1, probabilities=probabilities)


def _photos(paths: Iterable[str]) -> Iterator[str]:
    """Yield the photos, folders replaced by the pictures in them, if they have any."""
    for path in paths:
        if not path:
            raise UsageError("a PATH is empty: name a picture or a folder")
        pictures = [] if path == STDIN else _pictures(pathlib.Path(path))
        yield from map(str, pictures) if pictures else [path]


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    from knn_digits.images import list_pictures

    try:
        return list_pictures(folder)
    except OSError:  # no folder, or one that may not be read: `_content` tells
        return []


def _reader(
    model: Classifier, annotated: pathlib.Path | None, debug: pathlib.Path | None, min_probability: float
) -> Callable[[str], Reading]:
    """Return what reads one photo and, where folders are given, writes its pictures there."""
    from knn_digits.images import read_picture, write_png
    from knn_digits.reading import LARGEST, model_for_photos, read_stages
    from knn_digits.reports.readings import annotate
    from knn_digits.reports.stages import draw_stages

    model, taken = model_for_photos(model), set[str]()

    def read(path: str) -> Reading:
        photo = _content(path)
        reading, stages = read_stages(photo, model, min_probability=min_probability)
        name = _free_name("stdin" if path == STDIN else pathlib.Path(path).name, taken)
        if annotated is not None:
            write_png(annotated / f"{name}.png", annotate(read_picture(photo, largest=LARGEST), reading))
        if debug is not None:
            for stage, pixels in draw_stages(stages, reading).items():
                write_png(debug / f"{name}-{stage}.png", pixels)
        return reading

    return read


def _content(path: str) -> bytes | pathlib.Path:
    if path == STDIN:
        if sys.stdin is None:
            raise PhotoError("stdin is closed: pass a picture to it")
        return sys.stdin.buffer.read()
    if os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
        raise PhotoError("no pictures are seen in this folder: their names must end in .jpg, .png or alike")
    return pathlib.Path(path)


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name for a photo's pictures; photos of one name from several folders are numbered."""
    numbered = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    free = next(candidate for candidate in numbered if candidate not in taken)
    taken.add(free)
    return free


def _readings(
    photos: Sequence[str],
    read: Callable[[str], Reading],
    progress: Callable[[Iterable[int]], Iterable[int]],
) -> Iterator[tuple[str, Reading | PhotoError]]:
    for i in progress(range(len(photos))):
        try:
            yield photos[i], read(photos[i])
        except PhotoError as error:
            yield photos[i], error


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
    results: Iterable[tuple[str, Reading | PhotoError]], *, headed: bool, probabilities: bool
) -> int:
    from knn_digits.reports.readings import with_probabilities

    code = 0
    for path, result in results:
        if isinstance(result, PhotoError):
            code = fail(f"{path}: {result}", SOME_UNREADABLE)
            continue
        if headed:
            click.echo(f"{path}:")
        if result.lines:
            click.echo(with_probabilities(result) if probabilities else result.text)
        _warn(path, result)
    return code


def _warn(path: str, reading: Reading) -> None:
    for warning in reading.warnings:
        say(f"{path}: {warning}")
