"""A page's size -> how a sheet lies in it: its size, its area for text, a matrix from sheet to page."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages.ink import Random
from benchmarks.data.pages.sheet import Area

Matrix = NDArray[np.float64]
TURN = (1.5, 6.0, 15.0)  # degrees: standard deviations of most and of some turns, and the most
STEEP = 0.2  # of pages: turned by more
LEAN = 0.06  # of the page, standard deviation: how far perspective moves a corner
LYING = (0.6, 0.92)  # of the page: a sheet that is seen whole
MARGIN = (0.02, 0.1)  # of the shorter side


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """How a sheet is seen."""

    height: int  # pixels, of the page
    width: int
    sheet_height: int
    sheet_width: int
    area: Area  # of the sheet: where text may stand
    matrix: Matrix  # (3, 3): place on the sheet -> place on the page
    whole: bool  # the sheet's edges are seen


def straight(height: int, width: int, random: Random) -> View:
    """Return the view of a screen: the sheet is the page."""
    area = _inset((0.0, 0.0, float(width), float(height)), random)
    return View(
        height=height, width=width, sheet_height=height, sheet_width=width, area=area,
        matrix=np.eye(3), whole=False,
    )  # fmt: skip


def close(height: int, width: int, random: Random, *, lean: float = LEAN) -> View:
    """Return a view of a part of a larger sheet, turned and leaning."""
    corners = _corners(0, 0, width, height)
    matrix = _turned(corners, corners, random, lean=lean)
    seen = cv2.perspectiveTransform(corners[None], np.linalg.inv(matrix))[0]
    low = np.floor(np.minimum(seen.min(axis=0), 0))
    size = np.ceil(np.maximum(seen.max(axis=0), (width, height))) - low
    shift = np.array([[1, 0, low[0]], [0, 1, low[1]], [0, 0, 1.0]])
    left, top, right, bottom = _visible(matrix, height, width)
    area = _inset((left - low[0], top - low[1], right - low[0], bottom - low[1]), random)
    return View(
        height=height, width=width, sheet_height=int(size[1]), sheet_width=int(size[0]), area=area,
        matrix=matrix @ shift, whole=False,
    )  # fmt: skip


def lying(height: int, width: int, random: Random) -> View:
    """Return the view of a whole sheet on something."""
    part = random.uniform(*LYING, 2)
    wide, high = round(width * part[0]), round(height * part[1])
    left, top = random.uniform(0.2, 0.8) * (width - wide), random.uniform(0.2, 0.8) * (height - high)
    corners = _corners(0, 0, wide, high)
    matrix = _turned(corners, corners + np.array([left, top]), random, lean=0.5 * LEAN)
    area = _inset((0.0, 0.0, float(wide), float(high)), random)
    return View(
        height=height, width=width, sheet_height=high, sheet_width=wide, area=area, matrix=matrix, whole=True
    )


def _corners(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def _turned(source: Matrix, target: Matrix, random: Random, *, lean: float) -> Matrix:
    """Return the matrix from corners to others, turned about their middle and moved by perspective."""
    spread = TURN[1] if random.random() < STEEP else TURN[0]
    angle = np.deg2rad(np.clip(random.normal(0, spread), -TURN[2], TURN[2]))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = target.mean(axis=0)
    moved = (target - middle) @ turn.T + middle
    side = np.sqrt(np.prod(np.ptp(target, axis=0)))
    moved += random.normal(0, lean / 2, (4, 2)) * side * (random.random() < 0.6)
    return np.asarray(
        cv2.getPerspectiveTransform(source.astype(np.float32), moved.astype(np.float32)), np.float64
    )


def _visible(matrix: Matrix, height: int, width: int) -> Area:
    """Return the largest part about the middle of (0, 0, width, height) that falls into the page."""
    middle = np.array([width, height]) / 2
    for part in np.arange(1.0, 0.3, -0.02):
        corners = (_corners(0, 0, width, height) - middle) * part + middle
        seen = cv2.perspectiveTransform(corners[None], matrix)[0]
        if seen.min() >= 0 and (seen <= (width, height)).all():
            break
    return (*corners[0], *corners[2])


def _inset(area: Area, random: Random) -> Area:
    left, top, right, bottom = area
    margin = random.uniform(*MARGIN) * min(right - left, bottom - top)
    return left + margin, top + margin, right - margin, bottom - margin
