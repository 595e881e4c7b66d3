"""Digits -> the same digits as the corruptions of MNIST-C leave them, from a seed.

Each follows the description and the numbers of N. Mu, J. Gilmer (2019), MNIST-C: a robustness benchmark for
computer vision, with the severity that their data set has. Ours are written anew for NumPy and OpenCV, draw
other random numbers, and differ where a docstring says so: their errors are near published ones, not equal.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits

SEED = 7
MIDDLE = (SIDE - 1) / 2  # pixels: what shear, rotation and scale leave in place
LINE_REACH = 2.3  # pixels: where a drawn line has faded
FRACTAL_SIDE = 256  # pixels: the fog of which a corner is taken
CANNY_UNIT = 8000  # of the gradient in 16-bit numbers for 1 of the published thresholds

Ink: TypeAlias = NDArray[np.float32]  # (28, 28), 0 to 1
Corrupt: TypeAlias = Callable[[Ink, np.random.Generator], NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One way to corrupt a digit."""

    name: str
    severity: str  # in words
    apply: Corrupt


def corrupt(digits: Digits, corruption: Corruption, *, seed: int = SEED) -> Digits:
    """Return the digits corrupted, (n, 28, 28) uint8; a digit's chance depends on its place alone."""
    corrupted = np.empty_like(digits)
    for place, digit in enumerate(digits):
        rng = np.random.default_rng([seed, *corruption.name.encode(), place])
        ink = corruption.apply(digit.astype(np.float32) / np.float32(255), rng)
        corrupted[place] = np.clip(np.rint(ink * 255), 0, 255)
    return corrupted


