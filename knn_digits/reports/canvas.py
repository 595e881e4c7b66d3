"""Pieces that pictures are put together from: enlarged digits, and words."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels

Color = tuple[int, int, int]  # RGB
BLACK = (0, 0, 0)


def enlarge(picture: Pixels, times: int) -> Pixels:
    """Return a picture with each pixel as a square of `times` × `times`."""
    return picture.repeat(times, 0).repeat(times, 1)


def write(
    picture: NDArray[np.uint8], text: str, left: int, bottom: int, *, size: float = 0.5, color: Color = BLACK
) -> None:
    """Write one line of text on a grey or RGB picture; what is no ASCII becomes a question mark."""
    ink = color if picture.ndim == 3 else color[0]
    plain = text.encode("ascii", "replace").decode("ascii")
    cv2.putText(picture, plain, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)
