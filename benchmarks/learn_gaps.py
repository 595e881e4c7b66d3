"""Lines drawn of the sample's digits -> `gaps.json`: how wide a gap ends a word.

Each line has its own size, slant and usual gap, from writing that
touches to writing that is spaced out by more than a digit's height; half stand in the cells of a form; each
gap differs from the usual one by chance; a space is at least as wide again as a digit. Other rules are told
beside the one that is used; each fifth of the lines is judged by the limit that is best on the others.
"""

import json
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.script import Parser, run, say
from knn_digits.datasets import load_dataset
from knn_digits.photo.boxes import Box
from knn_digits.photo.gaps import FILE, gaps_and_ways, usual

LINES = 6000
FOLDS = 5
HEIGHTS = (20, 120)  # pixels
UNEVEN_HEIGHT = 0.08  # of the height: their spread
UNEVEN_GAP = 0.17  # of the height: the spread of gaps around the usual one, as in photos of single numbers
GAPS = (-0.05, 1.2)  # of the height: the usual gap
SPACE = (0.7, 2.5)  # of the height: how much wider a space is; 0.7 is a digit's usual width
SLANTS = (-0.1, 0.5)  # columns per row
WORDS, LENGTHS = (1, 4), (1, 7)  # words of a line, digits of a word: from, to below
IN_CELLS = 0.5  # of the lines: each digit stands in the middle of a cell, as in forms, however narrow it is
LIMITS = np.arange(0.1, 3.0, 0.05)

USED = "the smaller of both"  # as `gaps.excess_of` tells; of a line's only gap it is the gap itself
LEARNED = {"wider": "more gaps", "alone": "one gap"}  # a limit, and the lines that it is learned from

Rule = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
RULES: dict[str, Rule] = {  # of gaps and of the ways from middle to middle, both over the line's usual height
    "gap": lambda gaps, ways: gaps,
    "gap over the usual one": lambda gaps, ways: gaps / max(0.05, usual(gaps)),
    "gap less the usual one": lambda gaps, ways: gaps - usual(gaps),
    "way less the usual one": lambda gaps, ways: ways - usual(ways),
    USED: lambda gaps, ways: np.minimum(gaps - usual(gaps), ways - usual(ways)),
}


def main(arguments: Sequence[str]) -> None:
    """Measure each rule on lines of one gap and of more, and write the limits of the one that is used."""
    parser = Parser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=FILE, help="the file (%(default)s)")
    options = parser.parse_args(arguments)
    found = measure()
    limits = {name: found[kind]["rules"][USED]["limit"] for name, kind in LEARNED.items()}
    about = {"command": "python -m benchmarks.learn_gaps", "lines": LINES, "wrong, of lines left out": found}
    text = json.dumps({"about": about, "gaps": limits}, indent=1)
    options.output.write_text(text + "\n", encoding="utf-8")
    say(text)


def measure() -> dict[str, Any]:
    """Return each rule's best limit and the shares of lines and gaps that it tells wrong."""
    rng = np.random.default_rng(0)
    sizes = ink_sizes()
    lines = [draw(sizes, rng) for _ in range(LINES)]
    found = {}
    for kind, alone in (("one gap", True), ("more gaps", False)):
        chosen = [line for line in lines if len(line[1]) and (len(line[1]) == 1) is alone]
        names = ("limit", "lines_wrong", "gaps_wrong")
        rules = {name: dict(zip(names, judge(chosen, rule), strict=True)) for name, rule in RULES.items()}
        found[kind] = {"lines": len(chosen), "rules": rules}
    return found


def ink_sizes() -> NDArray[np.float64]:
    """Return the width of each digit of the sample over its height, (n,)."""
    ink = load_dataset("sample").digits > 127
    return np.asarray(ink.any(axis=1).sum(axis=1) / np.maximum(1, ink.any(axis=2).sum(axis=1)), np.float64)


def draw(sizes: NDArray[np.float64], rng: np.random.Generator) -> tuple[list[Box], NDArray[np.bool_]]:
    """Return the boxes of a line, and after which of them but the last a word ends."""
    height, usual, slant = rng.uniform(*HEIGHTS), rng.uniform(*GAPS), rng.uniform(*SLANTS)
    lengths = rng.integers(*LENGTHS, size=rng.integers(*WORDS))
    ends = np.cumsum(lengths)[:-1]
    spaces = np.isin(np.arange(1, lengths.sum()), ends)
    high = height * np.maximum(0.5, rng.normal(1, UNEVEN_HEIGHT, lengths.sum()))
    wide = rng.choice(sizes, lengths.sum()) * high
    gaps = usual + rng.normal(0, UNEVEN_GAP, len(spaces)) + spaces * rng.uniform(*SPACE, len(spaces))
    if rng.random() < IN_CELLS:
        cells = np.full(len(wide), wide.max())
        left = np.concatenate([[0.0], np.cumsum(cells[:-1] + gaps * height)]) + (cells - wide) / 2
    else:
        left = np.concatenate([[0.0], np.cumsum(wide[:-1] + gaps * height)])
    left, wide = left - max(0.0, -slant) * high, wide + abs(slant) * high
    boxes = [
        Box(left=round(x), top=0, width=max(1, round(w)), height=max(1, round(h)))
        for x, w, h in zip(left, wide, high, strict=True)
    ]
    return boxes, spaces


def judge(lines: Sequence[tuple[list[Box], NDArray[np.bool_]]], rule: Rule) -> tuple[float, float, float]:
    """Return the limit that is best on all lines, and the shares of lines and of gaps wrong, held out."""
    wrong = np.array([count_wrong(rule, *line) for line in lines])  # (lines, limits)
    fold = np.arange(len(lines)) % FOLDS
    best = [int((wrong[fold != k] > 0).sum(axis=0).argmin()) for k in range(FOLDS)]
    held_out = wrong[np.arange(len(lines)), np.array(best)[fold]]
    gaps = sum(len(spaces) for _, spaces in lines)
    limit = round(float(LIMITS[int((wrong > 0).sum(axis=0).argmin())]), 2)
    return limit, round(float((held_out > 0).mean()), 4), round(float(held_out.sum() / gaps), 4)


def count_wrong(rule: Rule, boxes: Sequence[Box], spaces: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many gaps of a line a rule tells wrong, by each of the limits."""
    values = rule(*gaps_and_ways(boxes))
    return np.asarray(((values > LIMITS[:, None]) != spaces).sum(axis=1))


if __name__ == "__main__":
    run(main)