def add_shot_noise(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Count 3 photons for full ink."""
    return np.clip(rng.poisson(ink * 3.0) / 3, 0, 1)


def add_impulse_noise(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Make 17 % of the pixels black or white."""
    struck, bright = rng.random((2, SIDE, SIDE))
    return np.where(struck < 0.17, bright < 0.5, ink)


def blur_by_glass(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Blur, swap each pixel with a neighbor above or to the left, twice, with chance 1/2, and blur again.

    Ours blurs along both axes; the published call, which takes the columns of a grey digit for colors, may
    blur along one.
    """
    glass = _blur(ink, 0.7)
    draws = rng.integers(0, 2, (2, SIDE, SIDE, 3)).tolist()
    for turn in draws:
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                swaps, up, left = turn[row][column]
                if swaps:
                    other = row - up, column - left
                    glass[row, column], glass[other] = glass[other], glass[row, column]
    return _blur(glass, 0.7)


def blur_by_motion(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Drag the digit up to 10 pixels, fading with deviation 3, in a direction within 45 degrees of level."""
    reach, angle = 10, np.deg2rad(rng.uniform(-45, 45))
    steps = np.arange(2 * reach + 1)
    weights = np.exp(-(steps**2) / (2 * 3.0**2))
    across, down = (np.rint(steps * part).astype(int) for part in (np.cos(angle), np.sin(angle)))
    kernel = np.zeros((4 * reach + 1, 4 * reach + 1), np.float32)
    np.add.at(kernel, (2 * reach + down, 2 * reach + across), weights / weights.sum())
    return cv2.filter2D(ink, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def shear(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Slant by 0.4 radians to either side."""
    slant = 0.4 * rng.choice([-1, 1])
    return _warp(ink, [[1, -np.sin(slant)], [0, np.cos(slant)]])


def scale(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Make the digit 0.7 times as large."""
    return _warp(ink, [[1 / 0.7, 0], [0, 1 / 0.7]])


def rotate(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Turn by 0.4 radians to either side."""
    angle = 0.4 * rng.choice([-1, 1])
    return _warp(ink, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def brighten(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Add 0.5 to all pixels."""
    return ink + np.float32(0.5)


def translate(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Move by 3 pixels along both axes, to either side."""
    down, across = 3 * rng.choice([-1, 1], 2)
    moved = np.pad(ink, 3)[3 - down :, 3 - across :]
    return moved[:SIDE, :SIDE]


def stripe(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Invert the quarter at the left and the quarter at the right."""
    striped = ink.copy()
    striped[:, :7], striped[:, 21:] = 1 - ink[:, :7], 1 - ink[:, 21:]
    return striped


def add_fog(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Lay a cloud 3 times as bright as the ink over it, and reduce the contrast to what there was."""
    brightest = ink.max()
    fog = _plasma(rng, decay=1.4)[:SIDE, :SIDE]
    return np.asarray((ink + 3 * fog) * (brightest / (brightest + 3)))


def spatter(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Throw mud of grey level 63, where a blurred noise is above 0.65."""
    liquid = _blur(rng.normal(0.65, 0.3, (SIDE, SIDE)).astype(np.float32), 1)
    mud = _blur((liquid > 0.65).astype(np.float32), 1.5)
    mud[mud < 0.8] = 0
    return np.asarray(ink * (1 - mud) + 63 / 255 * mud)


def add_dotted_line(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Draw a line from side to side, of which two columns of four are seen."""
    start, end = rng.integers(0, 27, 2)
    dots = np.arange(SIDE) // 2 % 2 == 1
    return np.asarray(ink + _line((0, start), (27, end)) * dots)


def add_zigzag(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Draw a zigzag of width and height 2 on a line from column 2 to 25.

    It ends on the line, where the published one ends a little beside it.
    """
    start = rng.integers(0, 27)
    angle = np.arctan(rng.integers(-5, 5) / 23)
    length = 23 / np.cos(angle)
    peaks = np.arange(2, length, 4)
    peaks = peaks[: int((length - 2) // 4) + 1]
    along = np.array([0, *peaks, length])
    aside = np.array([0, *(2 * (-1) ** np.arange(len(peaks))), 0])
    columns = 2 + along * np.cos(angle) - aside * np.sin(angle)
    rows = start + along * np.sin(angle) + aside * np.cos(angle)
    points = list(zip(columns, rows, strict=True))
    drawn = sum(_line(first, last) for first, last in itertools.pairwise(points))
    return np.asarray(ink + drawn)


def find_edges(ink: Ink, rng: np.random.Generator) -> NDArray[Any]:
    """Leave the edges that Canny's detector finds: blur of deviation 1, thresholds 0.1 and 0.2.

    OpenCV's looks along four directions for the edge's crest, scikit-image's between pixels.
    """
    blurred = _blur(ink, 1)
    gradients = (cv2.Sobel(blurred, cv2.CV_32F, *axis) * CANNY_UNIT for axis in ((1, 0), (0, 1)))
    across, down = (np.rint(gradient).astype(np.int16) for gradient in gradients)
    edges = cv2.Canny(across, down, 0.1 * CANNY_UNIT, 0.2 * CANNY_UNIT, L2gradient=True)
    return np.asarray(edges / 255)


def _blur(ink: Ink, sigma: float) -> Ink:
    side = 2 * int(4 * sigma + 0.5) + 1
    blurred = cv2.GaussianBlur(ink, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def _warp(ink: Ink, source: list[list[Any]]) -> Ink:
    """Return the digit, each pixel taken from where this matrix sends its place; the middle stays."""
    matrix = np.array(source, np.float64)
    shift = MIDDLE - matrix @ [MIDDLE, MIDDLE]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(ink, np.column_stack([matrix, shift]), (SIDE, SIDE), flags=flags))


def _plasma(rng: np.random.Generator, *, decay: float) -> NDArray[np.float64]:
    """Return a cloud by midpoints of squares and diamonds, (256, 256), 0 to 1."""
    cloud = np.zeros((FRACTAL_SIDE, FRACTAL_SIDE))
    step, wobble = FRACTAL_SIDE, 100.0
    while step >= 2:
        half = step // 2
        corners = cloud[::step, ::step]
        sums = corners + np.roll(corners, -1, axis=0)
        sums = sums + np.roll(sums, -1, axis=1)
        centers = cloud[half::step, half::step] = _wobbled(sums, wobble, rng)
        above = centers + np.roll(centers, 1, axis=0)
        beside = corners + np.roll(corners, -1, axis=1)
        cloud[::step, half::step] = _wobbled(above + beside, wobble, rng)
        above = corners + np.roll(corners, -1, axis=0)
        beside = centers + np.roll(centers, 1, axis=1)
        cloud[half::step, ::step] = _wobbled(above + beside, wobble, rng)
        step, wobble = half, wobble / decay
    cloud -= cloud.min()
    return np.asarray(cloud / cloud.max())


def _wobbled(sums: NDArray[np.float64], wobble: float, rng: np.random.Generator) -> NDArray[np.float64]:
    # The published fog varies by the square of the wobble.
    return np.asarray(sums / 4 + wobble * rng.uniform(-wobble, wobble, sums.shape))


def _line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    """Return a line of soft edges between two points (column, row), for the columns between them."""
    slope = (end[1] - start[1]) / (end[0] - start[0])
    column, row = np.arange(SIDE), np.arange(SIDE)[:, None]
    away = np.abs(row - start[1] - slope * (column - start[0]))
    line = np.log(np.maximum(1 - away / LINE_REACH, 1e-9)) + 1
    between = (column >= np.floor(start[0])) & (column < np.ceil(end[0]))
    return np.asarray(np.clip(line, 0, 1) * between)


CORRUPTIONS = (
    Corruption(name="shot noise", severity="5 of 5: 3 photons for full ink", apply=add_shot_noise),
    Corruption(name="impulse noise", severity="4 of 5: 17 % of the pixels", apply=add_impulse_noise),
    Corruption(name="glass blur", severity="1 of 5: deviation 0.7, 1 pixel, twice", apply=blur_by_glass),
    Corruption(name="motion blur", severity="1 of 5: radius 10, deviation 3", apply=blur_by_motion),
    Corruption(name="shear", severity="2 of 5: 0.4 rad", apply=shear),
    Corruption(name="scale", severity="3 of 5: 0.7 times", apply=scale),
    Corruption(name="rotate", severity="2 of 5: 0.4 rad", apply=rotate),
    Corruption(name="brightness", severity="5 of 5: 0.5 more", apply=brighten),
    Corruption(name="translate", severity="3 of 5: 3 pixels", apply=translate),
    Corruption(name="stripe", severity="one: half of the columns", apply=stripe),
    Corruption(name="fog", severity="5 of 5: 3 times the ink, decay 1.4", apply=add_fog),
    Corruption(name="spatter", severity="4 of 5: noise above 0.65", apply=spatter),
    Corruption(name="dotted line", severity="one", apply=add_dotted_line),
    Corruption(name="zigzag", severity="one: 2 pixels", apply=add_zigzag),
    Corruption(name="canny edges", severity="one: deviation 1, thresholds 0.1, 0.2", apply=find_edges),
)
