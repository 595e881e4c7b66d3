"""A photo + a level -> the same photo, harmed: out of focus, turned, in shadow, on ruled paper, faded.

A photo is brought to digits about 60 pixels high first, so that a level in pixels means the same for all.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import Pixels

HEIGHT = 60  # pixels: of a digit, in the photos that are harmed
RULE_STEP = 1.25 * HEIGHT  # pixels: as rules of 8 mm to a hand's 6 mm
SQUARE_STEP = 0.8 * HEIGHT  # pixels: as squares of 5 mm
RULE_WIDTH = 2  # pixels
SOFT_EDGE = 2 * HEIGHT  # pixels: from full light to full shadow
INK_WIDTH = 30  # pixels: any stroke is narrower
SENSOR_NOISE = 1.5  # grey levels: what a camera adds to a flat page, however faint the ink

Float: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo whose digits are about 60 pixels high."""

    pixels: Pixels  # (height, width, 3) uint8 RGB
    light_on_dark: bool


Harm: TypeAlias = Callable[[Scene, float, np.random.Generator], Pixels]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to harm a photo."""

    name: str
    unit: str
    levels: tuple[float, ...]  # the first does the least harm
    harm: Harm


def blur(scene: Scene, sigma: float, rng: np.random.Generator) -> Pixels:
    """Put the photo out of focus."""
    return _pixels(cv2.GaussianBlur(scene.pixels, (0, 0), sigma)) if sigma else scene.pixels


def add_noise(scene: Scene, spread: float, rng: np.random.Generator) -> Pixels:
    """Add noise of this spread to each pixel and color."""
    return _pixels(scene.pixels + rng.normal(0, spread, scene.pixels.shape))


def rotate(scene: Scene, degrees: float, rng: np.random.Generator) -> Pixels:
    """Turn the page to either side, on paper that goes on beyond its edges."""
    height, width = scene.pixels.shape[:2]
    angle = degrees * rng.choice([-1, 1])
    side = round(float(np.hypot(height, width)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (round(height * sin + width * cos), round(height * cos + width * sin))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    page = cv2.copyMakeBorder(_paper(scene), side, side, side, side, cv2.BORDER_REFLECT)
    page[side : side + height, side : side + width] = scene.pixels
    matrix[:, 2] -= matrix[:, :2] @ (side, side)
    return _pixels(cv2.warpAffine(page, matrix, size, flags=cv2.INTER_CUBIC))


def cast_hard_shadow(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Take so much of the light from one side of a straight edge."""
    return _shadow(scene, percent, rng, edge=2)


