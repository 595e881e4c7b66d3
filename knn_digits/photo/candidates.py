"""Stage 1: ink -> candidates: connected components at many levels of darkness, any of which may be a digit.

No level is right for a whole page: a pencil is lost where a marker is whole, and what touches at one level is
apart at another. So all are offered, and what they look like and where they stand decides among them.
"""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content, strips
from knn_digits.digit import INK_SIDE, STROKE_RANGE, stroke_width
from knn_digits.photo.boxes import Boxes, Mark, box_of
from knn_digits.photo.components import Components, Stats, find_components, ink_within, soft_ink, with_edge
from knn_digits.photo.cuts import Cuts, find_cuts
from knn_digits.photo.ink import LARGE_SIDE, Ink, ink_beside
from knn_digits.photo.numbers import numbers_of
from knn_digits.photo.rules import ELONGATION, THICKNESS, WHOLE

NUMBERS = numbers_of(__name__)
LEVELS: tuple[float, ...] = NUMBERS["LEVELS"]  # of the threshold: where ink begins
SAME_INK: float = NUMBERS["SAME_INK"]  # natural logarithm of the ratio of their ink, at most
# pixels: of a candidate's longest side, in a picture that may be enlarged and in a larger one: a digit with
# strokes of one pixel, where they are thick, and where they are thin, for its size
LEAST = int(INK_SIDE / STROKE_RANGE[1]), int(INK_SIDE / STROKE_RANGE[0])
MOST = 6000  # candidates: dense pages have 5000, and no more can be read within seconds
MOST_CUT = 300  # candidates that are cut
MOST_PARTS = 3000  # parts of what is cut

LARGE = 65_536  # pixels: larger pictures of candidates are made where they are looked at

_FAINT, _DARK = 1, 2  # pixels of ink that is nowhere dark, and of what is so somewhere

INK, UNRULED, CLOSED, CUT = range(4)  # kinds of candidates

_UNSEEN = np.zeros((0, 0), np.uint8), 0.0  # picture and stroke where only boxes are asked for


class Pictures(Sequence[Pixels]):
    """Pictures, some of which are made where they are looked at: as those of whole tables fill the memory.

    Parameters
    ----------
    held : iterable of (height, width) uint8, or of what makes it
    """

    def __init__(self, held: Iterable[Pixels | Callable[[], Pixels]]) -> None:
        self._held = tuple(held)

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, row: Any) -> Any:
        held = self._held[row]
        if isinstance(row, slice):
            return Pictures(held)
        return held() if callable(held) else held

    def __add__(self, other: "Pictures") -> "Pictures":
        return Pictures(self._held + other._held)

    def take(self, rows: Iterable[int]) -> "Pictures":
        """Return the pictures in these rows."""
        return Pictures(self._held[row] for row in rows)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """What may be digits.

    boxes : (n, 4) int64
        Left, top, width and height in pixels of the ink.
    areas : (n,) int64
        Pixels of ink.
    levels : (n,) float32
        Of the threshold, at which it is a component.
    kinds : (n,) int64
        `INK`, `UNRULED` without rules and frames, `CLOSED` with its gaps closed, `CUT` from a larger one.
    crossed : (n,) float32
        The ink that its cuts go through, over the height of what was cut.
    strokes : (n,) float32
        The usual width of its strokes in pixels.
    pictures : Pictures
        Its own ink 0..255 and nothing of its neighbors', with a border of a pixel.
    bounded : bool
        Whether there were more than are looked at.
    """

    boxes: Boxes
    areas: NDArray[np.int64]
    levels: NDArray[np.float32]
    kinds: NDArray[np.int64]
    crossed: NDArray[np.float32]
    strokes: NDArray[np.float32]
    pictures: Pictures
    bounded: bool = False

    def __len__(self) -> int:
        return len(self.boxes)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class _Candidate:
    box: tuple[int, int, int, int]
    area: int
    level: float
    kind: int
    crossed: float
    stroke: float
    picture: Pixels | Callable[[], Pixels]


