"""Photo of a form on a darker table -> the sheet alone, as it is seen from straight above."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.photo.page import find_page

STRAIGHT = 0.02  # of a sheet's outline: as far as its sides may bend
CAMERA = (0.6, 2.0)  # of a picture's longer side: how far away cameras are as if they looked through it

Corners = NDArray[np.float64]  # (4, 2): columns and rows, from the left top one clockwise


def lay_flat(picture: Pixels) -> Pixels:
    """Return the sheet on RGB pixels, as a rectangle; the picture itself where no sheet with four corners is.

    References
    ----------
    Z. Zhang, L. He (2007), Whiteboard scanning and image enhancement: what its four corners tell of the shape
    of a rectangle.
    """
    page = find_page(picture)
    corners = None if page is None else _corners_of(page)
    if corners is None:
        return picture
    wide, high = _size_of(corners, picture.shape[1::-1])
    flat = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    laid = cv2.warpPerspective(
        picture, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(laid, np.uint8)


def _corners_of(page: Mask) -> Corners | None:
    """Return the corners of the largest sheet, None if it has not four."""
    outlines, _ = cv2.findContours(page.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    found = cv2.approxPolyDP(hull, STRAIGHT * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
    if len(found) != 4:
        return None
    around = found - found.mean(axis=0)
    clockwise = found[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.asarray(np.roll(clockwise, -int(clockwise.sum(axis=1).argmin()), axis=0))


def _size_of(corners: Corners, size: tuple[int, ...]) -> tuple[int, int]:
    """Return width and height in pixels of the sheet whose corners are seen on a picture of this size.

    The longer of two opposite sides stays as long, or becomes longer.
    """
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    wide, high = max(sides[0], sides[2]), max(sides[1], sides[3])
    shape = _width_to_height(corners - np.array(size) / 2, max(size))
    return round(max(wide, high * shape)), round(max(high, wide / shape))


def _width_to_height(corners: Corners, side: int) -> float:
    """Return the width over the height of a rectangle by its corners, from the middle of a picture on."""
    one, two, four, three = np.column_stack([corners, np.ones(4)])
    along = np.cross(one, four)
    right = along @ three / (np.cross(two, four) @ three) * two - one
    down = along @ two / (np.cross(three, four) @ two) * three - one
    both = right * down
    square = -(both[0] + both[1]) / both[2] if both[2] else 0.0  # of how far away the camera is
    near, far = (share * side for share in CAMERA)
    away = min(max(math.sqrt(max(square, 0.0)), near), far)
    lengths = [math.hypot(end[0] / away, end[1] / away, end[2]) for end in (right, down)]
    return lengths[0] / lengths[1]
