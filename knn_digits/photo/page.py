"""Stage 1: photo of pages on a table -> the pages alone, on paper that goes on beyond their edges."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.photo.ink import PAPER, PAPER_SIDE, PAPER_WINDOW, shrink
from knn_digits.photo.rules import MIN_MARK, WHOLE
from knn_digits.ranks import median

# pixels, at the size at which a page is looked for: strokes are narrower
PEN = int(PAPER_WINDOW[0] * PAPER_SIDE) | 1
# pixels, at that size: a page's outline lies no farther from straight edges than crumbs are large
STEP = round(MIN_MARK * math.hypot(PAPER_SIDE, PAPER_SIDE))


def find_page(photo: Pixels) -> Mask | None:
    """Return which pixels are bright pages with straight edges on a darker table, None if there is none.

    Parameters
    ----------
    photo : (height, width, 3) uint8 RGB

    Returns
    -------
    (height, width) bool
    """
    scale = PAPER_SIDE / max(photo.shape[:2])
    if scale > 1:
        return None
    small = shrink(photo, PAPER_SIDE)
    paper = _without_pen(small.min(axis=2))  # paper is hardly colored, tables often are
    page = _brightest(paper)
    if page is None or not _is_on_table(page, paper):
        return None
    size = photo.shape[1::-1]
    return np.asarray(cv2.resize(_shrunk(page), size, interpolation=cv2.INTER_NEAREST), np.uint8).view(bool)


def _without_pen(picture: Pixels) -> Pixels:
    return np.asarray(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((PEN, PEN), np.uint8)), np.uint8)


def _brightest(paper: Pixels) -> Pixels | None:
    """Return where the largest bright things are, 1 or 0, down to one that is no page; None if none is."""
    level, _ = cv2.threshold(paper, 0, 1, cv2.THRESH_OTSU)
    _, places, stats, _ = cv2.connectedComponentsWithStats((paper > level).astype(np.uint8), connectivity=4)
    pages = np.zeros_like(paper)
    for label in 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable"):
        bright = (places == label).astype(np.uint8)
        outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        polygon = _polygon(max(outlines, key=len), paper.shape)
        if polygon is None:
            break
        cv2.fillPoly(pages, [polygon], 1)
    return pages if pages.any() else None


def _shrunk(page: Pixels) -> Pixels:
    return np.asarray(cv2.erode(page, np.ones((STEP + 1, STEP + 1), np.uint8), borderValue=1), np.uint8)


def _polygon(outline: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.int32] | None:
    """Return the corners of a page of this outline, (n, 1, 2); None if it is none.

    It has four corners, of which the picture may cut off two, as one edge alone may be that of a shadow: then
    two more are on the picture's sides, and up to two are the picture's own.
    """
    hull = cv2.convexHull(outline)
    around, area, size = cv2.arcLength(hull, True), cv2.contourArea(outline), shape[0] * shape[1]
    if area < PAPER_WINDOW[1] * size or area < cv2.contourArea(hull) - STEP * around:
        return None
    polygon = np.asarray(cv2.approxPolyDP(hull, STEP, True), np.int32)
    x, y = polygon[:, 0].T
    inside = (np.minimum(x, shape[1] - 1 - x) > STEP) & (np.minimum(y, shape[0] - 1 - y) > STEP)
    return polygon if 2 <= inside.sum() <= 4 and len(polygon) <= 6 else None


def _is_on_table(page: Pixels, paper: Pixels) -> bool:
    """Tell whether it is darker all along the page's edges, and in most of what lies around."""
    pen = np.ones((2 * STEP + 1, 2 * STEP + 1), np.uint8)
    outer = (cv2.dilate(page, pen) > page) & (cv2.dilate(page, pen[2:, 2:]) == page)
    if not outer.any():
        return False
    near = (2 * PEN + 1, 2 * PEN + 1)
    beside = cv2.blur((paper * page).astype(np.float32), near) / cv2.blur(page + np.float32(1e-6), near)
    around, usual = paper[page == 0], float(median(paper[page > 0]))
    return (
        float((paper[outer] < PAPER * beside[outer]).mean()) >= WHOLE
        and float((around < PAPER * usual).mean()) > 0.5
    )


def paint_table(photo: Pixels, page: Mask) -> Pixels:
    """Return the photo with the color of the page's paper in place of what lies around it."""
    small = shrink(photo, PAPER_SIDE)
    size = small.shape[1::-1]
    rough = np.asarray(cv2.resize(page.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.uint8)
    inside = _shrunk(rough) > 0
    paper = _without_pen(small)
    _, nearest = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colors = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colors[nearest[inside]] = paper[inside]
    smooth = cv2.GaussianBlur(colors[nearest], (0, 0), PEN)
    painted = photo.copy()
    for channel in range(3):  # of all at once there would be another photo
        color = np.ascontiguousarray(smooth[..., channel])
        around = np.asarray(cv2.resize(color, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
        np.copyto(painted[..., channel], around, where=~page)
    return painted
