"""Examples of tables' marks -> trees that tell digits in cells, each photo judged by other sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.boosting import ALONE, SEEN, grow
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.reading.choice import Evidence, choose
from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import Features, tabulate
from knn_digits.reading.judge import Trees
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.choice import agree
from knn_digits.tables.printing import measure_print

DRAWN, PAGE = 0.5, 30  # the weight of a drawn table; one of n marks weighs as n / sqrt(PAGE + n)
LIKELY = 0.05  # probability: a mark that is as likely a digit may be read, and so print or a hand's

Texts = Sequence[Sequence[str]]
Printed = Sequence[Sequence[bool]]
Grown: TypeAlias = tuple[Trees, Trees, Trees]  # see `CellJudge`


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """A table's marks, with the texts of its cells."""

    name: str
    source: str
    texts: Texts
    found: CellMarks
    scout: DigitKNN  # whose neighbors were asked; of a drawn table one that knows none of its digits
    single: bool
    printed: Printed | None  # which cells hold print, where that is known


def label(one: Example) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which marks are right, and which are written, 1 or 0, by the text of their cells.

    Where a cell holds several digits, a mark's place among the ink of the cell tells which it should be.
    """
    marks, cells = one.found.marks, one.found.cells
    right, written = np.zeros((2, len(marks)), np.int64)
    left, _, width, height = marks.boxes.T
    for cell in np.unique(cells).tolist():
        row, column = divmod(cell, len(one.texts[0]))
        text, own = one.texts[row][column], np.flatnonzero(cells == cell)
        if not text:
            continue
        tall = own[height[own] >= 0.3 * height[own].max()]
        large = own[height[own] >= 0.5 * np.median(height[tall])]
        written[large] = 1
        start, stop = left[large].min(), (left + width)[large].max()
        middle = (left[large] + width[large] / 2 - start) / max(1, stop - start)
        place = np.minimum((middle * len(text)).astype(int), len(text) - 1)
        same = marks.labels[large].astype(str) == np.array(list(text))[place]
        right[large[same & (width[large] <= (stop - start) * (1.6 / len(text) + 0.1))]] = 1
    return right, written


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """What is said of a photo's marks by trees that learned from other sources."""

    right: Evidence
    shared: Evidence  # the same with what agrees with it
    written: Evidence
    mistaken: tuple[int, int] | None  # digits whose print or hand is mistaken, of how many; None if not known


@dataclass(frozen=True, kw_only=True, eq=False)
class Fold:
    """What learned from all sources but one, and what it says of that one's photos, by their rows."""

    source: str
    trees: Grown
    said: Mapping[int, LeftOut]


class Learner:
    """Grows trees on some of the tables, and asks them of others."""

    def __init__(self, known: Sequence[Example]) -> None:
        self.names = tuple(known[0].found.marks.features)
        self.known = known
        self.tables = [tabulate(one.found.marks.features, self.names) for one in known]
        self.labels = [label(one) for one in known]

    def grow(self, rows: Sequence[int]) -> Grown:
        """Return the trees for what is right, for what is written, and for what is print."""
        table = np.concatenate([self.tables[row] for row in rows])
        weights = np.concatenate([self._weights(row) for row in rows])
        right, written = (np.concatenate([self.labels[row][k] for row in rows]) for k in (0, 1))
        first = grow(table, right, weights, names=self.names, size=ALONE)
        second = grow(table, written, weights, names=self.names, size=ALONE)
        return first, second, self._grow_print(rows, first)

    def _grow_print(self, rows: Sequence[int], first: Trees) -> Trees:
        """Return the trees that tell print, of the marks that would be read."""
        parts = [part for row in rows if (part := self.print_of(row, first)) is not None]
        names = tuple(parts[0][0])
        table = np.concatenate([tabulate(features, names) for features, _ in parts])
        truth = np.concatenate([truth for _, truth in parts])
        weights = np.concatenate([np.full(len(truth), 1 / np.sqrt(PAGE + len(truth))) for _, truth in parts])
        return grow(table, truth, weights, names=names, size=SEEN)

    def print_of(self, row: int, first: Trees) -> tuple[Features, NDArray[np.int64]] | None:
        """Return what tells print of the marks that are read rightly, and which are; None if not known."""
        one = self.known[row]
        evidence = sigmoid(first.log_odds(self.tables[row])) * self.labels[row][0]
        chosen = choose(one.found.marks.boxes, evidence, least=LIKELY)
        if one.printed is None or not len(chosen):
            return None
        printed = np.array([there for line in one.printed for there in line], np.int64)
        return measure_print(one.found, chosen, one.scout), printed[one.found.cells[chosen]]

    def _weights(self, row: int) -> NDArray[np.float64]:
        n = len(self.tables[row])
        return np.full(n, (DRAWN if self.known[row].source == "drawn" else 1.0) / np.sqrt(PAGE + n))

    def left_out(self) -> Iterator[Fold]:
        """Yield what trees that learned from other sources say of the photos of each."""
        for source in sorted({one.source for one in self.known} - {"drawn"}):
            trees = self.grow([row for row, one in enumerate(self.known) if one.source != source])
            own = [row for row, one in enumerate(self.known) if one.source == source]
            yield Fold(source=source, trees=trees, said={row: self.say(row, trees) for row in own})

    def drawn_out(self) -> Iterator[tuple[int, LeftOut]]:
        """Yield each drawn table with what trees say of it that learned from the other half of them."""
        drawn = [row for row, one in enumerate(self.known) if one.source == "drawn"]
        for half in (0, 1):
            trees = self.grow(drawn[1 - half :: 2])
            yield from ((row, self.say(row, trees)) for row in drawn[half::2])

    def say(self, row: int, trees: Grown) -> LeftOut:
        """Return what trees say of a table's marks."""
        right, written = (sigmoid(one.log_odds(self.tables[row])) for one in trees[:2])
        shared = agree(self.known[row].found, right)
        return LeftOut(right=right, shared=shared, written=written, mistaken=self._mistaken(row, trees))

    def _mistaken(self, row: int, trees: Grown) -> tuple[int, int] | None:
        """Return how many digits are print taken for a hand's or the other way, and of how many."""
        found = self.print_of(row, trees[0])
        if found is None:
            return None
        said = sigmoid(trees[2].log_odds(tabulate(found[0], trees[2].names))) > 0.5
        return int((said != found[1]).sum()), len(found[1])