def cast_soft_shadow(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Take so much of the light from one side, the edge as wide as two digits are high."""
    return _shadow(scene, percent, rng, edge=SOFT_EDGE)


def _shadow(scene: Scene, percent: float, rng: np.random.Generator, *, edge: float) -> Pixels:
    height, width = scene.pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    place = rng.uniform(0.35, 0.65, 2)
    beyond = (x - place[0] * width) * np.cos(angle) + (y - place[1] * height) * np.sin(angle)
    shade = np.clip(beyond / edge + 0.5, 0, 1)[..., None]
    return _pixels(scene.pixels * (1 - percent / 100 * shade))


def scale(scene: Scene, height: float, rng: np.random.Generator) -> Pixels:
    """Reduce the photo until its digits are so many pixels high."""
    factor = height / HEIGHT
    return _pixels(cv2.resize(scene.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def compress(scene: Scene, quality: float, rng: np.random.Generator) -> Pixels:
    """Store the photo as JPEG of this quality."""
    stream = io.BytesIO()
    Image.fromarray(scene.pixels).save(stream, "JPEG", quality=round(quality))
    with Image.open(stream) as image:
        return _pixels(np.asarray(image))


def fade(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Leave so much of the contrast of ink and paper, and the noise of a camera."""
    paper = _paper(scene).astype(np.float32)
    faint = paper + percent / 100 * (scene.pixels - paper)
    return _pixels(faint + rng.normal(0, SENSOR_NOISE, faint.shape))


def rule(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Print lines across the page, darker than its paper by so much (brighter on a blackboard)."""
    return _print(scene, percent, _rules(scene.pixels.shape[0], RULE_STEP, rng)[:, None])


def square(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Print squares on the page, darker than its paper by so much (brighter on a blackboard)."""
    height, width = scene.pixels.shape[:2]
    rows, columns = (_rules(side, SQUARE_STEP, rng) for side in (height, width))
    return _print(scene, percent, np.maximum(rows[:, None], columns[None]))


def _rules(length: int, step: float, rng: np.random.Generator) -> Float:
    """Return 1 where a line is, 0 elsewhere."""
    place = (np.arange(length) + rng.uniform(0, step)) % step
    return (place < RULE_WIDTH).astype(np.float32)


def _print(scene: Scene, percent: float, lines: Float) -> Pixels:
    passed = 1 - percent / 100 * lines[..., None]
    return _pixels(255 - (255 - scene.pixels) * passed if scene.light_on_dark else scene.pixels * passed)


def thin(scene: Scene, pixels: float, rng: np.random.Generator) -> Pixels:
    """Make strokes narrower by so many pixels."""
    return _widen(scene, pixels, ink_is_dark=scene.light_on_dark)


def thicken(scene: Scene, pixels: float, rng: np.random.Generator) -> Pixels:
    """Make strokes wider by so many pixels."""
    return _widen(scene, pixels, ink_is_dark=not scene.light_on_dark)


def _widen(scene: Scene, pixels: float, *, ink_is_dark: bool) -> Pixels:
    side = 1 + round(pixels)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return _pixels((cv2.erode if ink_is_dark else cv2.dilate)(scene.pixels, pen))


def _paper(scene: Scene) -> Pixels:
    """Return the photo without its ink."""
    window = np.ones((INK_WIDTH, INK_WIDTH), np.uint8)
    shape = cv2.MORPH_OPEN if scene.light_on_dark else cv2.MORPH_CLOSE
    calm = cv2.GaussianBlur(scene.pixels, (0, 0), 2)  # else the paper would be its brightest grains
    return _pixels(cv2.GaussianBlur(cv2.morphologyEx(calm, shape, window), (0, 0), INK_WIDTH / 2))


def _pixels(values: Any) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


KINDS = (
    Kind(name="blur", unit="pixels", levels=(0, 1, 2, 3, 4, 5, 6, 8, 10), harm=blur),
    Kind(name="noise", unit="grey levels", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=add_noise),
    Kind(name="rotation", unit="degrees", levels=(0, 5, 10, 15, 20, 25, 30, 35, 40, 45), harm=rotate),
    Kind(
        name="shadow, hard edge",
        unit="% of the light",
        levels=(0, 20, 40, 50, 60, 70, 80, 90),
        harm=cast_hard_shadow,
    ),
    Kind(
        name="shadow, soft edge",
        unit="% of the light",
        levels=(0, 20, 40, 50, 60, 70, 80, 90),
        harm=cast_soft_shadow,
    ),
    Kind(name="digit height", unit="pixels", levels=(60, 40, 30, 24, 20, 16, 12, 10, 8, 6), harm=scale),
    Kind(name="JPEG quality", unit="of 100", levels=(95, 75, 50, 30, 20, 10, 5, 3, 1), harm=compress),
    Kind(name="contrast", unit="% of the photo's", levels=(100, 70, 50, 30, 20, 15, 10, 7, 5, 3), harm=fade),
    Kind(name="ruled paper", unit="% darker", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=rule),
    Kind(name="squared paper", unit="% darker", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=square),
    Kind(name="strokes thinner", unit="pixels", levels=(0, 1, 2, 3, 4, 5, 6, 7), harm=thin),
    Kind(name="strokes thicker", unit="pixels", levels=(0, 2, 4, 6, 8, 10, 12, 15), harm=thicken),
)
