"""Stage 3: digit -> where its strokes run in which direction."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Vectors, check_digits
from knn_digits.errors import UsageError, shown
from knn_digits.features.deskew import Deskewed

LEAST_SPREAD = 1e-3  # pixels: its square is still a number to divide by
PAD = 6  # pixels of paper around a digit, so that no filter reaches its neighbor in a batch
BLUR = 0.7  # pixels: deviation of the blur before gradients are taken
WHOLE = 10.0  # a vector's values are rounded to this part of the usual one, up to 255: exact in 8 bits
BATCH = 256  # digits at a time: what is computed of them stays in a core's cache


@dataclass(frozen=True, kw_only=True)
class OrientedGradients:
    """Histograms of oriented gradients of the deskewed digit.

    (n, 28, 28) uint8 -> (n, orientations × cells × cells) float32, whole numbers 0..255. Each pixel votes
    for the two orientations nearest to its own with the square root of its gradient; the votes for each
    orientation are blurred and averaged over a grid of cells.

    Parameters
    ----------
    orientations : int
        Directions of the gradient told apart, over the full turn.
    cells : int
        Rows and columns of the grid, at most 28.
    spread : float
        Pixels: deviation of the blur of the votes, that is how far a stroke may be away.

    Raises
    ------
    UsageError
        If a parameter is out of range.

    References
    ----------
    N. Dalal, B. Triggs (2005), Histograms of oriented gradients for human detection. Theirs normalizes blocks
    of cells; ours takes square roots instead, and cells overlap by a blur. C.-L. Liu, K. Nakashima, H. Sako,
    H. Fujisawa (2003), Handwritten digit recognition: benchmarking of state-of-the-art techniques, from which
    blurred direction maps are known to serve digits.

    Examples
    --------
    >>> OrientedGradients()(np.zeros((3, 28, 28), np.uint8)).shape
    (3, 512)
    """

    orientations: int = 8
    cells: int = 8
    spread: float = 1.2

    def __post_init__(self) -> None:
        """Check the options."""
        whole = (
            type(self.orientations) is int and type(self.cells) is int and type(self.spread) in (int, float)
        )
        if (
            not whole
            or not (2 <= self.orientations <= 36 and 1 <= self.cells <= SIDE)
            or not LEAST_SPREAD <= self.spread <= SIDE
        ):
            raise UsageError(
                f"hog takes 2 to 36 orientations, 1 to {SIDE} cells and a spread above 0 up to {SIDE}, "
                f"no less than {LEAST_SPREAD}, got "
                f"{shown(self.orientations)}, {shown(self.cells)}, {shown(self.spread)}"
            )

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector of orientations × cells × cells for each digit."""
        digits = check_digits(digits)
        vectors = np.empty((len(digits), self.orientations * self.cells**2), np.float32)
        pool = _pool(self.cells, self.spread)
        for start in range(0, len(digits), BATCH):
            batch = slice(start, start + BATCH)
            vectors[batch] = self._describe(digits[batch], pool)
        return vectors

    def _describe(self, digits: Digits, pool: NDArray[np.float32]) -> Vectors:
        direction, strength = _gradients(digits)
        turn = direction * np.float32(self.orientations / (2 * np.pi))
        maps = []
        for orientation in range(self.orientations):
            votes = _away(turn, orientation, of=self.orientations)
            np.subtract(1, votes, out=votes)
            np.maximum(votes, 0, out=votes)
            votes *= strength
            maps.append(pool @ votes @ pool.T)
        stacked = np.stack(maps, axis=1).reshape(len(digits), self.orientations * self.cells**2)
        return np.rint(stacked * WHOLE).clip(0, 255)


def _away(turn: NDArray[np.float32], orientation: int, *, of: int) -> NDArray[np.float32]:
    """Return how far directions 0..`of` are from an orientation, around the circle: 0 to a half of it."""
    half = of / 2
    away = turn - orientation
    away += half
    # The remainder by `of`, bit for bit, in a part of its time.
    away += np.float32(of) * (away < 0) if orientation > half else np.float32(-of) * (away >= of)
    away -= half
    return np.abs(away, out=away)


def _gradients(digits: Digits) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the direction in radians and the square root of the gradient at each pixel, (n, s, s)."""
    side = SIDE + 2 * PAD
    upright = Deskewed()(digits).reshape(-1, SIDE, SIDE)
    padded = np.pad(upright, ((0, 0), (PAD, PAD), (PAD, PAD)))
    # All digits as one tall picture: the paper between them keeps them apart.
    tall = cv2.GaussianBlur(padded.reshape(-1, side), (0, 0), BLUR, borderType=cv2.BORDER_CONSTANT)
    across, down = cv2.Sobel(tall, cv2.CV_32F, 1, 0), cv2.Sobel(tall, cv2.CV_32F, 0, 1)
    # OpenCV's magnitude rounds by where in memory its arrays lie: the same digits would differ by chance.
    strength = np.sqrt(np.sqrt(across * across + down * down))
    direction = cv2.phase(across, down)
    return (
        np.asarray(direction, np.float32).reshape(-1, side, side),
        np.asarray(strength, np.float32).reshape(-1, side, side),
    )


def _pool(cells: int, spread: float) -> NDArray[np.float32]:
    """Return what blurs the rows of a padded digit and averages them over the cells, (cells, 28 + 2 PAD)."""
    pixels = np.arange(SIDE + 2 * PAD) - PAD
    blur = np.exp(-((np.arange(SIDE)[:, None] - pixels) ** 2) / (2 * spread**2))
    blur /= blur.sum(axis=1, keepdims=True)
    edges = np.linspace(0, SIDE, cells + 1)
    starts, stops = edges[:-1, None], edges[1:, None]
    overlap = np.minimum(np.arange(1, SIDE + 1), stops) - np.maximum(np.arange(SIDE), starts)
    return np.asarray((overlap.clip(0) * cells / SIDE) @ blur, np.float32)
