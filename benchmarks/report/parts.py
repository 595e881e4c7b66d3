"""Parts of a report -> their raw results, a JSON file each, written as soon as it is done.

A part whose file is there and is of the same data, scale and seed is not measured again.
"""

import json
import pathlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import faiss

from benchmarks.models.study import Study
from benchmarks.script import describe_run, say, write_text
from knn_digits.errors import DataError

Measure: TypeAlias = Callable[[Study], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the report."""

    name: str
    group: str
    measure: Measure
    full: float  # seconds it took on MNIST, on two cores
    quick: float  # seconds with --quick on the sample

    def seconds(self, scale: str) -> float:
        """Return what it may take."""
        return self.full if scale == "full" else self.quick


def measure_parts(
    parts: Sequence[Part], wanted: Sequence[Part], study: Study, folder: pathlib.Path, *, again: bool
) -> None:
    """Measure the wanted parts that are not there yet; write each when it is done.

    Raises
    ------
    StorageError
        If the folder cannot be written to.
    """
    reasons = {part.name: _reason(folder, part, study) for part in parts}
    for name in [name for name, reason in reasons.items() if reason is None]:
        study.found[name] = read_part(folder / f"{name}.json")["result"]
    todo = []
    for part in wanted:
        reason = "measured again" if again else reasons[part.name]
        if reason is None:
            say(f"{part.name}: done before")
        else:
            todo.append((part, reason))
    spent, estimated = 0.0, 0.0
    for place, (part, reason) in enumerate(todo):
        slower = spent / estimated if estimated else 1.0
        left = sum(one.seconds(study.scale.name) for one, _ in todo[place:]) * slower
        say(f"{part.name}: {reason}; {_minutes(left)} left in all")
        spent += _measure(part, study, folder)
        estimated += part.seconds(study.scale.name)


def read_part(path: pathlib.Path) -> dict[str, Any]:
    """Return what was written; DataError if it is damaged."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        if not {"part", "run", "key", "result"} <= set(raw):
            raise ValueError("it lacks something")
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} is no part of a report ({error}); remove it and measure again") from error
    return dict(raw)


def read_parts(folder: pathlib.Path, parts: Sequence[Part]) -> dict[str, dict[str, Any]]:
    """Return the parts that are in the folder, by name; DataError if there is none."""
    names = [part.name for part in parts if (folder / f"{part.name}.json").is_file()]
    if not names:
        raise DataError(f"there are no results in {folder}: measure first, with --data")
    return {name: read_part(folder / f"{name}.json") for name in names}


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


def _reason(folder: pathlib.Path, part: Part, study: Study) -> str | None:
    """Return why a part must be measured; None: it is there."""
    path = folder / f"{part.name}.json"
    if not path.is_file():
        return "not there yet"
    try:
        key = read_part(path)["key"]
    except DataError:
        return "what is there is damaged"
    differing = [name for name, value in study.key().items() if key.get(name) != value]
    return f"what is there has other {' and '.join(differing)}" if differing else None


def _measure(part: Part, study: Study, folder: pathlib.Path) -> float:
    start = time.perf_counter()
    result = part.measure(study)
    spent = time.perf_counter() - start
    study.found[part.name] = result
    scale = " --quick" if study.scale.name == "quick" else ""
    data = study.training.name if study.training.name in ("sample", "mnist") else "PATH"
    run = describe_run() | {"command": f"benchmarks/report.py --data {data}{scale}"}
    raw = {
        "part": part.name,
        "run": run | {"threads": {"faiss": faiss.omp_get_max_threads(), "opencv": cv2.getNumThreads()}},
        "key": study.key(),
        "about_test": study.about_test,
        "seconds": round(spent, 1),
        "result": result,
    }
    write_text(folder / f"{part.name}.json", compact(raw) + "\n")
    return spent


def _minutes(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"


def pick(parts: Sequence[Part], words: Sequence[str]) -> Iterator[Part]:
    """Yield the parts of these names or groups, in order; all if there are no words."""
    for part in parts:
        if not words or part.name in words or part.group in words:
            yield part
