"""Stage 2′: pictures of digits -> what they are drawn on: the paper's grey, and darker or lighter ink.

The paper is what the border of a picture mostly shows, though ink may touch it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Mask, Pixels
from knn_digits.datasets.scale import CONTRAST, WHITE, Scale
from knn_digits.errors import DataError

FAINT = (26, 80)  # of 255: weaker ink than this, after stretching, is noise; least and most of the cut
SPREAD = 10  # the cut is so many median deviations of the border's greys: over six sigma of noise
FULL = 128  # of 255: a 28×28 picture whose ink comes up to it, on black, is a digit as MNIST has them
PAPER = 0.6  # of the border's pixels: so many are alike where it shows paper; a third are ink in tight crops
NEARLY_ALL = 0.95  # of the pictures whose paper is known: what they agree on is the set's ground
_BLOCK_BYTES = 4 << 20  # looked at or converted at a time: memory beside the result is bounded


@dataclass(frozen=True, kw_only=True)
class Ground:
    """How many of the pictures with ink show what, and what it means for the set."""

    light_ink: int
    dark_ink: int
    grey: int  # of both: those whose paper is neither black nor white, so that each is converted by itself
    unknown: int

    @property
    def seen(self) -> bool:
        """Whether most pictures show their paper."""
        return self.light_ink + self.dark_ink > self.unknown

    @property
    def inverted(self) -> bool:
        """Whether nearly all show dark ink on light paper."""
        return self.seen and self.dark_ink >= NEARLY_ALL * (self.light_ink + self.dark_ink)

    @property
    def tinted(self) -> bool:
        """Whether most are on paper that is neither black nor white."""
        return self.seen and 2 * self.grey > self.light_ink + self.dark_ink

    def check(self) -> None:
        """Raise DataError if some are dark on light and others light on dark.

        The text is what follows the array's name.
        """
        known, fewer = self.light_ink + self.dark_ink, min(self.light_ink, self.dark_ink)
        if self.seen and known - fewer < NEARLY_ALL * known:
            raise DataError(
                f"has dark ink on light paper in {self.dark_ink} of its pictures and light ink on dark in "
                f"{self.light_ink}; invert the one kind"
            )


class OnBlack(NamedTuple):
    """A digit (28, 28) uint8 of ink on 0, and whether its ink was darker than its paper."""

    digit: Pixels
    inverted: bool


def block_length(images: NDArray[Any]) -> int:
    """Return how many of the pictures are looked at, or converted, at a time."""
    return max(1, _BLOCK_BYTES // max(1, images[:1].nbytes))


def find_ground(images: NDArray[Any], scale: Scale) -> Ground:
    """Count what the pictures (n, height, width) are drawn on."""
    counts = np.zeros(4, np.int64)
    step = block_length(images)
    for start in range(0, len(images), step):
        block = slice(start, start + step)
        counts += _count(images[block], scale, scale.inked[block])
    light, dark, grey, unknown = counts.tolist()
    return Ground(light_ink=light, dark_ink=dark, grey=grey, unknown=unknown)


def put_on_black(grey: Pixels) -> OnBlack:
    """Bring one picture of a digit, of any paper and size, to MNIST's convention.

    A 28×28 picture with strong light ink on black is taken as it is. In any other the paper's grey is
    subtracted, the ink stretched to 255, faint ink cut, and the rest normalized, its strokes, too, unless it
    is 28×28. A blank picture gives zeros.
    """
    from knn_digits import digit  # brings OpenCV

    border = _borders(grey[None])[0]
    paper = float(np.median(border))
    light = bool(grey.mean() > paper)
    if grey.shape == (SIDE, SIDE) and light and paper < FAINT[0] and grey.max() >= FULL:
        return OnBlack(grey, False)
    spread = float(np.median(np.abs(border - paper)))
    ink = _ink(grey.astype(np.float32) - paper, spread, light=light)
    bring = digit.normalize if grey.shape == (SIDE, SIDE) else digit.normalize_strokes
    return OnBlack(np.asarray(bring([ink])[0]), not light and bool(ink.any()))


def _ink(contrast: NDArray[np.float32], spread: float, *, light: bool) -> Pixels:
    ink = (contrast if light else -contrast).clip(0)
    strongest = float(ink.max())
    if strongest < CONTRAST:
        return np.zeros(ink.shape, np.uint8)
    stretched = np.rint(ink * (WHITE / strongest)).astype(np.uint8)
    least, most = FAINT
    stretched[stretched < min(max(least, SPREAD * spread * WHITE / strongest), most)] = 0
    return stretched


def _borders(images: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels of pictures, (n, pixels)."""
    sides = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    return np.concatenate(sides, axis=1)


def _count(images: NDArray[Any], scale: Scale, inked: Mask) -> NDArray[np.int64]:
    """Return the number of pictures with light ink, dark ink, grey paper (among these), unknown paper."""
    borders = scale.to_bytes(_borders(images))
    black = FAINT[0] if images.shape[1:] == (SIDE, SIDE) else 0  # what is normalized must have no grey at all
    dark = _mostly(borders <= black)
    rest = np.flatnonzero(inked & ~dark)  # of MNIST none
    borders = borders[rest]
    papers = np.median(borders, axis=1)
    known = _mostly(np.abs(borders - papers[:, None]) <= FAINT[0])
    means = np.array([scale.to_bytes(picture).mean() for picture in images[rest]])
    darker = known & (means < papers)
    grey = known & np.where(darker, ~_mostly(borders == WHITE), papers > black)
    light_ink = (inked & dark).sum() + (known & ~darker).sum()
    return np.array([light_ink, darker.sum(), grey.sum(), (~known).sum()])


def _mostly(alike: Mask) -> Mask:
    return np.asarray(alike.mean(axis=1) >= PAPER)
