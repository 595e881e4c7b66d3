"""A module's name -> the numbers by which it searches photos, each compared with others on photos."""

import functools
import json
import pathlib
from collections.abc import Mapping
from typing import Any

FILE = pathlib.Path(__file__).with_name("numbers.json")  # made by `python -m benchmarks.learn_numbers`


def numbers_of(module: str) -> Mapping[str, Any]:
    """Return the numbers of a module of this package by their names; lists as tuples.

    The file says of each what it means, which others were tried in its place, and what that gave.

    Examples
    --------
    >>> numbers_of("knn_digits.photo.cuts")["APART"]
    0.1
    """
    entries = _entries().get(module.removeprefix("knn_digits."), {})
    return {name: _plain(entry["value"]) for name, entry in entries.items()}


@functools.cache
def _entries() -> dict[str, dict[str, Any]]:
    return dict(json.loads(FILE.read_text("utf-8"))["numbers"])


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
