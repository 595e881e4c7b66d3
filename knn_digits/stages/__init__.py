"""Stages 1 to 5 one by one: photo -> ink -> no rules -> marks -> digits -> vectors -> neighbors -> votes.

Each function takes the record of the one before and options, and returns a record that draws itself in a
notebook. `read_photo` walks the same road, and more of it: it turns pages, cuts touching digits, measures
unsure ones again and calibrates.
"""

import numpy as np

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import Model, load_bundled, open_classifier
from knn_digits.datasets import Dataset
from knn_digits.digit import normalize, normalize_strokes
from knn_digits.errors import DataError, UsageError, shown
from knn_digits.features import Feature
from knn_digits.neighbors import make_index
from knn_digits.opening import Photo, open_photo
from knn_digits.photo.candidates import propose, propose_plain
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import fainter_ink
from knn_digits.photo.lines import find_lines
from knn_digits.reading import LARGEST, find_ink_on_page
from knn_digits.reading.judge import load_judge
from knn_digits.reading.marks import find_marks
from knn_digits.stages.records import (
    FoundInk,
    FoundNeighbors,
    InkOptions,
    MarkOptions,
    MarkVectors,
    MarkVotes,
    NeighborOptions,
    NormalizedMarks,
    NormalizeOptions,
    ProposedMarks,
    RemovedRules,
    RuleOptions,
    VoteOptions,
)
from knn_digits.vote import vote

__all__ = [
    "FoundInk",
    "FoundNeighbors",
    "InkOptions",
    "MarkOptions",
    "MarkVectors",
    "MarkVotes",
    "NeighborOptions",
    "NormalizeOptions",
    "NormalizedMarks",
    "ProposedMarks",
    "RemovedRules",
    "RuleOptions",
    "VoteOptions",
    "choose_marks",
    "compute_features",
    "count_votes",
    "find_ink",
    "find_neighbors",
    "normalize_marks",
    "propose_marks",
    "remove_rules",
]


def find_ink(photo: Photo, options: InkOptions = InkOptions()) -> FoundInk:
    """Tell ink from paper, in a photo as `read_photo` takes it; its errors."""
    ink = find_ink_on_page(open_photo(photo, largest=LARGEST).pixels)
    threshold = ink.threshold if options.threshold is None else options.threshold
    return FoundInk(darkness=ink.darkness, threshold=threshold)


def remove_rules(found: FoundInk, options: RuleOptions = RuleOptions()) -> RemovedRules:
    """Find rules, frames and grids; where they are darker than the pen, the ink is told anew without them."""
    if not options.remove:
        return RemovedRules(found=found, rules=np.zeros(found.darkness.shape, bool))
    rules = find_rules(found.ink)
    ink = fainter_ink(found.ink, rules)
    found = FoundInk(darkness=ink.darkness, threshold=ink.threshold)
    return RemovedRules(found=found, rules=rules)


def propose_marks(ruled: RemovedRules, options: MarkOptions = MarkOptions()) -> ProposedMarks:
    """Return all that may be digits: the same ink may be in several."""
    proposed = (propose if options.all_levels else propose_plain)(ruled.found.ink, ruled.rules)
    return ProposedMarks(ruled=ruled, boxes=proposed.boxes, pictures=tuple(proposed.pictures))


def choose_marks(proposed: ProposedMarks) -> ProposedMarks:
    """Return those that the judge of `read_photo` takes for digits, each piece of ink once, line by line."""
    ruled, judge = proposed.ruled, load_judge()
    marks = find_marks(ruled.found.ink, load_bundled().unrefined(), ruled.rules)
    chosen = marks.boxes[judge.choose(marks, judge.judge(marks))[0]]
    same = (chosen[:, None] == proposed.boxes).all(axis=2)  # what was cut out of several was not proposed
    found = proposed.take(np.array([there.argmax() for there in same if there.any()], np.int64))
    return found.take(np.array([row for line in find_lines(found.boxes) for row in line], np.int64))


def normalize_marks(
    marks: ProposedMarks,
    options: NormalizeOptions = NormalizeOptions(),
) -> NormalizedMarks:
    """Bring marks to MNIST's size and center."""
    return NormalizedMarks(digits=(normalize_strokes if options.strokes else normalize)(marks.pictures))


def compute_features(marks: NormalizedMarks, feature: Feature) -> MarkVectors:
    """Return the vectors that a feature makes, such as `make_feature("hog")` or that of a model."""
    return MarkVectors(digits=marks.digits, vectors=_known(feature)(marks.digits), feature=feature)


def find_neighbors(
    found: MarkVectors,
    training: "Dataset | Model",
    options: NeighborOptions = NeighborOptions(),
) -> FoundNeighbors:
    """Find the nearest training digits by Euclidean distance.

    Parameters
    ----------
    found : MarkVectors
    training : Dataset, DigitKNN, or its name or path
        A model of the same feature is searched as it is; else the vectors of its digits are made anew.
    options : NeighborOptions

    Raises
    ------
    UsageError
        If k is no number of neighbors, it is neither k-NN model nor data set, or the feature is not known.
    """
    if not isinstance(training, Dataset):
        training = _with_neighbors(training)
    if not isinstance(options.k, int) or not 1 <= options.k <= len(training.labels):
        raise UsageError(
            f"k must be 1 to {len(training.labels)}, the training digits, got {shown(options.k)}"
        )
    if not isinstance(training, Dataset) and training.feature == found.feature:
        search = training.known.search
    else:
        search = make_index("faiss", _known(found.feature)(training.digits), device="cpu").kneighbors
    distances, indices = search(found.vectors, options.k)
    return FoundNeighbors(
        digits=found.digits,
        distances=distances,
        indices=indices,
        labels=training.labels[indices],
        pictures=training.digits[indices],
    )


def _with_neighbors(model: Model) -> DigitKNN:
    known = open_classifier(model).knn
    if known is None:
        raise UsageError("a network has no neighbors: name a k-nearest-neighbor model, such as `bundled`")
    return known


def _known(feature: Feature | None) -> Feature:
    if not callable(feature):
        raise UsageError(f"a feature is such as `make_feature` returns, got {shown(feature)}")
    return feature


def count_votes(found: FoundNeighbors, options: VoteOptions = VoteOptions()) -> MarkVotes:
    """Let the neighbors vote; UsageError if there are no such weights."""
    if not found.distances.size:
        raise DataError("there are no neighbors to vote: find marks first")
    k = found.indices.shape[1]
    rows = np.arange(found.indices.size).reshape(-1, k)
    votes = vote(found.distances, rows, found.labels.ravel(), weights=options.weights, power=options.power)
    return MarkVotes(neighbors=found, labels=votes.labels, shares=votes.shares)
