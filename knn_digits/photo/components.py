"""Stage 1: ink -> connected components, 8 neighbors, and those of them that are looked at one by one."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, connected, strips

Places = NDArray[np.int32]  # (height, width): the component of each pixel, 0 for paper
Stats = NDArray[np.int32]  # (components, 5): left, top, width, height, area; row 0 is of the paper
Span = tuple[slice, slice]  # rows and columns of a part of the picture

MOST = 4000  # components that are looked at one by one
MOST_AREA = 12  # times the picture's: what the boxes around them may cover together
_OWN = 2  # beside 1, other ink, and 0, paper


@dataclass(frozen=True, kw_only=True, eq=False)
class Components:
    """Connected components of ink; which pixels are of one is found where it is asked for.

    To hold the component of each pixel takes four times as much memory as the ink.

    ink : (height, width) bool or uint8
        Ink where not 0; it must stay as it is.
    stats : (components, 5) int32
    starts : (components,) int64
        In the first row of each the column where its ink begins.
    """

    ink: Mask | Pixels
    stats: Stats
    starts: NDArray[np.int64]

    def span(self, *labels: int, around: int = 0) -> Span:
        """Return the part of the picture that holds components, with so many pixels around them."""
        left, top = self.stats[labels, :2].min(axis=0).tolist()
        right, bottom = (self.stats[labels, :2] + self.stats[labels, 2:4]).max(axis=0).tolist()
        return (
            slice(max(0, top - around), bottom + around),
            slice(max(0, left - around), right + around),
        )

    def cut_out(self, span: Span, *labels: int) -> tuple[Mask, Mask]:
        """Return the ink of a part of the picture, and of that what is of components that lie within."""
        colored = self._colored(span, *labels)
        own = colored == _OWN
        return np.not_equal(colored, 0, out=colored.view(bool)), own

    def own(self, label: int) -> Mask:
        """Return the pixels of a component in its box."""
        return np.asarray(self._colored(self.span(label), label) == _OWN)

    def _colored(self, span: Span, *labels: int) -> Pixels:
        rows, columns = span
        colored: Pixels = np.not_equal(self.ink[rows, columns], 0).view(np.uint8)
        for label in labels:
            seed = int(self.starts[label]) - columns.start, int(self.stats[label, 1]) - rows.start
            cv2.floodFill(colored, None, seed, _OWN, flags=8)
        return colored


def find_components(ink: Mask | Pixels) -> Components:
    """Return the connected components, numbered as `find_places` numbers them.

    Parameters
    ----------
    ink : (height, width) bool or uint8
        Ink where not 0.
    """
    height, width = ink.shape
    runs, seams = list[NDArray[np.int32]](), list[NDArray[np.int64]]()
    count, above = 0, np.zeros(0, np.int64)
    for rows, *_ in strips(height):  # of all at once the components of pixels would fill the memory
        found, places = _find_places(ink[rows])
        edges = _ends(ink[rows])
        at, left = np.divmod(edges[::2], width + 1)
        length, label = edges[1::2] - edges[::2], places[at, left] + count
        runs.append(np.array([left, length, at + rows.start, label], np.int32))
        below = np.where(places[0] > 0, places[0].astype(np.int64) + count, 0)
        seams.append(_meeting(above, below) if count else np.zeros((0, 2), np.int64))
        above = np.where(places[-1] > 0, places[-1].astype(np.int64) + count, 0)
        count += found - 1
    names = connected(np.concatenate(seams), count + 1)
    left, length, top, label = np.concatenate(runs, axis=1)
    return _measure(ink, int(names.max()) + 1, left, length, top, names[label])


def find_places(ink: Mask | Pixels) -> Places:
    """Return which component each pixel belongs to."""
    return _find_places(ink)[1]


def _find_places(ink: Mask | Pixels) -> tuple[int, Places]:
    """Return how many components there are, with the paper, and which one each pixel belongs to.

    References
    ----------
    C. Grana, D. Borghesani, R. Cucchiara (2010), Optimized block-based connected components labeling with
    decision trees: twice as fast here as what OpenCV takes by itself, with the same numbers.
    """
    count, found = cv2.connectedComponentsWithAlgorithm(ink.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_BBDT)
    return count, np.asarray(found, np.int32)


def _meeting(above: NDArray[np.int64], below: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs of components, (n, 2), that meet where one row lies on another."""
    pairs = [(above, below), (above[1:], below[:-1]), (above[:-1], below[1:])]
    both = np.concatenate([np.stack(pair, axis=1) for pair in pairs])
    return both[both.all(axis=1)]


