"""Raw results -> the figures of the docs, by the names under which their pages have them.

`docs/conf.py` hands them to the pages, where `{{ networks_table }}` stands for what was measured.
"""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks.models.lineup import BUNDLED_REFERENCE
from benchmarks.records import RESULTS, read_record
from benchmarks.report.forms import forms_curve_table
from benchmarks.report.judge import judge_table
from benchmarks.report.markdown import markdown_table
from benchmarks.report.signs import signs_table
from benchmarks.report.tables import TABLES

TRAINED = ("cnn-plus", "mlp-averaged")  # networks that are not bundled: their cards are in `training`


def figures(folder: pathlib.Path = RESULTS) -> dict[str, str]:
    """Return the tables of all questions, and the single figures that sentences quote.

    Raises
    ------
    DataError
        If a file of results is missing or damaged.
    """
    paths = {question: folder / f"{question}.json" for question in TABLES}
    paths["photos"] = folder / "photo_scores.json"  # those of other people, not the samples
    tables = {
        f"{question}_table": TABLES[question](read_record(path)["result"])
        for question, path in paths.items()
        if path.is_file()
    }
    tables["corrections_table"] = _of_all_sources(tables["corrections_table"])
    return {
        **tables,
        "judge_table": judge_table(),
        "forms_curve_table": forms_curve_table(),
        "signs_table": signs_table(),
        "results_table": results_table(read_record(folder / "accuracy.json")["result"]),
        **_network_errors(folder),
        **_doubts(read_record(folder / "doubts.json")["result"]),
    }


def results_table(found: Mapping[str, Any]) -> str:
    """Return the errors of every k-NN model, most first, and what McNemar's test says beside the CNN."""
    header = ["`knn-digits fit --data mnist` …", "errors", "95 % interval", "held out", "p against `cnn`"]
    models = [one for one in found["models"].values() if one["kind"] == "k-NN"]
    rows = [_row(one) for one in sorted(models, key=lambda one: -int(one["errors"]))]
    return markdown_table(header, rows)


def _row(one: Mapping[str, Any]) -> list[str]:
    low, high = one["interval"]
    held, p = one["validation"], one["against_cnn"]["p"]
    options = one["command"].removeprefix("knn-digits fit --data mnist").strip()
    name = f"`{options}`" if options else "without options: the default"
    if one["reference"] == BUNDLED_REFERENCE:
        name = f"the bundled model, of {BUNDLED_REFERENCE}"
    return [
        name,
        f"{one['errors']}",
        f"{low:.2%} to {high:.2%}",
        f"{held['error_rate']:.2%}" if held else "-",
        f"{p:.2g}" if p >= 1e-4 else "< 0.0001",
    ]


def _network_errors(folder: pathlib.Path) -> dict[str, str]:
    """Return validation and test error of each network, as `cnn_plus_test`."""
    cards = {name: json.loads((folder / "training" / f"{name}.json").read_text("utf-8")) for name in TRAINED}
    cards |= read_record(folder / "networks.json")["result"]["models"]
    return {
        f"{name.replace('-', '_')}_{part}": f"{score['errors'] / score['digits']:.2%}"
        for name, card in cards.items()
        for part, score in card.get("scores", {}).items()
    }


def _of_all_sources(table: str) -> str:
    """Return the header of the table of corrections, and its rows of all sources together."""
    header, rule, *rows = table.splitlines()
    return "\n".join([header, rule, *(row for row in rows if row.split("|")[2].strip() == "all")])


def _doubts(result: Mapping[str, Any]) -> dict[str, str]:
    listed = {doubt["index"] for doubt in result["listed"]}
    return {
        "doubts_listed": str(len(listed)),
        "doubts_found": str(len(listed & set(result["known"]))),
        "doubts_known": str(len(result["known"])),
    }
