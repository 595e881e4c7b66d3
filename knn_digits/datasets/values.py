"""Stage 2′: pixel values of any usual type -> digits of ours.

28×28 pictures whose strokes are MNIST's are taken as they are; others are brought to its size and strokes.
What is converted on the way (another scale, light paper) is told in notes, a line each; what is in doubt is
refused.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Labels, Pixels
from knn_digits.datasets.ground import Ground, block_length, find_ground, put_on_black
from knn_digits.datasets.scale import WHITE, Scale, find_scale
from knn_digits.datasets.strokes import match_strokes
from knn_digits.errors import DataError

MAX_BYTES = 4 << 30  # of an array as it is read, unpacked: beyond it a file is refused, not loaded
MOST = MAX_BYTES // (SIDE * SIDE)  # digits of a file
SMALLEST = (5, 3)  # rows, columns: in fewer pixels no ten digits can be told apart
LARGEST = 4096  # pixels: a side of a picture of one digit


Progress: TypeAlias = Callable[[Iterable[int]], Iterable[int]]


class Labelled(NamedTuple):
    """What is read of a part of a data set: digits (n, 28, 28), labels (n,), and lines to be told."""

    digits: Digits
    labels: Labels
    notes: tuple[str, ...] = ()


Reader: TypeAlias = Callable[[Progress], Labelled]  # of one part of a data set


def check_count(n: int, name: str) -> None:
    """Raise DataError if there are more digits than a file may hold."""
    if n > MOST:
        raise DataError(f"{name} holds {n} pictures, at most {MOST} are allowed; split it")


def check_pictures(shape: Sequence[int], itemsize: int, name: str) -> tuple[int, int, int]:
    """Return what an array of pictures is taken for, (n, height, width), before memory is taken for it.

    Raises
    ------
    DataError
        If the shape is another, or the pictures are too many, too small or too large.
    """
    if len(shape) == 4 and 1 in shape[1::2]:  # of one channel, last or first
        shape = (*shape[:3], *shape[4:]) if shape[3] == 1 else (shape[0], *shape[2:])
    side = math.isqrt(max(0, shape[1])) if len(shape) == 2 else 0
    if side and side * side == shape[1]:
        shape = (shape[0], side, side)
    if len(shape) != 3 or min(shape[1:]) <= 0 or shape[0] < 0:
        got = f"({', '.join(map(str, shape))})"
        raise DataError(
            f"{name} must have the shape (n, height, width), (n, height, width, 1) or (n, side * side), "
            f"got {got}; {_remedy(shape)}"
        )
    n, height, width = shape
    check_count(n, name)
    _check_sizes(height, width, math.prod(shape) * itemsize, name)
    return n, height, width


def _remedy(shape: Sequence[int]) -> str:
    """Return what makes pictures of an array of another shape: colors are (n, height, width, 3 or 4)."""
    return "make it grey" if len(shape) == 4 and shape[3] in (3, 4) else "reshape it"


def _check_sizes(height: int, width: int, size: int, name: str) -> None:
    """Raise DataError if pictures, of so many bytes together, are too small or too large."""
    if height < SMALLEST[0] or width < SMALLEST[1] or max(height, width) > LARGEST:
        raise DataError(
            f"{name} has pictures of {height}x{width} pixels; {SMALLEST[0]}x{SMALLEST[1]} to "
            f"{LARGEST}x{LARGEST} are allowed, 28x28 is best"
        )
    if size > MAX_BYTES:
        raise DataError(
            f"{name} takes {size / (1 << 30):.1f} GiB, at most {MAX_BYTES >> 30} are allowed; split it"
        )


def to_digits(
    images: NDArray[Any], *, name: str, progress: Progress = iter
) -> tuple[Digits, tuple[str, ...]]:
    """Bring pictures of single digits to (n, 28, 28) uint8.

    Parameters
    ----------
    images : (n, height, width), perhaps of one channel, or (n, side × side), of integers, floats or booleans
        Of any scale and ground that the pictures agree on; see `scale` and `ground`. Digits of ours are
        not copied, where they may be written to.
    name : str
        What errors and notes call the array.
    progress : callable
        Wraps the steps of the conversion.

    Returns
    -------
    digits : (n, 28, 28) uint8
    notes : tuple of str
        A line for each thing that was converted.

    Raises
    ------
    DataError
        If the shape or the type is another one, or the scale or the ground is in doubt.

    Examples
    --------
    >>> digits, notes = to_digits(np.full((1, 784), 0.5), name="halves")
    >>> digits[0, 0, 0], notes
    (np.uint8(128), ('halves has values from 0.5 to 0.5, which are scaled to 0..255',))
    """
    if images.dtype.kind not in "iufb":
        raise DataError(f"{name} must be integers or floats, got {images.dtype}; convert it to uint8")
    images = images.reshape(check_pictures(images.shape, images.itemsize, name))
    scale, ground = _find_scale_and_ground(images, name)
    digits = _convert_all(images, scale, ground, progress)
    if images.shape[1:] == digits.shape[1:]:
        strokes = match_strokes(digits, np.arange(len(digits)))
    else:
        height, width = images.shape[1:]
        strokes = f"pictures of {width}x{height} pixels, brought to MNIST's size and strokes"
    notes = [note for note in (scale.note, *_ground_notes(ground), strokes and f"has {strokes}") if note]
    return digits, tuple(f"{name} {note}" for note in notes)


def _find_scale_and_ground(images: NDArray[Any], name: str) -> tuple[Scale, Ground]:
    """Return what the values of pictures mean; DataError where that is in doubt."""
    try:
        scale = find_scale(images)
        ground = find_ground(images, scale)
        ground.check()
    except DataError as error:
        raise DataError(f"{name} {error}") from error
    if not (ground.seen or scale.usual):
        raise DataError(
            f"{name} {scale.note}, but no paper is seen at the pictures' borders; rescale it yourself"
        )
    return scale, ground


def _convert_all(images: NDArray[Any], scale: Scale, ground: Ground, progress: Progress) -> Digits:
    as_ours = images.dtype == np.uint8 and images.shape[1:] == (SIDE, SIDE) and images.flags.writeable
    if as_ours and scale.high == WHITE and not (scale.low or ground.inverted or ground.tinted):
        return np.ascontiguousarray(images)
    digits = np.empty((len(images), SIDE, SIDE), np.uint8)
    step = block_length(images)
    for start in progress(range(0, len(images), step)):
        block = slice(start, start + step)
        digits[block] = _convert(scale.to_bytes(images[block]), ground)
    return digits


def _convert(images: Pixels, ground: Ground) -> Digits:
    if ground.tinted:
        return np.array([put_on_black(picture).digit for picture in images])
    if ground.inverted:
        images = WHITE - images
    if images.shape[1:] == (SIDE, SIDE):
        return images
    from knn_digits import digit

    return digit.normalize_strokes(np.ascontiguousarray(images))


def _ground_notes(ground: Ground) -> list[str]:
    known = ground.light_ink + ground.dark_ink
    if not ground.seen:
        unseen = f"shows no paper at the border of {ground.unknown} pictures: taken for light ink on black"
        return [unseen] if ground.unknown else []
    notes = []
    if ground.tinted:
        notes.append(
            f"has paper that is neither black nor white, which was made black in all {known} pictures"
        )
    if ground.inverted:
        notes.append("has dark ink on light paper, which was inverted to light ink on black")
    few = min(ground.dark_ink, ground.light_ink)
    if few and not ground.tinted:
        kind = "light ink on dark" if ground.inverted else "dark ink on light paper"
        notes.append(f"has {few} pictures that look like {kind} among {known}: they are taken as the others")
    return notes
