"""Door: argv -> one call -> text and exit code. Results go to stdout, talk and progress to stderr."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from knn_digits import __version__
from knn_digits.cli.talk import INTERRUPTED, fail
from knn_digits.errors import DataError, KnnDigitsError, UsageError

FILES = {
    name: name
    for name in (
        *("classify", "table", "explain", "learn", "suggest", "form", "serve"),  # photos
        *("fit", "tune", "evaluate", "inspect", "train"),  # models
        *("data", "show", "doctor"),
    )
} | {"info": "evaluate"}  # command -> the module that has it
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EPILOG = """\b
Exit codes: 0 all read, 1 some photos unreadable, 2 usage error, 3 bad data,
4 bad model, 5 missing optional part, 6 cannot write, 130 interrupted."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        _check_words(arguments)
        return _invoke(arguments)
    except KnnDigitsError as error:
        return fail(str(error), error.exit_code)
    except MemoryError as error:
        asked = f" ({error})" if str(error) else ""  # NumPy says the array's bytes and shape
        return fail(f"not enough memory{asked}; give fewer digits, or smaller pictures", DataError.exit_code)
    except KeyboardInterrupt:
        return fail("interrupted", INTERRUPTED)


def _invoke(arguments: Sequence[str]) -> int:
    """Run the command line; what Click raises is told here."""
    try:
        with cli.make_context("knn-digits", list(arguments)) as context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as done:  # after --help and --version
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        said = " ".join(error.format_message().split()).rstrip(".")  # Click's may have several lines
        return fail(f"{said}; see `{_named(arguments)} --help`", error.exit_code)


def _named(arguments: Sequence[str]) -> str:
    """Return the command that the first words name: Click does not say it with all of its errors."""
    command: click.Command = cli
    words = ["knn-digits"]
    for word in arguments:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
        words.append(word)
    return " ".join(words)


def _check_words(arguments: Sequence[str]) -> None:
    """Raise UsageError for what no system passes: no room and no library foresees it."""
    try:
        legal = b"\0" not in os.fsencode(" ".join(arguments))
    except UnicodeEncodeError:
        legal = False
    if not legal:
        raise UsageError("an argument holds a character that no command line can: leave it out")


class _Commands(Mapping[str, click.Command]):
    """The commands by their names: each is loaded when it is asked for, so that none waits for the others."""

    def __getitem__(self, name: str) -> click.Command:
        command: click.Command = getattr(importlib.import_module(f"knn_digits.cli.{FILES[name]}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


COMMANDS: Any = _Commands()  # Click would like a mapping that it may change, and changes none


@click.group(commands=COMMANDS, epilog=EPILOG, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="knn-digits")
def cli() -> None:
    """Read handwritten digits in photos by their nearest neighbors.

    \b
    Example:
      knn-digits classify photo.jpg
    """