def propose(ink: Ink, rules: Mask) -> Candidates:
    """Return the components at all levels, each once.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
        Pixels of rules and frames: components are looked for without them, too.
    """
    found = _Found()
    for level in LEVELS:
        found.add(ink, ink.darkness > level * ink.threshold, level, INK)
    if rules.any():
        for level in LEVELS:
            found.add(ink, _without(ink.darkness > level * ink.threshold, rules), level, UNRULED)
    if (closed := _closed(_without(ink.mask, rules))) is not None:
        found.add(ink, _unpacked_mask(closed, rules.shape[1]), 1.0, CLOSED)
    return _gather(found.found, bounded=found.bounded)


def find_fainter_pen(ink: Ink, rules: Mask) -> Ink | None:
    """Return the ink of what is nowhere as dark as the threshold, at its own; None if there is no such pen.

    None of a picture that is larger than `LARGE_SIDE`, either, as it fills the memory.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
        Pixels of rules and frames.
    """
    if max(ink.darkness.shape) > LARGE_SIDE:
        return None
    touched = _without(ink.darkness > min(LEVELS) * ink.threshold, rules).view(np.uint8)
    dark = find_components(_without(ink.mask, rules))
    for column, row in zip(dark.starts[1:].tolist(), dark.stats[1:, 1].tolist(), strict=True):
        if touched[row, column] == _FAINT:
            cv2.floodFill(touched, None, (column, row), _DARK, flags=8)
    return ink_beside(ink, (touched == _DARK) | rules)


def propose_plain(ink: Ink, rules: Mask) -> Candidates:
    """Return the components at the threshold itself, without rules."""
    return _plain(ink, rules, pictures=True)


def find_boxes(ink: Ink, rules: Mask) -> Boxes:
    """Return the boxes of what `propose_plain` proposes, whose pictures are not made."""
    return _plain(ink, rules, pictures=False).boxes


def _plain(ink: Ink, rules: Mask, *, pictures: bool) -> Candidates:
    found = _Found(pictures=pictures)
    found.add(ink, _without(ink.mask, rules), 1.0, UNRULED)
    return _gather(found.found, bounded=found.bounded)


def propose_at(
    ink: Ink, levels: Sequence[float], *, least: float | None = None, closed: bool = False
) -> Candidates:
    """Return the components at these levels of the threshold, each once; from `least` pixels on, if given.

    With `closed` those with their gaps closed, too, at the faintest level, where fewest gaps are left.
    """
    found = _Found(least=least)
    for level in levels:
        found.add(ink, ink.darkness > level * ink.threshold, level, INK)
    faintest = min(levels)
    if closed and (whole := _closed(ink.darkness > faintest * ink.threshold)) is not None:
        found.add(ink, _unpacked_mask(whole, ink.darkness.shape[1]), faintest, CLOSED)
    return _gather(found.found, bounded=found.bounded)


def _without(mask: Mask, rules: Mask) -> Mask:
    """Take rules out of a mask, with no third one."""
    return np.asarray(np.greater(mask, rules, out=mask))


def _closed(mask: Mask) -> Pixels | None:
    """Return the ink with gaps closed as wide as in rules, as a pen leaves them; None where there is no ink.

    It is (height, width / 8), in bits along the rows.
    """
    if not mask.any():
        return None
    reach = max(1.0, THICKNESS * stroke_width(mask) / 2)
    beyond = 2 * math.ceil(reach) + 2  # rows around a strip that tell what is closed in it
    closed = list[Pixels]()
    for _, around, inner in strips(len(mask), beyond):
        near = mask[around]
        inside = _away(_away(~near) <= reach) > reach
        closed.append(np.packbits((near | inside)[inner], axis=1))
    return np.concatenate(closed)


