"""Raw results of the report -> tables of the README, below the comments that mark them."""

import pathlib
import re
from collections.abc import Mapping
from typing import Any

from benchmarks.records import read_record, write_text
from benchmarks.report.markdown import markdown_table
from benchmarks.report.parts import read_part
from benchmarks.report.transfer import mark_cells
from knn_digits.errors import DataError

README = pathlib.Path(__file__).parents[2] / "README.md"
FIRST = {  # model: what the README's first screen says of it
    "blocks, k 11": "`--features blocks --k 11`, the textbook's 5x4 block counts",
    "pixels, k 11": "`--features pixels --k 11`",
    "default": "`fit` without options: gradients, directions, refined, other hands",
    "bundled": "the bundled model: the same of fewer digits",
    "cnn": "`--model cnn`, a network to compare with",
}
WRITERS = "bhmsds"  # the source of transfer that stands for other people
MARKED = {"default": "`fit` without options", "bundled": "the bundled model"}  # that know such marks
MARKS = ("+", "-", "\u00d7", "w", "y", "z")  # of these writers
CALLED = {"blocks, k 11": "blocks", "pixels, k 11": "pixels"}  # in transfer, if it is another name


def make_tables(folder: pathlib.Path) -> dict[str, str]:
    """Return the README's tables by the names of their comments."""
    found = read_part(folder / "accuracy.json")["result"]
    transfer = read_record(folder / "transfer.json")["result"]
    return {"first": first_table(found, transfer), "marks": marks_table(transfer)}


def first_table(found: Mapping[str, Any], transfer: Mapping[str, Any]) -> str:
    """Return the few errors that the README begins with, of MNIST and of writers that no model knows."""
    others = next(one for one in transfer["measured"] if one["source"] == WRITERS)
    header = ["model", f"error on MNIST's {found['n']:,} test digits, 95 % interval"]
    header += [f"on {others['n']:,} of Polish writers", "fitted on"]
    rows = [
        [
            words,
            _error(found["models"][name]),
            _error(others["models"][CALLED.get(name, name)]),
            _reference(found["models"][name]),
        ]
        for name, words in FIRST.items()
    ]
    return markdown_table(header, rows)


def marks_table(transfer: Mapping[str, Any]) -> str:
    """Return what marks that are no digits are taken for, by writers that no model knows."""
    asked = {one["mark"]: one for one in transfer["marks"] if one["left_out"] == WRITERS}
    header = ["marks of these writers: refused in % / known as such in % / else mostly read as"]
    rows = [
        [words, *(" / ".join(mark_cells(asked[mark], [name])) for mark in MARKS)]
        for name, words in MARKED.items()
    ]
    return markdown_table([*header, *(f"`{mark}`" for mark in MARKS)], rows)


def _error(one: Mapping[str, Any]) -> str:
    low, high = (100 * bound for bound in one["interval"])
    return f"{100 * one['error_rate']:.2f} % ({low:.2f} to {high:.2f})"


def _reference(one: Mapping[str, Any]) -> str:
    return f"{one['reference_digits']:,} digits" if one["reference_digits"] else "MNIST"


def write_tables(readme: pathlib.Path, folder: pathlib.Path) -> None:
    """Put the tables in their places; DataError where a place is missing."""
    text = readme.read_text("utf-8")
    for name, table in make_tables(folder).items():
        text = replace_table(text, name, table)
    write_text(readme, text)


def replace_table(text: str, name: str, table: str) -> str:
    """Return the text with another table below the comment of this name."""
    pattern = re.compile(rf"(?<=<!-- {name} -->\n)(?:[|].*\n)+")
    if not pattern.search(text):
        raise DataError(f"the README has no table below a comment <!-- {name} -->")
    return pattern.sub(lambda _: f"{table}\n", text, count=1)
