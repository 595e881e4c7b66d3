"""Options -> the digits of other people that models are asked to read, and what these may know of others."""

import argparse
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.data.foreign import load_sheet, load_usps
from benchmarks.models.hands import Marks, halves, split_marks
from benchmarks.records import add_output_option
from knn_digits.arrays import Digits, Indices, Labels
from knn_digits.datasets import load_dataset
from knn_digits.digit import normalize_strokes

BHMSDS, WRITERS = "bhmsds", "bhmsds, other writers"


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Digits of some people."""

    name: str
    digits: Digits
    labels: Labels
    left_out: str | None = None  # what the hands are chosen without


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which digits are read; `check_sources` takes the values."""
    add = parser.add_argument
    add("--data", required=True, help="MNIST: `mnist`, or a folder with its IDX files")
    add("--hands", required=True, type=pathlib.Path, help="bhmsds.npz, hwd1000.npz and omniglot.npz")
    add("--usps", type=pathlib.Path, metavar="NPZ", help="an .npz file with x_test and y_test")
    add("--sheet", type=pathlib.Path, metavar="PNG", help="the sheet of digits that comes with OpenCV")
    add("--source", action="append", default=[], metavar="NAME=PATH", help="class folders or an .npz file")
    add("--most", type=int, default=2000, help="digits of a source, spread evenly (default: 2000)")
    add_output_option(parser)


def check_sources(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options, if they name digits as they should; else the parser ends the program."""
    options = parser.parse_args(arguments)
    if any("=" not in source for source in options.source):
        parser.error("--source must be NAME=PATH, such as scans=folder")
    if options.most < 1:
        parser.error("--most must be at least 1")
    return options


def gather(options: argparse.Namespace, collections: Mapping[str, Marks]) -> list[Source]:
    """Return all sources, of each as many digits as are asked for."""
    test = load_dataset(options.data, split="test")
    sources = [Source(name="MNIST test", digits=test.digits, labels=test.labels)]
    foreign = ((options.usps, "USPS test", load_usps), (options.sheet, "OpenCV's sheet", load_sheet))
    for path, name, load in foreign:
        if path is not None:
            pictures, labels = load(path)
            sources.append(Source(name=name, digits=normalize_strokes(pictures), labels=labels))
    sources.extend(_collected(name, collections[name], left_out=name) for name in ("hwd1000", BHMSDS))
    sources.append(_collected(WRITERS, halves(collections[BHMSDS])[1], left_out=WRITERS))
    sources.extend(_given(*given.split("=", 1)) for given in options.source)
    return [thin(source, options.most) for source in sources]


def _given(name: str, path: str) -> Source:
    data = load_dataset(path, split="all")
    return Source(name=name, digits=data.digits, labels=data.labels)


def _collected(name: str, marks: Marks, *, left_out: str) -> Source:
    digits, _ = split_marks(marks)
    return Source(name=name, digits=digits.digits, labels=digits.names.astype(np.int64), left_out=left_out)


def thin(source: Source, most: int) -> Source:
    """Return at most so many digits, spread evenly."""
    rows = spread(len(source.labels), most)
    return replace(source, digits=source.digits[rows], labels=source.labels[rows])


def spread(n: int, most: int) -> Indices:
    """Return at most so many of n rows."""
    return np.linspace(0, n - 1, min(n, most)).astype(np.int64)


def without_source(collections: Mapping[str, Marks], left_out: str | None) -> dict[str, Marks]:
    """Return the collections without one, or with half the writers of one."""
    parts = {name: marks for name, marks in collections.items() if name != left_out}
    if left_out == WRITERS:
        parts[BHMSDS] = halves(collections[BHMSDS])[0]
    return parts
