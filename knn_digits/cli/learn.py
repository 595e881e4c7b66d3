"""Door: `learn`."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from knn_digits.cli.options import (
    PATH,
    check_own,
    knn_model_option,
    load_knn_option,
    load_learned_option,
    threads_option,
)
from knn_digits.cli.photos import naming, one_photo
from knn_digits.cli.talk import fail, put_line, say
from knn_digits.errors import DataError, KnnDigitsError, UsageError
from knn_digits.plain import counted

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.learning import Lesson
    from knn_digits.reading import Reading
    from knn_digits.reading.truth import Truth

CELL = re.compile(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})=(.+)")
SOME_NOT_LEARNED = 1  # exit code


def _read_boxes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[int, int]:
    """Return the label of each digit that was named."""
    boxes: dict[int, int] = {}
    for value in values:
        number, _sign, label = value.partition("=")
        if not (number.isascii() and number.isdigit() and len(label) == 1 and label in "0123456789"):
            raise click.BadParameter(f"{value!r} is not NUMBER=DIGIT, such as 3=7")
        if boxes.setdefault(int(number), int(label)) != int(label):
            raise click.BadParameter(f"digit {int(number)} is named twice, as two digits")
    return boxes


def _read_cells(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[tuple[int, int], str]:
    """Return the text of each cell that was named."""
    cells: dict[tuple[int, int], str] = {}
    for value in values:
        found = CELL.fullmatch(value)
        if not found:
            raise click.BadParameter(f"{value!r} is not ROW,COLUMN=TEXT, such as 2,3=47")
        if cells.setdefault((int(found[1]), int(found[2])), found[3]) != found[3]:
            raise click.BadParameter(f"cell {found[1]},{found[2]} is named twice, as two texts")
    return cells


@click.command()
@click.argument("path", required=False, type=PATH, metavar="[PATH]")
@click.option("--truth", metavar="DIGITS", help="All digits of the photo in reading order.")
@click.option(
    "--box",
    "boxes",
    multiple=True,
    callback=_read_boxes,
    metavar="N=DIGIT",
    help="What the photo's digit N is, counted from 1 in reading order; may be given several times.",
)
@click.option(
    "--cell",
    "cells",
    multiple=True,
    callback=_read_cells,
    metavar="ROW,COLUMN=TEXT",
    help="What stands in this cell of the photo's table, as `table` reads it; may be given several times.",
)
@click.option("--force", is_flag=True, help="Keep what is learned even if it harms.")
@click.option("--list", "do_list", is_flag=True, help="Print what is learned, oldest first.")
@click.option("--undo", "do_undo", is_flag=True, help="Take back what was learned last.")
@click.option(
    "--export",
    type=PATH,
    metavar="NPZ",
    help="Write what is learned as a data set, which `fit --data NPZ` reads.",
)
@knn_model_option
@threads_option
def learn(
    *,
    path: pathlib.Path | None,
    truth: str | None,
    boxes: dict[int, int],
    cells: dict[tuple[int, int], str],
    force: bool,
    do_list: bool,
    do_undo: bool,
    export: pathlib.Path | None,
    model: str | None,
) -> int:
    """Learn what the digits of a photo are. All k-NN models know it at once.

    PATH is a photo, one page of it as scan.tif[2], or - for a picture on stdin, with --truth, --box
    or --cell; or a folder with a truth.json, a list with an object a photo:
    {"file": "note.jpg", "lines": ["0522", "1859"]}.

    The digits are kept beside the models, whose files stay as they are. What makes a model
    read its own training digits worse is not kept.

    \b
    Examples:
      knn-digits learn photo.jpg --truth 05221859
      knn-digits learn photo.jpg --box 3=7
      knn-digits learn marks.jpg --cell 2,3=47
    """
    deeds = [bool(path), do_list, do_undo, export is not None]
    told = [one for one in (truth, boxes, cells) if one is not None and one != {}]
    if sum(deeds) != 1 or (path is None and (told or force)):
        raise UsageError(
            "learn takes one of: a photo with --truth, --box or --cell, a folder, --list, --undo, --export"
        )
    if path is not None:
        return _learn(path, told, model, force=force)
    if do_undo:
        _undo()
    else:
        _show(export)
    return 0


def _learn(path: pathlib.Path, told: Sequence[Truth], model: str | None, *, force: bool) -> int:
    from knn_digits.reading import model_for_photos

    if os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
        if told:
            raise UsageError("--truth, --box and --cell belong to one photo: a folder has its truth.json")
        return _learn_folder(path, model_for_photos(load_knn_option(model)), force=force)
    if len(told) != 1:
        raise UsageError(
            f"say in one way what is written in {path}: all of it by --truth, single digits by --box, "
            "or cells by --cell"
        )
    with naming(path):
        _learn_photo(path, model_for_photos(load_knn_option(model)), told[0], force=force)
    return 0


def _learn_folder(folder: pathlib.Path, model: DigitKNN, *, force: bool) -> int:
    from knn_digits.datasets.photos import load_photos

    code = 0
    for photo in load_photos(folder):
        if not (photo.ordered and photo.text):
            say(f"{photo.path}: passed over, it has no digits in reading order")
            continue
        try:
            _learn_photo(photo.path, model, photo.text, force=force)
        except KnnDigitsError as error:
            code = fail(f"{photo.path}: {error}", SOME_NOT_LEARNED)
    return code


def _learn_photo(photo: pathlib.Path, model: DigitKNN, truth: Truth, *, force: bool) -> None:
    from knn_digits.learning import learn as learn_photo

    try:
        lesson = learn_photo(one_photo(str(photo)), model, truth, force=force)
    except DataError as error:
        raise DataError(str(error).replace("force=True", "--force")) from error
    except UsageError as error:
        raise UsageError(str(error).replace("by their numbers", "by --box N=DIGIT")) from error
    put_line(_describe(photo, truth, lesson))
    for warning in lesson.before.warnings:
        say(f"{photo}: {warning}")
    check = lesson.check
    say(
        f"{photo}: of {check.digits} of the model's digits near it, read one by one without themselves, "
        f"{check.broken} go wrong and {check.mended} right"
    )


def _describe(photo: pathlib.Path, truth: Truth, lesson: Lesson) -> str:
    before, after = (_read_as(reading, truth) for reading in (lesson.before, lesson.after))
    if lesson.kept is None:
        return f"{photo}: known already; read as {after}"
    learned = f"{photo}: learned {counted(len(lesson.kept.labels), 'digit')} ({lesson.kept.text})"
    return f"{learned}; read as {after}, before as {before}"


def _read_as(reading: Reading, truth: Truth) -> str:
    """Return the text of a reading, or of the cells that are named."""
    from knn_digits.reading.truth import names_cells

    if not names_cells(truth):
        return reading.text.replace("\n", " ")
    return " ".join(
        cell.text for table in reading.tables[:1] for cell in table.cells if (cell.row, cell.column) in truth
    )


def _undo() -> None:
    from knn_digits.classifiers.learned import undo

    gone = undo()
    put_line(f"taken back: {gone.text} of {gone.source}, learned {gone.date}")


def _show(export: pathlib.Path | None) -> None:
    from knn_digits.classifiers import learned as store

    learned = load_learned_option()
    if export is not None:
        if export.suffix.lower() != ".npz":
            raise UsageError(f"--export {export} must end in .npz")
        check_own(export, "export")
        put_line(f"{export}: {counted(store.export(learned, export), 'digit')}")
        return
    if not learned.additions:
        say("nothing is learned")
    for addition in learned.additions:
        numbers = ",".join(map(str, addition.numbers))
        put_line(f"{addition.date}  {addition.text}  digits {numbers} of {addition.source}")
