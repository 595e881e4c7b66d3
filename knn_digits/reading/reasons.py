"""What a mark's trees add up -> words: why it was taken for a digit, or left out.

Features that tell of one thing are added up; those that speak most for what became of the mark are told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.datasets.hands import call_sign
from knn_digits.photo.boxes import Box, cut_out
from knn_digits.photo.candidates import CUT
from knn_digits.reading.choice import choose_more
from knn_digits.reading.context import log_odds
from knn_digits.reading.evidence import FAR, Features, tabulate
from knn_digits.reading.grid import outside
from knn_digits.reading.judge import Judge, Judged, Trees, load_judge
from knn_digits.reading.stages import Stages
from knn_digits.reading.warn import DOUBTFUL
from knn_digits.record import Record

STRONGEST = 3  # reasons that are told of a mark
LEFT_OUT = 5  # marks that are told of those left out
AROUND = 0.5  # of the longer side of a box: the paper around a mark that was left out
REPEATED = ("evidence", "better chosen")  # features in context that say again what the mark is like alone

Mark = Mapping[str, float]  # the features of one, by name


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reason(Record):
    """What speaks for a mark, or against it."""

    about: str  # "neighbors", "signs", "shape" …
    words: str
    log_odds: float  # what it adds to those of an average mark, or of what is read, natural logarithm


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LeftOut(Record):
    """A mark that is not read."""

    box: Box  # pixels of the upright photo
    label: int  # that it would have
    probability: float  # that it is a digit, 0 to 1
    crop: Pixels  # (height, width, 3) uint8 RGB: its box in the photo, with some paper around it
    reasons: tuple[Reason, ...]  # the strongest first; none where too little speaks for it


def find_left_out(stages: Stages, *, most: int = LEFT_OUT, scale: float = 1.0) -> tuple[LeftOut, ...]:
    """Return the marks most like digits that are not read and share no ink with what is read.

    Parameters
    ----------
    stages : Stages
    most : int
        How many, those of the highest probability.
    scale : float
        Pixels of `stages.photo` for each pixel of the upright photo.
    """
    rows = left_out(stages)[:most]
    told = tell_reasons(stages, rows)
    boxes = [stages.view.on_photo(stages.marks.boxes[row]) for row in rows]
    return tuple(
        LeftOut(
            box=box,
            label=int(stages.marks.labels[row]),
            probability=float(stages.judged.digits[row]),
            crop=cut_out(stages.photo, box, scale=scale, around=AROUND),
            reasons=reasons,
        )
        for row, box, reasons in zip(rows, boxes, told, strict=True)
    )


def left_out(stages: Stages) -> NDArray[np.intp]:
    """Return the rows of the marks that are not read and share no ink with others, the likeliest first."""
    boxes = stages.marks.boxes
    left = choose_more(boxes, stages.judged.digits, stages.chosen, least=DOUBTFUL)
    return outside(stages.view, boxes, left, stages.grid)


def tell_reasons(stages: Stages, rows: NDArray[np.intp]) -> list[tuple[Reason, ...]]:
    """Return what speaks most for what became of the marks in these rows, whether they are read or not.

    For marks that are read this is in comparison with an average mark, against others with what is read.
    """
    judge, judged, read = load_judge(), stages.judged, np.isin(rows, stages.chosen)
    if not len(rows):
        return []
    features = _take(judged.features, rows)
    added = _added(judge, judge.there, features)
    sure = judged.evidence[rows] >= judge.least
    added[sure] = _added(judge, judge.beside, _take(features, sure))
    if len(stages.chosen):
        usual = _added(judge, judge.there, _take(judged.features, stages.chosen)).mean(axis=0)
        added[~read] -= usual
    marks = [{name: float(values[place]) for name, values in features.items()} for place in range(len(rows))]
    told = [_strongest(*one) for one in zip(added, marks, read.tolist(), strict=True)]
    return [(*_of_page(judge, judged), *reasons)[:STRONGEST] for reasons in told]


def of_cell(probability: float) -> Reason:
    """Return why a digit was read in a sudoku, as it does not stand there by what is on the whole page."""
    words = "alone in its cell of a sudoku"
    return Reason(about="cell", words=words, log_odds=float(log_odds(np.array([probability]))[0]))


def _of_page(judge: Judge, judged: Judged) -> tuple[Reason, ...]:
    """Return why nothing is read of a page that is likely without digits."""
    if judged.whole >= judge.whole.least:
        return ()
    against = float(log_odds(np.array([judged.whole]))[0])
    return (Reason(about="page", words="too little on the page is like digits", log_odds=against),)


def _take(features: Features, rows: NDArray[Any]) -> Features:
    return {name: values[rows] for name, values in features.items()}


def group_of(feature: str) -> int:
    """Return the place in `GROUPS` of what a feature tells of."""
    return next(place for place, group in enumerate(GROUPS) if feature.startswith(group.features))


def _strongest(added: NDArray[np.float64], mark: Mark, read: bool) -> tuple[Reason, ...]:
    """Return the reasons that speak for a mark that is read, or against another."""
    order = np.argsort(-added if read else added, kind="stable")
    return tuple(
        Reason(about=GROUPS[place].about, words=GROUPS[place].words(mark, read), log_odds=float(added[place]))
        for place in order[:STRONGEST]
        if (added[place] > 0 if read else added[place] < 0)
    )


def _added(judge: Judge, trees: Trees, features: Features) -> NDArray[np.float64]:
    """Return what each group adds to the log-odds of marks in context, (n, groups)."""
    added = trees.contributions(tabulate(features, trees.names))
    again = np.isin(trees.names, REPEATED)
    alone = judge.alone.contributions(tabulate(features, judge.alone.names))
    return _grouped(added[:, ~again], [n for n in trees.names if n not in REPEATED]) + _grouped(
        _spread(added[:, again].sum(axis=1), alone), judge.alone.names
    )


def _spread(whole: NDArray[np.float64], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) spread over parts (n, m) in proportion to those of its own sign."""
    same = np.where(parts * whole[:, None] > 0, np.abs(parts), 0)
    return np.asarray(whole[:, None] * same / np.maximum(same.sum(axis=1, keepdims=True), 1e-12))


