"""RGB pixels -> how much darker than its paper each pixel is, on small parts of a page."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels

Darkness = NDArray[np.float32]  # (height, width[, 3]): 0 on paper, up to 1 for black


def darkness(pixels: Pixels, window: int) -> Darkness:
    """Return the darkness of each pixel, in each color channel; parts narrower than `window` pixels are ink.

    Parameters
    ----------
    pixels : (height, width[, 3]) uint8
    window : int

    Returns
    -------
    (height, width[, 3]) float32
    """
    if pixels.ndim == 2:
        return _channel(pixels, window | 1)
    return np.stack([_channel(np.asarray(one, np.uint8), window | 1) for one in cv2.split(pixels)], axis=2)


def _channel(channel: Pixels, window: int) -> Darkness:
    step = max(1, window // 8)  # the paper changes slowly: a smaller picture shows it
    small = channel[::step, ::step] if step == 1 else cv2.resize(
        channel, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA
    )  # fmt: skip
    side = max(3, window // step | 1)
    edge = min(side, *small.shape)
    wide = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = cv2.blur(paper, (side // 2 | 1, side // 2 | 1))[edge:-edge, edge:-edge]
    if step > 1:
        paper = cv2.resize(paper, channel.shape[::-1], interpolation=cv2.INTER_LINEAR)
    light = channel.astype(np.float32) / np.maximum(paper, 8)
    return np.asarray(1 - np.minimum(light, 1), np.float32)
