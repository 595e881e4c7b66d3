"""RGB pixels -> how much darker than its paper each pixel is, on small parts of a page."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels

Darkness = NDArray[np.float32]  # (height, width): 0 on paper, up to 1 for black


def darkness_by_channel(pixels: Pixels, window: int) -> list[Darkness]:
    """Return the `darkness` of each color channel of (height, width, 3) uint8 pixels."""
    return [darkness(np.asarray(one, np.uint8), window, edges=True) for one in cv2.split(pixels)]


def darkest(channels: Sequence[Darkness]) -> Darkness:
    """Return the darkness of each pixel in the channel in which it is darkest."""
    return np.asarray(np.maximum.reduce(list(channels)), np.float32)


def darkness(channel: Pixels, window: int, *, edges: bool = False) -> Darkness:
    """Return the darkness of each pixel of a channel; parts narrower than `window` pixels are ink.

    Parameters
    ----------
    channel : (height, width) uint8
    window : int
    edges : bool
        Whether edges of shadows and folds are no ink: beside one paper is as dark as its darker side. Where a
        whole page is noisy, faint print is lost by that, by which it is laid.

    Returns
    -------
    (height, width) float32
    """
    window |= 1
    step = max(1, min(window // 8, *channel.shape))  # the paper changes slowly: a smaller picture shows it
    small = channel[::step, ::step] if step == 1 else cv2.resize(
        channel, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA
    )  # fmt: skip
    side = max(3, window // step | 1)
    edge = min(side, *small.shape)
    wide = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    smooth = cv2.blur(paper, (side // 2 | 1, side // 2 | 1))
    paper = np.minimum(cv2.erode(paper, np.ones((3, 3), np.uint8)), smooth) if edges else smooth
    paper = paper[edge:-edge, edge:-edge]
    if step > 1:
        paper = cv2.resize(paper, channel.shape[::-1], interpolation=cv2.INTER_LINEAR)
    light = channel.astype(np.float32) / np.maximum(paper, 8)
    return np.asarray(1 - np.minimum(light, 1), np.float32)
