"""Draws ink from the embedded digits, and photos of it, for the tests of reading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Pixels
from knn_digits.photo.boxes import Box
from knn_digits.photo.ink import Ink

PAPER, PEN = (225, 222, 214), (45, 45, 55)  # RGB
MARGIN = 40  # pixels
Color = tuple[int, int, int]


@dataclass
class Sheet:
    """Ink 255 on paper 0, and where its digits are, in the order in which they were written."""

    ink: Pixels
    boxes: list[Box] = field(default_factory=list)

    def write(self, ink: Pixels, left: int, top: int) -> None:
        """Put ink down at this corner, beside or over what is there."""
        height, width = ink.shape
        there = self.ink[top : top + height, left : left + width]
        np.maximum(there, ink, out=there)
        x, y, w, h = cv2.boundingRect((ink > 127).astype(np.uint8))
        self.boxes.append(Box(left=left + x, top=top + y, width=w, height=h))

    def print(self, ink: Pixels) -> None:
        """Put more ink down that is no digit."""
        np.maximum(self.ink, ink, out=self.ink)


def blank(height: int, width: int) -> Pixels:
    return np.zeros((height, width), np.uint8)


def enlarge(digit: Pixels, scale: float = 5) -> Pixels:
    size = (round(digit.shape[1] * scale), round(digit.shape[0] * scale))
    return np.asarray(cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def crop(ink: Pixels) -> Pixels:
    left, top, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def sheet_of(digits: Digits, *lines: Sequence[int], scale: float = 5) -> Sheet:
    """Return the digits in these rows, line by line."""
    cell = round(28 * scale)
    width = max(map(len, lines)) * cell
    sheet = Sheet(blank(len(lines) * cell + 2 * MARGIN, width + 2 * MARGIN))
    for y, line in enumerate(lines):
        for x, row in enumerate(line):
            sheet.write(enlarge(digits[row], scale), MARGIN + x * cell, MARGIN + y * cell)
    return sheet


def as_ink(ink: Pixels) -> Ink:
    """Return what a perfect look at a photo of this ink would find."""
    return Ink(darkness=np.asarray(ink / 255, np.float32), threshold=0.5)


def shoot(
    ink: Pixels,
    *,
    paper: Color = PAPER,
    pen: Color = PEN,
    light: NDArray[np.float64] | float = 1.0,
    noise: float = 2,
) -> Pixels:
    """Return an RGB photo of ink under this light: a factor, or one for each pixel."""
    share = cv2.GaussianBlur(ink, (0, 0), 0.8)[..., None] / 255
    seen = np.array(paper) + share * (np.array(pen, np.float64) - np.array(paper))
    seen *= np.broadcast_to(np.asarray(light, np.float64), ink.shape)[..., None]
    seen += np.random.default_rng(7).normal(0, noise, seen.shape)
    return np.asarray(np.rint(seen.clip(0, 255)), np.uint8)


def gradient(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Light that falls to a third from the left to the right."""
    return np.broadcast_to(np.linspace(1, 0.33, shape[1]), shape)


