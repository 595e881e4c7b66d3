"""Photo + model -> for each digit the training digits that decided, and how they did."""

import numbers
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import Model
from knn_digits.classifiers.refine import measure_again
from knn_digits.errors import UsageError
from knn_digits.features import Feature, describe_feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.features.discriminant import Projected
from knn_digits.features.joined import Joined
from knn_digits.features.pixels import PixelValues
from knn_digits.opening import Photo
from knn_digits.photo.boxes import Box, cut_out
from knn_digits.reading import Cell, DigitReading, Reading, Stages, kept_reader, model_for_photos
from knn_digits.reading.reasons import Reason, tell_reasons
from knn_digits.record import Record
from knn_digits.vote import Votes, sum_by_label, weigh_votes

AROUND = 0.15  # of the longer side of a box: the paper around a digit in its crop
MOST = 500  # digits that are explained at once
SIGNS_SHOWN = 3  # nearest marks that are no digits, of a mark that is like them
WIDER = 8  # times as many neighbors are looked at until one has another label
PIXELS, DESKEWED = "pixels", "deskewed pixels"
COMPARED = {
    "blocks": "block counts",
    "deskewed": DESKEWED,
    "hog": "oriented gradients",
    "pixels": PIXELS,
}


@dataclass(frozen=True, kw_only=True)
class Evidence(Record):
    """A training digit beside the digit that was read."""

    index: int  # row in the digits of the model that read the photo, see `model_for_photos`
    origin: str  # what it is, in words: a training digit, or one of a layer beside the model
    row: int  # among the digits of its origin
    label: int
    distance: float  # see `Explanation.measure`
    copies: int  # as how many neighbors it voted; 0 where it was too far to vote
    weight: float  # of its votes together
    digit: Pixels  # (28, 28) uint8
    counts: NDArray[np.float32] | None  # (rows, columns), see `Explanation.grid`
    difference: NDArray[np.int16] | None  # (28, 28): the digit that was read minus this one


@dataclass(frozen=True, kw_only=True)
class SignEvidence(Record):
    """A mark that is no digit, beside the mark that was read."""

    name: str
    row: int  # among the marks that the model knows
    distance: float  # Euclidean
    digit: Pixels  # (28, 28) uint8


@dataclass(frozen=True, kw_only=True)
class Tally(Record):
    """What a label got of the votes."""

    label: int
    neighbors: int  # how many of it voted; one that counts several times, as often
    weight: float  # sum of their weights
    share: float  # of all votes, 0 to 1


@dataclass(frozen=True, kw_only=True)
class Explanation(Record):
    """Why a digit was read as it was."""

    number: int  # in reading order, from 1; in a table of its cell
    line: int  # from 1; in a table 1
    read: DigitReading
    crop: Pixels  # (height, width, 3) uint8 RGB: its box in the photo, with some paper around it
    measure: str  # what the distances measure, in words
    refined: bool  # whether the neighbors are the nearest by distance of deformation
    unsure: tuple[int, ...]  # where refined, the labels of the nearest before, which disagreed
    grid: Blocks | None  # where blocks were compared
    counts: NDArray[np.float32] | None  # (rows, columns): the digit's ink in each block of the grid
    compared: str | None  # what `Evidence.difference` is of: `PIXELS`, `DESKEWED` or None
    neighbors: tuple[Evidence, ...]  # those that voted, nearest first
    tally: tuple[Tally, ...]  # the winner first; labels without votes are left out
    runner_up: Evidence | None  # the nearest of the label that came second; None if there is just one label
    signs: tuple[SignEvidence, ...] = ()  # the nearest marks that are no digits, where it is one of them
    reasons: tuple[Reason, ...] = ()  # why it was taken for a digit, the strongest first
    cell: tuple[int, int] | None = None  # row and column, from 1, of a digit in a table


