"""Talk and progress on stderr, so that stdout has results alone."""

import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import click

INTERRUPTED = 130  # exit code: 128 + SIGINT


def say(message: str) -> None:
    """Print talk to stderr, above the progress bar if there is one."""
    if "tqdm" in sys.modules and is_terminal(sys.stderr):  # only tqdm can write above its bar
        sys.modules["tqdm"].tqdm.write(message, file=sys.stderr)
    else:
        click.echo(message, err=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether someone looks at this stream."""
    return stream is not None and stream.isatty()  # None: closed by the shell's >&-


def progress_bar(label: str) -> Callable[[Iterable[int]], Iterable[int]]:
    """Return what wraps an iterable with a progress bar on stderr, shown on a terminal only."""
    if not is_terminal(sys.stderr):
        return lambda steps: steps
    from tqdm import tqdm

    return lambda steps: tqdm(steps, desc=label, leave=False)


def fail(message: str, code: int) -> int:
    """Print one line about what went wrong, and return the exit code."""
    say(f"knn-digits: {' '.join(message.split())}")
    return code
