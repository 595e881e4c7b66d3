"""Raw results on tables and sudokus -> their table, as `benchmarks.report.tables` prints it."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report.markdown import markdown_table


def cells_table(result: Mapping[str, Any]) -> str:
    """Return the cells read right in each kind of table, beside RapidOCR where it was asked."""
    pages = result["pages"]
    kinds = dict.fromkeys(page["kind"] for page in pages)
    rows = [_row(kind, [page for page in pages if page["kind"] == kind]) for kind in kinds]
    head = [
        "pages",
        "cells",
        "read right",
        "no numbers, told",
        "whole pages",
        "RapidOCR: right",
        "CPU s a page",
    ]
    return markdown_table(head, rows)


def _row(kind: str, pages: Sequence[Mapping[str, Any]]) -> list[str]:
    def total(name: str) -> Any:
        return sum(page.get(name, 0) for page in pages)

    asked = sum(page["cells"] for page in pages if "peer" in page)
    words = total("no_number")
    return [
        f"{kind}, {len(pages)}",
        f"{total('cells'):,}",
        f"{total('right') / total('cells'):.1%}",
        f"{total('told')} of {words}" if words else "-",
        str(sum(page["right"] == page["cells"] for page in pages)),
        f"{total('peer') / asked:.1%}" if asked else "-",
        f"{total('seconds') / len(pages):.1f}",
    ]
