"""Stage 1: ink -> connected components, 8 neighbors, and those of them that are looked at one by one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, strips

Places = NDArray[np.int32]  # (height, width): the component of each pixel, 0 for paper
Stats = NDArray[np.int32]  # (components, 5): left, top, width, height, area; row 0 is of the paper

MOST = 4000  # components that are looked at one by one
MOST_AREA = 12  # times the picture's: what the boxes around them may cover together


def find_components(ink: Mask | Pixels) -> tuple[Places, Stats]:
    """Return which component each pixel belongs to, and where the components are.

    Parameters
    ----------
    ink : (height, width) bool or uint8
        Ink where not 0.

    References
    ----------
    C. Grana, D. Borghesani, R. Cucchiara (2010), Optimized block-based connected components labeling with
    decision trees: twice as fast here as what OpenCV takes by itself, with the same numbers.
    """
    count, found = cv2.connectedComponentsWithAlgorithm(ink.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_BBDT)
    places = np.asarray(found, np.int32)
    return places, _measure(ink, places, count)


def _measure(ink: Mask | Pixels, places: Places, count: int) -> Stats:
    """Return where the components are, by the runs of ink: OpenCV looks at the paper, too, for far longer."""
    height, width = ink.shape
    edges = np.concatenate([_ends(ink[rows]) + rows.start * (width + 1) for rows, *_ in strips(height)])
    lengths = edges[1::2] - edges[::2]
    tops, lefts = np.divmod(edges[::2], width + 1)
    labels = places[tops, lefts]
    left, right, top, bottom = np.full(count, width), *np.zeros((3, count), np.int64)
    np.minimum.at(left, labels, lefts)
    np.maximum.at(right, labels, lefts + lengths)
    top[labels[::-1]] = tops[::-1]  # of several runs the last one stays
    bottom[labels] = tops + 1
    area = np.bincount(labels, weights=lengths, minlength=count)
    stats = np.stack([left, top, right - left, bottom - top, area], axis=1).astype(np.int32)
    stats[0] = 0, 0, width, height, height * width - area.sum()
    return stats


def _ends(ink: Mask | Pixels) -> NDArray[np.intp]:
    """Return where runs of ink begin and where they end, in rows one after the other with paper between."""
    height, width = ink.shape
    line = np.zeros(1 + height * (width + 1), bool)  # the rows, with paper before and after each
    line[1:].reshape(height, width + 1)[:, :width] = ink
    return np.flatnonzero(line[1:] != line[:-1])


def soft_ink(darkness: NDArray[np.float32], places: Places, own: Mask) -> Pixels:
    """Return the ink of some components, 0..255, with its soft edge, and nothing of other components.

    Parameters
    ----------
    darkness, places : (height, width)
        Of the part of the picture where they are.
    own : (height, width) bool
        Their pixels.
    """
    return ink_within(darkness, with_edge(places, own))


def with_edge(places: Places, own: Mask) -> Mask:
    """Return the pixels of some components, and the paper that they touch."""
    edge = cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    return np.asarray(edge & ((places == 0) | own))


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
