"""RGB pixels of a scan in black and white -> its greys, as far as the points around tell them."""

import cv2
import numpy as np

from knn_digits.arrays import Pixels

AROUND = 3  # pixels: the side of the square whose points tell the grey of its middle


def with_greys(picture: Pixels) -> Pixels:
    """Return a picture of black and white alone with greys, any other as it is.

    A scan in black and white thins what is pale, down to points: where half of what is around is black, as at
    a straight edge, it is black.
    """
    if not ((picture == 0) | (picture == 255)).all():
        return picture
    white = cv2.blur(picture, (AROUND, AROUND)).astype(np.int16)
    return np.asarray(np.maximum(2 * white - 255, 0), np.uint8)
