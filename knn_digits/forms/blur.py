"""How blurred print is on a page, and the ink there -> the ink as it was before the camera blurred it."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.forms.flat import Darkness

STEP = 0.05  # pixels: blur is told so finely
# Of the power of ink: pictures have more noise, as greys are rounded and compressed. Of 3,664 drawn digits
# 61, 60, 55, 56 were misread with 3e-4, 1e-3, 3e-3, 6e-3.
LEAST_NOISE = 3e-3


def blur_of(weights: NDArray[np.float64], blurs: Sequence[float], edge: float) -> float:
    """Return the blur of a page, a standard deviation in pixels, that shows print as such a mixture.

    The thin rule that is blurred once and is most like the mixture of rules tells it: how like two normal
    curves are is known from their widths.

    Parameters
    ----------
    weights : (n,) float64
        Of print that is blurred by each of `blurs`, pixels.
    blurs : sequence of n float
    edge : float
        Pixels: the blur of print itself.
    """
    tried = np.arange(0, max(blurs) * 3 / 2, STEP)
    common = [np.sqrt(tried**2 + blur**2 + 2 * edge**2) for blur in blurs]
    like = sum(weight / wide for weight, wide in zip(weights, common, strict=True))
    return float(tried[int((like * (tried**2 + edge**2) ** 0.25).argmax())])


def unblur(ink: Darkness, blur: float, noise: float) -> Darkness:
    """Return ink as it was before it was blurred, as far as noise lets it be told.

    Parameters
    ----------
    ink : (height, width) float32
    blur : float
        Pixels, standard deviation.
    noise : float
        Its power over that of the ink.

    References
    ----------
    N. Wiener (1949), Extrapolation, interpolation, and smoothing of stationary time series. Ours takes ink to
    be as strong at all frequencies.
    """
    height, width = ink.shape
    sides = [2 * cv2.getOptimalDFTSize(math.ceil(side / 2)) for side in (height, width)]
    wide = cv2.copyMakeBorder(ink, 0, sides[0] - height, 0, sides[1] - width, cv2.BORDER_REPLICATE)
    down, across = (np.exp(-((math.pi * blur * np.arange(side) / side) ** 2) / 2) for side in sides)
    passed = np.outer(down, across).astype(np.float32)
    whole = cv2.dct(wide) * (passed / (passed**2 + np.float32(max(noise, LEAST_NOISE))))
    return np.asarray(np.maximum(cv2.idct(whole)[:height, :width], 0), np.float32)