def hard_shadow(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Half the light beyond a slanting edge two pixels wide, which runs through the digits."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.asarray(1 - 0.5 * np.clip((x - 0.45 * shape[1] - 0.3 * y) / 2, 0, 1), np.float64)


def soft_shadow(shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(hard_shadow(shape), (0, 0), 25), np.float64)


def vignette(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Light that falls to 35 % in the corners."""
    y, x = (np.linspace(-1, 1, side) for side in shape)
    return np.asarray(1 - 0.325 * (y[:, None] ** 2 + x[None] ** 2), np.float64)


def widen(ink: Pixels, pixels: int) -> Pixels:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pixels + 1, pixels + 1))
    return np.asarray(cv2.dilate(ink, disk), np.uint8)


LIGHTS: dict[str, Callable[[Pixels], Pixels]] = {
    "dark on light": shoot,
    "light on dark": lambda ink: shoot(ink, paper=(35, 45, 40), pen=(230, 230, 225)),
    "a strong gradient": lambda ink: shoot(ink, light=gradient(ink.shape)),
    "a hard-edged shadow": lambda ink: shoot(ink, light=hard_shadow(ink.shape)),
    "a soft shadow": lambda ink: shoot(ink, light=soft_shadow(ink.shape)),
    "a vignette": lambda ink: shoot(ink, light=vignette(ink.shape)),
    "red ink": lambda ink: shoot(ink, pen=(200, 50, 50)),
    "green ink": lambda ink: shoot(ink, pen=(50, 150, 70)),
    "blue ink": lambda ink: shoot(ink, pen=(50, 70, 190)),
    "faint pencil": lambda ink: shoot(ink, pen=(178, 176, 172)),
    "grey paper": lambda ink: shoot(ink, paper=(120, 120, 120), pen=(40, 40, 40)),
    "noise": lambda ink: shoot(ink, noise=18),
}


def grain(shape: tuple[int, int]) -> NDArray[np.float64]:
    """The unevenness of paper in grey levels."""
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, shape), (0, 0), 2.5)
    return np.asarray(3.5 * noise / noise.std(), np.float64)


BLANKS: dict[str, Callable[[], Pixels]] = {
    "plain": lambda: np.full((400, 600, 3), 220, np.uint8),
    "black": lambda: blank(400, 600)[..., None].repeat(3, axis=2),
    "noisy": lambda: shoot(blank(400, 600), noise=12),
    "grained": lambda: np.clip(shoot(blank(400, 600)) + grain((400, 600))[..., None], 0, 255).astype(
        np.uint8
    ),
    "with a soft shadow": lambda: shoot(blank(400, 600), light=soft_shadow((400, 600))),
    "with a hard-edged shadow": lambda: shoot(blank(400, 600), light=hard_shadow((400, 600))),
    "with a vignette": lambda: shoot(blank(400, 600), light=vignette((400, 600))),
}


def rules(shape: tuple[int, ...], spacing: int, *, first: int = 30, thickness: int = 2) -> Pixels:
    """Lines along the rows."""
    lines = np.zeros(shape, np.uint8)
    for y in range(first, shape[0], spacing):
        cv2.line(lines, (0, y), (shape[1], y), 255, thickness)
    return lines


def squares(shape: tuple[int, ...], spacing: int, *, first: int = 30) -> Pixels:
    """Lines along the rows and the columns."""
    return np.maximum(rules(shape, spacing, first=first), rules(shape[::-1], spacing, first=first).T)


def rotate(ink: Pixels, degrees: float) -> Pixels:
    """Turn ink about its middle, on paper that is wide enough for all of it."""
    height, width = ink.shape
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), np.float64)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (round(height * sin + width * cos), round(height * cos + width * sin))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def agreement(found: NDArray[np.bool_], ink: Pixels) -> float:
    """Return the share of the pixels in either that are in both."""
    truth = ink > 127
    return float((found & truth).sum() / max(1, (found | truth).sum()))


def join(digits: Sequence[Pixels], overlap: int) -> tuple[Pixels, list[int]]:
    """Return digits pushed together until they overlap by so many pixels, and where all but one begin."""
    ink, starts = crop(enlarge(digits[0])), []
    for digit in digits[1:]:
        part = crop(enlarge(digit))
        height = max(len(ink), len(part))
        ink, part = (
            np.pad(one, (((height - len(one)) // 2, -(-(height - len(one)) // 2)), (0, 0)))
            for one in (ink, part)
        )
        there = (ink > 127).any(axis=1) & (part > 127).any(axis=1)
        right = ink.shape[1] - (ink > 127)[:, ::-1].argmax(axis=1)
        left = int((right - (part > 127).argmax(axis=1))[there].max()) - overlap
        whole = np.zeros((height, left + part.shape[1]), np.uint8)
        whole[:, : ink.shape[1]] = ink
        whole[:, left:] = np.maximum(whole[:, left:], part)
        starts.append(left)
        ink = whole
    return ink, starts
