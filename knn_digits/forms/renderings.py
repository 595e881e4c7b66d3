"""Ink of a mark in a crop -> its picture: as it is, as it may go on below print, or sharper."""

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.digit import stroke_width
from knn_digits.forms.flat import Darkness

HIDDEN = 0.03  # of its ink: a mark may go on below print that hides more


def soft_picture(ink: Darkness, own: Pixels, full: float) -> Pixels:
    """Return the mark as it is, with its soft edge."""
    soft = cv2.dilate(own, np.ones((3, 3), np.uint8))
    return np.asarray(255 * np.clip(ink / full, 0, 1) * soft, np.uint8)


def sharp_picture(ink: Darkness, own: Pixels) -> Pixels:
    """Return the mark with more contrast to what is a stroke's width around: holes and gaps open again."""
    sigma = max(1.0, stroke_width(own) / 2)
    around = cv2.GaussianBlur(ink, (0, 0), sigma)
    clear = np.maximum(2 * ink - around, 0) - np.maximum(around - ink, 0)
    full = max(float(np.quantile(clear[own > 0], 0.75)), 1e-3)
    return np.asarray(255 * np.clip(clear / full, 0, 1) * own, np.uint8)


def filled_picture(ink: Darkness, own: Pixels, printed: Mask, full: float) -> Pixels | None:
    """Return the mark as it is if it goes on below the print that it touches; None where it touches none."""
    near = np.asarray(cv2.dilate(own, np.ones((5, 5), np.uint8)), np.uint8)
    touching = near * printed.astype(np.uint8)
    places = cv2.findNonZero(touching)
    if places is None or len(places) < 2:
        return None
    hull = np.zeros_like(own)
    cv2.fillConvexPoly(hull, cv2.convexHull(places), 1)
    more = hull & printed & (own == 0)
    if more.sum() < HIDDEN * own.sum():
        return None
    return np.asarray(np.where(more > 0, 255, soft_picture(ink, own, full)), np.uint8)
