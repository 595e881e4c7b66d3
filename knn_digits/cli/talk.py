"""Talk and progress on stderr, so that stdout has results alone; what they quote forges no line."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TextIO

import click

from knn_digits.plain import plain

INTERRUPTED = 130  # exit code: 128 + SIGINT
ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # signals that end a program


def say(message: str) -> None:
    """Print one line of talk to stderr, above the progress bar if there is one.

    Where stderr takes no more, as on a full disk, the work goes on without it.
    """
    line = plain(message)
    try:
        if "tqdm" in sys.modules and is_terminal(sys.stderr):  # only tqdm can write above its bar
            sys.modules["tqdm"].tqdm.write(line, file=sys.stderr)
        else:
            click.echo(line, err=True)
    except BrokenPipeError:  # whoever reads has enough of all
        raise
    except OSError:
        return


def fail(message: str, code: int) -> int:
    """Print one line about what went wrong, and return the exit code."""
    say(f"knn-digits: {message}")
    return code


def put(text: str, *, end: str = "\n") -> None:
    """Print results to stdout at once, in UTF-8 whatever the terminal's encoding: a name leads to its file.

    Of a name that is no text the bytes become Python's escapes.
    """
    click.echo((text + end).encode("utf-8", "backslashreplace"), nl=False)


def put_line(text: object) -> None:
    """Print one line of results that may quote a name, as `put` does."""
    put(plain(str(text)))


@contextlib.contextmanager
def whole() -> Iterator[None]:
    """Hold back Ctrl-C and its like until the block is done, which prints what must be whole.

    A second one ends it at once: the block may wait for a reader that never comes.
    """
    if threading.current_thread() is not threading.main_thread():  # no signal comes there
        yield
        return
    came: list[int] = []
    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    handlers = {number: handler for number in numbers if callable(handler := signal.getsignal(number))}

    def hold(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            handlers[number](number, frame)

    for number in handlers:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            handlers[came[0]](came[0], None)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether someone looks at this stream."""
    return stream is not None and stream.isatty()  # None: closed by the shell's >&-


def progress_bar(label: str) -> Callable[[Iterable[int]], Iterable[int]]:
    """Return what wraps an iterable with a progress bar on stderr, shown on a terminal only."""
    if not is_terminal(sys.stderr):
        return lambda steps: steps
    from tqdm import tqdm

    return lambda steps: tqdm(steps, desc=label, leave=False)
