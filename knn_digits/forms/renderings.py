"""Ink of a mark in a crop -> its picture: as it is, as it may go on below print, or sharper."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.digit import stroke_width
from knn_digits.forms.flat import Darkness

HIDDEN = 0.03  # of its ink: a mark may go on below print that hides more


@dataclass(frozen=True, eq=False, kw_only=True)
class Inked:
    """A mark's part of a crop, from which its pictures are made when they are asked for.

    ink : (height, width) float32
        Darkness of what is not printed.
    own : (height, width) uint8
        1 where the mark is.
    printed : (height, width) bool
    full : float
        Darkness that is white in pictures of it.
    """

    ink: Darkness
    own: Pixels
    printed: Mask
    full: float

    @functools.cached_property
    def soft(self) -> Pixels:
        """The mark as it is, with its soft edge."""
        soft = cv2.dilate(self.own, np.ones((3, 3), np.uint8))
        return np.asarray(255 * np.clip(self.ink / self.full, 0, 1) * soft, np.uint8)

    @functools.cached_property
    def sharp(self) -> Pixels:
        """The mark with more contrast to what is a stroke's width around: holes and gaps open again."""
        sigma = max(1.0, stroke_width(self.own) / 2)
        around = cv2.GaussianBlur(self.ink, (0, 0), sigma)
        clear = np.maximum(2 * self.ink - around, 0) - np.maximum(around - self.ink, 0)
        full = max(float(np.quantile(clear[self.own > 0], 0.75)), 1e-3)
        return np.asarray(255 * np.clip(clear / full, 0, 1) * self.own, np.uint8)

    @functools.cached_property
    def filled(self) -> Pixels | None:
        """The mark as it is if it goes on below the print that it touches; None where it touches none."""
        near = np.asarray(cv2.dilate(self.own, np.ones((5, 5), np.uint8)), np.uint8)
        touching = near * self.printed.astype(np.uint8)
        places = cv2.findNonZero(touching)
        if places is None or len(places) < 2:
            return None
        hull = np.zeros_like(self.own)
        cv2.fillConvexPoly(hull, cv2.convexHull(places), 1)
        more = hull & self.printed & (self.own == 0)
        if more.sum() < HIDDEN * self.own.sum():
            return None
        return np.asarray(np.where(more > 0, 255, self.soft), np.uint8)
