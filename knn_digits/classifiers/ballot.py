"""Stages 4 + 5, joined: what a model knows, and neighbors in it -> votes, refined, judged, signs heard."""

from dataclasses import dataclass, replace

import numpy as np

from knn_digits.arrays import Digits, Distances, Indices, Vectors
from knn_digits.classifiers.header import Validation
from knn_digits.classifiers.judge import judge, overwrite_votes
from knn_digits.classifiers.layer import Known
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.refine import find_unsure, measure_again
from knn_digits.vote import UNKNOWN_REACH, Votes, vote


@dataclass(frozen=True, eq=False, kw_only=True)
class Ballot:
    """Who may vote, and how votes are counted."""

    known: Known
    options: KnnOptions
    note: Validation | None  # what digits that were held out taught

    @property
    def wanted(self) -> int:
        """How many neighbors are looked for: those that vote, or those that are measured again."""
        refinement = self.options.refinement
        return self.options.k if refinement is None else refinement.shortlist

    def vote(self, distances: Distances, indices: Indices) -> Votes:
        """Return the votes of these neighbors, not calibrated."""
        reach = self.note.reaches if self.note else UNKNOWN_REACH
        weights, power = self.options.weights, self.options.power
        return vote(distances, indices, self.known.labels, weights=weights, power=power, reach=reach)

    def answer(self, digits: Digits, distances: Distances, indices: Indices) -> Votes:
        """Return the votes on digits (n, 28, 28) whose `wanted` nearest neighbors these are, (n, wanted)."""
        votes = self.vote(*self.known.voters(distances, indices, self.options.k))
        refinement = self.options.refinement
        if refinement is not None:
            unsure = find_unsure(self.known.labels[indices], refinement)
            if len(unsure):  # else no picture need be read
                votes = self._refine(votes, digits, indices, unsure)
        return judge(votes, digits, self.note, refining=refinement is not None)

    def _refine(self, votes: Votes, digits: Digits, indices: Indices, unsure: Indices) -> Votes:
        bent = measure_again(digits[unsure], self.known.digits, indices[unsure])
        again = self.vote(*self.known.voters(*bent, self.options.k))
        # How strange a digit is stays a matter of its Euclidean distances.
        again = replace(again, refined=np.ones(len(unsure), bool), strangeness=votes.strangeness[unsure])
        return overwrite_votes(votes, unsure, again)

    def hear_signs(self, votes: Votes, queries: Vectors, distances: Distances, indices: Indices) -> Votes:
        """Return votes on vectors whose nearest digits these are, marks that are no digits having a say."""
        if self.known.signs is None:
            return votes
        near, rows = self.known.voters(distances, indices, self.options.k)
        limit = self.note.refusal.signs if self.note and self.note.refusal else 1.0
        labels = self.known.labels[rows]
        return self.known.signs.judge(votes, queries, (near, labels), self.options, limit=limit)
