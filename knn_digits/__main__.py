"""`python -m knn_digits` and the command `knn-digits`."""

import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = _run()
    except KeyboardInterrupt:
        print("knn-digits: interrupted", file=sys.stderr)  # noqa: T201
        code = 130
    except BrokenPipeError:  # the reader of our output has enough
        _discard_output()
        code = 0
    sys.exit(code)


def _run() -> int:
    from knn_digits.cli import run
    from knn_digits.errors import StorageError

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by the shell's >&-
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return run(sys.argv[1:])
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk behind stdout, mostly: a room answers for its own files
        what = error.filename or "the output"
        print(f"knn-digits: cannot use {what}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        _discard_output()
        return StorageError.exit_code


def _discard_output() -> None:
    """Let what is still to be written go nowhere, so that the end of the program does not stumble on it."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


if __name__ == "__main__":
    main()
