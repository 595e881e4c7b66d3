"""Stages 1 to 5: photo -> Reading. The only place that knows the whole road.

Everything that may be a digit is proposed, judged by what it looks like and where it stands, and the best is
chosen. The bundled model's neighbors and `judge.json` do that for every model; what is chosen is then read
by the user's own.
"""

import numbers

import cv2
import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.classifiers.load import Model, load_bundled
from knn_digits.errors import UsageError
from knn_digits.images import Picture, encode_preview
from knn_digits.opening import Photo, open_photo
from knn_digits.photo.boxes import find_one_mark
from knn_digits.photo.ink import Ink, find_ink
from knn_digits.photo.lines import find_lines
from knn_digits.photo.page import find_page, paint_table
from knn_digits.reading.answers import REFUSE, answer, answer_alone
from knn_digits.reading.judge import load_judge
from knn_digits.reading.models import model_for_photos
from knn_digits.reading.origins import name_neighbors
from knn_digits.reading.records import DigitReading, Line, Mark, Neighbor, Reading, Stages, Word
from knn_digits.reading.turns import see
from knn_digits.reading.views import View
from knn_digits.reading.warn import NO_DIGITS, warn_of_doubtful, warn_of_page, warn_of_signs

LARGEST = 7200  # pixels: larger photos are reduced to this longest side before they are searched
TINY = 40  # pixels: a picture whose longest side is not above this holds one digit
SMALLEST = 112  # pixels: smaller photos are enlarged to this shortest side

__all__ = [
    "LARGEST",
    "NO_DIGITS",
    "REFUSE",
    "DigitReading",
    "Line",
    "Mark",
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
        self._scout, self._judge = load_bundled().unrefined(), load_judge()

    def read(self, photo: Photo, *, min_probability: float = 0.0) -> Reading:
        """Read the digits in a photo, as `read_photo` takes it; its errors but for those of the model."""
        return self.read_stages(photo, min_probability=min_probability)[0]

    def read_stages(self, photo: Photo, *, min_probability: float = 0.0) -> tuple[Reading, Stages]:
        """Read the digits in a photo, and return what was made of it on the way, too."""
        _check_probability(min_probability)
        picture = open_photo(photo, largest=LARGEST)
        view = find_view(picture.pixels, width=picture.full_width)
        if max(picture.full_width, picture.full_height) <= TINY:
            return self._read_one(picture, view, least=min_probability)
        seen = see(view, self._scout, self._judge)
        answers = answer(seen, self.model, self._judge, least=min_probability)
        digits = name_neighbors(answers, self.model)
        rows = find_lines(seen.marks.boxes[seen.read])
        lines = tuple(Line.of([digits[row] for row in line]) for line in rows)
        reading = Reading(
            width=picture.full_width,
            height=picture.full_height,
            lines=lines,
            warnings=(
                *picture.notes,
                *warn_of_page(seen, lines),
                *warn_of_doubtful(seen),
                *warn_of_signs(seen, rows, digits),
            ),
            preview=encode_preview(picture.pixels),
        )
        return reading, Stages(
            photo=picture.pixels,
            view=seen.view,
            marks=seen.marks,
            judged=seen.judged,
            chosen=seen.read,
        )

    def _read_one(self, picture: Picture, view: View, *, least: float) -> tuple[Reading, Stages]:
        """Read a picture so small that it holds one digit, whatever it looks like."""
        mark = find_one_mark(view.ink)
        answers = () if mark is None else (answer_alone(mark, self.model, view, least=least),)
        digits = name_neighbors(answers, self.model)
        reading = Reading(
            width=picture.full_width,
            height=picture.full_height,
            lines=(Line.of(digits),) if digits else (),
            warnings=picture.notes if digits else (*picture.notes, NO_DIGITS),
            preview=encode_preview(picture.pixels),
        )
        return reading, Stages.of_one(picture.pixels, view)


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


def find_view(pixels: Pixels, *, width: int | None = None) -> View:
    """Return the ink of a picture, and the way from it back to the photo that is so many pixels wide."""
    ink = _find_ink(_enlarge(pixels))
    return View.of(ink, scale=(width or pixels.shape[1]) / ink.mask.shape[1])


def _enlarge(pixels: Pixels) -> Pixels:
    """Return a small picture enlarged, so that what is measured in pixels holds for it too."""
    scale = min(SMALLEST / min(pixels.shape[:2]), LARGEST / max(pixels.shape[:2]))
    if scale <= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _find_ink(pixels: Pixels) -> Ink:
    """Return the ink of the picture, on its page where there is one on a table."""
    page = find_page(pixels)
    return find_ink(pixels if page is None else paint_table(pixels, page), force=True)
