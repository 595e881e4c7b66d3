"""Raw results <-> one JSON file a question, which says by which command, when and on what it was measured."""

import argparse
import base64
import json
import pathlib
import re
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.script import describe_run
from knn_digits.arrays import SIDE, Digits
from knn_digits.errors import DataError
from knn_digits.storage import write_then_rename

RESULTS = pathlib.Path(__file__).parent / "results"
NEEDED = ("question", "run", "result")


def record(
    question: str, result: Mapping[str, Any], *, options: str, command: str | None = None
) -> dict[str, Any]:
    """Return what is written of a question: its result, the run, and the command with these options.

    The command is that of the question, unless another one has asked it.
    """
    asked = command or f"python -m benchmarks.measure.{question}"
    return {"question": question, "run": describe_run(f"{asked} {options}"), "result": dict(result)}


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says into which folder a record goes."""
    words = "where raw results go"
    parser.add_argument("--output", type=record_folder, metavar="DIR", default=RESULTS, help=words)


def record_folder(path: str) -> pathlib.Path:
    """Return a path as an option names it, which is refused before anything is measured if it is a file."""
    if pathlib.Path(path).exists() and not pathlib.Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a file: name a folder, which may be new")
    return pathlib.Path(path)


def write_record(where: pathlib.Path, raw: Mapping[str, Any]) -> pathlib.Path:
    """Write a record into a folder, by write-then-rename, and return its path.

    Raises
    ------
    StorageError
        If the folder cannot be written to.
    """
    path = where / f"{raw['question']}.json"
    write_json(path, raw)
    return path


def read_record(path: pathlib.Path) -> dict[str, Any]:
    """Return what was written; DataError if it is missing or damaged."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        if not set(NEEDED) <= set(raw):
            raise ValueError("it lacks something")
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} is no file of raw results ({error}); remove it and measure again") from error
    return dict(raw)


def write_json(path: pathlib.Path, raw: object) -> None:
    """Write raw results, by write-then-rename; StorageError if that fails."""
    write_text(path, compact(raw) + "\n")


def write_text(path: pathlib.Path, text: str) -> None:
    """Write a text in UTF-8, by write-then-rename; StorageError if that fails."""
    with write_then_rename(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def compact(raw: object) -> str:
    """Return JSON in which a list of numbers or words is one line.

    Examples
    --------
    >>> print(compact({"a": [1, 2]}))
    {
     "a": [1, 2]
    }
    """
    text = json.dumps(raw, indent=1, ensure_ascii=False)
    return re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s*\]", lambda found: f"[{_joined(found[1])}]", text)


def _joined(items: str) -> str:
    return " ".join(line.strip() for line in items.split("\n"))


def pack(pictures: Digits) -> str:
    """Return (n, m, 28, 28) pictures as text; `unpack` undoes it."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(pictures).tobytes(), 9)).decode("ascii")


def unpack(text: str, n: int) -> Digits:
    """Return the (n, m, 28, 28) pictures, each digit with those beside it."""
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return pixels.reshape(n, -1, SIDE, SIDE) if n else pixels.reshape(0, 1, SIDE, SIDE)
