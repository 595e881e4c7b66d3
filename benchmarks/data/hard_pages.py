"""Nothing -> pages that are hard to read within a bound of time and memory, drawn by code.

Each is grey, dark ink on light paper. They are drawn when asked for: the largest have 128 megapixels.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.datasets import load_dataset
from knn_digits.images import MAX_PIXELS

Page = Callable[[], Pixels]
PAPER, INK = 235, 30  # grey
A4 = (2400, 1700)  # rows and columns of a page as it is searched
LARGE = (9600, 13_333)  # just below `MAX_PIXELS`


def checks(height: int, width: int, side: int) -> Pixels:
    """Return squares of this side, black and white in turn."""
    rows, columns = np.arange(height) // side % 2, np.arange(width) // side % 2
    return np.where(rows[:, None] != columns, np.uint8(255), np.uint8(0))


def grating(height: int, width: int, across: float, down: float) -> Pixels:
    """Return a wave that turns by so many radians from a pixel to the next."""
    phase = np.float32(down) * np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(127 + 120 * np.sin(phase + np.float32(across) * np.arange(width)), np.uint8)


def strokes(height: int, width: int, step: int, draw: Callable[[Pixels, int, int], object]) -> Pixels:
    """Return the same thing drawn every so many pixels."""
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(step, height - step, step):
        for x in range(step, width - step, step):
            draw(page, x, y)
    return page


def tight(height: int, width: int, high: int, step: int, *, lean: int = 0) -> Pixels:
    """Return rows of upright strokes, as close as they can be told apart."""
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(10, height - high - 10, high + 10):
        for x in range(10, width - step, step):
            cv2.line(page, (x, y), (x + lean, y + high), INK, max(2, step // 4))
    return page


def digits(height: int, width: int, count: int, *, fill: float = 0.8) -> Pixels:
    """Return a page of about so many digits of the sample, as large as there is room for."""
    step = int((height * width / count) ** 0.5)
    known = load_dataset("sample").digits
    side = max(4, round(fill * step))
    page = np.full((height + side, width + side), PAPER, np.uint8)
    for place in range((height // step) * (width // step)):
        y, x = (step * at for at in divmod(place, width // step))
        ink = cv2.resize(known[place % len(known)], (side, side), interpolation=cv2.INTER_AREA)
        there = page[y : y + side, x : x + side]
        np.minimum(there, (PAPER - (PAPER - INK) * (ink / 255)).astype(np.uint8), out=there)
    return page[:height, :width]


def noise(height: int, width: int, grain: float, *, seed: int = 0) -> Pixels:
    """Return noise whose grains are so many pixels wide."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (max(1, int(height / grain)), max(1, int(width / grain))), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def plasma(height: int, width: int) -> Pixels:
    """Return noise of all grains, each as strong as it is wide."""
    page = sum(grain * noise(height, width, grain, seed=grain).astype(np.float32) for grain in _GRAINS)
    return np.asarray(page / sum(_GRAINS), np.uint8)


def blots(height: int, width: int, grain: float) -> Pixels:
    """Return noise that is black or white."""
    return _shade(noise(height, width, grain) < 128)


