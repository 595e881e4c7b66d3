"""Ink of a mark in a crop -> its picture: as it is, or as it may go on below print."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.flat import Darkness

HIDDEN = 0.03  # of its ink: a mark may go on below print that hides more


@dataclass(frozen=True, eq=False, kw_only=True)
class Inked:
    """A mark's part of a crop, from which its pictures are made when they are asked for.

    seen : (height, width) float32
        Darkness of what is not printed.
    ink : (height, width) float32
        The same as it was before the page was blurred.
    own : (height, width) uint8
        1 where the mark is.
    printed : (height, width) bool
    """

    seen: Darkness
    ink: Darkness
    own: Pixels
    printed: Mask

    @functools.cached_property
    def soft(self) -> Pixels:
        """The mark as it is, with its soft edge."""
        return self._picture(self.ink)

    @functools.cached_property
    def blurred(self) -> Pixels:
        """The mark as the page shows it."""
        return self._picture(self.seen)

    def _picture(self, ink: Darkness) -> Pixels:
        soft = ink * cv2.dilate(self.own, np.ones((3, 3), np.uint8))
        level = max(float(np.median(ink[self.own > 0])), 1e-3)
        full = max(1.3 * level, 0.7 * float(soft.max()))
        return np.asarray(255 * np.clip(soft / full, 0, 1), np.uint8)

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
