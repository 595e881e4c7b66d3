"""Stages 1 to 5: photo -> Reading. The only place that knows the whole road."""

import numbers
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.classifiers.load import Model
from knn_digits.errors import UsageError
from knn_digits.opening import Photo, open_photo
from knn_digits.photo.boxes import find_one_mark
from knn_digits.photo.ink import Ink, find_ink
from knn_digits.photo.page import find_page, paint_table
from knn_digits.reading.answers import REFUSE, MarkReader, answer_fully, refuse_unsure
from knn_digits.reading.digits import read_lines
from knn_digits.reading.marks import find_page_marks
from knn_digits.reading.models import model_for_photos
from knn_digits.reading.records import DigitReading, Line, Neighbor, Reading, Stages, Word
from knn_digits.reading.turns import WayBack, straighten, turn
from knn_digits.reading.warn import NO_DIGITS, warn_of_left_out, warn_of_page, warn_of_signs

LARGEST = 2400  # pixels: larger photos are reduced to this longest side before they are searched
TINY = 40  # pixels: a picture whose longest side is not above this holds one digit
SMALLEST = 112  # pixels: smaller photos are enlarged to this shortest side

__all__ = [
    "LARGEST",
    "NO_DIGITS",
    "REFUSE",
    "DigitReading",
    "Line",
    "Neighbor",
    "Reader",
    "Reading",
    "Stages",
    "Word",
    "model_for_photos",
    "read_photo",
    "read_stages",
]


class Reader:
    """Reads photos by one model, which is made ready once.

    Parameters
    ----------
    model : Classifier, name or path, optional
        A name is one that `load_classifier` takes; by default the user's current model, else the bundled one.
        Beside what is loaded here are the digits that the user's corrections taught
        (`classifiers.learned.with_learned`); of their files damaged ones are left out.

    Attributes
    ----------
    model : Classifier
        The same with digits of other hands beside its own: rows of `Neighbor` are of its digits.

    Raises
    ------
    UsageError
        If it is no model.
    ModelError
        If the model cannot be loaded.

    Examples
    --------
    >>> stroke = np.full((120, 80), 230, np.uint8)
    >>> stroke[20:100, 36:44] = 40
    >>> reader = Reader("bundled")
    >>> [reader.read(photo).text for photo in (stroke, 255 - stroke)]
    ['1', '1']
    """

    def __init__(self, model: Model = None) -> None:
        self.model = model_for_photos(model)

    def read(self, photo: Photo, *, min_probability: float = 0.0) -> Reading:
        """Read the digits in a photo, as `read_photo` takes it; its errors but for those of the model."""
        return self.read_stages(photo, min_probability=min_probability)[0]

    def read_stages(self, photo: Photo, *, min_probability: float = 0.0) -> tuple[Reading, Stages]:
        """Read the digits in a photo, and return what was made of it on the way, too."""
        _check_probability(min_probability)
        picture = open_photo(photo, largest=LARGEST)
        pixels = _enlarge(picture.pixels)
        found = _find_ink(pixels)
        # How strange a mark is alone decides until the end: quick answers will do.
        quick = self.model.quick()
        marks_reader = MarkReader(quick)
        if max(picture.full_width, picture.full_height) <= TINY:
            ink, marks, quarters = found, find_one_mark(found), 0
        else:
            ink, marks, quarters = find_page_marks(found, marks_reader)
        turned = turn(ink, quarters)
        marks, level = straighten(turned, marks, marks_reader)
        way = WayBack(level=level, quarters=quarters, shape=ink.mask.shape)
        read, uncut = read_lines(marks, marks_reader)
        digits = refuse_unsure(answer_fully(read, self.model, quick), min_probability)
        lines = _place(digits, way, scale=picture.full_width / ink.mask.shape[1])
        boxes = tuple(way.original(mark.box) for line in marks for mark in line)
        upright = [[replace(digit, box=way.on_turned(digit.box)) for digit in line] for line in digits]
        reading = Reading(
            width=picture.full_width,
            height=picture.full_height,
            lines=lines,
            warnings=(
                *picture.notes,
                *warn_of_page(ink, lines, boxes, quarters),
                *warn_of_left_out(turned, uncut),
                *warn_of_signs(turned, upright),
            ),
        )
        return reading, Stages(photo=pixels, ink=found, without_rules=ink.mask, marks=boxes)


def read_photo(photo: Photo, model: Model = None, *, min_probability: float = 0.0) -> Reading:
    """Read the digits in a photo; a `Reader` reads many by the same model.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array, picture of Pillow's, or Picture
        An array is (height, width[, 1, 3 or 4]), uint8 or bool: grey, RGB or RGBA; see `opening.open_photo`.
        Of a file with several pages the first is read, and a warning tells the others. A path may end in the
        number of another, as `scan.tif[2]`; `images.read_picture` opens one as a Picture, `images.read_pages`
        all of them.
    model : Classifier, name or path, optional
        As for `Reader`.
    min_probability : float
        0 to 1: a digit whose label is less likely is refused.

    Returns
    -------
    Reading

    Raises
    ------
    UsageError
        If the probability is another number or none, or the model is none.
    PhotoError
        If the photo cannot be read, or is none of what is allowed.
    ModelError
        If the model cannot be loaded.
    """
    return read_stages(photo, model, min_probability=min_probability)[0]


def read_stages(photo: Photo, model: Model = None, *, min_probability: float = 0.0) -> tuple[Reading, Stages]:
    """Read the digits in a photo as `read_photo` does, and return what was made of it on the way, too."""
    _check_probability(min_probability)  # before a model is loaded for nothing
    return Reader(model).read_stages(photo, min_probability=min_probability)


def _check_probability(least: float) -> None:
    if not isinstance(least, numbers.Real) or not 0 <= least <= 1:
        raise UsageError(f"min_probability must be a number from 0 to 1, got {least!r}")


def _enlarge(pixels: Pixels) -> Pixels:
    """Return a small picture enlarged, so that what is measured in pixels holds for it too."""
    scale = min(SMALLEST / min(pixels.shape[:2]), LARGEST / max(pixels.shape[:2]))
    if scale <= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _find_ink(pixels: Pixels) -> Ink:
    """Return the ink of the picture, on its page where there is one on a table."""
    page = find_page(pixels)
    return find_ink(pixels if page is None else paint_table(pixels, page))


def _place(digits: Sequence[Sequence[DigitReading]], way: WayBack, *, scale: float) -> tuple[Line, ...]:
    """Return lines of digits with boxes in pixels of the photo, `scale` times those of the ink."""
    return tuple(
        Line(digits=tuple(replace(digit, box=way.original(digit.box, scale)) for digit in line))
        for line in digits
    )
