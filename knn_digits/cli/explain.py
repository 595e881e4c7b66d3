"""Door: `explain`."""

from __future__ import annotations

import pathlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from knn_digits.cli.options import (
    PATH,
    check_other,
    check_own,
    k_option,
    knn_model_option,
    learned_option,
    load_model_option,
    threads_option,
    weights_option,
)
from knn_digits.cli.photos import call_drawing, naming, one_photo
from knn_digits.cli.talk import put_line, say
from knn_digits.errors import PhotoError, UsageError
from knn_digits.plain import plain

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.explanation import Explanation
    from knn_digits.reading.reasons import LeftOut

PICTURE, PAGE = ".png", ".html"


@click.command()
@click.argument("photo")
@knn_model_option
@learned_option(default=True)
@k_option
@weights_option
@threads_option
@click.option(
    "--digit", type=click.IntRange(min=1), metavar="N", help="The Nth digit alone, counted in reading order."
)
@click.option(
    "--output",
    type=PATH,
    metavar="PNG|HTML",
    help="Page to write in place of text, or pictures, numbered from 2 on.",
)
def explain(
    *,
    photo: str,
    model: str | None,
    learned: bool,
    k: int | None,
    weights: str | None,
    digit: int | None,
    output: pathlib.Path | None,
) -> None:
    """Show why the digits in a photo were read so, or left out.

    PHOTO is a picture, one page of it as scan.tif[2], or - for a picture on stdin.

    For each digit: what was seen, the nearest training digits with their labels, distances
    and votes, the runner-up, and why it was taken for a digit. With block features the grid
    with its counts is drawn over the digits, with others what differs. At the end, unless
    --digit is given, the marks most like digits that were left out, and why.

    \b
    Examples:
      knn-digits explain photo.jpg --digit 3
      knn-digits explain photo.jpg --output why.html
    """
    if output is not None and output.suffix.lower() not in (PICTURE, PAGE):
        raise UsageError(f"--output must end in {PICTURE} or {PAGE}, got {output}")
    if output is not None:
        check_other(output, photo)
        check_own(output, "picture" if output.suffix.lower() == PICTURE else "page")
    classifier = load_model_option(model, None, None, learned=learned, k=k, weights=weights)
    explanations, left_out = _explain(photo, classifier, digit)
    if output is None:
        print_explanations(explanations, left_out)
    else:
        for written in _write(output, photo, explanations, left_out):
            put_line(written)


def _explain(
    photo: str, model: Classifier, digit: int | None
) -> tuple[Sequence[Explanation], Sequence[LeftOut]]:
    from knn_digits.explanation import explain_reading, model_to_explain
    from knn_digits.reading import Reader
    from knn_digits.reading.reasons import find_left_out

    classifier = model_to_explain(model)
    with naming(photo):
        reading, stages = Reader(classifier).read_stages(one_photo(photo))
    scale = stages.photo.shape[1] / reading.width
    left_out = find_left_out(stages, scale=scale) if digit is None else ()
    if not reading.lines and not left_out:
        raise PhotoError(f"{photo}: {'; '.join(reading.warnings)}, so there is nothing to explain")
    for warning in reading.warnings:
        say(f"{photo}: {warning}")
    explanations = explain_reading(reading, stages.photo, classifier, digit=digit, stages=stages)
    return explanations, left_out


def print_explanations(explanations: Sequence[Explanation], left_out: Sequence[LeftOut] = ()) -> None:
    """Print why digits were read so, and what was left out."""
    from knn_digits.reports.explanations.text import BLOCKS, explanation_text, left_out_text

    width = shutil.get_terminal_size().columns
    plain = not _can_print(BLOCKS)
    for place, why in enumerate(explanations):
        click.echo(("\n" if place else "") + explanation_text(why, width=width, plain=plain))
    if left_out:
        click.echo(("\n" if explanations else "") + left_out_text(left_out, width=width))


def _can_print(characters: str) -> bool:
    """Tell whether stdout's encoding has these characters."""
    try:
        characters.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _write(
    output: pathlib.Path,
    photo: str,
    explanations: Sequence[Explanation],
    left_out: Sequence[LeftOut],
) -> Iterator[pathlib.Path]:
    """Yield each file that is written: one page, or as many pictures as it takes."""
    from knn_digits.images import write_png
    from knn_digits.reports.explanations.page import explanations_page
    from knn_digits.reports.explanations.sheet import draw_sheets
    from knn_digits.storage import write_then_rename

    if output.suffix.lower() == PICTURE:
        for number, sheet in enumerate(draw_sheets(explanations, left_out=left_out), 1):
            path = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
            check_other(path, photo)
            check_own(path, "picture")
            write_png(path, sheet)
            yield path
        return
    title = plain(f"Why {call_drawing(photo)} was read so")
    page = explanations_page(title, explanations, left_out=left_out).encode()
    with write_then_rename(output) as file:
        file.write(page)
    yield output
