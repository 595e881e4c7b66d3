"""Ink of a page -> the marks in its corners, filled squares or disks, by which it is laid on its form."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.records import TemplatePage

Corners = NDArray[np.float64]  # (4, 4): left, top, width, height in pixels, from the left top one clockwise

SIDE = (0.01, 0.05)  # of the page's longer side: that of a mark, 3 to 15 mm of A4
ALIKE = 1.5  # times: the longest over the shortest side of the four, perspective included
# Of the rectangle around it: so much is filled by a disk that perspective stretches so far along a diagonal.
SOLID = math.pi / 4 * 2 * ALIKE / (1 + ALIKE**2)


def find_corner_marks(ink: Mask) -> Corners | None:
    """Return the four marks that are nearest to the corners of a picture; None if there are no such four."""
    height, width = ink.shape
    _, _, stats, middles = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=4)
    wide, high, area = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_AREA]
    least, most = (share * max(height, width) for share in SIDE)
    like = (wide <= ALIKE * high) & (high <= ALIKE * wide) & (area >= SOLID * wide * high)
    rows = np.flatnonzero(like & (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most))
    if len(rows) < 4:
        return None
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    away = np.hypot(*np.moveaxis(middles[rows] - corners[:, None], 2, 0))
    own = rows[away.argmin(axis=1)]
    sides = stats[own, 2:4]
    if len(set(own.tolist())) < 4 or sides.max() > ALIKE * sides.min():
        return None
    return stats[own, :4].astype(np.float64)


def marks_of(page: TemplatePage, picture: Pixels) -> Corners | None:
    """Return the marks that a template names in pixels of its picture; None if it names none."""
    height, width = picture.shape[:2]
    scale = np.array([width / page.width, height / page.height] * 2)
    return np.array(page.marks) * scale if page.marks else None


def middles_of(marks: Corners) -> NDArray[np.float32]:
    """Return the middles of marks, (n, 2)."""
    return np.asarray(marks[:, :2] + marks[:, 2:] / 2, np.float32)
