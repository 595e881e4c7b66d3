"""Pages with items -> the judge of signs, and what it tells of photos whose source it did not learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from benchmarks.judge.boosting import Size, grow
from benchmarks.judge.labels import UNKNOWN
from benchmarks.judge.learning import DRAWN, PAGE
from benchmarks.judge.names import Names, from_tokens
from knn_digits.reading.evidence import tabulate
from knn_digits.reading.items import Items
from knn_digits.reading.signs import NAMES, SignJudge

SIGN = Size(rounds=80, rate=0.12, leaves=6, least=8, shrink=2, bins=64)
ROUNDS = 2  # times that the items of photos are named by what was learned from their names
FEWEST = 5  # items of a name, from which it is learned

Told = NDArray[np.float64]  # (n, names)


@dataclass(frozen=True, kw_only=True, eq=False)
class SignPage:
    """A page with its items, and what is known of them."""

    name: str
    source: str
    items: Items
    labels: NDArray[np.int64]  # (n,): of those that are digits
    names: Names | None = None  # of a drawn page
    text: str = ""  # of a photo: each mark has a letter
    signs: bool = False  # whether it tells signs, too
    ordered: bool = True

    @property
    def weight(self) -> float:
        """The weight of each of its items, as of the marks of an `Example`."""
        return (1.0 if self.names is None else DRAWN) / float(np.sqrt(PAGE + len(self.items)))


def learn_signs(
    drawn: Sequence[SignPage], photos: Sequence[SignPage], *, folds: int
) -> tuple[SignJudge, list[Told]]:
    """Return the judge of all pages, and what judges tell of photos of sources they did not learn from."""
    asked = _common_features([*drawn, *photos])
    judge = _grow(drawn, [], [], asked)
    told = [judge.tell(one.items) for one in photos]
    if not photos:
        return judge, told
    sources = [one.source for one in photos]
    for _ in range(ROUNDS):
        names = _named(photos, told)
        for train, test in GroupKFold(min(folds, len(set(sources)))).split(sources, groups=sources):
            judge = _grow(drawn, [photos[row] for row in train], [names[row] for row in train], asked)
            for row in test.tolist():
                told[row] = judge.tell(photos[row].items)
    return _grow(drawn, photos, _named(photos, told), asked), told


def _common_features(pages: Sequence[SignPage]) -> tuple[str, ...]:
    return tuple(sorted(set.intersection(*(set(one.items.features) for one in pages))))


def _named(photos: Sequence[SignPage], told: Sequence[Told]) -> list[Names]:
    """Return what the items of photos are, as far as their text tells it; unknown where it has no order."""
    return [
        from_tokens(one.items, one.labels, one.text, of, signs=one.signs)
        if one.ordered
        else np.full(len(one.items), UNKNOWN)
        for one, of in zip(photos, told, strict=True)
    ]


def _grow(
    drawn: Sequence[SignPage], photos: Sequence[SignPage], names: Sequence[Names], asked: tuple[str, ...]
) -> SignJudge:
    pages = [*drawn, *photos]
    known = [*(one.names for one in drawn if one.names is not None), *names]
    table = np.concatenate([tabulate(one.items.features, asked) for one in pages])
    weights = np.repeat([one.weight for one in pages], [len(one.items) for one in pages])
    named = np.concatenate(known)
    sure = named != UNKNOWN
    table, weights, named = table[sure], weights[sure], named[sure]
    return SignJudge(
        trees={
            name: grow(table, (named == row).astype(np.int64), weights, names=asked, size=SIGN)
            for row, name in enumerate(NAMES)
            if (named == row).sum() >= FEWEST
        }
    )
