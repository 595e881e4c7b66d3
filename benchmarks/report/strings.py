"""Raw results on strings -> their table, as `benchmarks.report.tables` prints it."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table


def strings_table(result: Mapping[str, Any]) -> str:
    """Return how many strings of each kind are read exactly, and how many of their digits are right."""
    rows = [
        [one["kind"], one["model"], f"{one['strings']['n']}", _right(one["strings"]), _right(one["digits"])]
        for one in result["measured"]
    ]
    header = ["strings of test digits", "model", "strings", "read exactly, in %", "digits right, in %"]
    words = (
        f"One string a picture, digits about {result['height']} pixels high. Letters are read exactly where "
        "no digit is read. Behind each share its 95 % interval."
    )
    return f"{markdown_table(header, rows)}\n\n{words}"


def _right(found: Mapping[str, Any] | None) -> str:
    """Return the share that is right, with its interval."""
    if found is None:
        return "-"
    right, high, low = (100 * (1 - wrong) for wrong in (found["error_rate"], *found["interval"]))
    return f"{right:.1f} ({low:.1f} to {high:.1f})"
