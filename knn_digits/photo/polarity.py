"""Stage 1: a grey picture -> whether it shows light ink on dark.

Writing is sparse, so it skews the brightness around it; paper is most of the picture, and of its border. What
each of these signs weighs is learned from drawn pages and from photos, and stands in `polarity.json`.
"""

import json
import pathlib

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels

FILE = pathlib.Path(__file__).with_name("polarity.json")  # made by `python -m benchmarks.learn_polarity`
LEARNED = json.loads(FILE.read_text("utf-8"))["polarity"]
FINE: float = LEARNED["window"]  # of the longest side
WEIGHTS: dict[str, float] = LEARNED["weights"]


def is_light_on_dark(small: Pixels) -> bool:
    """Tell whether a picture shows light ink on dark.

    Parameters
    ----------
    small : (height, width) uint8
        Grey, reduced to a longest side of `knn_digits.photo.ink.PAPER_SIDE`.
    """
    signs = measure_polarity(small, fine=FINE)
    return sum(WEIGHTS[name] * sign for name, sign in signs.items()) > 0


def measure_polarity(small: Pixels, *, fine: float) -> dict[str, float]:
    """Return what speaks for light ink on dark, by name: of a picture inverted it is about the negative.

    Parameters
    ----------
    small : (height, width) uint8
    fine : float
        Of the longest side: the window in which fine strokes skew the brightness.
    """
    otsu, _ = cv2.threshold(small, 0, 255, cv2.THRESH_OTSU)
    dark = small <= otsu
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    return {
        "skew of what is fine": _skew(small, round(fine * max(small.shape))),
        "skew of what is coarse": _skew(small, min(small.shape) // 3),
        "dark": float(dark.mean()) - 0.5,
        "dark border": float(border.mean()) - 0.5,
    }


def _skew(small: Pixels, window: int) -> float:
    """Return the skewness of the brightness over its mean in a window."""
    window = max(3, window)
    local: NDArray[np.float32] = small.astype(np.float32)
    local -= cv2.blur(local, (window, window))
    square = local * local  # NumPy's third power takes a hundred times longer than two products
    return float((square * local).mean() / (square.mean() ** 1.5 + 1e-9))
