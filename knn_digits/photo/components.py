"""Stage 1: ink -> connected components, 8 neighbors."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels

Places = NDArray[np.int32]  # (height, width): the component of each pixel, 0 for paper
Stats = NDArray[np.int32]  # (components, 5): left, top, width, height, area; row 0 is the paper


def find_components(ink: Mask | Pixels) -> tuple[Places, Stats]:
    """Return which component each pixel belongs to, and where the components are.

    Parameters
    ----------
    ink : (height, width) bool or uint8
        Ink where not 0.
    """
    _, places, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    return np.asarray(places, np.int32), np.asarray(stats, np.int32)


def sizes(stats: Stats) -> NDArray[np.int32]:
    """Return the longer side of each component."""
    return np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
