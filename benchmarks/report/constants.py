"""Raw results on numbers that a person set -> their table, as `benchmarks.report.tables` prints it."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table


def constants_table(result: Mapping[str, Any]) -> str:
    """Return how photos are read with each number changed, and how many numbers of each kind there are."""
    rows = [
        [f"`{one['module']}.{one['name']}`", _shown(one["value"]), one["meaning"], *_changes(one)]
        for one in result["numbers"]
    ]
    header = ["number", "value", "unit and meaning", "changed to: points of the mean over sources"]
    kinds = ", ".join(f"{count} for {kind}" for kind, count in result["kinds"].items())
    unknown = sum(one["others"] is None for one in result["numbers"])
    compared = sum(one.get("compared", False) for one in result["numbers"])
    now = result["now"]
    right, mean = (100 * now[name] for name in ("accuracy", "mean_over_sources"))
    words = (
        f"{len(rows)} numbers: {kinds}; {compared} compared by `benchmarks.learn_numbers`, {unknown} not "
        f"measured yet. The smallest photo of each of {result['photos']} sources, {result['digits']:,} "
        f"digits: {right:.1f} % of them right as the numbers are, the mean over sources {mean:.1f}. Behind "
        "each difference its standard error."
    )
    return f"{markdown_table(header, rows)}\n\n{words}"


def _changes(one: Mapping[str, Any]) -> list[str]:
    """Return what became of the photos with each other value of a number."""
    if one["others"] is None:
        return ["not measured"]
    return ["; ".join(map(_change, one["others"])) or "-"]


def _change(found: Mapping[str, Any]) -> str:
    if "impossible" in found:
        return f"{_shown(found['value'])}: impossible"
    points, error = 100 * found["difference"], 100 * found["standard_error"]
    return f"{_shown(found['value'])}: {points:+.1f} ± {error:.1f}"


def _shown(value: Any) -> str:
    return " ".join(map(_shown, value)) if isinstance(value, list | tuple) else f"{value:g}"
