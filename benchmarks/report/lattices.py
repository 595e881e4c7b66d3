"""Raw results on numbers that find grids -> their table, as `benchmarks.report.tables` prints it."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report.markdown import markdown_table

RULED = "grids are found, corners {cells_off:.3f} cells off in the mean; one that is not counts as one cell."
UNRULED = "tables without rules are found with their rows and columns; any other counts as one off."


def lattices_table(result: Mapping[str, Any]) -> str:
    """Return how grids are found with each number changed."""
    ruled = _part(result, RULED)
    return f"{ruled}\n\n{_part(result['unruled'], UNRULED)}" if "unruled" in result else ruled


def _part(result: Mapping[str, Any], found: str) -> str:
    rows = [_row(one) for one in result["numbers"]]
    now = result["now"]
    words = (
        f"{len(rows)} numbers. As they are, {now['found']} of {result['tables']} drawn {found.format(**now)}"
    )
    header = ["number", "value", "unit and meaning", "each other value: found, off"]
    return f"{markdown_table(header, rows)}\n\n{words}"


def _row(one: Mapping[str, Any]) -> list[str]:
    name = f"`{one['module']}.{one['name']}`"
    return [name, _spell(one["value"]), one["meaning"], "; ".join(map(_change, one["others"]))]


def _change(found: Mapping[str, Any]) -> str:
    value = _spell(found["value"])
    if "impossible" in found:
        return f"{value}: impossible"
    return f"{value}: {found['found']}, {found['cells_off']:.3f}"


def _spell(value: float | Sequence[float]) -> str:
    """Return a number, or several, of which each was left out or all were halved and doubled."""
    several = value if isinstance(value, Sequence) else [value]
    return ", ".join(f"{one:g}" for one in several)