def _away(mask: Mask) -> NDArray[np.float32]:
    """Return how far each pixel of a mask is from what is none of it."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """The ways to cut candidates, as where digits touch."""

    ways: tuple[Cuts, ...]
    candidates: Candidates  # the parts of all ways, in their order
    wholes: NDArray[np.int64]  # of each part: the row of the candidate that is cut

    def best(self, strangeness: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the rows of the parts that together look most like digits, of each way; see `Cuts.best`."""
        rows: list[int] = []
        start = 0
        for cuts in self.ways:
            spans = list(cuts.parts)
            known = dict(zip(spans, strangeness[start : start + len(spans)].tolist(), strict=True))
            rows += [start + spans.index(span) for span in cuts.best(known)]
            start += len(spans)
        return np.array(rows, np.intp)


def cut(candidates: Candidates, rows: Sequence[int]) -> Parts:
    """Return the ways to cut these candidates, of the first where there are too many."""
    ways: list[Cuts] = []
    parts: list[_Candidate] = []
    wholes: list[int] = []
    for row in rows[:MOST_CUT]:
        if len(parts) >= MOST_PARTS:
            break
        ways.append(_cuts(candidates, row))
        parts += _parts(candidates, row, ways[-1])
        wholes += [row] * len(ways[-1].parts)
    found = _gather(parts, bounded=len(ways) < len(rows))
    return Parts(ways=tuple(ways), candidates=found, wholes=np.array(wholes, np.int64))


def _cuts(candidates: Candidates, row: int) -> Cuts:
    box = box_of(candidates.boxes[row])
    x, y = min(1, box.left), min(1, box.top)  # the border of its picture, which ends where the photo does
    ink = candidates.pictures[row][y : y + box.height, x : x + box.width]
    return find_cuts(Mark(box=box, ink=ink))


def _parts(candidates: Candidates, row: int, cuts: Cuts) -> Iterator[_Candidate]:
    for (start, stop), part in cuts.parts.items():
        crossed = [cuts.crossed[seam - 1] for seam in (start, stop) if 0 < seam <= len(cuts.crossed)]
        yield _Candidate(
            box=(part.box.left, part.box.top, part.box.width, part.box.height),
            area=part.area,
            level=float(candidates.levels[row]),
            kind=CUT,
            crossed=max(crossed, default=0.0),
            stroke=float(candidates.strokes[row]),
            picture=part.ink,
        )


def take(candidates: Candidates, rows: NDArray[np.intp]) -> Candidates:
    """Return the candidates in these rows."""
    return Candidates(
        boxes=candidates.boxes[rows],
        areas=candidates.areas[rows],
        levels=candidates.levels[rows],
        kinds=candidates.kinds[rows],
        crossed=candidates.crossed[rows],
        strokes=candidates.strokes[rows],
        pictures=candidates.pictures.take(rows.tolist()),
        bounded=candidates.bounded,
    )


def join(one: Candidates, other: Candidates) -> Candidates:
    """Return the candidates of both, in this order."""
    return Candidates(
        boxes=np.concatenate([one.boxes, other.boxes]),
        areas=np.concatenate([one.areas, other.areas]),
        levels=np.concatenate([one.levels, other.levels]),
        kinds=np.concatenate([one.kinds, other.kinds]),
        crossed=np.concatenate([one.crossed, other.crossed]),
        strokes=np.concatenate([one.strokes, other.strokes]),
        pictures=one.pictures + other.pictures,
        bounded=one.bounded or other.bounded,
    )


def _gather(found: Sequence[_Candidate], *, bounded: bool) -> Candidates:
    return Candidates(
        boxes=np.array([one.box for one in found], np.int64).reshape(-1, 4),
        areas=np.array([one.area for one in found], np.int64),
        levels=np.array([one.level for one in found], np.float32),
        kinds=np.array([one.kind for one in found], np.int64),
        crossed=np.array([one.crossed for one in found], np.float32),
        strokes=np.array([one.stroke for one in found], np.float32),
        pictures=Pictures(one.picture for one in found),
        bounded=bounded,
    )


