"""Door: `classify`."""

from __future__ import annotations

import itertools
import pathlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from knn_digits.cli.drawings import Drawings
from knn_digits.cli.many import Many, many_options
from knn_digits.cli.options import (
    PATH,
    Range,
    engine_options,
    k_option,
    learned_option,
    load_model_option,
    model_option,
    threads_option,
    weights_option,
)
from knn_digits.cli.photos import call_drawing, list_photos, open_task
from knn_digits.cli.results import Results, print_csv, print_json, print_jsonl, print_text, write_lines
from knn_digits.cli.talk import is_terminal, progress_bar
from knn_digits.errors import StorageError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.parallel.photos import Read, Result


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@learned_option(default=True)
@k_option
@weights_option
@engine_options("the model's", "the model's")
@threads_option
@many_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line, one a photo.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row a digit, with --signs one a mark.")
@click.option(
    "--signs",
    is_flag=True,
    help="Print signs, too: 12/05/2024, 3.14, 5^2, and ? for a mark that is neither; else a space.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Print below each digit how likely it is; --json, --jsonl and --csv always do.",
)
@click.option(
    "--min-probability",
    type=Range(0, 1),
    default=0.0,
    show_default=True,
    metavar="P",
    help="Print a digit that is less likely than this as ?.",
)
@click.option(
    "--annotate",
    type=PATH,
    metavar="DIR",
    help="Write each photo there as PNG, with boxes and labels drawn on it.",
)
@click.option(
    "--debug",
    type=PATH,
    metavar="DIR",
    help="Write every stage of each photo there as PNG, with an index.html: ink, what may be digits …",
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
    signs: bool,
    probabilities: bool,
    min_probability: float,
    annotate: pathlib.Path | None,
    debug: pathlib.Path | None,
    many: Many,
) -> int:
    """Read the digits in photos.

    PATH is a picture, one page of it as scan.tif[2], a folder of pictures, or - for a picture
    on stdin. Each page of a file is read. What is likely a digit, but which is not known,
    is printed as ?.

    \b
    Examples:
      knn-digits classify photo.jpg
      knn-digits classify --signs sum.jpg
      knn-digits classify --json scans/ > readings.json
      knn-digits classify --min-probability 0.99 photo.jpg
      knn-digits classify scans/ --jobs 0 --jsonl --output readings.jsonl --resume
    """
    if as_json + as_jsonl + as_csv > 1:
        raise UsageError("--json, --jsonl and --csv exclude each other: choose one")
    photos, code = list_photos(paths)
    many.check(photos, as_jsonl=as_jsonl, draws=bool(annotate or debug))
    drawings = Drawings(annotate, debug, photos, paths=paths)
    classifier = load_model_option(model, backend, device, learned=learned, k=k, weights=weights)
    read = _how_to_read(classifier, min_probability)
    if many.output is not None:
        with many.journal(many.output, read) as journal:
            missing = list(journal.missing(photos))
            return max(code, write_lines(journal, missing, _read_many(missing, read, many), signs=signs))
    if many.here:
        results = _readings(photos, read, drawings)
    else:
        results = itertools.chain.from_iterable(_read_many(photos, read, many))
    if as_json:
        return max(code, print_json(results, signs=signs))
    if as_jsonl:
        return max(code, print_jsonl(results, signs=signs))
    if as_csv:
        return max(code, print_csv(results, signs=signs))
    alone = photos[0] if len(photos) == 1 else None
    return max(code, print_text(results, alone=alone, probabilities=probabilities, signs=signs))


def _how_to_read(classifier: Classifier, min_probability: float) -> Read:
    from knn_digits.parallel.photos import Read
    from knn_digits.reading import Reader

    return Read(Reader(classifier), min_probability=min_probability)


def _progress(photos: Sequence[str]) -> Iterable[int]:
    steps = range(len(photos))
    return steps if is_terminal(sys.stdout) else progress_bar("reading")(steps)


def _readings(photos: Sequence[str], read: Read, drawings: Drawings) -> Results:
    """Yield what is read on each page, or why it cannot be; then, perhaps, why it cannot be drawn."""
    from knn_digits.parallel.photos import Page

    for page in itertools.chain.from_iterable(read.pages(open_task(photos[i])) for i in _progress(photos)):
        if not isinstance(page, Page):
            yield page
            continue
        yield page.name, page.reading
        try:
            drawings.draw(call_drawing(page.name), page.picture, page.reading, page.stages)
        except StorageError as error:
            drawings.check_folders()  # where nothing can be written, the next photos need not be read
            yield page.name, StorageError(f"no picture of it is written: {error}")
    drawings.finish()


def _read_many(photos: Sequence[str], read: Read, many: Many) -> Iterator[list[Result]]:
    """Yield what is read on the pages of each photo, in order."""
    results = many.read(map(open_task, photos), read)
    return (pages for pages, _ in zip(results, _progress(photos), strict=True))
