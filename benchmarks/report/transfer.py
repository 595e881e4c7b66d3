"""Raw results of transfer -> its tables, as `benchmarks.report.tables` prints them, and in the report."""

import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from benchmarks.report.document import Block, Heading, Table, Text
from benchmarks.report.markdown import markdown_table
from knn_digits.arrays import CLASSES

WITHOUT = " without hands"
WHAT = ("refused", "known", "else mostly read as")
Result = Mapping[str, Any]
Titled: TypeAlias = tuple[str, list[str], list[list[str]]]  # what a table shows, its header, its rows


def transfer_tables(result: Result) -> str:
    """Return the tables in Markdown."""
    return "\n\n".join(
        f"{title}\n\n{markdown_table(header, rows)}" for title, header, rows in titled_tables(result)
    )


def transfer_blocks(found: Result, raw: Mapping[str, Result], folder: pathlib.Path) -> list[Block]:
    """Return how other people's digits are read, and what marks that are none are taken for."""
    words = (
        "Each collection is left out of the other hands that a model knows. "
        f"By `{raw['transfer']['run']['command']}`."
    )
    tables = [Table(header=header, rows=rows, caption=title) for title, header, rows in titled_tables(found)]
    return [Heading("Other people's digits, and marks that are none"), Text(words), *tables]


def titled_tables(result: Result) -> list[Titled]:
    """Return all tables."""
    measured, handed = _with_retrained(result), result["with_hands"]
    names = list(measured[0]["models"])
    shown = [name for name in names if name.removesuffix(WITHOUT) in handed]
    marks = [[one["mark"], one["left_out"], *mark_cells(one, handed)] for one in result["marks"]]
    header = ["mark", "left out", *(f"{name}: {what}" for name in handed for what in WHAT)]
    labels = ["source", "model", *map(str, range(CLASSES))]
    return [
        ("Errors in %, with 95 % intervals.", ["source", "n", *names], _errors(measured, names)),
        ("Errors in % of each digit.", labels, _digits(measured, shown)),
        ("Digits refused in %.", ["source", "n", *shown], _refused(measured, shown)),
        ("Marks that are no digits, in %.", header, marks),
    ]


def _with_retrained(result: Result) -> list[dict[str, Any]]:
    """Return what was measured, with the networks that were trained again as further models."""
    again = {_called(one): one["measured"] for one in result.get("retrained", {}).values()}
    return [
        {**row, "models": row["models"] | {name: found.get(row["source"]) for name, found in again.items()}}
        for row in result["measured"]
    ]


def _called(one: Result) -> str:
    return f"{one['network']}, trained again with hands ({one['epochs']} of {one['epochs_of_recipe']} epochs)"


def _errors(measured: Sequence[Result], names: Sequence[str]) -> list[list[str]]:
    return [
        [one["source"], f"{one['n']:,}", *(_cell(one["models"][name]) for name in names)] for one in measured
    ]


def _refused(measured: Sequence[Result], names: Sequence[str]) -> list[list[str]]:
    return [
        [one["source"], f"{one['n']:,}", *(_cell(one["models"][name]["refused"]) for name in names)]
        for one in measured
    ]


def _digits(measured: Sequence[Result], names: Sequence[str]) -> list[list[str]]:
    rows = []
    for one in measured:
        for name in names:
            errors = one["models"][name]["per_digit"]
            cells = (_percent(errors.get(str(label))) for label in range(CLASSES))
            rows.append([one["source"], name, *cells])
    return rows


def mark_cells(one: Result, names: Iterable[str]) -> list[str]:
    """Return what models of these names take a mark for: as many cells of each as `WHAT` has."""
    cells = []
    for name in names:
        found = one["models"][name]
        read = str(int(np.argmax(found["read_as"]))) if any(found["read_as"]) else "-"
        cells += [_percent(found["refused"]), _percent(found["known"]), read]
    return cells


def _cell(found: Result | None) -> str:
    if found is None:
        return "-"
    low, high = found["interval"]
    return f"{100 * found['error_rate']:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def _percent(found: Result | None) -> str:
    return "-" if found is None else f"{100 * found['error_rate']:.1f}"
