"""Door: queries and what finds their neighbors -> who wins each output, and the shares of the votes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from knn_digits.arrays import Indices, Labels, compared_by_content
from knn_digits.estimators.ballots import count, elect, weigh
from knn_digits.estimators.finders import ExactFinder, Finder, in_blocks
from knn_digits.neighbors.proposals import Doubles
from knn_digits.vote import find_winners, sum_by_label

Vote = tuple[Labels, Doubles]  # winners (m,) and shares (m, c) of one output


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Voting:
    """How neighbors vote; a tie goes to the class with the smaller sum of distances, then to the first."""

    k: int  # neighbors, at most as many as there are
    weights: Any  # and power: as for `ballots.weigh`
    power: float
    codes: NDArray[np.int64]  # (n, outputs): the place of each class among those of its output
    classes: tuple[int, ...]  # how many each output has

    def votes(self, finder: Finder, queries: Any) -> list[Vote]:
        """Return winners and shares of each output; queries of None are the finder's own vectors."""
        outputs = zip(*(self._vote(finder, block) for block in in_blocks(finder, queries)), strict=True)
        return [tuple(map(np.concatenate, zip(*parts, strict=True))) for parts in outputs]  # type: ignore[misc]

    def _vote(self, finder: Finder, queries: Any) -> list[Vote]:
        outputs = list(zip(self.codes.T, self.classes, strict=True))
        alike = self.weights is None or (isinstance(self.weights, str) and self.weights == "uniform")
        if alike and queries is not None and isinstance(finder, ExactFinder):
            sets = finder.nearest_sets(queries, self.k)
            return [_count(finder, queries, sets, codes, classes) for codes, classes in outputs]
        distances, indices = finder.kneighbors(queries, self.k)
        weights = weigh(distances, self.weights, self.power)
        return [elect(codes[indices], weights, distances, classes=classes) for codes, classes in outputs]


def _count(finder: ExactFinder, queries: Any, sets: Indices, codes: Labels, classes: int) -> Vote:
    """Return what neighbors in any order vote; only those that are tied are measured."""
    winners, shares, tied = count(codes[sets], classes=classes)
    if len(tied):
        distances, indices = finder.order(queries[tied], sets[tied])
        sums = sum_by_label(codes[indices], distances, classes=classes)
        winners[tied] = find_winners(shares[tied], sums)
    return winners, shares


def their_votes(theirs: KNeighborsClassifier, queries: Any, *, classes: int) -> list[Vote]:
    """Return winners and shares of each output as scikit-learn's own classifier of the codes votes.

    Of one output it may know fewer than so many classes: those that have come.
    """
    codes, shares = theirs.predict(queries), theirs.predict_proba(queries)
    if codes.ndim == 2:
        return list(zip(codes.T, shares, strict=True))
    every = np.zeros((len(codes), classes))
    every[:, theirs.classes_] = shares
    return [(codes, every)]
