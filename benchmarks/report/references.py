"""Raw results on references -> how the error falls with their number, by the rule that keeps them."""

import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks.models.condense import BATCH
from benchmarks.report import plots
from benchmarks.report.document import Block, Figure, Heading, Table, Text

Raw = Mapping[str, Mapping[str, Any]]  # by part


def references_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return picture and table of the error by the number of references, by rule."""
    plots.save(folder / "references.png", plots.draw_learning(found))
    rows = [
        [name, *(_cell(count, found["n"]) for count in errors)] for name, errors in found["errors"].items()
    ]
    return [
        Heading("How many references, and which"),
        Text(
            f"Chosen of {found['known']:,} training digits, which taught the directions, too; errors are of "
            f"{found['n']:,} others. By `{raw['references']['run']['command']}`."
        ),
        Figure(
            file="references.png",
            alt="Error by the number of references kept, falling for each rule",
            caption="Error against the number of references kept, with 95 % bands.",
        ),
        Table(
            header=["rule", *(f"{size:,}" for size in found["sizes"])],
            rows=rows,
            caption="Error by the number of references; - where the rule keeps fewer. Hart's rule is asked "
            f"in batches of {BATCH:,}, so the first of these is kept whole.",
        ),
    ]


def _cell(count: int | None, n: int) -> str:
    return "-" if count is None else f"{count / n:.2%}"
