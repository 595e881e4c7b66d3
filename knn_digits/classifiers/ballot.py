"""Stages 4 + 5, joined: what a model knows, and neighbors in it -> votes, refined, judged, signs heard."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from knn_digits.arrays import Digits, Distances, Indices, Vectors
from knn_digits.classifiers.header import Validation
from knn_digits.classifiers.judge import hear, judge, overwrite_votes
from knn_digits.classifiers.layer import Known, drop_own
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.classifiers.rows import Rows
from knn_digits.classifiers.signs import Signs
from knn_digits.vote import UNKNOWN_REACH, Votes, measure_nearness, measure_strangeness, vote

Nearest: TypeAlias = tuple[Distances, Indices]
Bend: TypeAlias = Callable[[Digits, Rows, Indices], tuple[Distances, Indices]]  # see `measure_again`


@dataclass(frozen=True, eq=False, kw_only=True)
class Ballot:
    """Who may vote, and how votes are counted."""

    known: Known
    options: KnnOptions
    note: Validation | None  # what digits that were held out taught

    @property
    def measured(self) -> int:
        """By how many neighbors it is measured how strange a digit is."""
        return self.note.neighbors if self.note and self.note.neighbors else self.options.k

    @property
    def wanted(self) -> int:
        """How many neighbors are looked for: those that vote, or those that are measured again."""
        refinement = self.options.refinement
        return max(self.measured, self.options.k if refinement is None else refinement.shortlist)

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors, not calibrated."""
        reach = self.note.reaches if self.note else UNKNOWN_REACH
        weights, power = self.options.weights, self.options.power
        return vote(distances, indices, self.known.labels, weights=weights, power=power, reach=reach)

    def hear(
        self,
        digits: Digits,
        queries: Vectors,
        near: tuple[Distances, Indices],
        *,
        bend: Bend = measure_again,
    ) -> Votes:
        """Return the votes on digits (n, 28, 28) with these vectors, marks that are no digits having a say.

        `near` are at least `wanted` nearest neighbors of each.
        """
        distances, indices = near[0][:, : self.wanted], near[1][:, : self.wanted]
        votes = self.answer(digits, distances, indices, bend=bend)
        return self.hear_signs(votes, queries, distances, indices)

    def answer(
        self, digits: Digits, distances: Distances, indices: Indices, *, bend: Bend = measure_again
    ) -> Votes:
        """Return the votes on digits (n, 28, 28) whose `wanted` nearest neighbors these are, (n, wanted)."""
        votes = self._count(distances, indices)
        refinement = self.options.refinement
        if refinement is not None:
            indices = indices[:, : refinement.shortlist]
            unsure = find_unsure(self.known.labels[indices], refinement)
            if len(unsure):  # else no picture need be read
                votes = self._refine(
                    votes, bend(digits[unsure], self.known.pictures, indices[unsure]), unsure
                )
        return judge(votes, digits, self.note, refining=refinement is not None)

    def _count(self, distances: Distances, indices: Indices) -> Votes:
        votes = self.vote(*self.known.voters(distances, indices, self.options.k))
        if self.note is None or self.measured == self.options.k:
            return votes
        near, _ = self.known.voters(distances, indices, self.measured)
        return replace(votes, strangeness=measure_strangeness(near, votes.labels, self.note.reaches))

    def _refine(self, votes: Votes, bent: tuple[Distances, Indices], unsure: Indices) -> Votes:
        again = self.vote(*self.known.voters(*bent, self.options.k))
        # How strange a digit is stays a matter of its Euclidean distances.
        again = replace(again, refined=np.ones(len(unsure), bool), strangeness=votes.strangeness[unsure])
        return overwrite_votes(votes, unsure, again)

    def hear_signs(self, votes: Votes, queries: Vectors, distances: Distances, indices: Indices) -> Votes:
        """Return votes on vectors whose nearest digits these are, marks that are no digits having a say."""
        signs = self.known.signs
        if signs is None:
            return votes
        most = max(self.measured, self.options.k)
        return self._hear(votes, signs, (distances, indices), signs.nearest(queries, most))

    def hear_each_other(self) -> Votes | None:
        """Return the votes on marks that are no digits by all others, before refinement; None without any."""
        signs, k = self.known.signs, self.options.k
        if signs is None:
            return None
        near = self.known.search(signs.vectors, k)
        others = drop_own(*signs.nearest(signs.vectors, k + 1), np.arange(len(signs.names)))
        return self._hear(self.vote(*near), signs, near, others)

    def _hear(self, votes: Votes, signs: Signs, near: Nearest, marks: Nearest) -> Votes:
        """Return votes in which the nearest marks that are no digits have a say beside the nearest digits."""
        k = self.options.k
        distances, rows = self.known.voters(*near, k)
        voting = marks[0][:, :k], marks[1][:, :k]
        names, shares = signs.count((distances, self.known.labels[rows]), voting, self.options)
        measured, _ = self.known.voters(*near, self.measured)
        nearness = measure_nearness(measured, marks[0][:, : self.measured])
        heard = replace(votes, sign_names=names, sign_shares=shares, sign_nearness=nearness)
        return hear(heard, self.note.refusal if self.note else None)
