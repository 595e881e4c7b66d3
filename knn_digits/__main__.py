"""`python -m knn_digits` and the command `knn-digits`."""

import contextlib
import gc
import os
import signal
import sys
import threading
from typing import NoReturn

ENDING = ("SIGTERM", "SIGHUP")  # by which others end a program; Python itself makes an exception of Ctrl-C


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        if threading.current_thread() is threading.main_thread():  # no other may ask for signals
            _unwind_on_signals()
        code = _run()
    except KeyboardInterrupt:
        _tell("knn-digits: interrupted")
        code = 130
    except BrokenPipeError:  # the reader of our output has enough
        _discard_output()
        code = 0
    _flush_talk()
    gc.freeze()  # the system takes back all memory: looking for garbage first takes a tenth of a short run
    sys.exit(code)


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):  # stderr may be full, too: then the code alone tells
        print(line, file=sys.stderr)  # noqa: T201


def _flush_talk() -> None:
    """Forget what stderr did not take, so that the end of the program has its own code."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _discard_output()


def _unwind_on_signals() -> None:
    """Let the signals that end a program unwind it first, so that nothing half written is left."""
    for number in _ending():
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores some, and so it stays
            signal.signal(number, _leave)


def _leave(number: int, _: object) -> NoReturn:
    for another in _ending():
        signal.signal(another, signal.SIG_IGN)  # one more would cut short what the first one began
    raise SystemExit(128 + number)


def _ending() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ENDING if hasattr(signal, name)]  # Windows has no SIGHUP


def _run() -> int:
    from knn_digits.cli import run
    from knn_digits.errors import StorageError
    from knn_digits.plain import plain

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by the shell's >&-
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return run(sys.argv[1:])
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk behind stdout, mostly: a room answers for its own files
        what = error.filename or "the output"
        _tell(plain(f"knn-digits: cannot use {what}: {error.strerror or error}"))
        _discard_output()
        return StorageError.exit_code


def _discard_output() -> None:
    """Let what is still to be written go nowhere, so that the end of the program does not stumble on it."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


if __name__ == "__main__":
    main()