def _measure(
    ink: Mask | Pixels,
    count: int,
    lefts: NDArray[np.int32],
    lengths: NDArray[np.int32],
    tops: NDArray[np.int32],
    labels: NDArray[np.int64],
) -> Components:
    """Return components by the runs of ink: OpenCV looks at the paper, too, for far longer."""
    height, width = ink.shape
    left, right, top, bottom, start = np.full(count, width), *np.zeros((4, count), np.int64)
    np.minimum.at(left, labels, lefts)
    np.maximum.at(right, labels, lefts + lengths)
    top[labels[::-1]] = tops[::-1]  # of several runs the last one stays
    start[labels[::-1]] = lefts[::-1]
    bottom[labels] = tops + 1
    area = np.bincount(labels, weights=lengths, minlength=count)
    stats = np.stack([left, top, right - left, bottom - top, area], axis=1).astype(np.int32)
    stats[0] = 0, 0, width, height, height * width - area.sum()
    return Components(ink=ink, stats=stats, starts=start)


def _ends(ink: Mask | Pixels) -> NDArray[np.intp]:
    """Return where runs of ink begin and where they end, in rows one after the other with paper between."""
    height, width = ink.shape
    line = np.zeros(1 + height * (width + 1), bool)  # the rows, with paper before and after each
    line[1:].reshape(height, width + 1)[:, :width] = ink
    return np.flatnonzero(line[1:] != line[:-1])


def soft_ink(darkness: NDArray[np.float32], ink: Mask, own: Mask) -> Pixels:
    """Return the ink of some components, 0..255, with its soft edge, and nothing of other components.

    Parameters
    ----------
    darkness, ink : (height, width)
        Of the part of the picture where they are.
    own : (height, width) bool
        Their pixels.
    """
    return ink_within(darkness, with_edge(ink, own))


def with_edge(ink: Mask, own: Mask) -> Mask:
    """Return the pixels of some components, and the paper that they touch."""
    edge = np.asarray(cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8))).view(bool)
    others = np.greater(ink, own)
    return np.asarray(np.greater(edge, others, out=edge))


def ink_within(darkness: NDArray[np.float32], there: Mask) -> Pixels:
    """Return the ink of these pixels, 0..255, and nothing elsewhere."""
    ink = np.clip(darkness, 0, 1)
    ink *= 255
    ink *= there
    return ink.astype(np.uint8)


def bounded(stats: Stats, chosen: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the chosen components, or the upper ones where there are more than can be looked at one by one.

    Parameters
    ----------
    stats : (components, 5) int32
    chosen : (components,) bool
    shape : (height, width)
        Of the picture.

    Returns
    -------
    (n,) int64
        Their labels, ascending, without that of the paper.
    """
    labels = 1 + np.flatnonzero(chosen[1:])
    labels = labels[np.argsort(stats[labels, cv2.CC_STAT_TOP], kind="stable")][:MOST]
    areas = stats[labels, cv2.CC_STAT_WIDTH].astype(np.int64) * stats[labels, cv2.CC_STAT_HEIGHT]
    return np.sort(labels[areas.cumsum() <= MOST_AREA * shape[0] * shape[1]])


def sizes(stats: Stats) -> NDArray[np.int32]:
    """Return the longer side of each component."""
    return np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