def explain(
    photo: Photo,
    model: Model = None,
    *,
    digit: int | None = None,
    k: int | None = None,
    weights: str | None = None,
) -> tuple[Explanation, ...]:
    """Read the digits in a photo and tell why each was read so.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array or picture of Pillow's
        As `read_photo` takes it.
    model : DigitKNN, name or path, optional
        By default the user's current model, else the bundled one, with what the user's corrections taught.
    digit : int, optional
        Explain this digit alone; they count from 1 in reading order.
    k, weights : optional
        In the place of the model's own, see `DigitKNN.with_votes`.

    Returns
    -------
    tuple of Explanation
        In reading order; none where no digit was found.

    Raises
    ------
    PhotoError
        If the photo cannot be read.
    ModelError
        If the model cannot be loaded.
    UsageError
        If the model is a network or none at all, or there is no such digit, k or weights.

    Examples
    --------
    >>> stroke = np.full((120, 80), 230, np.uint8)
    >>> stroke[20:100, 36:44] = 40
    >>> (why,) = explain(stroke)
    >>> why.read.label, why.tally[0].label, {found.label for found in why.neighbors}
    (1, 1, {1})
    """
    reader = kept_reader(model, k=k, weights=weights)
    explained = model_to_explain(reader.model)
    reading, stages = reader.read_stages(photo)
    return explain_reading(reading, stages.photo, explained, digit=digit, stages=stages)


def model_to_explain(model: Model = None) -> DigitKNN:
    """Return the model as `model_for_photos` does; UsageError for a network."""
    found = model_for_photos(model).knn
    if found is None:
        raise UsageError(
            "a network names no neighbors, so it cannot show why: "
            "name a k-nearest-neighbor model, such as `bundled`"
        )
    return found


def explain_reading(
    reading: Reading,
    photo: Pixels,
    model: DigitKNN,
    *,
    digit: int | None = None,
    stages: Stages | None = None,
) -> tuple[Explanation, ...]:
    """Tell why the digits of a reading were read so.

    Parameters
    ----------
    reading : Reading
    photo : (height, width, 3) uint8 RGB
        What was read, at any scale.
    model : DigitKNN
        By which it was read, as `model_to_explain` returns it.
    digit : int, optional
        Explain this digit alone; they count from 1 in reading order.
    stages : Stages, optional
        Of the reading: they tell why each was taken for a digit.

    Raises
    ------
    UsageError
        If there is no such digit, or no digit is chosen among more than `MOST`.
    """
    read = [(line, found) for line, row in enumerate(reading.lines, 1) for found in row.digits]
    _check_chosen(digit, len(read))
    scale = photo.shape[1] / reading.width
    taken = {} if stages is None else _why_taken(stages)
    return tuple(
        _explain(
            model,
            number=number,
            line=line,
            read=found,
            crop=cut_out(photo, found.box, scale=scale, around=AROUND),
            reasons=taken.get(found.box, ()),
        )
        for number, (line, found) in enumerate(read, 1)
        if digit in (None, number)
    )


def explain_cell(
    cell: Cell, photo: Pixels, model: DigitKNN, *, scale: float = 1.0
) -> tuple[Explanation, ...]:
    """Tell why the digits in a table's cell were read so.

    Parameters
    ----------
    cell : Cell
    photo : (height, width, 3) uint8 RGB
        What was read.
    model : DigitKNN
        By which it was read, as `model_to_explain` returns it.
    scale : float
        Pixels of `photo` to one of the upright photo.
    """
    digits = [mark for mark in cell.marks if mark.is_digit]
    return tuple(
        replace(
            _explain(
                model,
                number=number,
                line=1,
                read=found,
                crop=cut_out(photo, found.box, scale=scale, around=AROUND),
                reasons=(),
            ),
            cell=(cell.row, cell.column),
        )
        for number, found in enumerate(digits, 1)
    )


def _why_taken(stages: Stages) -> dict[Box, tuple[Reason, ...]]:
    """Return why what is read was taken for digits, by its box."""
    boxes = [stages.view.on_photo(stages.marks.boxes[row]) for row in stages.chosen]
    return dict(zip(boxes, tell_reasons(stages, stages.chosen), strict=True))


def _check_chosen(digit: int | None, n: int) -> None:
    """Raise UsageError if there is no such digit among n, or none is chosen among too many."""
    if digit is None:
        if n > MOST:
            raise UsageError(
                f"{n} digits were read, at most {MOST} are explained at once: choose one of them"
            )
    elif not isinstance(digit, numbers.Integral) or not 1 <= digit <= n:
        counted = f"they count from 1 to {n}, in reading order" if n else "none was found"
        raise UsageError(f"there is no digit {digit!r}: {counted}")


def _explain(
    model: DigitKNN,
    *,
    number: int,
    line: int,
    read: DigitReading,
    crop: Pixels,
    reasons: tuple[Reason, ...],
) -> Explanation:
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
