"""Raw results on text with signs -> its table, in the report and as `benchmarks.report.tables` prints it."""

import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks.report.document import Block, Heading, Table, Text
from benchmarks.report.markdown import markdown_table

Raw = Mapping[str, Mapping[str, Any]]  # by part


def tokens_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return the table of what each reader reads right."""
    words = (
        f"{found['photos']} photos whose text is known with its signs, read by `classify --signs --json`. "
        f"By `{raw['tokens']['run']['command']}`."
    )
    header, *rows = _rows(found)
    caption = "Right is 1 less the edit distance over the length, spaces left out; exact are whole photos."
    return [Heading("Text with signs"), Text(words), Table(header=header, rows=rows, caption=caption)]


def tokens_table(result: Mapping[str, Any]) -> str:
    """Return the digits and signs that each reader reads right in each group of photos."""
    header, *rows = _rows(result)
    return markdown_table(header, rows)


def _rows(result: Mapping[str, Any]) -> list[list[str]]:
    readers = result["readers"]
    groups = next(iter(readers.values()))
    header = ["photos", "digits and signs", *(f"{name}: right, exact" for name in readers)]
    return [header, *(_row(name, [of[name] for of in readers.values()]) for name in groups)]


def _row(name: str, scores: list[Mapping[str, Any]]) -> list[str]:
    shares = [f"{one['right']:.1%}, {one['exact']}" for one in scores]
    return [f"{name}, {scores[0]['photos']}", f"{scores[0]['marks']:,}", *shares]
