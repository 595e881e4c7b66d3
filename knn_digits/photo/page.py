"""Stage 1: photo of a page on a table -> the page alone, on paper that goes on beyond its edges."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.photo.ink import shrink
from knn_digits.photo.numbers import numbers_of

NUMBERS = numbers_of(__name__)
SIDE: int = NUMBERS["SIDE"]  # pixels: the longest side at which a page is looked for
LEVELS: tuple[float, ...] = NUMBERS["LEVELS"]  # of Otsu's threshold: a shadow on the page may move it
PEN: int = NUMBERS["PEN"]  # pixels, at that size: strokes are narrower
AREA: tuple[float, float] = NUMBERS["AREA"]  # of the picture: a page covers as much
ASPECT: float = NUMBERS["ASPECT"]  # its longer side over its shorter one, at most
CONVEX: float = NUMBERS["CONVEX"]  # of its hull and of the polygon around it: a page fills as much
CORNERS: int = NUMBERS["CORNERS"]  # of the page in the picture, at most
BEND: float = NUMBERS["BEND"]  # of its outline: how far the outline may lie from the polygon
STEP: int = NUMBERS["STEP"]  # pixels, at that size: so far from the outline the table is darker than the page
# of the page's brightness: the table has at most as much beside it, and ink on it
DARKER: float = NUMBERS["DARKER"]
# of the outline, where it is not the picture's edge, must have such a table beside it
OUTLINE: float = NUMBERS["OUTLINE"]
AROUND: float = NUMBERS["AROUND"]  # of all that lies around must be as dark
# pixels, at that size: so near the brightness of the page is that beside its edge
NEAR: int = NUMBERS["NEAR"]
EDGE: int = NUMBERS["EDGE"]  # pixels, at that size: what comes so near to the picture's edge is cut by it
INSIDE: int = NUMBERS["INSIDE"]  # at least: one edge alone may be that of a shadow
ANGLE: tuple[int, int] = NUMBERS["ANGLE"]  # degrees: of a page's corner, as perspective may bend it
SMALL: float = NUMBERS["SMALL"]  # of the picture: a smaller page without ink may be a broad stroke of chalk
INK: float = NUMBERS["INK"]  # of the page: as much is ink at least


def find_page(photo: Pixels) -> Mask | None:
    """Return which pixels are a bright page with straight edges on a darker table, None if there is none.

    Parameters
    ----------
    photo : (height, width, 3) uint8 RGB

    Returns
    -------
    (height, width) bool
    """
    scale = SIDE / max(photo.shape[:2])
    if scale > 1 or scale * min(photo.shape[:2]) < 4 * PEN:
        return None
    small = shrink(photo, SIDE)
    least = np.ascontiguousarray(small.min(axis=2))  # paper is hardly colored, tables often are
    paper = _without_pen(least)
    middle, _ = cv2.threshold(paper, 0, 1, cv2.THRESH_OTSU)
    for level in LEVELS:
        page = _page_above(level * middle, paper)
        if page is not None and (page.mean() >= SMALL or _has_ink(page, least, paper)):
            size = photo.shape[1::-1]
            return np.asarray(cv2.resize(_shrunk(page), size, interpolation=cv2.INTER_NEAREST)).astype(bool)
    return None


def _without_pen(picture: Pixels) -> Pixels:
    return np.asarray(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((PEN, PEN), np.uint8)), np.uint8)


def _page_above(level: float, paper: Pixels) -> Pixels | None:
    """Return where the largest thing is that is brighter than this level, 1 or 0; None if it is no page."""
    _, places, stats, _ = cv2.connectedComponentsWithStats((paper > level).astype(np.uint8), connectivity=4)
    if len(stats) < 2:
        return None
    largest = (places == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    outlines, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    polygon = _polygon(max(outlines, key=len), paper.shape)
    if polygon is None:
        return None
    page = np.zeros(paper.shape, np.uint8)
    cv2.fillPoly(page, [polygon], 1)
    return page if _is_on_table(page, paper) else None


def _has_ink(page: Pixels, brightness: Pixels, paper: Pixels) -> bool:
    inside = _shrunk(page) > 0
    return float((brightness[inside] < DARKER * paper[inside]).mean()) >= INK


def _shrunk(page: Pixels) -> Pixels:
    return np.asarray(cv2.erode(page, np.ones((STEP + 1, STEP + 1), np.uint8), borderValue=1), np.uint8)


def _polygon(outline: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.int32] | None:
    """Return the corners of a page of this outline, (n, 1, 2); None if it is none."""
    hull = cv2.convexHull(outline)
    polygon = np.asarray(cv2.approxPolyDP(hull, BEND * cv2.arcLength(hull, True), True), np.int32)
    area, size = cv2.contourArea(outline), shape[0] * shape[1]
    if not AREA[0] * size <= area <= AREA[1] * size:
        return None
    _, sides, _ = cv2.minAreaRect(hull)
    if max(sides) > ASPECT * min(sides) or cv2.contourArea(polygon) < CONVEX * area:
        return None
    if area < CONVEX * max(cv2.contourArea(hull), cv2.contourArea(polygon)):
        return None
    x, y = polygon[:, 0].T
    inside = (np.minimum(x, shape[1] - 1 - x) > EDGE) & (np.minimum(y, shape[0] - 1 - y) > EDGE)
    square = all(ANGLE[0] <= angle <= ANGLE[1] for angle in _angles(polygon)[inside])
    return polygon if square and INSIDE <= inside.sum() <= CORNERS else None


def _angles(polygon: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the angles at its corners in degrees."""
    corners = polygon[:, 0].astype(np.float64)
    before, after = (np.roll(corners, step, axis=0) - corners for step in (1, -1))
    turn = np.einsum("nd,nd->n", before, after) / np.hypot(*before.T) / np.hypot(*after.T)
    return np.asarray(np.degrees(np.arccos(np.clip(turn, -1, 1))))


def _is_on_table(page: Pixels, paper: Pixels) -> bool:
    """Tell whether it is darker all along the page's edges, and in most of what lies around."""
    pen = np.ones((2 * STEP + 1, 2 * STEP + 1), np.uint8)
    outer = (cv2.dilate(page, pen) > page) & (cv2.dilate(page, pen[2:, 2:]) == page)
    if not outer.any():
        return False
    near = (NEAR, NEAR)
    beside = cv2.blur((paper * page).astype(np.float32), near) / cv2.blur(page + np.float32(1e-6), near)
    around, usual = paper[page == 0], float(np.median(paper[page > 0]))
    return (
        float((paper[outer] < DARKER * beside[outer]).mean()) >= OUTLINE
        and float((around < DARKER * usual).mean()) >= AROUND
    )


def paint_table(photo: Pixels, page: Mask) -> Pixels:
    """Return the photo with the color of the page's paper in place of what lies around it."""
    small = shrink(photo, SIDE)
    size = small.shape[1::-1]
    rough = np.asarray(cv2.resize(page.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.uint8)
    inside = _shrunk(rough) > 0
    paper = _without_pen(small)
    _, nearest = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colors = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colors[nearest[inside]] = paper[inside]
    smooth = cv2.GaussianBlur(colors[nearest], (0, 0), PEN)
    around = cv2.resize(smooth, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(page[..., None], photo, around)
