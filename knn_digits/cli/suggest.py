"""Door: `suggest`."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from knn_digits.cli.options import (
    PATH,
    check_other,
    check_own,
    knn_model_option,
    learned_option,
    load_knn_option,
    picture_option,
    threads_option,
)
from knn_digits.cli.photos import SOME_UNREADABLE, find_photos, naming
from knn_digits.cli.talk import fail, progress_bar, put_line, say
from knn_digits.errors import PhotoError

if TYPE_CHECKING:
    from knn_digits.images import Picture
    from knn_digits.learning import Suggestion
    from knn_digits.reading import Reading

Read: TypeAlias = "Callable[[Picture], Reading]"
OUTPUT = "suggestions.png"  # no photo, where it lies among the photos: the last time wrote it


@click.command()
@click.argument("folder", type=PATH, metavar="FOLDER")
@click.option(
    "--n",
    type=click.IntRange(min=1, max=1000),
    default=20,
    show_default=True,
    help="How many digits, at most.",
)
@click.option("--tables", is_flag=True, help="Of photos with a table, the digits in its cells.")
@picture_option(OUTPUT, "Picture of the digits to write, numbered as they are printed.")
@knn_model_option
@learned_option(default=True)
@threads_option
def suggest(
    *,
    folder: pathlib.Path,
    n: int,
    tables: bool,
    output: pathlib.Path,
    model: str | None,
    learned: bool,
) -> int:
    """Name the digits in a folder's photos to label first.

    Those whose truth would help most: refused digits first, then those between whose two best
    labels the margin is smallest. Prints a script that learns them: put what you see in the
    place of each ?.

    \b
    Example:
      knn-digits suggest scans/ --n 20 > label.sh
    """
    from knn_digits.images import read_picture, write_png
    from knn_digits.learning import suggest as choose
    from knn_digits.reading import LARGEST, Reader, model_for_photos
    from knn_digits.reports.doubts import describe, draw_suggestions
    from knn_digits.storage import check_writable

    known = model_for_photos(load_knn_option(model, learned=learned))
    with naming(folder):
        photos, code = find_photos(folder)
    photos = tuple(photo for photo in photos if photo.name != OUTPUT)
    for photo in photos:
        check_other(output, photo)
    check_own(output, "picture")
    check_writable(output)
    readings, failed = _read(photos, functools.partial(Reader(known).read, tables=tables))
    code = max(code, failed)
    chosen = choose(readings, known, n)
    if not chosen:
        any_read = any(reading.digits for _, reading in readings)
        why = "all digits read are learned" if any_read else "no digits are read"
        say(f"in these photos {why}, so there is nothing to label")
        return code
    read = functools.lru_cache(maxsize=4)(functools.partial(read_picture, largest=LARGEST))
    pictures = (read(one.path) for one in chosen)  # never all of them at once
    write_png(output, draw_suggestions(chosen, pictures))
    put_line(f"# drawn in {output}")
    for place, one in enumerate(chosen, 1):
        put_line(f"# {place}: {one.place} of {one.path}: {describe(one)}")
    for command in _commands(chosen, model):
        put_line(command)
    return code


def _commands(chosen: Sequence[Suggestion], model: str | None) -> list[str]:
    """Return what learns the digits, a line a photo: learning some may change how the others are counted."""
    from knn_digits.reports.shell import shell_word

    boxes: dict[pathlib.Path, dict[str, None]] = {}
    for one in chosen:
        named = f"--box {one.number}=?" if one.cell is None else f"--cell {one.cell[0]},{one.cell[1]}=?"
        boxes.setdefault(one.path, {})[named] = None
    option = [] if model is None else ["--model", shell_word(model)]
    return [
        " ".join(["knn-digits learn", shell_word(_no_option(str(path))), *named, *option])
        for path, named in boxes.items()
    ]


def _no_option(path: str) -> str:
    """Return the path so that no command takes it for an option."""
    return f"./{path}" if path.startswith("-") else path


def _read(photos: Sequence[pathlib.Path], read: Read) -> tuple[list[tuple[pathlib.Path, Reading]], int]:
    """Return the readings of photos, page by page, and the exit code: whether some failed."""
    readings, code = [], 0
    for i in progress_bar("reading")(range(len(photos))):
        for path, reading in _read_pages(photos[i], read):
            if isinstance(reading, PhotoError):
                code = fail(f"{path}: {reading}", SOME_UNREADABLE)
                continue
            readings.append((path, reading))
            for warning in reading.warnings:
                say(f"{path}: {warning}")
    return readings, code


def _read_pages(photo: pathlib.Path, read: Read) -> Iterator[tuple[pathlib.Path, Reading | PhotoError]]:
    from knn_digits.images import read_pages
    from knn_digits.reading import LARGEST

    path = photo
    try:
        for mark, picture in read_pages(photo, largest=LARGEST):
            path = photo.with_name(photo.name + mark)
            yield path, picture if isinstance(picture, PhotoError) else read(picture)
    except PhotoError as error:
        yield path, error