def _grouped(added: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    groups = np.zeros((len(added), len(GROUPS)))
    for column, name in zip(added.T, names, strict=True):
        groups[:, group_of(name)] += column
    return groups


def _neighbors(mark: Mark, speaks_for: bool) -> str:
    return f"like known {mark['label']:.0f}s" if speaks_for else "unlike known digits"


def _signs(mark: Mark, speaks_for: bool) -> str:
    if speaks_for:
        return "unlike signs and letters"
    votes = {name.removeprefix("like "): share for name, share in mark.items() if name.startswith("like ")}
    sign = max(votes, key=lambda name: votes[name])
    return f"most like {call_sign(sign)}" if votes[sign] else "nearly as near to signs as to digits"


def _shape(mark: Mark, speaks_for: bool) -> str:
    if mark["kind"] == CUT:
        return "well cut out of a wider mark" if speaks_for else "cut out of a wider mark"
    return "shaped like a digit" if speaks_for else "not shaped like a digit"


def _light(_: Mark, speaks_for: bool) -> str:
    return "clear of the paper around it" if speaks_for else "less clear of the paper around it"


def _rules(_: Mark, speaks_for: bool) -> str:
    return "not on a rule" if speaks_for else "on a rule or a frame"


def _place(mark: Mark, speaks_for: bool) -> str:
    if mark["frames"]:
        return "in a frame as digits are" if speaks_for else "inside of another mark"
    if mark["inside"]:
        return "around no other digit" if speaks_for else "around other marks"
    return "where digits stand" if speaks_for else "alone at its place"


def _size(mark: Mark, speaks_for: bool) -> str:
    if mark["height to chosen"] == -FAR:
        return "about as high as digits are" if speaks_for else "not as high as digits are"
    ratio = float(np.exp(mark["height to chosen"]))
    if speaks_for:
        return f"as high as the digits here ({ratio:.0%})"
    return f"{'lower' if ratio < 1 else 'higher'} than the digits here by {abs(1 - ratio):.0%}"


def _pen(_: Mark, speaks_for: bool) -> str:
    return "written as the digits are" if speaks_for else "of another pen than the digits"


def _row(mark: Mark, speaks_for: bool) -> str:
    if min(mark["gap left"], mark["gap right"]) == FAR:
        return "alone in its row" if speaks_for else "no digit beside it"
    return "digits beside it" if speaks_for else "few digits in its row"


def _rivals(mark: Mark, speaks_for: bool) -> str:
    if speaks_for:
        return "nothing in its place is more like a digit"
    said = {
        "best same": "no more like a digit in other outlines",
        "best larger rival": "part of something larger that may be a digit",
        "best smaller rival": "a part of it may be a digit",
    }
    return said[max(said, key=lambda name: mark[name])]


def _column(_: Mark, speaks_for: bool) -> str:
    return "digits above or below it" if speaks_for else "no digit above or below it"


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Features that tell of one thing."""

    about: str
    features: tuple[str, ...]  # their names, or what these start with
    words: Callable[[Mark, bool], str]  # a mark's features, whether they speak for it -> what is told


GROUPS = (
    _Group(about="signs", features=("sign share", "to sign", "nearer to digit", "like "), words=_signs),
    _Group(
        about="neighbors",
        features=("strangeness", "doubt", "top share", "second share", "label", "to digit", "agreement"),
        words=_neighbors,
    ),
    _Group(about="size", features=("height", "to usual height", "to median height"), words=_size),
    _Group(about="pen", features=("stroke to chosen", "darkness to chosen"), words=_pen),
    _Group(about="rules", features=("on rules",), words=_rules),
    _Group(about="light", features=("level", "ink at", "around at", "darkness"), words=_light),
    _Group(
        about="shape",
        features=("aspect", "fill", "stroke", "holes", "pieces", "ink", "kind", "crossed"),
        words=_shape,
    ),
    _Group(about="rivals", features=("best ", "chosen "), words=_rivals),
    _Group(about="column", features=("evidence of chosen column", "evidence of whole column"), words=_column),
    _Group(
        about="row",
        features=("gap ", "evidence ", "similar in row", "all in row", "share of row"),
        words=_row,
    ),
    _Group(about="place", features=("inside", "frame", "to edge"), words=_place),
)
