"""A small picture or strokes -> a mark of ink at any size, as a pen writes it.

Ink is float32 from 0 (paper) to 1 (full ink), cropped to what is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels

Random = np.random.Generator
Range = tuple[float, float]
Ink = NDArray[np.float32]
Points = NDArray[np.float64]

SEEN = 0.35  # of full ink: what counts as ink of a mark's box
WORK = (64, 400)  # pixels: the longest side at which a mark is shaped
PAD = 0.15  # of its longest side: room for a mark to be bent
OVER = 1.5  # times its final size: the same
THINNEST = 0.75  # of a stroke's width: the most that is taken away
FRACTION_BITS = 4  # of the coordinates that OpenCV draws


@dataclass(frozen=True, kw_only=True)
class Pen:
    """What a mark is written with."""

    color: tuple[float, float, float]  # red, green, blue of full ink, 0 to 1
    width: float  # pixels: of a stroke
    pressure: float  # 0 to 1: how much ink there is
    grain: float  # 0 to 1: how much of the ink the paper's grain takes away
    gaps: float  # 0 to 1: the chance that a stroke is broken


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a hand bends what it writes."""

    shear: float = 0.0  # columns a row
    stretch: float = 1.0  # width over that of the picture
    turn: float = 0.06  # radians, standard deviation
    wobble: float = 0.025  # of the size, standard deviation: how far places of a mark are moved
    waves: int = 4  # of the wobble across a mark


def crop(ink: Ink) -> Ink:
    """Return the part with ink."""
    left, top, width, height = cv2.boundingRect((ink > SEEN * max(ink.max(), 0.05)).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def shape_picture(picture: Pixels, longest: float, pen: Pen, style: Style, random: Random) -> Ink:
    """Return a picture's ink with this longest side in pixels, its strokes as wide as the pen's."""
    work = float(np.clip(OVER * longest, *WORK))
    left, top, width, height = cv2.boundingRect((picture > 60).astype(np.uint8))
    cropped = picture[top : top + height, left : left + width]
    scale = work / max(width, height, 1)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    large = np.pad(cv2.resize(cropped, size, interpolation=cv2.INTER_CUBIC), round(0.2 * work))
    large = cv2.GaussianBlur(large, (0, 0), max(0.5, 0.55 * scale))
    # Thin strokes of small pictures are grey.
    full = np.median(large[large > large.max() / 3])
    mask = set_width((large > 0.45 * full).astype(np.uint8), pen.width * work / longest)
    return _finish(mask, longest, pen, style, random)


def shape_strokes(strokes: Sequence[Points], size: float, pen: Pen, style: Style, random: Random) -> Ink:
    """Return the ink of strokes (n, 2) about 0, 0 whose unit is this many pixels."""
    work = float(np.clip(OVER * size, *WORK))
    reach = max(float(np.abs(points).max()) for points in strokes)
    half = int(np.ceil(work * (reach + 0.2) + pen.width * work / size))
    canvas = np.zeros((2 * half, 2 * half), np.uint8)
    width = max(1, round(pen.width * work / size))
    for points in strokes:
        fixed = np.round((points * work + half) * (1 << FRACTION_BITS)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 1, width, cv2.LINE_8, FRACTION_BITS)
    _, _, wide, high = cv2.boundingRect(canvas)
    return _finish(canvas, size * max(wide, high) / work, pen, style, random)


def set_width(mask: Pixels, width: float) -> Pixels:
    """Return the mask (0 and 1) with strokes of about this width in pixels, without breaking them."""
    depth = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 3), np.float32)
    ridge = cv2.dilate(depth, np.ones((3, 3), np.uint8))
    tops = depth[(depth >= ridge) & (depth > 0)]
    now = 2 * float(np.median(tops)) if len(tops) else 1.0
    if width >= now:
        return _widen(mask, round(width - now))
    return _thin(mask, depth, now, width)


