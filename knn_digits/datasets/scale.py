"""Stage 2′: pixel values of any usual scale -> which of them are no ink and full ink.

0..255 and 0..1 are what a data set should have. Another scale is taken where the pictures themselves agree on
it: most of them come near its top, and near its bottom if that is below 0. Else it is refused.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.errors import DataError

WHITE = 255  # full ink of a digit
STEP = 1 / WHITE  # of full ink: floats this far beyond a usual scale lose nothing when they are cut off
USUAL = (1.0, float(WHITE))  # full ink where paper is 0
SPANS = (1e-30, 1e30)  # full ink beyond these is no pixel's, and float32 could not reckon with it
REACHED = 0.5  # of full ink: most pictures come up to it where the scale is a usual one,
AGREED = 0.9  # and to this where it is another
CONTRAST = 16  # of 255: a picture whose values are nearer together shows no ink


@dataclass(frozen=True, eq=False, kw_only=True)
class Scale:
    """The values of no ink and of full ink, what must be said of them, and which pictures show ink (n,)."""

    low: float
    high: float
    usual: bool  # 0..255, 0..1 or booleans, which are meant so
    cut: bool  # whether values beyond it are cut off
    note: str  # follows the array's name; empty for 0..255 and booleans
    inked: Mask

    @property
    def plain(self) -> bool:
        """Whether it is a usual one and no value is beyond it."""
        return self.usual and not self.cut

    def to_bytes(self, values: NDArray[Any]) -> Pixels:
        """Return values as 0 (no ink) to 255, rounded, those beyond cut off; a copy only where it must be."""
        if values.dtype == np.uint8 and (self.low, self.high) == (0, WHITE):
            return values
        floats = values.astype(np.result_type(values.dtype, np.float32), copy=True)
        if self.low:
            floats -= self.low
        floats *= WHITE / (self.high - self.low)
        return np.asarray(np.rint(floats, out=floats).clip(0, WHITE), np.uint8)


def find_scale(images: NDArray[Any]) -> Scale:
    """Find the scale of a set of pictures.

    Parameters
    ----------
    images : (n, height, width) or (n, pixels), of integers, floats or booleans

    Raises
    ------
    DataError
        If a value is not finite, or the scale is in doubt. The text is what follows the array's name.

    Examples
    --------
    >>> sixteen = np.array([[[0, 16], [3, 0]], [[15, 0], [0, 8]]])
    >>> scale = find_scale(sixteen)
    >>> scale.note, scale.to_bytes(sixteen[1]).tolist()
    ('has values from 0 to 16, which are scaled to 0..255', [[239, 0], [0, 128]])
    """
    if images.dtype.kind == "b" or not images.size:
        return Scale(low=0, high=1, usual=True, cut=False, note="", inked=_inked(images))
    rows = images.reshape(len(images), -1)
    lows, highs = (pick(axis=1).astype(np.float64) for pick in (rows.min, rows.max))
    smallest, largest = float(lows.min()), float(highs.max())
    _check_range(smallest, largest)
    usual = _usual(smallest, largest, whole=images.dtype.kind in "iu")
    low, high = (0.0, usual) if usual else (min(smallest, 0.0), largest)
    if high - low < SPANS[0] or not _agree(lows, highs, low, high, usual):
        raise DataError(_doubt(smallest, largest, float(np.median(highs))))
    inked = np.asarray(highs - lows >= CONTRAST / WHITE * (high - low))
    cut = smallest < low or largest > high
    note = _note(smallest, largest, high, cut=cut) if cut or (low, high) != (0, WHITE) else ""
    return Scale(low=low, high=high, usual=bool(usual), cut=cut, note=note, inked=inked)


def _check_range(smallest: float, largest: float) -> None:
    """Raise DataError if values are not finite, or larger than any scale's."""
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        raise DataError("holds NaN or infinity; pixel values must be 0..255 or 0..1")
    if max(-smallest, largest) > SPANS[1]:
        raise DataError(_doubt(smallest, largest, largest))


def of_bytes(images: Pixels) -> Scale:
    """Return the scale of pictures (n, height, width) that are known to be 0..255."""
    rows = images.reshape(len(images), -1)
    inked = np.asarray(rows.max(axis=1) - rows.min(axis=1) >= CONTRAST)
    return Scale(low=0, high=WHITE, usual=True, cut=False, note="", inked=inked)


def _inked(images: NDArray[np.bool_]) -> Mask:
    rows = images.reshape(len(images), -1) if images.size else np.zeros((len(images), 1), bool)
    return np.asarray(rows.any(axis=1) & ~rows.all(axis=1))


def _usual(smallest: float, largest: float, *, whole: bool) -> float:
    """Return full ink of the usual scale that the values fit in, 0 if there is none."""
    if smallest == largest == 0:
        return WHITE
    beyond = 0 if whole else STEP
    for full in USUAL:
        if -full * beyond <= smallest and REACHED * full <= largest <= full * (1 + beyond):
            return full
    return 0


def _agree(
    lows: NDArray[np.float64], highs: NDArray[np.float64], low: float, high: float, usual: float
) -> bool:
    """Tell whether most of the pictures that are not of one value span the scale, or all keep within it."""
    varied = highs > lows
    if not varied.any():
        return bool(lows.min() >= 0 and highs.max() <= usual)
    lows, highs = lows[varied], highs[varied]
    span = high - low
    top = np.median(highs) >= low + (REACHED if usual else AGREED) * span
    bottom = low == 0 or np.median(lows) <= low + (1 - AGREED) * span
    return bool(top and bottom)


def _doubt(smallest: float, largest: float, median: float) -> str:
    most = "" if median == largest else f", though most pictures come up to {median:g} only"
    return f"has values from {smallest:g} to {largest:g}{most}; rescale them to 0..255 or 0..1"


def _note(smallest: float, largest: float, high: float, *, cut: bool) -> str:
    scaled = f"has values from {smallest:g} to {largest:g}, which are scaled to 0..255"
    return f"{scaled} as 0..{high:g}, those beyond cut off" if cut else scaled
