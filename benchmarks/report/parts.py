"""Parts of the report -> their raw results, a JSON file each, written as soon as it is done.

A part whose file is there and is of the same data, scale and seed is not measured again. This is the one
module of the report that measures.
"""

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import (
    accuracy,
    corruptions,
    failures,
    grids,
    learning,
    photos,
    scaling,
    search,
    sizes,
    speed,
    svc,
    trust,
    votes,
)
from benchmarks.measure.ask import Measure, answer_question
from benchmarks.models.study import Study
from benchmarks.records import read_record, write_record
from benchmarks.script import say
from knn_digits.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the report: a question, whose name it has."""

    name: str
    group: str
    measure: Measure
    full: float  # seconds it took on MNIST, on two cores
    quick: float  # seconds with --quick on the sample

    def seconds(self, scale: str) -> float:
        """Return what it may take."""
        return self.full if scale == "full" else self.quick


PARTS = (
    Part(name="accuracy", group="answers", measure=accuracy.measure, full=330, quick=20),
    Part(name="votes", group="answers", measure=votes.measure, full=40, quick=2),
    Part(name="grids", group="answers", measure=grids.measure, full=40, quick=1),
    Part(name="learning", group="answers", measure=learning.measure, full=200, quick=16),
    Part(name="failures", group="answers", measure=failures.measure, full=40, quick=1),
    Part(name="trust", group="answers", measure=trust.measure, full=60, quick=2),
    Part(name="corruptions", group="outside", measure=corruptions.measure, full=300, quick=8),
    Part(name="photos", group="outside", measure=photos.measure, full=10, quick=7),
    Part(name="svc", group="answers", measure=svc.measure, full=240, quick=8),
    Part(name="sizes", group="cost", measure=sizes.measure, full=100, quick=3),
    Part(name="speed", group="cost", measure=speed.measure, full=200, quick=35),
    Part(name="search", group="cost", measure=search.measure, full=250, quick=10),
    Part(name="scaling", group="cost", measure=scaling.measure, full=240, quick=22),
)

BESIDE = ("growth", "references", "tokens", "transfer")  # measured alone, drawn where they are there


def _due(part: Part, reasons: Mapping[str, str | None], *, again: bool) -> str | None:
    """Return why a part is to be measured; None, and say it, if it was before."""
    reason = "measured again" if again else reasons[part.name]
    if reason is None:
        say(f"{part.name}: done before")
    return reason


def measure_parts(wanted: Sequence[Part], study: Study, folder: pathlib.Path, *, again: bool) -> None:
    """Measure the wanted parts that are not there yet; write each when it is done.

    Raises
    ------
    StorageError
        If the folder cannot be written to.
    """
    reasons = {part.name: _reason(folder, part, study) for part in PARTS}
    for name in [name for name, reason in reasons.items() if reason is None]:
        study.found[name] = read_part(folder / f"{name}.json")["result"]
    todo = [(part, reason) for part in wanted if (reason := _due(part, reasons, again=again))]
    spent, estimated = 0.0, 0.0
    for place, (part, reason) in enumerate(todo):
        slower = spent / estimated if estimated else 1.0
        left = sum(one.seconds(study.scale.name) for one, _ in todo[place:]) * slower
        say(f"{part.name}: {reason}; {_minutes(left)} left in all")
        command = f"python benchmarks/report.py --only {part.name}"
        raw = answer_question(part.name, part.measure, study, command=command)
        study.found[part.name] = raw["result"]
        write_record(folder, raw)
        spent += raw["seconds"]
        estimated += part.seconds(study.scale.name)


def read_part(path: pathlib.Path) -> dict[str, Any]:
    """Return what was written; DataError if it is damaged."""
    raw = read_record(path)
    if "key" not in raw:
        raise DataError(f"{path} is no part of a report, it lacks the key; remove it and measure again")
    return raw


def read_parts(folder: pathlib.Path) -> dict[str, dict[str, Any]]:
    """Return the parts that are in the folder, by name, and what is beside; DataError if there is no part."""
    names = [part.name for part in PARTS if (folder / f"{part.name}.json").is_file()]
    if not names:
        raise DataError(f"there are no results in {folder}: measure first, with --data")
    found = {name: read_part(folder / f"{name}.json") for name in names}
    beside = {name: folder / f"{name}.json" for name in BESIDE}
    return found | {name: read_record(path) for name, path in beside.items() if path.is_file()}


def pick(words: Sequence[str]) -> Iterator[Part]:
    """Yield the parts of these names or groups, in order; all if there are no words."""
    for part in PARTS:
        if not words or part.name in words or part.group in words:
            yield part


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


def _minutes(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
