"""Nothing -> paper, boards, and what lies around a sheet: wood, cloth, a table, any photo."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from benchmarks.data.pages.ink import Points, Random
from benchmarks.data.pages.sheet import Color, Picture, Sheet

PAPERS: Mapping[str, tuple[Color, ...]] = {
    "white": ((0.95, 0.95, 0.95), (0.9, 0.9, 0.88), (0.85, 0.86, 0.88)),
    "tinted": ((0.93, 0.88, 0.76), (0.82, 0.72, 0.55), (0.95, 0.9, 0.6), (0.8, 0.88, 0.8), (0.75,) * 3),
}  # fmt: skip
BOARDS: tuple[Color, ...] = ((0.12, 0.22, 0.17), (0.15, 0.15, 0.17), (0.07, 0.07, 0.08), (0.1, 0.16, 0.26))
RULES: tuple[Color, ...] = ((0.55, 0.65, 0.85), (0.6, 0.6, 0.65), (0.4, 0.5, 0.75), (0.85, 0.6, 0.6))
PITCH = (0.018, 0.07)  # of the sheet's longer side: from rule to rule
RULE_WIDTH, RULE_STRENGTH, SQUARED = (0.02, 0.05), (0.25, 0.9), 0.5  # of the pitch, of full ink, chance
TINTED = 0.25  # of papers
MOTTLED, WIPED = (0.0, 0.03), (0.0, 0.12)  # of white: stains and fibers of paper, traces on a board
WOODS: tuple[Color, ...] = ((0.55, 0.36, 0.2), (0.72, 0.55, 0.36), (0.3, 0.2, 0.13))
GRAIN, GRAIN_DEPTH = (0.015, 0.05), (0.05, 0.2)  # of wood: its period over the side, its contrast
THREAD = (0.02, 0.15)  # of the longer side: the period of cloth's stripes
CHECKED = 0.7  # of cloths: in checks
DYE, DYES = (0.15, 0.85), 0.15  # brightness of cloth, and how far a color may be from it
DESK = (0.08, 0.75)  # brightness
PIECE = (0.3, 1.0)  # of a photo
PHOTOS = ("china.jpg", "flower.jpg")


def plain(height: int, width: int, color: Color) -> Picture:
    """Return a surface of one color."""
    return np.full((height, width, 3), color, np.float32)


def cloud(height: int, width: int, cells: tuple[int, int], random: Random) -> NDArray[np.float32]:
    """Return smooth noise of about -1 to 1, with so many waves down and across."""
    coarse = random.uniform(-1, 1, (max(2, cells[0]), max(2, cells[1]))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def paper(height: int, width: int, random: Random) -> Picture:
    """Return paper with its stains and fibers."""
    kind = "tinted" if random.random() < TINTED else "white"
    colors = PAPERS[kind]
    sheet = plain(height, width, colors[random.integers(len(colors))])
    mottled = random.uniform(*MOTTLED) * cloud(height, width, (6, 6), random)
    fibers = random.uniform(*MOTTLED) * cloud(height, width, (height // 3, width // 3), random)
    sheet *= (1 + mottled + fibers)[..., None]
    return sheet


def board(height: int, width: int, random: Random) -> Picture:
    """Return a board that was wiped."""
    sheet = plain(height, width, BOARDS[random.integers(len(BOARDS))])
    wiped = np.abs(cloud(height, width, (4, 6), random)) * random.uniform(*WIPED)
    sheet += wiped[..., None]
    return sheet


def rule_paper(sheet: Sheet, random: Random, pitch: float) -> None:
    """Rule paper in lines or squares, so many pixels apart, before it is written on."""
    height, width = sheet.pixels.shape[:2]
    lines: list[Points] = [np.array([(0.0, y), (width, y)]) for y in np.arange(pitch, height, pitch)]
    if random.random() < SQUARED:
        lines += [np.array([(x, 0.0), (x, height)]) for x in np.arange(pitch, width, pitch)]
    color = RULES[random.integers(len(RULES))]
    thick = max(1.0, pitch * random.uniform(*RULE_WIDTH))
    sheet.rules(lines, color, width=thick, strength=random.uniform(*RULE_STRENGTH))


def wood(height: int, width: int, random: Random) -> Picture:
    """Return boards of wood."""
    rows, columns = np.indices((height, width), np.float32)
    long = height if random.random() < 0.5 else width
    across = rows if long == width else columns
    wave = cloud(height, width, (3, 3), random) * 0.06 * long
    period = long * random.uniform(*GRAIN)
    grain = 0.5 * np.sin((across + wave) * (2 * np.pi / period)) + 0.5 * cloud(
        height, width, (60, 3) if long == width else (3, 60), random
    )
    color = np.array(WOODS[random.integers(len(WOODS))], np.float32)
    return np.asarray(color * (1 + random.uniform(*GRAIN_DEPTH) * grain[..., None]), np.float32)


def cloth(height: int, width: int, random: Random) -> Picture:
    """Return cloth with stripes or checks."""
    rows, columns = np.indices((height, width), np.float32)
    period = max(height, width) * random.uniform(*THREAD)
    stripes = np.sin(rows * (2 * np.pi / period)) > random.uniform(-0.5, 0.8)
    if random.random() < CHECKED:
        stripes = stripes ^ (np.sin(columns * (2 * np.pi / period)) > 0)
    first, second = (random.uniform(*DYE) + random.uniform(-DYES, DYES, (2, 3))).astype(np.float32)
    weave = 1 + 0.1 * cloud(height, width, (height // 2, width // 2), random)
    return np.asarray(np.where(stripes[..., None], first, second) * weave[..., None], np.float32)


def desk(height: int, width: int, random: Random) -> Picture:
    """Return a desk of one color."""
    surface = plain(height, width, tuple(random.uniform(*DESK) * random.uniform(0.75, 1, 3)))
    return np.asarray(surface * (1 + 0.05 * cloud(height, width, (8, 8), random))[..., None], np.float32)


def photo(height: int, width: int, random: Random) -> Picture:
    """Return a piece of one of scikit-learn's photos."""
    picture = load_sample_image(PHOTOS[random.integers(len(PHOTOS))])
    part = random.uniform(*PIECE)
    high, wide = round(picture.shape[0] * part), round(picture.shape[1] * part)
    top, left = random.integers(picture.shape[0] - high + 1), random.integers(picture.shape[1] - wide + 1)
    piece = picture[top : top + high, left : left + wide]
    large = cv2.resize(piece, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32) / np.float32(255)


AROUND: Mapping[str, Callable[[int, int, Random], Picture]] = {
    "wood": wood, "cloth": cloth, "desk": desk, "photo": photo
}  # fmt: skip


def around(height: int, width: int, random: Random) -> Picture:
    """Return what lies around a sheet."""
    return AROUND[str(random.choice(["wood", "wood", "desk", "desk", "cloth", "photo"]))](
        height, width, random
    )
