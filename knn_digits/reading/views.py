"""Ink of a photo -> ways to look at it, turned or made level, each with one matrix back to the photo."""

import functools
import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, compared_by_content
from knn_digits.photo.boxes import Box, box_around
from knn_digits.photo.candidates import Candidates, propose_plain
from knn_digits.photo.frames import find_rules
from knn_digits.photo.ink import Ink, fainter_ink

Matrix = NDArray[np.float64]  # (2, 3), of an affine map from columns and rows


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """The ink of a photo as it is looked at.

    ink : Ink
    rules : (height, width) bool
        Pixels of rules, frames and grids.
    matrix : (2, 3) float64
        From pixels of the ink to pixels of the photo.
    quarters : int
        By how many quarters it is turned, counter-clockwise.
    """

    ink: Ink
    rules: Mask
    matrix: Matrix
    quarters: int = 0

    @classmethod
    def of(cls, ink: Ink, *, scale: float) -> "View":
        """Return the ink as it lies; `scale` is of pixels of the photo to a pixel of the ink."""
        rules = find_rules(ink)
        matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
        return cls(ink=fainter_ink(ink, rules), rules=rules, matrix=matrix)

    @functools.cached_property
    def plain(self) -> Candidates:
        """The components at the threshold itself: what tells how it lies."""
        return propose_plain(self.ink, self.rules)

    @property
    def scale(self) -> float:
        """Pixels of the photo to a pixel of the ink."""
        return math.sqrt(abs(float(np.linalg.det(self.matrix[:, :2]))))

    def turned(self, quarters: int) -> "View":
        """Return the view turned by so many quarters, counter-clockwise."""
        if not quarters:
            return self
        view = self
        for _ in range(quarters):
            width = view.ink.darkness.shape[1]
            view = view._moved(
                np.array([[0, -1, width], [1, 0, 0]], np.float64), _quarter(view.ink), _turned(view.rules)
            )
        return replace(view, quarters=(self.quarters + quarters) % 4)

    def levelled(self, slope: float) -> "View":
        """Return the view turned until lines that fall by so many rows per column are level."""
        height, width = self.ink.darkness.shape
        angle = float(np.degrees(np.arctan(slope)))
        matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), np.float64)
        size = np.abs(matrix[:, :2]) @ np.array([width, height])
        matrix[:, 2] += (size - (width, height)) / 2
        whole = (round(float(size[0])), round(float(size[1])))
        darkness = np.asarray(cv2.warpAffine(self.ink.darkness, matrix, whole), np.float32)
        ink = replace(self.ink, darkness=darkness)
        rules = np.asarray(cv2.warpAffine(self.rules.view(np.uint8), matrix, whole)).view(bool)
        return self._moved(np.asarray(cv2.invertAffineTransform(matrix), np.float64), ink, rules)

    def _moved(self, back: Matrix, ink: Ink, rules: Mask) -> "View":
        matrix = self.matrix @ np.vstack([back, [0, 0, 1]])
        return replace(self, ink=ink, rules=rules, matrix=matrix)

    def on_photo(self, box: NDArray[np.int64]) -> Box:
        """Return the upright box on the photo around a box (left, top, width, height) of the ink."""
        left, top, width, height = box.tolist()
        corners = np.array([(x, y, 1) for x in (left, left + width) for y in (top, top + height)])
        return box_around(corners @ self.matrix.T)

    def on_ink(self, box: Box) -> NDArray[np.int64]:
        """Return the box (left, top, width, height) of the ink around an upright one on the photo."""
        back = np.asarray(cv2.invertAffineTransform(self.matrix), np.float64)
        corners = [(x, y, 1) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        around = box_around(np.array(corners) @ back.T)
        return np.array([around.left, around.top, around.width, around.height], np.int64)


def _turned(mask: Mask) -> Mask:
    return np.ascontiguousarray(np.rot90(mask))


def _quarter(ink: Ink) -> Ink:
    return replace(ink, darkness=np.ascontiguousarray(np.rot90(ink.darkness)))
