"""A picture of a blank form -> the picture laid straight, its ink, and the lines and edges of faint print."""

from dataclasses import dataclass

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.flat import Darkness, darkest, darkness
from knn_digits.forms.prints import SPREAD
from knn_digits.forms.strokes import ABOVE_NOISE, FAINTEST

WINDOW = 6.0  # mm: what is narrower is ink
PRINT = 0.15  # darkness: print is darker
SIDE = 4.5  # mm: an edge that tells how a page is turned is as long at least, as sides of boxes are
TURNED = 10.0  # degrees, at most: a scan lies askew by less
DARK = 0.5  # darkness: a pen is not seen on what is darker
NEAR = 3  # pixels: an edge is as wide


@dataclass(frozen=True, eq=False, kw_only=True)
class Print:
    """What is printed on a blank form.

    ink : (height, width) bool
        What is darker than its paper, in any color.
    dark : (height, width) bool
        Where a pen could not be seen.
    faint : (height, width) bool
        The same, and long straight lines and areas that are hardly darker.
    edges : (height, width) bool
        Long straight edges of areas of another shade that are not dark.
    """

    ink: Mask
    dark: Mask
    faint: Mask
    edges: Mask


def find_print(picture: Pixels, scale: float, least: float, most: float) -> Print:
    """Return what is printed on RGB pixels, `scale` of them a mm; boxes are `least` to `most` mm high."""
    ink = find_ink(picture, scale)
    shade = _shade(picture, most * scale)
    level, long = _faintest(shade), round(least * scale)
    dark = np.asarray(shade > DARK)
    beside = cv2.dilate(dark.astype(np.uint8), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)) > 0
    edges = _long(_steps(picture) > level, long) & ~beside
    return Print(ink=ink, dark=dark, faint=ink | _long(shade > level, long), edges=edges)


def find_ink(picture: Pixels, scale: float) -> Mask:
    """Return what is darker than its paper on RGB pixels, `scale` of them a mm."""
    return np.asarray(_shade(picture, WINDOW * scale) > PRINT)


def _shade(picture: Pixels, window: float) -> Darkness:
    return darkest([darkness(np.asarray(one, np.uint8), round(window)) for one in cv2.split(picture)])


def straighten(picture: Pixels, scale: float) -> Pixels:
    """Return the picture turned so that its rules lie along its sides, if they are turned by a little."""
    angle = _turn(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8), SIDE * scale)
    height, width = picture.shape[:2]
    if abs(np.radians(angle)) * max(height, width) < 1:  # pixels
        return picture
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8)


def _turn(grey: Pixels, least: float) -> float:
    """Return by how many degrees the rules of a page are turned: the median of those of `least` pixels."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(grey)[0]
    if found is None:
        return 0.0
    across, down = (found[:, 0, 2:] - found[:, 0, :2]).astype(np.float64).T
    lengths = np.hypot(across, down)
    angles = (np.degrees(np.arctan2(down, across)) + 45) % 90 - 45
    own = (lengths >= least) & (np.abs(angles) < TURNED)
    if not own.any():
        return 0.0
    order = np.argsort(angles[own])
    reached = np.cumsum(lengths[own][order])
    return float(angles[own][order][np.searchsorted(reached, reached[-1] / 2)])


def _faintest(shade: Darkness) -> float:
    """Return how dark print is at least, for it to be told from the noise of the paper."""
    paper = shade[shade <= PRINT]
    spread = float(np.median(np.abs(paper - np.median(paper)))) if paper.size else 0.0
    return max(FAINTEST, ABOVE_NOISE * SPREAD * spread)


def _steps(picture: Pixels) -> Darkness:
    """Return by what share each neighborhood changes, in the color that changes most."""
    calm = cv2.GaussianBlur(picture, (NEAR, NEAR), 0)
    around = np.ones((NEAR, NEAR), np.uint8)
    light = cv2.dilate(calm, around).astype(np.float32)
    change = (light - cv2.erode(calm, around)) / np.maximum(light, 8)
    return np.asarray(change.max(axis=2), np.float32)


def _long(mask: Mask, least: int) -> Mask:
    """Return what of a mask lies in runs of so many pixels, along rows or columns."""
    whole = mask.astype(np.uint8)
    across, down = (
        cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones(side, np.uint8)) for side in ((1, least), (least, 1))
    )
    return np.asarray(np.maximum(across, down) > 0)