def _thin(mask: Pixels, depth: Ink, now: float, width: float) -> Pixels:
    """Return the mask's middle lines, as wide as wanted or as keeps the mark in one and of its size."""
    ridge = cv2.dilate(depth, _disk(1 + 2 * round(now / 2)))
    pieces, size = cv2.connectedComponents(mask)[0], _size(mask)
    for part in np.arange(min(1 - width / now, THINNEST), 0, -0.15):
        thin = np.asarray((depth > ridge * part) & (mask > 0), np.uint8)
        if cv2.connectedComponents(thin)[0] <= pieces and _size(thin) > 0.8 * size:
            return thin
    return mask


def _size(mask: Pixels) -> int:
    return max(cv2.boundingRect(mask)[2:])


def _widen(mask: Pixels, by: int) -> Pixels:
    """Return the mask with strokes wider by at most so many pixels, less where a loop would close."""
    holes = cv2.connectedComponents(1 - mask)[0]
    while by > 0:
        wide = cv2.dilate(mask, _disk(1 + by))
        if cv2.connectedComponents(1 - wide)[0] >= holes:
            return np.asarray(wide, np.uint8)
        by //= 2
    return mask


def _disk(side: int) -> Pixels:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _finish(mask: Pixels, longest: float, pen: Pen, style: Style, random: Random) -> Ink:
    soft = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5), np.float32)
    soft = soft / np.median(soft[mask > 0])  # thin strokes would vanish below
    soft = _bend(np.pad(soft, round(PAD * max(soft.shape))), style, random)
    soft = crop(np.clip((soft - 0.25) * 2.5, 0, 1))
    scale = longest / max(1, *soft.shape)
    size = (max(1, round(soft.shape[1] * scale)), max(1, round(soft.shape[0] * scale)))
    small = cv2.resize(soft, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return _press(np.asarray(small, np.float32), pen, random)


def _bend(ink: Ink, style: Style, random: Random) -> Ink:
    """Return the ink sheared, turned and wobbled about its middle."""
    height, width = ink.shape
    angle = random.normal(0, style.turn)
    rows, columns = np.indices((height, width), np.float32)
    rows -= height / 2
    columns -= width / 2
    across = np.cos(angle) * columns / style.stretch + (np.sin(angle) + style.shear) * rows
    down = -np.sin(angle) * columns + np.cos(angle) * rows
    if style.wobble:
        waves = random.normal(0, style.wobble * max(height, width), (2, style.waves, style.waves))
        moves = [
            cv2.resize(wave.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
            for wave in waves
        ]
        across, down = across + moves[0], down + moves[1]
    across, down = np.float32(width / 2) + across, np.float32(height / 2) + down
    moved = cv2.remap(ink, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(moved, np.float32)


def _press(ink: Ink, pen: Pen, random: Random) -> Ink:
    """Return the ink as the pen leaves it: uneven, grainy, sometimes broken."""
    height, width = ink.shape
    uneven = random.uniform(1 - 0.35 * (1 - pen.pressure) - 0.1, 1, (3, 3)).astype(np.float32)
    ink = ink * pen.pressure * cv2.resize(uneven, (width, height), interpolation=cv2.INTER_LINEAR)
    if pen.grain:
        grain = random.random((height, width), np.float32)
        ink = ink * (1 - pen.grain * cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.4)
    if random.random() < pen.gaps:
        ink = _break(ink, random)
    return np.clip(ink, 0, 1)


def _break(ink: Ink, random: Random) -> Ink:
    """Return the ink with a narrow band across it missing."""
    height, width = ink.shape
    rows, columns = np.indices((height, width))
    angle, size = random.uniform(0, np.pi), max(height, width)
    place = (columns - width * random.uniform(0.2, 0.8)) * np.cos(angle) + (
        rows - height * random.uniform(0.2, 0.8)
    ) * np.sin(angle)
    return np.where(np.abs(place) < size * random.uniform(0.02, 0.05), ink * random.uniform(0, 0.3), ink)
