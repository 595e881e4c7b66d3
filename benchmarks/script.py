"""What the scripts here share: how they end, which models they load, what they note about themselves."""

import argparse
import datetime
import json
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
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.network import NetworkClassifier
from knn_digits.errors import KnnDigitsError, UsageError
from knn_digits.storage import write_then_rename

INTERRUPTED = 130  # exit code: 128 + SIGINT
T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def run(main: Callable[[Sequence[str]], None]) -> NoReturn:
    """Run a script and exit with its code; what it foresees and Ctrl-C end it with one line."""
    code = 0
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except KnnDigitsError as error:
        say(f"{pathlib.Path(sys.argv[0]).name}: {error}")
        code = error.exit_code
    except KeyboardInterrupt:
        say(f"{pathlib.Path(sys.argv[0]).name}: interrupted")
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def say(message: str) -> None:
    """Print talk to stderr."""
    print(message, file=sys.stderr)


def progress(steps: Sequence[T], label: str) -> Iterable[T]:
    """Return the steps, with a progress bar on stderr if that is a terminal."""
    if not sys.stderr.isatty():
        return steps
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(steps, desc=label, leave=False)
    return bar


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add --model, which may be given several times; `load_models` takes its value."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="FILE",
        help="a model file, `bundled`, the default, or a network; give it again to compare several",
    )


def load_models(names: Sequence[str] | None) -> dict[str, KnnClassifier | NetworkClassifier]:
    """Return the models by the names they get in reports."""
    models: dict[str, KnnClassifier | NetworkClassifier] = {}
    for name in names or ["bundled"]:
        short = name if name == "bundled" else pathlib.Path(name).stem
        if short in models:
            raise UsageError(f"two models are called {short}: give them different file names")
        models[short] = load_classifier(name)
    return models


def describe_model(model: Classifier) -> dict[str, Any]:
    """Return what its header or card tells of a model: features, neighbors, data, versions, date."""
    if isinstance(model, NetworkClassifier):
        return {key: model.card[key] for key in ("network", "sha256", "command", "data", "versions", "date")}
    if not isinstance(model, KnnClassifier):
        return {}
    return {key: model.header.get(key) for key in ("feature", "options", "data", "versions", "date")}


def describe_run() -> dict[str, Any]:
    """Return when, on which machine, with which versions and at which commit this runs."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": " ".join([f"benchmarks/{pathlib.Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "machine": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "commit": _commit(),
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


def write_json(path: pathlib.Path, results: object) -> None:
    """Write raw results, by write-then-rename; StorageError if that fails."""
    write_text(path, json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def write_text(path: pathlib.Path, text: str) -> None:
    """Write a text in UTF-8, by write-then-rename; StorageError if that fails."""
    with write_then_rename(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns line up; all but the first are aligned to the right."""
    table = [list(header), *map(list, rows)]
    widths = [max(3, *(len(row[column]) for row in table)) for column in range(len(header))]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    table.insert(1, ruler)
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in table
    )
