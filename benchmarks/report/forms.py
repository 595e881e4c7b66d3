"""Raw results on drawn forms -> their tables, as `benchmarks.report.tables` prints them."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table
from knn_digits.forms.trust import TRUST

KINDS = ("boxes", "shared walls", "lines", "scan", "phone", "mnist", "bhmsds", "hwd1000")


def forms_tables(result: Mapping[str, Any]) -> str:
    """Return the fields read right by kinds of forms, what a reviewer sees, and other readers beside."""
    return "\n\n".join([_fields(result), _review(result), _peers(result)])


def forms_curve_table() -> str:
    """Return which share of fields is to be looked at where so many may be wrong and passed."""
    found = json.loads(TRUST.read_text("utf-8"))["notes"]["looked at where so many may be wrong"]
    rows = [[f"{float(few):.1%}", f"{share:.0%}"] for few, share in found.items()]
    return markdown_table(["of all fields may be wrong and passed", "to look at"], rows)


def _fields(result: Mapping[str, Any]) -> str:
    counts = result["counts"]
    kinds = {"all": "", **{kind: f"{kind}: " for kind in KINDS}}
    rows = [
        [kind, str(fields), f"{counts.get(f'{start}right', 0) / fields:.1%}"]
        for kind, start in kinds.items()
        if (fields := counts.get(f"{start}fields"))
    ]
    return markdown_table(["forms, captures, hands", "fields", "read right"], rows)


def _review(result: Mapping[str, Any]) -> str:
    wanted = {
        "fields wrong and passed": "wrong_unseen",
        "fields to look at": "to_look_at",
        "with a check digit behind each: wrong and passed": "checked_wrong_unseen",
        "with a check digit behind each: to look at": "checked_to_look_at",
        "blanks not told": "blanks_wrong",
        "fields with a digit crossed out, not told so": "crossed_missed",
        "fields told so that have none": "called_crossed",
        "pages with marks in their corners refused": "marked_refused",
        "pages of other forms read": "others_read",
    }
    rows = [_rate(words, result[name]) for words, name in wanted.items()]
    return markdown_table([f"where {result['max_errors']:.1%} may be wrong", "of", "share", "95 %"], rows)


def _rate(words: str, one: Mapping[str, Any]) -> list[str]:
    low, high = one["interval"]
    return [words, str(one["n"]), f"{one['error_rate']:.2%}", f"{low:.2%} to {high:.2%}"]


def _peers(result: Mapping[str, Any]) -> str:
    counts, pages = result["counts"], result["peer_pages"]
    seconds = {name: one["milliseconds"] / 1000 / pages for name, one in result["peers"].items()}
    found = {**result["peers"], "the form's reader": counts}
    seconds["the form's reader"] = result["cpu_seconds_a_page"]
    rows = [
        [name, str(one["fields"]), f"{one.get('right', 0) / one['fields']:.1%}", f"{seconds[name]:.2f}"]
        for name, one in found.items()
    ]
    return markdown_table(["reader", "fields", "read right", "CPU s a page"], rows)
