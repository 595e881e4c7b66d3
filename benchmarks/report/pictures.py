"""Digits and raw results -> pictures of what is measured: corruptions, things that are no digits, errors.

`python -m benchmarks.report.pictures --data FOLDER`. The errors are those of the default among the failures
that the report measured, with the nearest neighbors of each, as they voted.
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.data.corruptions import CORRUPTIONS, corrupt
from benchmarks.data.nondigits import KINDS, make_things
from benchmarks.records import RESULTS, read_record, unpack
from benchmarks.script import Parser, run
from knn_digits.arrays import Digits, Pixels
from knn_digits.datasets import load_dataset
from knn_digits.images import write_png
from knn_digits.reports.cards import Card, draw_cards

SHOWN = 7  # digits in the picture of each corruption
COLUMNS = 4  # corruptions in a row of the picture
THINGS = 32  # of each kind in a row of the picture
PAPER, LINE = 255, 90  # grey levels
NEIGHBORS = 5  # shown beside each error
ERROR_COLUMNS = 3  # errors in a row of the picture


def main(arguments: Sequence[str]) -> None:
    """Draw the pictures."""
    parser = Parser(description="Draw what the benchmarks measure: corruptions, no digits, errors.")
    add = parser.add_argument
    add(
        "--data", required=True, help="`mnist`, a folder with its IDX files, or other digits with a test part"
    )
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where the pictures go")
    options = parser.parse_args(arguments)
    digits = load_dataset(options.data, split="test").digits
    pictures = {
        "corruptions.png": draw_corruptions(digits),
        "nondigits.png": draw_things({kind.name: make_things(kind, THINGS, digits) for kind in KINDS}),
        "errors.png": draw_errors(read_record(RESULTS / "failures.json")["result"]),
    }
    for name, picture in pictures.items():
        write_png(options.output / name, picture)
        print(options.output / name)


def draw_corruptions(digits: Digits) -> Pixels:
    """Return the first digits as they are, then under each corruption."""
    rows = [(["clean"], digits[:SHOWN])]
    rows += [([kind.name, kind.severity], corrupt(digits[:SHOWN], kind)) for kind in CORRUPTIONS]
    no_captions = [""] * (SHOWN - 1)
    cards = [Card(picture=row[0], lines=lines, others=row[1:], captions=no_captions) for lines, row in rows]
    return draw_cards(cards, columns=COLUMNS)


def draw_things(things: Mapping[str, Digits]) -> Pixels:
    """Return a (height, width) grey picture with a row of things of each kind."""
    above = ((0, 0), (2, 2), (0, 0))
    ruled = [np.pad(some[:THINGS], above, constant_values=LINE) for some in things.values()]
    rows = [np.concatenate(list(row), axis=1) for row in ruled]
    return np.asarray(PAPER - np.concatenate(rows))


def draw_errors(result: Mapping[str, Any]) -> Pixels:
    """Return each digit that the default gets wrong, with its nearest neighbors, which voted."""
    pictures = unpack(result["pictures"], len(result["failures"]))
    cards = [
        Card(
            picture=beside[0],
            lines=_error_lines(one),
            others=beside[1 : 1 + NEIGHBORS],
            captions=[str(label) for label in one["neighbor_labels"][:NEIGHBORS]],
        )
        for one, beside in zip(result["failures"], pictures, strict=True)
        if "knn" in one["missed_by"]
    ]
    return draw_cards(cards, columns=ERROR_COLUMNS)


def _error_lines(one: Mapping[str, Any]) -> list[str]:
    doubt = ", label doubted" if one["doubted_label"] else ""
    answer = one["knn"]["answer"]
    share = dict(one["knn"]["likeliest"]).get(answer, 0.0)
    return [f"test digit {one['index']}{doubt}", f"true {one['label']}, read as {answer} ({share:.0%})"]


if __name__ == "__main__":
    run(main)
