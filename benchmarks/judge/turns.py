"""Marks of pages, as they lie and turned -> what tells how a page lies: trees, and a limit of their share.

A digit that lies on its side is none: marks turned by one, two and three quarters are examples of what is no
digit. Of the pages with digits half lie upright, the others as often one way as another; one without lies as
it lies.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from benchmarks.judge.boosting import SEEN, grow
from benchmarks.judge.labels import MISNAMED, RIGHT, UNKNOWN, Labels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.candidates import INK
from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import look, tabulate
from knn_digits.reading.judge import Trees
from knn_digits.reading.marks import Marks
from knn_digits.reading.turns import FEWEST, SAMPLE

NAMES = (
    *("strangeness", "doubt", "top share", "second share", "label", "sign share", "to digit", "to sign"),
    *("nearer to digit", "agreement"),
)
QUARTERS = range(4)
UPRIGHT = 0.5  # of the pages with digits lie so
LIMITS = np.arange(0, 0.3, 0.005)  # of marks: so many more must look like digits for a page to be turned


@dataclass(frozen=True, kw_only=True, eq=False)
class Turned:
    """A sample of the marks of a page, turned by no quarter, one, two and three.

    rows : (m,) int64
    tables : (4, m, names) float32
        Of features by `NAMES`.
    upright : int
        By so many quarters a page is turned that it lies upright then.
    """

    rows: NDArray[np.intp]
    tables: NDArray[np.float32]
    upright: int


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnedPage:
    """The same, with what is known of the page."""

    source: str
    weight: float  # of each of its marks
    labels: Labels  # (m,)
    turned: Turned

    @property
    def digits(self) -> NDArray[np.bool_]:
        """Which marks are digits, whatever their label."""
        return np.isin(self.labels, (RIGHT, MISNAMED))

    def ways(self, seen: NDArray[np.float64]) -> Iterator[tuple[float, NDArray[np.float64], int]]:
        """Yield how often a page lies so, what is seen then in each quarter (4,), and which is upright."""
        upright = self.turned.upright
        if not self.digits.any():
            yield 1.0, np.roll(seen, -upright), 0
            return
        for lies in QUARTERS:
            share = UPRIGHT if lies == 0 else (1 - UPRIGHT) / (len(QUARTERS) - 1)
            yield share, np.roll(seen, lies - upright), lies


def turn_marks(marks: Marks, model: DigitKNN, *, upright: int = 0) -> Turned | None:
    """Return a sample of the marks of a page turned by quarters; None if they are too few to tell."""
    plain = np.flatnonzero((marks.features["level"] == 1) & (marks.features["kind"] == INK))
    if len(plain) < FEWEST:
        return None
    rows = plain[:: -(-len(plain) // SAMPLE)]
    tables = [marks.table(NAMES)[rows]]
    for quarters in QUARTERS[1:]:
        digits = np.ascontiguousarray(np.rot90(marks.digits[rows], quarters, axes=(1, 2)))
        tables.append(tabulate(look(model, digits).features, NAMES))
    return Turned(rows=rows, tables=np.stack(tables), upright=upright)


def learn_turns(pages: Iterable[TurnedPage], *, folds: int) -> tuple[Trees, float]:
    """Return what tells digits that stand upright, and by what share of marks more a page is turned.

    The limit is that by which most pages are turned rightly, each by trees that saw no page of its source.
    """
    pages = list(pages)
    seen = [np.zeros(len(QUARTERS))] * len(pages)
    groups = [page.source for page in pages]
    for train, test in GroupKFold(min(folds, len(set(groups)))).split(pages, groups=groups):
        trees = _grow([pages[row] for row in train])
        for row in test:
            tables = pages[row].turned.tables
            seen[row] = np.array([sigmoid(trees.log_odds(table)).mean() for table in tables])
    right = np.zeros(len(LIMITS))
    for page, found in zip(pages, seen, strict=True):
        for share, ways, upright in page.ways(found):
            best = int(np.argmax(ways))
            turned = ways[best] - ways[0] > LIMITS
            right += share * np.where(turned, best == upright, upright == 0)
    return _grow(pages), float(LIMITS[np.argmax(right)].round(4))


def _grow(pages: Sequence[TurnedPage]) -> Trees:
    tables, right, weights = [], [], []
    for page in pages:
        for quarters, table in enumerate(page.turned.tables):
            upright = quarters == page.turned.upright
            sure = (page.labels != UNKNOWN) | (not upright)
            tables.append(table[sure])
            right.append((page.digits & upright)[sure].astype(np.int64))
            weights.append(np.full(int(sure.sum()), page.weight))
    return grow(
        np.concatenate(tables), np.concatenate(right), np.concatenate(weights), names=NAMES, size=SEEN
    )
