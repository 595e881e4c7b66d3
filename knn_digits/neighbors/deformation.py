"""Stage 4, refined: shortlist -> its distances again, as a digit that may bend sees them.

Only the training digit is bent: how much of the query's ink and paper it explains is the measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Distances
from knn_digits.errors import UsageError, shown

POWER = 0.25  # of the gradient's size: faint and dark edges then count nearly alike
FINE_REACH = 2  # pixels by which a pixel of the training digit may be away
COARSE_REACH = 1  # pixels of 2×2, for the map of directions
COARSE_WEIGHT = 1.5  # of the map of directions beside that of gradients
NEIGHBORHOOD = 3  # pixels: side of the square that moves together

Maps = NDArray[np.float32]  # (channels, n, side, side), with a margin of 0 around each map


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """Which digits are measured again, and against how many.

    Raises
    ------
    UsageError
        If `shortlist` is below 1, or `agree` below 1 or above `shortlist`.
    """

    shortlist: int = 50  # nearest training digits that are measured again
    agree: int = 20  # where so many nearest have one label, nothing is measured again

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not all(type(n) is int for n in (self.shortlist, self.agree)) or (
            not 1 <= self.agree <= self.shortlist
        ):
            raise UsageError(
                "a refinement takes a shortlist of at least 1 digit, of which 1 or more must agree, "
                f"got shortlist {shown(self.shortlist)}, agree {shown(self.agree)}"
            )


def deformation_distances(queries: Digits, candidates: Sequence[Digits]) -> list[Distances]:
    """Measure digits against candidates that may bend.

    Each pixel of the query looks for its like within 2 pixels in the candidate: gradients are compared,
    pixel by pixel in squares of 3×3, and the least difference counts. The same is done with stroke
    directions at half the size, within 1 pixel. The distance is the sum over all pixels. It is not
    symmetric: queries and candidates have their parts.

    Parameters
    ----------
    queries : (n, 28, 28) uint8
        Deskewed.
    candidates : n of (k, 28, 28) uint8
        Deskewed; k may differ.

    Returns
    -------
    n of (k,) float32

    References
    ----------
    D. Keysers, T. Deselaers, C. Gollan, H. Ney (2007), Deformation models for image recognition: the image
    distortion model with local context. Ours takes the gradient to the power 0.25 and adds the coarse map.
    """
    from concurrent.futures import ThreadPoolExecutor  # clear digits do without

    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
        try:
            return list(pool.map(_measure, queries, candidates))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _measure(query: NDArray[np.uint8], candidates: Digits) -> Distances:
    digits = np.concatenate([query[None], candidates])
    fine = _gradients(digits)
    coarse = _directions(fine)
    distances = _match(fine, FINE_REACH) + COARSE_WEIGHT * _match(coarse, COARSE_REACH)
    return np.asarray(distances, np.float32)


def _gradients(digits: Digits) -> Maps:
    """Return the compressed gradient across and down, (2, n, 28 + margins, 28 + margins)."""
    margin = FINE_REACH + NEIGHBORHOOD // 2
    side = SIDE + 2 * margin
    padded = np.zeros((len(digits), side, side), np.float32)
    padded[:, margin:-margin, margin:-margin] = digits / np.float32(255)
    # All digits as one tall picture: the margins keep them apart.
    tall = padded.reshape(-1, side)
    across, down = cv2.Sobel(tall, cv2.CV_32F, 1, 0), cv2.Sobel(tall, cv2.CV_32F, 0, 1)
    square = np.maximum(cv2.multiply(across, across) + cv2.multiply(down, down), np.finfo(np.float32).tiny)
    scale = cv2.pow(square, (POWER - 1) / 2)
    maps = np.asarray([across * scale, down * scale], np.float32).reshape(2, len(digits), side, side)
    maps[:, :, :margin] = maps[:, :, -margin:] = 0
    maps[:, :, :, :margin] = maps[:, :, :, -margin:] = 0
    return maps


def _directions(fine: Maps) -> Maps:
    """Return at half the size where strokes run, whichever side is dark: the gradient at twice its angle."""
    inner = fine[:, :, FINE_REACH + 1 : -FINE_REACH - 1, FINE_REACH + 1 : -FINE_REACH - 1]
    across, down = inner
    size = np.sqrt(across**2 + down**2) + np.finfo(np.float32).tiny
    doubled = np.stack([(across**2 - down**2) / size, 2 * across * down / size])
    half = doubled.reshape(2, inner.shape[1], SIDE // 2, 2, SIDE // 2, 2).mean(axis=(3, 5))
    margin = COARSE_REACH + NEIGHBORHOOD // 2
    return np.pad(half, ((0, 0), (0, 0), (margin, margin), (margin, margin)))


def _match(maps: Maps, reach: int) -> NDArray[np.float32]:
    """Return what the first map costs when each of the others is bent to it, (n - 1,)."""
    channels, n, side, _ = maps.shape
    # Beside each other all maps are one wide picture, whose long rows are quick to go through.
    wide = side, (n - 1) * side
    others = maps[:, 1:].transpose(0, 2, 1, 3).reshape(channels, -1)
    query = np.repeat(maps[:, 0, :, None], n - 1, axis=2).reshape(channels, *wide)
    # A shift of a map within its margins is an offset in memory.
    size, ends = side * wide[1], reach * (wide[1] + 1)
    others = np.pad(others, ((0, 0), (ends, ends)))
    difference, cost, around = (np.empty(wide, np.float32) for _ in range(3))
    least = np.full(wide, np.inf, np.float32)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            start = ends + down * wide[1] + across
            cost[:] = 0
            for channel in range(channels):
                cv2.subtract(others[channel, start : start + size].reshape(wide), query[channel], difference)
                cv2.accumulateSquare(difference, cost)
            cv2.boxFilter(
                cost,
                -1,
                (NEIGHBORHOOD, NEIGHBORHOOD),
                dst=around,
                normalize=False,
                borderType=cv2.BORDER_CONSTANT,
            )
            cv2.min(least, around, dst=least)
    margin = reach + NEIGHBORHOOD // 2
    inner = least.reshape(side, n - 1, side)[margin:-margin, :, margin:-margin]
    return np.asarray(inner.sum(axis=(0, 2)))
