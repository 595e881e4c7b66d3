"""A digit as it was read + model -> the training digits that decided, their votes, the runner-up."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.refine import measure_again
from knn_digits.explanation.records import DESKEWED, PIXELS, Evidence, Explanation, SignEvidence, Tally
from knn_digits.features import Feature, describe_feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.features.discriminant import Projected
from knn_digits.features.joined import Joined
from knn_digits.features.pixels import PixelValues
from knn_digits.reading import DigitReading
from knn_digits.reading.reasons import Reason
from knn_digits.vote import Votes, sum_by_label, weigh_votes

SIGNS_SHOWN = 3  # nearest marks that are no digits, of a mark that is like them
WIDER = 8  # times as many neighbors are looked at until one has another label
COMPARED = {
    "blocks": "block counts",
    "deskewed": DESKEWED,
    "hog": "oriented gradients",
    "pixels": PIXELS,
}


def explain_digit(
    model: DigitKNN,
    *,
    number: int,
    line: int,
    read: DigitReading,
    crop: Pixels,
    reasons: tuple[Reason, ...],
) -> Explanation:
    """Tell by what training digits a digit was read so; the rest of the record is as the caller knows it."""
    votes = model.classify(read.digit[None])
    view = _View(model, read.digit, refined=bool(votes.refined[0]))
    options = model.options
    weights = weigh_votes(votes.distances, weights=options.weights, power=options.power)
    tally = _tally(votes, weights)
    neighbors = tuple(_voters(view, votes, weights[0]))
    return Explanation(
        number=number,
        line=line,
        read=read,
        crop=crop,
        measure=_measure(model.feature, refined=view.refined),
        refined=view.refined,
        unsure=_first_labels(model, read.digit) if view.refined else (),
        grid=view.grid,
        counts=view.counts(read.digit),
        compared=view.compared,
        neighbors=neighbors,
        tally=tally,
        runner_up=_find_runner_up(view, neighbors, tally),
        signs=_nearest_signs(model, read),
        reasons=reasons,
    )


def _nearest_signs(model: DigitKNN, read: DigitReading) -> tuple[SignEvidence, ...]:
    if model.signs is None or read.sign is None:
        return ()
    distances, rows = model.signs.nearest(model.feature(read.digit[None]), SIGNS_SHOWN)
    return tuple(
        SignEvidence(
            name=str(model.signs.names[row]),
            row=int(row),
            distance=float(distance),
            digit=model.signs.digits[row],
        )
        for distance, row in zip(distances[0], rows[0], strict=True)
    )


class _View:
    """What is shown of the training digits beside one that was read."""

    def __init__(self, model: DigitKNN, digit: Pixels, *, refined: bool) -> None:
        self.model, self.digit, self.refined = model, digit, refined
        parts = _parts(model.feature)
        self.grid = next((part for part in parts if isinstance(part, Blocks)), None)
        others = [part for part in parts if not isinstance(part, Blocks)]
        self.compared: str | None = None
        if others or refined:
            raw = not refined and all(isinstance(part, PixelValues) for part in others)
            self.compared = PIXELS if raw else DESKEWED

    def evidence(self, index: int, distance: float, *, copies: int = 0, weight: float = 0.0) -> Evidence:
        """Return the training digit in this row."""
        digit = self.model.digits[index]
        origin, row = self.model.known.tell_origin(int(index))
        return Evidence(
            index=int(index),
            origin=origin,
            row=row,
            copies=copies,
            label=int(self.model.labels[index]),
            distance=float(distance),
            weight=weight,
            digit=digit,
            counts=self.counts(digit),
            difference=self._difference(digit),
        )

    def counts(self, digit: Pixels) -> NDArray[np.float32] | None:
        """Return its ink in each block of the grid, (rows, columns), if blocks were compared."""
        if self.grid is None:
            return None
        return self.grid(digit[None]).reshape(self.grid.rows, self.grid.columns)

    def _difference(self, digit: Pixels) -> NDArray[np.int16] | None:
        if self.compared is None:
            return None
        feature = PixelValues() if self.compared == PIXELS else Deskewed()
        read, other = feature(np.stack([self.digit, digit])).astype(np.int16)
        return np.asarray(read - other).reshape(SIDE, SIDE)


def _voters(view: _View, votes: Votes, weights: NDArray[np.float64]) -> Iterator[Evidence]:
    """Yield each neighbor once, also where it counts as several."""
    indices, first, copies = np.unique(votes.indices[0], return_index=True, return_counts=True)
    for place in np.argsort(first):
        yield view.evidence(
            indices[place],
            votes.distances[0, first[place]],
            copies=int(copies[place]),
            weight=float(weights[votes.indices[0] == indices[place]].sum()),
        )


def _tally(votes: Votes, weights: NDArray[np.float64]) -> tuple[Tally, ...]:
    """Return what each label got, in the order in which `vote` would choose among them."""
    labels, winner = votes.neighbor_labels, int(votes.labels[0])
    values = (weights, votes.distances.astype(np.float64), np.ones(labels.shape))
    got, distances, numbers = (sum_by_label(labels, value)[0] for value in values)
    voted = sorted(
        set(labels[0].tolist()), key=lambda label: (label != winner, -got[label], distances[label])
    )
    return tuple(
        Tally(
            label=label,
            neighbors=int(numbers[label]),
            weight=float(got[label]),
            share=float(got[label] / got.sum()),
        )
        for label in voted
    )


def _parts(feature: Feature) -> tuple[Feature, ...]:
    """Return the features that a vector is made of, before any projection."""
    if isinstance(feature, Projected):
        return _parts(feature.feature)
    return feature.parts if isinstance(feature, Joined) else (feature,)


def _what(part: Feature) -> str:
    name = describe_feature(part)["name"]
    return COMPARED.get(name, f"the feature {name}")


def _measure(feature: Feature, *, refined: bool) -> str:
    if refined:
        return "distance of deformation"
    words = " and ".join(_what(part) for part in _parts(feature))
    if isinstance(feature, Projected):
        return f"Euclidean distance of {words} along {feature.directions.shape[1]} learned directions"
    return f"Euclidean distance of {words}"


def _first_labels(model: DigitKNN, digit: Pixels) -> tuple[int, ...]:
    """Return the labels of the nearest digits whose disagreement made the model refine."""
    refinement = model.options.refinement
    _, indices = model.kneighbors(digit[None], refinement.agree if refinement else None)
    return tuple(model.labels[indices[0]].tolist())


def _find_runner_up(
    view: _View, neighbors: tuple[Evidence, ...], tally: tuple[Tally, ...]
) -> Evidence | None:
    if len(tally) > 1:
        return next(neighbor for neighbor in neighbors if neighbor.label == tally[1].label)
    for distances, indices in _wider(view):
        others = np.flatnonzero(view.model.labels[indices] != tally[0].label)
        if len(others):
            return view.evidence(indices[others[0]], distances[others[0]])
    return None


def _wider(view: _View) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Yield distances and rows of more and more training digits, nearest first, as they were measured."""
    model, query = view.model, view.digit[None]
    if view.refined and model.options.refinement is not None:
        _, shortlist = model.kneighbors(query, model.options.refinement.shortlist)
        distances, indices = measure_again(query, model.digits, shortlist)
        yield distances[0], indices[0]
        return
    k = model.options.k
    while k < len(model.digits):
        k = min(WIDER * k, len(model.digits))
        distances, indices = model.kneighbors(query, k)
        yield distances[0], indices[0]
