"""Raw results of transfer -> its tables, as `benchmarks.report.tables` prints them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.report.markdown import markdown_table
from knn_digits.arrays import CLASSES

BUNDLED, DEFAULT, WITHOUT = "bundled", "default", " without hands"


def transfer_tables(result: Mapping[str, Any]) -> str:
    """Return the tables in Markdown."""
    names = list(result["measured"][0]["models"])
    errors = [
        [one["source"], f"{one['n']:,}", *(_cell(one["models"][name]) for name in names)]
        for one in result["measured"]
    ]
    digits = [
        [
            one["source"],
            name,
            *(_percent(one["models"][name]["per_digit"].get(str(label))) for label in range(CLASSES)),
        ]
        for one in result["measured"]
        for name in (DEFAULT + WITHOUT, DEFAULT, BUNDLED)
    ]
    refused = [
        [one["source"], *(_cell(one["models"][name]["refused"]) for name in (BUNDLED, DEFAULT))]
        for one in result["measured"]
    ]
    marks = [
        [
            one["mark"],
            one["left_out"],
            *(
                _percent(one["models"][name][what])
                for name in (BUNDLED, DEFAULT)
                for what in ("refused", "known")
            ),
            str(int(np.argmax(one["models"][DEFAULT]["read_as"])))
            if any(one["models"][DEFAULT]["read_as"])
            else "-",
        ]
        for one in result["marks"]
    ]
    header = [
        "mark",
        "left out",
        "bundled: refused",
        "known",
        "default: refused",
        "known",
        "else mostly read as",
    ]
    parts = [
        ("Errors in %, with 95 % intervals.", ["source", "n", *names], errors),
        ("Errors in % of each digit.", ["source", "model", *map(str, range(CLASSES))], digits),
        ("Digits refused in %.", ["source", BUNDLED, DEFAULT], refused),
        ("Marks that are no digits, in %.", header, marks),
    ]
    return "\n\n".join(f"{title}\n\n{markdown_table(header, rows)}" for title, header, rows in parts)


def _cell(found: Mapping[str, Any]) -> str:
    low, high = found["interval"]
    return f"{100 * found['error_rate']:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def _percent(found: Mapping[str, Any] | None) -> str:
    return "-" if found is None else f"{100 * found['error_rate']:.1f}"
