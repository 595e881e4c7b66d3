"""Raw results of the report -> tables and pictures of the README, below the comments that mark them."""

import pathlib
import re
from collections.abc import Mapping
from typing import Any

from benchmarks.records import read_record, write_text
from benchmarks.report.markdown import markdown_table
from benchmarks.report.parts import read_part
from benchmarks.report.tables import networks_table
from knn_digits.errors import DataError

DRAWN = "report"  # within the folder of the raw results: where the report is drawn
README = pathlib.Path(__file__).parents[2] / "README.md"
FIRST = {  # model: what the README's first screen says of it
    "blocks, k 11": "`--features blocks --k 11`, the textbook's 5x4 block counts",
    "pixels, k 11": "`--features pixels --k 11`",
    "default": "`fit` without options: gradients, discriminant directions, refined",
    "bundled": "the bundled model: the same",
}

PICTURES = {  # of the report, those that are there: what they show
    "frontier.png": "Error against milliseconds a digit for every model, the frontier marked",
    "learning.png": "Error against the number of reference digits, falling for every model",
}


def make_tables(folder: pathlib.Path) -> dict[str, str]:
    """Return the README's tables and pictures by the names of their comments."""
    found = read_part(folder / "accuracy.json")["result"]
    return {
        "first": first_table(found),
        "results": results_table(found),
        "pictures": pictures(folder / DRAWN),
        "networks": networks_table(read_record(folder / "networks.json")["result"]),
    }


def pictures(folder: pathlib.Path) -> str:
    """Return the pictures of the report that are there; DataError for a folder outside of the checkout."""
    if README.parent not in folder.resolve().parents:
        raise DataError(f"{folder} lies outside of {README.parent}: the README shows no pictures from there")
    place = folder.resolve().relative_to(README.parent).as_posix()
    return "\n".join(
        f"![{words}]({place}/{file})" for file, words in PICTURES.items() if (folder / file).is_file()
    )


def first_table(found: Mapping[str, Any]) -> str:
    """Return the few errors that the README begins with."""
    header = ["model", f"error on MNIST's {found['n']:,} test digits, 95 % interval", "fitted on"]
    return markdown_table(
        header, [[words, *_numbers(found["models"][name])] for name, words in FIRST.items()]
    )


def _numbers(one: Mapping[str, Any]) -> list[str]:
    low, high = (100 * bound for bound in one["interval"])
    error = f"{100 * one['error_rate']:.2f} % ({low:.2f} to {high:.2f})"
    return [error, f"{one['reference_digits']:,} digits"]


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
    name = f"`{options}`" if options and one["reference"] == "mnist" else "without options: the default"
    if one["reference"] == "sample":
        name = "without options, on the sample: the bundled model"
    return [
        name,
        f"{one['errors']}",
        f"{low:.2%} to {high:.2%}",
        f"{held['error_rate']:.2%}" if held else "-",
        f"{p:.2g}" if p >= 1e-4 else "< 0.0001",
    ]


def write_tables(readme: pathlib.Path, folder: pathlib.Path) -> None:
    """Put the tables in their places; DataError where a place is missing."""
    text = readme.read_text("utf-8")
    for name, table in make_tables(folder).items():
        text = replace_table(text, name, table)
    write_text(readme, text)


def replace_table(text: str, name: str, table: str) -> str:
    """Return the text with another table, or other pictures, below the comment of this name."""
    pattern = re.compile(rf"(?<=<!-- {name} -->\n)(?:[|!].*\n)+")
    if not pattern.search(text):
        raise DataError(f"the README has no table or picture below a comment <!-- {name} -->")
    return pattern.sub(lambda _: f"{table}\n", text, count=1)
