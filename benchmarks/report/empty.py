"""Raw results on pages without digits -> their table, as `benchmarks.report.tables` prints it."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table


def empty_table(result: Mapping[str, Any]) -> str:
    """Return on how many pages without a digit something is read, by kind of page."""
    rows = [
        [
            one["model"],
            f"{one['pages']['n'] - one['pages']['errors']} of {one['pages']['n']}",
            ", ".join(f"{kind}: {count}" for kind, count in one["kinds"].items()) or "none",
        ]
        for one in result["measured"]
    ]
    return markdown_table(["model", "pages on which nothing is read", "pages on which something is"], rows)
