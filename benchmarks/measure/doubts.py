"""How many of MNIST's known wrong test labels `inspect` finds: doubts.py --data FOLDER [--output DIR].

The test digits are inspected as `knn-digits inspect --split test` does, each held out and read by all others.
Prints a Markdown table; raw results go to doubts.json. `--from JSON` prints the table of raw results.
"""

import argparse
import json
import pathlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.measure.accuracy import DOUBTED, MNIST_TEST, RESULTS
from benchmarks.script import Parser, describe_run, markdown_table, run, write_json
from knn_digits.datasets import load_dataset
from knn_digits.errors import DataError
from knn_digits.inspection import find_doubts

FIRST = (10, 20, 30, 40)  # of those listed


def main(arguments: Sequence[str]) -> None:
    """Inspect, print the table, write the raw results."""
    options = parse(arguments)
    if options.read is not None:
        print(table(json.loads(options.read.read_text(encoding="utf-8"))))
        return
    test = load_dataset(options.data, split="test")
    if test.sha256 != MNIST_TEST:
        raise DataError(f"{options.data} has not MNIST's test digits, of which the wrong labels are known")
    results: dict[str, Any] = {
        "digits": len(test.labels),
        "known": list(DOUBTED),
        "listed": [asdict(doubt) for doubt in find_doubts(test.digits, test.labels)],
    }
    about = describe_run() | {"command": "benchmarks/doubts.py --data FOLDER"}
    write_json(options.output / "doubts.json", about | results)
    print(table(results))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure how many known wrong labels of MNIST's test digits are found.")
    add = parser.add_argument
    add("--data", help="folder with MNIST's four IDX files")
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where doubts.json goes")
    add("--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the table of these raw results")
    options = parser.parse_args(arguments)
    if options.data is None and options.read is None:
        parser.error("name the folder of MNIST's files with --data")
    return options


def table(results: dict[str, Any]) -> str:
    """Return the Markdown table."""
    listed = [doubt["index"] for doubt in results["listed"]]
    counts = [n for n in FIRST if n < len(listed)] + [len(listed)]
    found = [len(set(listed[:n]) & set(results["known"])) for n in counts]
    header = ["first of those listed", *map(str, counts)]
    return markdown_table(header, [[f"of {len(results['known'])} wrong labels", *map(str, found)]])


if __name__ == "__main__":
    run(main)
