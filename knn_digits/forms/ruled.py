"""Print of a form -> the thin lines along its rows, dashed and dotted ones whole."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.blank import NEAR

HIGH = (4.5, 25.0)  # mm: a box for digits
LINE = (2 * HIGH[0], 1.2)  # mm: a line to write on is as long at least, for two digits, and as thick at most
DASHED = 1.5  # mm: dashes and dots that are no farther apart are a rule
CROSSED = 0.1  # of a rule: strokes that cross it, at most; feet of letters have as much of their stems


def find_rules(ink: Mask, least: float, scale: float) -> Mask:
    """Return thin lines along the rows of so many mm at least, dashed and dotted ones whole."""
    places, stats, crossed = find_runs(ink, least, scale)
    # Lines of small print are thicker, too.
    rule = (stats[:, cv2.CC_STAT_HEIGHT] <= LINE[1] * scale) & (crossed <= CROSSED)
    rule[0] = False
    return np.asarray(rule[places])


def find_runs(
    ink: Mask, least: float, scale: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return lines along the rows of so many mm at least, as labels, their boxes, and what crosses each."""
    printed = np.ascontiguousarray(ink).astype(np.uint8)
    thick = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones((round(LINE[1] * scale) + 1, 1), np.uint8))
    bridge = np.ones((1, max(1, round(DASHED * scale))), np.uint8)
    calm = np.asarray(cv2.morphologyEx(printed, cv2.MORPH_CLOSE, np.ones((1, NEAR), np.uint8)), np.uint8)
    solid = solid_rules(calm, scale)
    dashes = printed * (1 - solid)  # what lies beside a whole line, as a slash, is none of it
    whole = printed | solid | np.asarray(cv2.morphologyEx(dashes, cv2.MORPH_CLOSE, bridge), np.uint8)
    long = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, round(least * scale)), np.uint8))
    _, places, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    # Of its own ink: what is bridged is paper, of which lines of small print have more than dots.
    areas = np.maximum(1, np.bincount(places[printed > 0], minlength=len(stats)))
    crossed = np.bincount(places[thick > 0], minlength=len(stats)) / areas
    return np.asarray(places), np.asarray(stats), crossed


def solid_rules(printed: Pixels, scale: float) -> Pixels:
    """Return what lies along rows without a gap for as long as boxes are high."""
    across = np.ones((1, round(HIGH[0] * scale)), np.uint8)
    return np.asarray(cv2.morphologyEx(printed, cv2.MORPH_OPEN, across), np.uint8)


def drawn_on(ink: Mask, scale: float) -> Mask:
    """Return rules along the rows as long as boxes are high; dashed ones reach a gap farther, to others."""
    rules = find_rules(ink, HIGH[0], scale)
    _, places = cv2.connectedComponents(rules.astype(np.uint8), connectivity=8)
    dashed = rules & ~np.isin(
        places, places[solid_rules(np.ascontiguousarray(ink).astype(np.uint8), scale) > 0]
    )
    gap = np.ones((1, 2 * round(DASHED * scale) + 1), np.uint8)
    return np.asarray(rules | (cv2.dilate(dashed.astype(np.uint8), gap) > 0))