def jpeg(page: Pixels, quality: int) -> Pixels:
    """Return the page as a poor JPEG shows it."""
    coded = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def maze(cells: int, step: int) -> Pixels:
    """Return walls from each corner to one of its neighbors, drawn by lot."""
    rng = np.random.default_rng(0)
    page = np.full((cells * step, cells * step), PAPER, np.uint8)
    for y in range(cells):
        for x in range(cells):
            down, right = ((0, 1), (1, 0))[int(rng.integers(2))]
            end = ((x + right) * step, (y + down) * step)
            cv2.line(page, (x * step, y * step), end, INK, max(1, step // 4))
    return page


def spiral(side: int, step: float) -> Pixels:
    """Return one line that runs round the middle."""
    turn = np.linspace(0, np.pi * side / step, 40_000)
    ends = (
        side / 2 + step * turn[:, None] / (2 * np.pi) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ) * 16
    page = np.full((side, side), PAPER, np.uint8)
    cv2.polylines(page, [np.rint(ends).astype(np.int32)], False, INK, max(1, int(step / 4)), shift=4)
    return page


def rings(side: int, step: int, *, round_ones: bool) -> Pixels:
    """Return circles, or squares, one within the other."""
    page = np.full((side, side), PAPER, np.uint8)
    middle, width = side // 2, max(1, step // 4)
    for reach in range(step, middle, step):
        if round_ones:
            cv2.circle(page, (middle, middle), reach, INK, width)
        else:
            cv2.rectangle(page, (middle - reach,) * 2, (middle + reach,) * 2, INK, width)
    return page


def rules(height: int, width: int, step: int, *, grid: bool, thickness: int = 1) -> Pixels:
    """Return ruled or squared paper."""
    ink = np.zeros((height, width), bool)
    for start in range(thickness):
        ink[start::step] = True
        if grid:
            ink[:, start::step] = True
    return _shade(ink)


def slanting(height: int, width: int, step: int, rise: float) -> Pixels:
    """Return parallel lines that rise by so many rows a column."""
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(-int(abs(rise) * width), height + int(abs(rise) * width), step):
        cv2.line(page, (0, y), (width, y - int(rise * width)), INK, max(1, step // 4))
    return page


def scribble(height: int, width: int, count: int, reach: int, *, thickness: int = 2) -> Pixels:
    """Return strokes of a random walk."""
    rng = np.random.default_rng(0)
    page = np.full((height, width), PAPER, np.uint8)
    starts = rng.integers(0, (width, height), (count, 1, 2))
    walks = starts + np.cumsum(rng.integers(-reach, reach + 1, (count, 6, 2)), axis=1)
    cv2.polylines(page, [walk.astype(np.int32) for walk in walks], False, INK, thickness)
    return page


def dirt(seed: int) -> Pixels:
    """Return short strokes by chance: of so many some look like digits, in any turn."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(*_DIRTY, 2))
    count, reach, corners = (int(random.integers(*ends)) for ends in ((15, 150), (4, 14), (3, 7)))
    page = np.full((height, width), PAPER, np.uint8)
    places = random.uniform(0, (width, height), (count, 1, 2))
    strokes = np.rint(places + random.uniform(-reach, reach, (count, corners, 2))).astype(np.int32)
    cv2.polylines(page, list(strokes), False, INK, 2)
    return page


def bars(height: int, width: int, high: int, wide: int, *, gap: int = 6) -> Pixels:
    """Return wide things one below the other, each like digits that touch."""
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(gap, height - high - gap, high + gap):
        for x in range(gap, width - wide - gap, wide + gap):
            ends = [(x + i, y + (high if i // (high // 2) % 2 else 0)) for i in range(0, wide, high // 2)]
            cv2.polylines(page, [np.array(ends, np.int32)], False, INK, max(2, high // 10))
    return page


def even(height: int, width: int, grey: int) -> Pixels:
    """Return a page of one grey."""
    return np.full((height, width), grey, np.uint8)


def _shade(ink: NDArray[np.bool_]) -> Pixels:
    return np.where(ink, np.uint8(INK), np.uint8(PAPER))


def _dot(radius: int) -> Callable[[Pixels, int, int], object]:
    return lambda page, x, y: cv2.circle(page, (x, y), radius, INK, -1)


def _ring(radius: int) -> Callable[[Pixels, int, int], object]:
    return lambda page, x, y: cv2.circle(page, (x, y), radius, INK, 2)


def _square(side: int, thickness: int) -> Callable[[Pixels, int, int], object]:
    return lambda page, x, y: cv2.rectangle(page, (x, y), (x + side, y + side), INK, thickness)


def _stroke(right: int, down: int) -> Callable[[Pixels, int, int], object]:
    return lambda page, x, y: cv2.line(page, (x, y), (x + right, y + down), INK, 2)


_GRAINS = (2, 4, 8, 16, 32, 64, 128, 256)
_DIRTY = (400, 1200)  # pixels: sides of a page of dirt
_WAVES = ((1, 3), (3, 1), (0.05, 0), (0, 0.2), (0.5, 0.5), (2, 2.1), (3.1, 0.01), (0.02, 0.9))

PAGES: dict[str, Page] = {
    **{f"checks of {n}, 600x600": partial(checks, 600, 600, n) for n in (1, 2, 7, 30)},
    **{f"checks of {n}, A4": partial(checks, *A4, n) for n in (1, 2, 7, 40, 200)},
    **{f"checks of {n}, 128 megapixels": partial(checks, *LARGE, n) for n in (1, 2, 7, 200)},
    **{f"grating {a} {d}, 600x400": partial(grating, 400, 600, a, d) for a, d in _WAVES},
    **{f"grating {a} {d}, A4": partial(grating, *A4, a, d) for a, d in _WAVES},
    "grating 1 3, 128 megapixels": lambda: grating(*LARGE, 1, 3),
    "dots": lambda: strokes(*A4, 12, _dot(3)),
    "large dots": lambda: strokes(*A4, 46, _dot(20)),
    "circles": lambda: strokes(*A4, 46, _ring(20)),
    "small squares": lambda: strokes(*A4, 46, _square(38, 3)),
    "full squares": lambda: strokes(*A4, 46, _square(38, -1)),
    "short strokes": lambda: strokes(*A4, 44, _stroke(4, 40)),
    "dense strokes": lambda: np.minimum(strokes(2400, 2400, 44, _stroke(0, 40)), bars(2400, 2400, 42, 30)),
    "4,000 strokes": lambda: tight(2400, 2400, 43, 26),
    "5,000 strokes that lean": lambda: tight(2400, 2400, 45, 20, lean=10),
    "12,000 strokes": lambda: tight(2400, 2400, 43, 9),
    "long strokes": lambda: tight(2400, 2400, 1150, 12),
    "leaning long strokes": lambda: tight(2400, 2400, 1150, 16, lean=900),
    "upright dashes": lambda: np.where(np.arange(2400)[:, None] % 48 < 44, checks(2400, 2400, 2)[:1], PAPER),
    "level dashes": lambda: np.where(np.arange(2400) % 48 < 44, checks(2400, 2400, 2)[:, :1], PAPER),
    "dashes of 100": lambda: np.where(np.arange(2400) % 120 < 110, checks(2400, 2400, 3)[:, :1], PAPER),
    "1,000 digits": lambda: digits(*A4, 1000),
    "5,000 digits": lambda: digits(*A4, 5000),
    "2,500 digits": lambda: digits(2400, 2400, 2500, fill=1.2),
    "3,600 digits, in squares": lambda: digits(2400, 2400, 3600, fill=1.45),
    "20,000 digits": lambda: digits(*A4, 20_000),
    "20,000 digits, 128 megapixels": lambda: digits(*LARGE, 20_000),
    "digits that touch": lambda: digits(2400, 2400, 5000, fill=1.6),
    "text": lambda: digits(*A4, 2000, fill=1.3),
    "zigzags": lambda: bars(2400, 2400, 48, 230, gap=24),
    "short zigzags": lambda: bars(2400, 2400, 48, 80, gap=16),
    "long zigzags": lambda: bars(2400, 2400, 60, 2300, gap=24),
    **{f"noise of {n}": partial(noise, *A4, n) for n in (1, 3, 10, 40)},
    **{f"blots of {n}": partial(blots, 2400, 2400, n) for n in (1, 2, 5, 12, 20, 40, 150)},
    "noise, 128 megapixels": lambda: noise(*LARGE, 1),
    "blots of 80, 128 megapixels": lambda: blots(*LARGE, 80),
    "noise, 300x2400": lambda: noise(300, 2400, 1),
    "plasma": lambda: plasma(*A4),
    "blots of plasma": lambda: _shade(plasma(*A4) < 128),
    "JPEG noise": lambda: jpeg(noise(*A4, 1), 5),
    "JPEG text": lambda: jpeg(digits(*A4, 3000), 3),
    "1x5000": lambda: checks(1, 5000, 3),
    "5000x1": lambda: checks(5000, 1, 3),
    "2x20000": lambda: checks(2, 20_000, 5),
    "1x128,000,000": lambda: checks(1, MAX_PIXELS, 9),
    "128,000,000x1": lambda: even(MAX_PIXELS, 1, PAPER),
    "40x3,200,000": lambda: noise(40, 3_200_000, 3),
    "maze of 8": lambda: maze(250, 8),
    "maze of 24": lambda: maze(100, 24),
    "maze of 60": lambda: maze(40, 60),
    "spiral of 8": lambda: spiral(2400, 8),
    "spiral of 40": lambda: spiral(2400, 40),
    "circles in circles": lambda: rings(2400, 8, round_ones=True),
    "squares in squares": lambda: rings(2400, 8, round_ones=False),
    **{f"rules every {n}": partial(rules, 2400, 2400, n, grid=False) for n in (3, 6, 12, 40)},
    **{f"grid of {n}": partial(rules, 2400, 2400, n, grid=True) for n in (4, 8, 16, 40, 90)},
    "thick grid of 40": lambda: rules(2400, 2400, 40, grid=True, thickness=5),
    **{f"slanting rules, rise {r}": partial(slanting, 2400, 2400, 8, r) for r in (0.1, 0.5, 0.95, 2.0)},
    "crossed rules": lambda: np.minimum(slanting(2400, 2400, 10, 0.9), slanting(2400, 2400, 10, -0.9)),
    "steps": lambda: np.minimum(slanting(2400, 2400, 20, 0.5), slanting(2400, 2400, 20, -2.0)),
    "scribble": lambda: scribble(*A4, 3000, 60),
    "dense scribble": lambda: scribble(*A4, 20_000, 60),
    "crumbs": lambda: scribble(2400, 2400, 9000, 9),
    "one blob": lambda: strokes(2400, 2400, 1150, _dot(1000)),
    "white": lambda: even(*LARGE, 255),
    "black": lambda: even(*A4, 0),
    "half black": lambda: np.hstack([even(2400, 1200, 0), even(2400, 1200, 255)]),
}
