"""Raw scores of readers of photos -> rows of a table, and what a reader of the table must know."""

from collections.abc import Mapping, Sequence
from typing import Any

SECONDS = {"median_seconds": "median seconds a photo", "median_cpu_seconds": "median CPU seconds a photo"}


def score_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """Return the header and a row for each group: digits read right, and photos read exactly."""
    readers = result["readers"]
    rows = [["photos", "digits", *(one["name"] for one in readers)]]
    for name in readers[0]["groups"]:
        rows += _group_rows(name, [one["groups"][name] for one in readers])
    empty = readers[0]["without_digits"]["photos"]
    if empty:
        found = [one["without_digits"] for one in readers]
        cells = [f"{one['invented']} wrong  {one['exact']}/{empty}" for one in found]
        rows.append([f"without digits ({empty})", "0", *cells])
    for name, title in SECONDS.items():
        if name in readers[0]:
            rows.append([title, "", *(f"{one[name]:.3f}" for one in readers)])
    return rows


def _group_rows(name: str, groups: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the rows of one group of photos, as each reader read it."""
    cells = [f"{of['accuracy']:.1%}  {of['exact']}/{of['photos']}" for of in groups]
    rows = [[f"{name} ({groups[0]['photos']})", str(groups[0]["digits"]), *cells]]
    if name.startswith(("all", "core", "set ")):
        rows.append(["- 95 % interval", "", *(_interval(of["interval"]) for of in groups)])
        means = (f"{of['mean_over_sources']:.1%}  " + " " * 5 for of in groups)
        rows.append(["- mean over sources", "", *means])
    return rows


def _interval(bounds: Sequence[float] | None) -> str:
    low, high = bounds or (0.0, 1.0)
    return f"{low:.1%} to {high:.1%}"


def blame_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """Return the header and, for each stage, how many digits it lost; nothing where no reader tells it."""
    counts = {one["name"]: one["blame"] for one in result["readers"] if "blame" in one}
    if not counts:
        return []
    stages = next(iter(counts.values()))
    rows = ([stage, *(f"{of[stage]:,}" for of in counts.values())] for stage in stages)
    return [["lost by", *counts], *rows]


def make_notes(result: Mapping[str, Any]) -> list[str]:
    """Return what a reader of the table must know, a line each."""
    readers = result["readers"]
    notes = [
        "Digits read right (1 - edit distance / digits, never below 0 for a photo), photos read without "
        "a mistake."
    ]
    if readers[0]["without_digits"]["photos"]:
        notes.append("Without digits: how many digits were read in photos that have none.")
    notes += [note for one in readers for note in _reader_notes(one)]
    if any("model" not in one for one in readers) and result.get("on_their_side"):
        notes.append("The other readers got pages that lie on their side turned upright; our models did not.")
    return notes + [f"{name}: skipped, {reason}" for name, reason in result.get("skipped", {}).items()]


def _reader_notes(one: Mapping[str, Any]) -> list[str]:
    notes = []
    if one["modes"]:
        tried = ", ".join(f"{mode} {accuracy:.1%}" for mode, accuracy in one["modes"].items())
        notes.append(f"{one['name']}: the best of its modes over all photos, {one['mode']}; tried: {tried}.")
    if one["unreadable"]:
        notes.append(
            f"{one['name']}: {one['unreadable']} of the photos could not be read and count as empty."
        )
    return notes
