"""What was measured of `serve` -> its tables: times of drawings, under load, too, and what axe-core says."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table


def serve_table(result: Mapping[str, Any]) -> str:
    """Return milliseconds by feature, those of the load, and the rules of accessibility kept and violated."""
    pen = {row["feature"]: row for row in result.get("browser", {}).get("pen", ())}
    rows = [
        [row["feature"], _times(row), _times(pen[row["feature"]]) if pen else "-"] for row in result["alone"]
    ]
    load = result["load"]
    parts = [
        markdown_table(["compared", "request: ms, p50 / p95", "pen to picture: ms, p50 / p95"], rows),
        f"{load['clients']} clients, {load['rate']:.0f} drawings a second for {load['seconds']:.0f} s: "
        f"{load['read']} of {load['asked']} read, {_times(load)} ms.",
    ]
    if "access" in result:
        parts.append(_access(result["access"]))
    return "\n\n".join(parts)


def _times(row: Mapping[str, Any]) -> str:
    return f"{row['p50']:.1f} / {row['p95']:.1f}"


def _access(access: Mapping[str, Any]) -> str:
    header = [f"axe-core {access['axe-core']}", "rules kept", "violated", "that a person must check"]
    rows = [
        [
            f"{one['view']}, {one['scheme']}",
            str(len(one["passes"])),
            ", ".join(one["violations"]) or "none",
            ", ".join(one["incomplete"]) or "none",
        ]
        for one in access["views"]
    ]
    return markdown_table(header, rows)
