"""A page as it lies there -> the page as a camera, a scanner or a screen shows it."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages.ink import Random, Range
from benchmarks.data.pages.sheet import Picture
from benchmarks.data.pages.surfaces import cloud
from knn_digits.arrays import Pixels

BRIGHTNESS = (0.55, 1.02)  # of white paper in full light
FALL = 0.3  # the most that light falls off towards a side
SHADOW = (0.45, 0.85)  # of the light: what is left in a shadow
WARMTH, TINT = 0.06, 0.015  # standard deviation of red against blue, and of each channel
BLUR = (0.3, 1.6)  # pixels, on a page whose longest side is 1000
NOISE = (0.002, 0.03)  # standard deviation, of white
QUALITY = (35, 96)  # of JPEG
CONTRAST = 0.2  # of white: the least that ink differs from paper where a scan makes it black
SCAN_BLUR, SCAN_NOISE = (0.4, 0.9), (0.002, 0.012)  # pixels, and of white
FAX_BLUR, FAX_NOISE, FAX_LEVEL = (0.5, 1.0), (0.005, 0.03), (0.45, 0.7)  # the same; from ink to paper
GREY = 0.5  # of scans
CLOUDED = (0.0, 0.06)  # of the light
SHADED = 0.15  # of photos
SOFT = (0.01, 0.15)  # of the page: the edge of a shadow
FOLD = (0.05, 0.3)  # of the page: how far a fold bends the paper
SLOPE, CREASE = 0.18, (-0.2, 0.1)  # of the light: the most beside a fold, and on it
FINGER, REACH = (0.06, 0.13), (0.03, 0.12)  # of the shorter side: its width, how far it reaches in
SKIN = ((0.85, 0.65, 0.52), (0.6, 0.42, 0.32), (0.38, 0.25, 0.18))


def photograph(page: Picture, random: Random) -> Pixels:
    """Return the page under uneven light, blurred, noisy and compressed."""
    height, width = page.shape[:2]
    page = page * light(height, width, random)[..., None]
    warm = random.normal(0, WARMTH) * np.array([1, 0, -1]) + random.normal(1, TINT, 3)
    page = page * np.float32(warm * random.uniform(*BRIGHTNESS))
    sigma = random.uniform(*BLUR) * max(0.6, max(height, width) / 1000)
    blurred = _blur(page, min(sigma, 0.4 + max(height, width) / 500))
    return compress(_grain(blurred, _log(NOISE, random), random), random)


def scan(page: Picture, random: Random) -> Pixels:
    """Return the page in even light, grey or colored."""
    page = _blur(page, random.uniform(*SCAN_BLUR))
    if random.random() < GREY:
        page = np.repeat(page.mean(axis=2, keepdims=True), 3, axis=2)
    return compress(_grain(page, random.uniform(*SCAN_NOISE), random), random)


def bilevel(page: Picture, random: Random) -> Pixels:
    """Return the page in black and white, as a fax or a cheap scan."""
    grey = cv2.GaussianBlur(page.mean(axis=2), (0, 0), random.uniform(*FAX_BLUR))
    grey = _grain(grey[..., None], random.uniform(*FAX_NOISE), random)[..., 0]
    paper, ink = np.quantile(grey, [0.9, 0.002])
    ink = min(ink, paper - CONTRAST)
    black = grey < ink + random.uniform(*FAX_LEVEL) * (paper - ink)
    return np.repeat(np.where(black, np.uint8(0), np.uint8(255))[..., None], 3, axis=2)


def screen(page: Picture, random: Random) -> Pixels:
    """Return the page as it is."""
    return np.asarray(np.clip(page, 0, 1) * 255, np.uint8)


CAPTURES: Mapping[str, Callable[[Picture, Random], Pixels]] = {
    "photo": photograph, "scan": scan, "bilevel": bilevel, "screen": screen
}  # fmt: skip


def light(height: int, width: int, random: Random) -> NDArray[np.float32]:
    """Return how much light falls on each place: a slope, clouds, dark corners, at times a shadow."""
    rows, columns = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    slope = random.uniform(-FALL, FALL, 2).astype(np.float32) / 2
    lit = 1 + slope[0] * rows[:, None] + slope[1] * columns
    lit -= np.float32(random.uniform(0, FALL)) * (rows[:, None] ** 2 + columns**2) / 2
    lit *= 1 + np.float32(random.uniform(*CLOUDED)) * cloud(height, width, (3, 3), random)
    if random.random() < SHADED:
        lit *= _shadow(height, width, random)
    return np.asarray(np.clip(lit, 0.15, None), np.float32)


def _shadow(height: int, width: int, random: Random) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    corner = random.uniform(-0.2, 1.2, (4, 2)) * (width, height)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(corner).astype(np.int32)), 1.0)
    soft = max(1, round(max(height, width) * random.uniform(*SOFT)))
    dark = 1 - random.uniform(*SHADOW)
    return np.asarray(1 - dark * cv2.blur(mask, (soft, soft)), np.float32)


def fold(page: Picture, random: Random) -> Picture:
    """Return the page creased along a line, its halves lit differently."""
    height, width = page.shape[:2]
    rows, columns = np.indices((height, width), np.float32)
    angle = random.choice([0, np.pi / 2]) + random.normal(0, 0.03)
    away = (columns - width * random.uniform(0.3, 0.7)) * np.cos(angle) + (
        rows - height * random.uniform(0.3, 0.7)
    ) * np.sin(angle)
    size = max(height, width) * random.uniform(*FOLD)
    depth = random.uniform(-SLOPE, SLOPE)
    shade = depth * np.sign(away) * np.exp(-np.abs(away) / size)
    crease = random.uniform(*CREASE) * np.exp(-((away / max(1.0, 0.0015 * size + 1)) ** 2))
    return np.asarray(page * (1 + shade + crease)[..., None], np.float32)


def finger(page: Picture, random: Random) -> tuple[Picture, NDArray[np.uint8]]:
    """Return the page with a finger that reaches in from its edge, and where the finger is (1)."""
    height, width = page.shape[:2]
    size = min(height, width)
    side = random.integers(4)
    along = random.uniform(0.1, 0.9)
    base = np.array(
        [(along * width, height), (along * width, 0), (0, along * height), (width, along * height)][side]
    )
    toward = np.array([(0, -1), (0, 1), (1, 0), (-1, 0)][side]) + random.normal(0, 0.3, 2)
    tip = base + toward * size * random.uniform(*REACH)
    mask = np.zeros((height, width), np.uint8)
    thick = max(2, round(size * random.uniform(*FINGER)))
    cv2.line(mask, tuple(np.round(base - toward * size * 0.2).astype(int).tolist()),
             tuple(np.round(tip).astype(int).tolist()), 1, thick, cv2.LINE_8)  # fmt: skip
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3) / thick
    skin = np.array(SKIN[random.integers(len(SKIN))], np.float32) * (0.6 + 0.8 * np.sqrt(inside))[..., None]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.2)[..., None]
    return np.asarray(page * (1 - soft) + skin * soft, np.float32), mask


def _blur(page: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def _grain(page: Picture, noise: float, random: Random) -> Picture:
    fine = random.standard_normal(page.shape[:2], np.float32)[..., None]
    if random.random() < 0.5:
        fine = 2 * _blur(fine, 0.8)[..., None]
    return np.asarray(page + np.float32(noise) * fine, np.float32)


def _log(range_: Range, random: Random) -> float:
    return float(np.exp(random.uniform(*np.log(range_))))


def compress(page: Picture, random: Random) -> Pixels:
    """Return the page after JPEG."""
    pixels = np.asarray(np.clip(page, 0, 1) * 255, np.uint8)
    quality = int(random.integers(*QUALITY))
    _, coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