def _least(shape: tuple[int, ...]) -> int:
    """Return the longest side of a candidate in a picture of this shape, at least."""
    return LEAST[max(shape) > LARGE_SIDE]


def _possible(stats: Stats, least: float) -> NDArray[np.intp]:
    """Return the components that are neither crumbs nor flat, the highest where there are too many."""
    width, height = stats[:, 2], stats[:, 3]
    chosen = (np.maximum(width, height) >= least) & (width <= ELONGATION * height)
    chosen[0] = False
    labels = np.flatnonzero(chosen)
    return np.sort(labels[np.argsort(-height[labels], kind="stable")[:MOST]])


@dataclass(eq=False)
class _Found:
    """Candidates as they are found, and a grid that tells whether one is there already."""

    found: list[_Candidate] = field(default_factory=list)
    grid: dict[tuple[int, int, int], list[_Candidate]] = field(default_factory=dict)
    bounded: bool = False
    least: float | None = None
    pictures: bool = True

    def add(self, ink: Ink, mask: Mask, level: float, kind: int) -> None:
        """Add the components of this mask that are not there yet, unless there are too many already."""
        if self.bounded:
            return
        components = find_components(mask)
        least = _least(mask.shape) if self.least is None else self.least
        for label in _possible(components.stats, least).tolist():
            left, top, width, height, area = components.stats[label].tolist()
            box = left, top, width, height
            if len(self.found) == MOST:
                self.bounded = True
                return
            if not self._is_known(box, area):
                picture, stroke = _cut_out(ink.darkness, components, label) if self.pictures else _UNSEEN
                one = _Candidate(
                    box=box, area=area, level=level, kind=kind, crossed=0.0, stroke=stroke, picture=picture
                )
                self.found.append(one)
                self.grid.setdefault(next(_cells(box, own=True)), []).append(one)

    def _is_known(self, box: tuple[int, int, int, int], area: int) -> bool:
        return any(
            abs(math.log(area / one.area)) < SAME_INK and _overlap(box, one.box) > WHOLE
            for cell in _cells(box)
            for one in self.grid.get(cell, ())
        )


def _cells(box: tuple[int, int, int, int], *, own: bool = False) -> Iterator[tuple[int, int, int]]:
    """Yield the cells of a grid, fine where boxes are small, in which boxes nearly equal to this one lie."""
    left, top, width, height = box
    size = max(width, height)
    for octave in sorted(
        {int(math.log2(size * share)) for share in ((1,) if own else (WHOLE, 1, 1 / WHOLE))}
    ):
        side = max(1, 1 << octave >> 1)
        column, row = (left + width // 2) // side, (top + height // 2) // side
        steps = (0,) if own else (-1, 0, 1)
        yield from ((octave, column + across, row + down) for across in steps for down in steps)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """Return the area common to two boxes over that of both together."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0, across) * max(0, down)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def _cut_out(
    darkness: NDArray[np.float32], components: Components, label: int
) -> tuple[Pixels | Callable[[], Pixels], float]:
    """Return the ink of one component with its soft edge, and nothing of other components; and its stroke."""
    span = components.span(label, around=1)
    ink, own = components.cut_out(span, label)
    if own.size <= LARGE:
        return soft_ink(darkness[span], ink, own), stroke_width(own)
    bits = np.packbits(with_edge(ink, own), axis=1)
    return functools.partial(_unpacked, darkness[span], bits), stroke_width(own)


def _unpacked(darkness: NDArray[np.float32], bits: Pixels) -> Pixels:
    """Return a large picture, made of some rows at a time: the darkness of all would fill the memory."""
    width = darkness.shape[1]
    parts = (ink_within(darkness[rows], _unpacked_mask(bits[rows], width)) for rows, *_ in strips(len(bits)))
    return np.concatenate(list(parts))


def _unpacked_mask(bits: Pixels, width: int) -> Mask:
    return np.unpackbits(bits, axis=1, count=width).view(bool)
