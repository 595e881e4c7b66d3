"""Door: `form draft`, `form read`, `form correct`."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from knn_digits.cli.options import (
    PATH,
    Range,
    check_own,
    knn_model_option,
    load_knn_option,
    load_model_option,
    model_option,
    threads_option,
)
from knn_digits.cli.photos import STDIN, list_photos, naming, open_task
from knn_digits.cli.talk import fail, put_line, say, whole
from knn_digits.errors import KnnDigitsError, PhotoError, UsageError
from knn_digits.plain import counted

if TYPE_CHECKING:
    from knn_digits.arrays import Pixels
    from knn_digits.forms.reader import FormReader
    from knn_digits.forms.records import PageReading, Template
    from knn_digits.forms.review import Review
    from knn_digits.forms.sheet import Sheet
    from knn_digits.images import Picture

SOME_NOT_READ = 1  # exit code
Page: TypeAlias = "tuple[str, int, Picture | PhotoError]"  # a file, its number in it, its picture or why none


@click.group()
def form() -> None:
    """Read a stack of filled-in forms into a table; list the doubts.

    \b
    Example:
      knn-digits form draft blank.png --output form.json
      knn-digits form read form.json scans/ --output out.csv --review review.html
      knn-digits form correct out.csv corrections.json
    """


@form.command("draft")
@click.argument("blank", nargs=-1, required=True, metavar="BLANK...")
@click.option(
    "--output", type=PATH, default="form.json", show_default=True, metavar="JSON", help="The template."
)
@click.option("--resolution", type=Range(20, 2400), metavar="DPI", help="Of the picture, if known.")
def draft_command(*, blank: tuple[str, ...], output: pathlib.Path, resolution: float | None) -> int:
    """Propose a template from BLANK, the pages of a form.

    BLANK are pictures, multi-page TIFF or PDF, one page of them as scan.tif[2], or - for a picture on stdin.

    The form should be blank: what is filled in is taken for print, and not read. Beside the template
    NAME.json the command writes NAME-1.png, by which pages are recognized, and NAME.fields.png, where the
    fields are drawn; of a second page NAME-2.png and NAME-2.fields.png. Change names and add checks in the
    template by hand.

    \b
    Example:
      knn-digits form draft samples/forms/form-1.png --output form.json
    """
    from knn_digits.forms.draft import draft, draw, lay_straight
    from knn_digits.forms.template import write_template
    from knn_digits.images import write_png

    if output.suffix.lower() != ".json":
        raise UsageError(f"--output {output} must end in .json")
    density = resolution / 25.4 if resolution else None
    named = "; ".join(blank)
    pages = [lay_straight(picture.pixels, density) for picture in _blank_pages(blank)]
    template = draft(*pages, name=output.stem, resolution=density)
    _tell_what_is_odd(named, template, pages, density)
    if not template.fields:
        wanted = "a form that has some, or a sharper picture of it"
        raise PhotoError(f"{named}: no boxes and no lines to write on are seen; give {wanted}")
    pictures = [output.with_name(page.picture) for page in template.pages]
    drawn = [path.with_suffix(".fields.png") for path in (output, *pictures[1:])]
    _check_new(output, *pictures, *drawn)
    for number, (page, picture, fields) in enumerate(zip(pages, pictures, drawn, strict=True), 1):
        write_png(picture, page)
        write_png(fields, draw(page, template, number))
    write_template(output, template)
    count = counted(len(template.fields), "field")
    put_line(f"{output}: {count}, drawn in {', '.join(map(str, drawn))}")
    return 0


def _tell_what_is_odd(named: str, template: Template, pages: Sequence[Pixels], density: float | None) -> None:
    """Tell of pages on their side, and of fields that are filled in."""
    from knn_digits.forms.draft import find_filled, lies_on_its_side

    for number, page in enumerate(pages, 1):
        if lies_on_its_side(page, density):
            say(f"{named}: the print of page {number} runs up or down: turn it upright, and draft again")
    if filled := sum(len(find_filled(page, template, number)) for number, page in enumerate(pages, 1)):
        count = counted(len(template.fields), "field")
        say(
            f"{named}: {filled} of {count} seem filled in: what stands there is taken for print, and "
            "not read; draft from a blank form"
        )


def _check_new(*paths: pathlib.Path) -> None:
    """Raise UsageError if one is there: templates are changed by hand, and scans called as their pages."""
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} is there: name another --output")


def _blank_pages(blank: tuple[str, ...]) -> Iterator[Picture]:
    for file, number, picture in _each_once(_pages(list(blank)), "drafted"):
        if isinstance(picture, PhotoError):
            with naming(file):
                raise picture
        for note in picture.notes:
            say(f"{file}, page {number}: {note}")
        yield picture


@form.command("read")
@click.argument("template", type=PATH)
@click.argument("scans", nargs=-1, required=True, metavar="SCANS...")
@click.option("--output", type=PATH, required=True, metavar="CSV|JSONL", help="The table, a row a page.")
@click.option("--json", "as_json", type=PATH, metavar="JSONL", help="The same with boxes, an object a page.")
@click.option("--review", type=PATH, metavar="HTML", help="A page that shows the doubtful fields.")
@click.option(
    "--max-errors", type=Range(0, 1), default=0.002, show_default=True, metavar="SHARE",
    help="Of all fields: as many may be wrong and not be called doubtful.",
)  # fmt: skip
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the table that is there, whose rows stay: use the same --max-errors and --model.",
)
@model_option
@threads_option
def read_command(
    *,
    template: pathlib.Path,
    scans: tuple[str, ...],
    output: pathlib.Path,
    as_json: pathlib.Path | None,
    review: pathlib.Path | None,
    max_errors: float,
    resume: bool,
    model: str | None,
) -> int:
    """Read SCANS of a form by its TEMPLATE into a table.

    SCANS are pictures, multi-page TIFF, PDF or folders of them. Each page is laid on the template, however
    it lies. A page that does not fit is named and not read.

    \b
    Example:
      knn-digits form read form.json scans/ --output out.csv --review review.html
    """
    from knn_digits.forms.reader import FormReader
    from knn_digits.forms.sheet import Sheet
    from knn_digits.forms.template import read_template

    _check_scans(scans, resume=resume)
    tables = [path for path in (output, as_json) if path]
    _check_outputs(template, output, as_json, review, resume=resume)
    form_read = read_template(template)
    classifier = load_model_option(model, None, None, learned=True)
    reader = FormReader(form_read, classifier, max_errors=max_errors)
    sheets = [Sheet(path, form_read, resume=resume) for path in tables]
    expected = _expected(reader, sheets)
    shown = _begin_review(reader, max_errors, expected) if review else None
    for (file, number), done in sheets[0].done.items():
        reader.remember(done.texts, file=file, page=number)
    with contextlib.ExitStack() as stack:
        for sheet in sheets:
            stack.enter_context(sheet)
        _tell_notes(sheets)
        if review and shown:
            stack.callback(shown.write, review)
        code = _read_all(reader, scans, sheets, shown)
    say(f"asked: at most {max_errors:.2%} of fields wrong and not shown; {_tell_expected(expected)}")
    return code


def _expected(reader: FormReader, sheets: Sequence[Sheet]) -> tuple[float, float] | None:
    """Return what is expected of all rows; None where some are there, as nobody knows how they were made."""
    return None if any(sheet.done for sheet in sheets) else reader.expected


def _tell_notes(sheets: Sequence[Sheet]) -> None:
    for sheet in sheets:
        if sheet.note:
            say(sheet.note)


def _tell_expected(expected: tuple[float, float] | None) -> str:
    if expected is None:
        return "rows that were there were made by an earlier run, perhaps by another --max-errors or --model"
    return f"expected from drawn forms: {expected[0]:.2%} wrong, {expected[1]:.1%} to look at"


def _check_scans(scans: Sequence[str], *, resume: bool) -> None:
    """Raise UsageError if stdin is to be gone on with.

    PhotoError if a path leads nowhere: its row would stay where the table is gone on with.
    """
    from knn_digits.images import split_page

    if resume and STDIN in scans:
        raise UsageError("--resume takes files alone, as stdin cannot be gone on with: leave - out")
    for path in scans:
        if path not in ("", STDIN) and _is_missing(split_page(pathlib.Path(path))[0]):
            raise PhotoError(f"{path}: there is no such file or folder, so no page is read: name one")


def _is_missing(path: pathlib.Path) -> bool:
    """Tell whether nothing has this path; of what may not be looked into, its row tells that."""
    try:
        path.lstat()
    except OSError as error:
        return not isinstance(error, PermissionError)
    return False


def _check_outputs(
    template: pathlib.Path,
    output: pathlib.Path,
    as_json: pathlib.Path | None,
    review: pathlib.Path | None,
    *,
    resume: bool,
) -> None:
    """Raise UsageError if what is written would take the place of something else than an older review.

    StorageError if it cannot be written: better told before pages are read than after it.
    """
    from knn_digits.storage import check_writable

    _check_ending("--output", output, ".csv", ".jsonl", ".json")
    _check_ending("--json", as_json, ".jsonl", ".json")
    _check_ending("--review", review, ".html", ".htm")
    if as_json == output:
        raise UsageError(f"--output and --json are both {output}: name two files")
    for path in (output, as_json):
        if path:
            _check_table(path, template, resume=resume)
    if review:
        check_writable(review)
        check_own(review, "page")


def _check_table(path: pathlib.Path, template: pathlib.Path, *, resume: bool) -> None:
    from knn_digits.storage import check_writable

    if not path.exists():
        check_writable(path)
    elif not resume:
        raise UsageError(f"{path} is there: --resume goes on with it, or name another")
    elif template.exists() and path.samefile(template):
        raise UsageError(f"{path} is the template: name another file")


def _check_ending(option: str, path: pathlib.Path | None, *endings: str) -> None:
    if path and path.suffix.lower() not in endings:
        raise UsageError(f"{option} {path} must end in {' or '.join(endings)}")


def _begin_review(reader: FormReader, max_errors: float, expected: tuple[float, float] | None) -> Review:
    from knn_digits.forms.review import Review

    known = reader.model.knn
    if known is None:
        raise UsageError("--review shows neighbors, which a network has not: name a k-NN model")
    return Review(known.digits, form=reader.template, asked=max_errors, expected=expected)


def _read_all(reader: FormReader, scans: tuple[str, ...], sheets: list[Sheet], review: Review | None) -> int:
    from knn_digits.forms.records import READ

    paths, code = list_photos(scans)
    for file, number, picture in _each_once(_pages(paths), "read"):
        missing = [sheet for sheet in sheets if not sheet.find(file, number)]
        page = None if missing else _passed_over(sheets[0], file, number, review)
        if page is None:
            page = _read_page(reader, file, number, picture)
        with whole():
            for sheet in missing:
                sheet.add(page)
        if review:
            review.add(sheets[0].as_settled(page))
        if page.status != READ:
            code = fail(f"{file}, page {number}: {page.status}: {page.message}", SOME_NOT_READ)
    return code


def _passed_over(sheet: Sheet, file: str, number: int, review: Review | None) -> PageReading | None:
    """Return a page that is in the table; None where it is to be read again, so that its doubts are shown."""
    from knn_digits.forms.records import READ, PageReading

    done = sheet.done[sheet.key(file, number)]
    if done.status != READ:
        message = "in an earlier run; to read it again, take its row out of the table"
    elif review is not None and not done.is_settled:
        return None
    else:
        message = ""
    if review is not None:
        review.pass_over(sum(map(bool, done.statuses.values())))
    return PageReading(file=file, page=number, status=done.status, fit=0.0, message=message)


def _each_once(pages: Iterable[Page], deed: str) -> Iterator[Page]:
    """Yield pages that are named twice once, and tell which they are."""
    seen = set[tuple[str, int]]()
    for file, number, picture in pages:
        if (own := _identity(file, number)) in seen:
            say(f"{file}, page {number}: it is named twice, and {deed} once")
            continue
        seen.add(own)
        yield file, number, picture


def _identity(file: str, number: int) -> tuple[str, int]:
    """Return what tells a page from all others, however its file is named."""
    from knn_digits.images import split_page

    if file == STDIN:
        return file, number
    path, named = split_page(pathlib.Path(file))
    return os.path.realpath(path), named or number


def _read_page(reader: FormReader, file: str, number: int, picture: Picture | PhotoError) -> PageReading:
    from knn_digits.forms.records import UNREADABLE, PageReading

    if isinstance(picture, PhotoError):
        return PageReading(file=file, page=number, status=UNREADABLE, fit=0.0, message=str(picture))
    for note in picture.notes:
        say(f"{file}, page {number}: {note}")
    return reader.read(picture.pixels, file=file, page=number)


def _pages(paths: list[str]) -> Iterator[Page]:
    """Yield each page of the scans: its file, its number and its picture, or why there is none."""
    from knn_digits.images import read_pages

    for path, source in map(open_task, paths):
        if isinstance(source, PhotoError):
            yield path, 1, source
            continue
        try:
            for number, (_, picture) in enumerate(read_pages(source), 1):
                yield path, number, picture
        except PhotoError as error:
            yield path, 1, error


@form.command("correct")
@click.argument("table", type=PATH)
@click.argument("corrections", type=PATH)
@click.option("--learn/--no-learn", "do_learn", default=True, show_default=True, help="Teach the model, too.")
@knn_model_option
def correct_command(
    *, table: pathlib.Path, corrections: pathlib.Path, do_learn: bool, model: str | None
) -> int:
    """Write the CORRECTIONS of a review into TABLE.

    What fails a check of the form then is told, and `invalid`. The model learns their digits, too,
    where that does no harm.

    \b
    Example:
      knn-digits form correct out.csv corrections.json
    """
    from knn_digits.forms.correct import correct_table, read_corrections, teach

    found = read_corrections(corrections)
    known = load_knn_option(model) if do_learn else None
    for line in correct_table(table, found):
        say(line)
    put_line(f"{table}: {counted(len(found.fields), 'field')} corrected")
    if known:
        try:
            taken, harmful = teach(found.fields, known)
        except KnnDigitsError as error:
            return fail(f"the table is corrected, but nothing is learned: {error}", error.exit_code)
        put_line(
            f"learned {counted(taken, 'digit')}" + (f", left out {harmful} that harm" if harmful else "")
        )
    return 0
