"""Arguments -> one run of a command and its exit code, and what a run notes about itself."""

import argparse
import datetime
import os
import pathlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

import cv2
import faiss
import numpy as np
import PIL

import knn_digits
from knn_digits.errors import KnnDigitsError

INTERRUPTED = 130  # exit code: 128 + SIGINT
BUSY = 1.3  # processes a core: above it, other programs lengthen what is timed
T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def __init__(self, **options: Any) -> None:
        super().__init__(prog=program(), **options)

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{_file_name()}: {message}; see --help\n")


def program() -> str:
    """Return what a person typed to run this: `python -m` and a module, or `python` and a file."""
    spec = sys.modules["__main__"].__spec__
    if spec is None:
        return f"python benchmarks/{pathlib.Path(sys.argv[0]).name}"
    return f"python -m {spec.name.removesuffix('.__main__')}"


def _file_name() -> str:
    path = pathlib.Path(sys.argv[0])
    return f"{path.parent.name}.py" if path.stem == "__main__" else path.name


def run(main: Callable[[Sequence[str]], None]) -> NoReturn:
    """Run a command and exit with its code; what it foresees and Ctrl-C end it with one line."""
    code = 0
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except KnnDigitsError as error:
        say(f"{_file_name()}: {error}")
        code = error.exit_code
    except KeyboardInterrupt:
        say(f"{_file_name()}: interrupted")
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def say(message: str) -> None:
    """Print talk to stderr."""
    print(message, file=sys.stderr)


def warn_if_busy(load: float) -> None:
    """Say it where other programs have lengthened what was timed."""
    if load > BUSY * (os.cpu_count() or 1):
        say(f"the machine is busy (load {load:.1f}): measure again when it is not")


def progress(steps: Sequence[T], label: str) -> Iterable[T]:
    """Return the steps, with a progress bar on stderr if that is a terminal."""
    if not sys.stderr.isatty():
        return steps
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(steps, desc=label, leave=False)
    return bar


def describe_run(command: str) -> dict[str, Any]:
    """Return when, on which machine, with which versions and at which commit this runs, and the command."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": command.strip(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "commit": _commit(),
        "threads": {"faiss": faiss.omp_get_max_threads(), "opencv": cv2.getNumThreads()},
        "versions": {
            "knn-digits": knn_digits.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
            "faiss": faiss.__version__,
            "pillow": PIL.__version__,
        },
    }


def _cpu() -> str:
    """Return the processor's name."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    """Return the commit that is checked out, with a + if files differ from it; None outside of Git."""
    git = shutil.which("git")
    if git is None:
        return None
    here = [git, "-C", str(pathlib.Path(__file__).parent)]
    found = subprocess.run(
        [*here, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        return None
    changed = subprocess.run([*here, "diff", "--quiet", "HEAD"], capture_output=True, check=False)
    return found.stdout.strip() + "+" * bool(changed.returncode)
