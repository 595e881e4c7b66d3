"""Marks of pages, as they lie and turned -> what tells how a page lies: trees, and weights of what they see.

A digit that lies on its side is none: marks turned by one, two and three quarters are examples of what is no
digit. Of the pages with digits half lie upright, the others as often one way as another; one without lies as
it lies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.judge.boosting import TURNED, grow
from benchmarks.judge.labels import NEAR, RIGHT, SAME, UNKNOWN, WRONG, Labels
from benchmarks.judge.learning import folds_of
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.boxes import Boxes
from knn_digits.photo.candidates import Candidates
from knn_digits.reading.choice import Evidence, overlap
from knn_digits.reading.orientation import (
    FEWEST,
    NAMES,
    QUARTERS,
    SHARES,
    Orientation,
    look_turned,
    shares_of,
)
from knn_digits.reading.turns import AGAIN, SAMPLE, sample_of

UPRIGHT = 0.5  # of the pages with digits lie so
LYING = ("upright", "on a side", "upside down", "on the other side")


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnedPage:
    """A sample of the marks of a page, turned by no quarter, one, two and three.

    labels : (m,) int64
        Which are digits.
    tables : (4, m, names) float32
        See `look_turned`.
    upright : int
        By so many quarters the page is turned that it lies upright then.
    weight : float
        Of each of its marks.
    """

    source: str
    labels: Labels
    tables: NDArray[np.float32]
    upright: int
    weight: float

    @property
    def has_digits(self) -> bool:
        """Whether some of its marks are digits."""
        return bool((self.labels == RIGHT).any())

    def ways(self, seen: Evidence) -> Iterator[tuple[float, Evidence, int]]:
        """Yield how often a page lies so, what is seen then in each quarter (4, m), and which is upright."""
        if not self.has_digits:
            yield 1.0, np.roll(seen, -self.upright, axis=0), 0
            return
        for lies in QUARTERS:
            share = UPRIGHT if lies == 0 else (1 - UPRIGHT) / (len(QUARTERS) - 1)
            yield share, np.roll(seen, lies - self.upright, axis=0), lies


def turn_page(
    marks: Candidates, digits: Boxes, model: DigitKNN, *, source: str, sure: bool, upright: int = 0
) -> TurnedPage | None:
    """Return a page with digits in these boxes; None if its marks are too few to tell how it lies.

    Parameters
    ----------
    marks : Candidates
    digits : (n, 4) int64
    model : DigitKNN
        Whose neighbors are asked.
    source : str
    sure : bool
        Whether these are all digits that there are.
    upright : int
    """
    if len(marks) < FEWEST:
        return None
    marks = sample_of(marks, AGAIN * SAMPLE)
    shared = overlap(marks.boxes[:, None], digits).max(axis=1, initial=0)
    labels = np.select([shared > SAME, shared > NEAR], [RIGHT, UNKNOWN], WRONG if sure else UNKNOWN)
    return TurnedPage(
        source=source,
        labels=labels,
        tables=look_turned(model, marks.pictures),
        upright=upright,
        weight=float(1 / np.sqrt(FEWEST + len(marks))),
    )


def learn_turns(pages: Sequence[TurnedPage], *, folds: int) -> tuple[Orientation, list[list[bool]]]:
    """Return what tells how pages lie; and whether, for each way a page may lie, it is told right.

    That is told by what learned from other sources.
    """
    seen: list[Evidence] = [np.zeros(0)] * len(pages)
    parts = list(folds_of([page.source for page in pages], folds))
    for train, test in parts:
        blind = _grow([pages[row] for row in train])
        for row in test:
            seen[row] = blind.see(pages[row].tables)
    whole = _grow(pages)
    right: list[list[bool]] = [[]] * len(pages)
    for train, test in parts:
        weighed = _weigh(whole, [pages[row] for row in train], [seen[row] for row in train])
        for row in test:
            right[row] = [weighed.tell(found) == lies for _, found, lies in pages[row].ways(seen[row])]
    return _weigh(whole, pages, seen), right


def describe(pages: Sequence[TurnedPage], right: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Return the share of pages that is told right, by how they lie."""
    shares: dict[str, list[bool]] = {}
    for page, ways in zip(pages, right, strict=True):
        for name, told in zip(LYING if page.has_digits else ("without digits",), ways, strict=True):
            shares.setdefault(name, []).append(told)
    return {name: round(float(np.mean(told)), 4) for name, told in shares.items()}


def _grow(pages: Sequence[TurnedPage]) -> Orientation:
    """Return what sees digits that stand upright; what follows for their page it does not know."""
    tables, right, weights = [], [], []
    for page in pages:
        for quarters, table in enumerate(page.tables):
            upright = quarters == page.upright
            sure = (page.labels != UNKNOWN) | (not upright)
            tables.append(table[sure])
            right.append(((page.labels == RIGHT) & upright)[sure].astype(np.int64))
            weights.append(np.full(int(sure.sum()), page.weight))
    trees = grow(
        np.concatenate(tables), np.concatenate(right), np.concatenate(weights), names=NAMES, size=TURNED
    )
    return Orientation(trees=trees, weights=np.zeros(len(SHARES)), start=0.0)


def _weigh(blind: Orientation, pages: Sequence[TurnedPage], seen: Sequence[Evidence]) -> Orientation:
    """Return the same with what follows from what it sees: each turn is compared with how a page lies."""
    more, turned, weights = [], [], []
    for page, found in zip(pages, seen, strict=True):
        for share, way, lies in page.ways(found):
            shares = shares_of(way)
            for quarters in (lies,) if lies else QUARTERS[1:]:
                more.append(shares[quarters] - shares[0])
                turned.append(quarters == lies)
                weights.append(share)
    fitted = LogisticRegression(C=10.0).fit(np.array(more), np.array(turned), sample_weight=weights)
    return replace(blind, weights=fitted.coef_[0], start=float(fitted.intercept_[0]))
