"""Embedded digits -> the photos beside this script, and truth.json.

Run as `python samples/make_samples.py [--output FOLDER]`. Each digit is a training digit of the embedded sample,
drawn again along the middle of its strokes with a pen of another width. Each file has a random generator of
its own, seeded by its name, so that one photo can change without the others.
"""

import argparse
import io
import json
import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import SIDE, Pixels
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.digit import CENTER, INK_SIDE

Plane: TypeAlias = NDArray[np.float32]  # (height, width): ink from 0 to 1, or brightness, or noise
Color: TypeAlias = tuple[float, float, float]  # red, green, blue from 0 to 1
Scene: TypeAlias = NDArray[np.float32]  # (height, width, 3) red, green, blue from 0 to 1

ZOOM = 6  # the strokes of a digit are followed at so many times its size
SEED = 28
HOLES = {0: (1,), 4: (0, 1), 6: (1,), 8: (2,), 9: (1,)}  # of a digit written clearly; others have none
OFF_WHITE, WHITE, GREY_WHITE = (0.93, 0.91, 0.86), (0.95, 0.95, 0.94), (0.90, 0.90, 0.89)
BLUE, BLACK, GRAPHITE, PRINT = (0.10, 0.16, 0.45), (0.11, 0.11, 0.13), (0.45, 0.45, 0.47), (0.30, 0.42, 0.40)
MARKERS = ((0.80, 0.10, 0.13), (0.08, 0.52, 0.26), (0.12, 0.25, 0.70))
ROTATE = {6: cv2.ROTATE_90_COUNTERCLOCKWISE}  # what a camera does to an upright photo before it sets the tag
LICENSE = "CC BY-SA 3.0"


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How one writer writes with one pen."""

    size: float  # pixels: the longest side of a digit
    pen: float  # pixels: the width of the strokes
    slant: float = 0.12  # how far a stroke leans to the right, per height
    gap: float = 0.32  # of the size: between digits
    unrest: float = 0.05  # of the size: spread of sizes, gaps and baselines
    grain: float = 0.0  # share of the ink that the roughness of the ground leaves out


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How the page is photographed."""

    turn: float = 0.0  # degrees counter-clockwise
    tilt: float = 0.0  # how much narrower the far edge of the page looks
    vignette: float = 0.15  # light lost in the corners
    slope: float = 0.15  # light lost from the top left to the bottom right
    shadow: float = 0.0  # light lost in the shadow of a hand
    blur: float = 0.8  # pixels
    noise: float = 0.010  # spread of the noise


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A photo, what is in it, and how it is stored."""

    pixels: Pixels  # (height, width, 3) uint8 RGB, or (height, width) grey
    rows: list[list[int]]  # training digits, line by line
    about: dict[str, Any]  # further entries of truth.json
    quality: int = 80  # of JPEG
    orientation: int = 1  # EXIF
    colors: int = 0  # of a palette; 0: none


# The digits


def choose_rows(text: str, sample: Dataset, rng: np.random.Generator) -> list[int]:
    """Return a row of the sample, drawn at random among those written clearly, for each digit of `text`."""
    rows = []
    for label in map(int, text.replace(" ", "")):
        candidates = rng.permutation(np.flatnonzero(sample.labels == label))
        rows.append(next(int(row) for row in candidates if is_clear(sample.digits[row], label)))
    return rows


def is_clear(digit: Pixels, label: int) -> bool:
    """Tell whether the ink is in one piece and has as many holes as the digit should have."""
    ink = cv2.resize((digit > 100).astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    pieces = cv2.connectedComponents(ink)[0] - 1
    holes = cv2.connectedComponents(1 - ink, connectivity=4)[0] - 2
    return pieces == 1 and holes in HOLES.get(label, (0,))


def draw_digit(digit: Pixels, hand: Hand, rng: np.random.Generator) -> Plane:
    """Return the ink of one digit, cropped, as the hand draws it along the middle of its strokes."""
    size = hand.size * (1 + rng.normal(0, hand.unrest))
    scale = size / (INK_SIDE * ZOOM)
    middle = thin(enlarge(digit, hand.slant + rng.normal(0, hand.unrest / 2)))
    distance = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = cv2.GaussianBlur(distance, (0, 0), 1.0)
    distance = cv2.resize(distance, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) * scale
    pressure = 1 + 0.12 * noise(distance.shape, size / 6, rng)
    # Blurring lifts the distance in the middle of a stroke; half a pixel of the large digit makes up for it.
    ink = np.clip(hand.pen / 2 * pressure + scale - distance + 0.5, 0, 1).astype(np.float32)
    left, top, width, height = cv2.boundingRect((ink > 0).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def enlarge(digit: Pixels, slant: float) -> NDArray[np.bool_]:
    """Return the ink of an enlarged digit, with the writer's own slant taken out and this one put in."""
    y, x = np.mgrid[:SIDE, :SIDE] - CENTER
    own = float((digit * x * y).sum() / (digit * y * y).sum())  # negative: leans to the right
    shear = own + slant
    middle = ZOOM * CENTER
    matrix = np.array([[ZOOM, -ZOOM * shear, middle * shear], [0, ZOOM, 0]], np.float64)
    large = cv2.warpAffine(digit, matrix, (ZOOM * SIDE, ZOOM * SIDE), flags=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), ZOOM / 2) > 100)


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the middle line of the strokes (T. Y. Zhang, C. Y. Suen, 1984)."""
    while True:
        before = ink
        for odd in (False, True):
            ink = ink & ~_removable(ink, odd=odd)
        if (ink == before).all():
            return ink


def _removable(ink: NDArray[np.bool_], *, odd: bool) -> NDArray[np.bool_]:
    """Return the border pixels that one half-step of thinning takes away."""
    wide = np.pad(ink, 1)
    height, width = ink.shape
    steps = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # clockwise from the north
    ring = np.stack([wide[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in steps])
    count = ring.sum(axis=0)
    changes = (~ring & np.roll(ring, -1, axis=0)).sum(axis=0)
    north, east, south, west = ring[::2]
    free = ~(north & west & (east | south)) if odd else ~(east & south & (north | west))
    sides = ~(north & east & west) & ~(north & south & west) if odd else _half(north, east, south, west)
    del free
    return np.asarray(ink & (count >= 2) & (count <= 6) & (changes == 1) & sides)


def _half(
    north: NDArray[np.bool_], east: NDArray[np.bool_], south: NDArray[np.bool_], west: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    return np.asarray(~(north & east & south) & ~(east & south & west))
