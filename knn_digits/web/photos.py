"""A photo -> its reading, each digit's evidence, its stages, what is learned from it; readings are kept.

A page sends the photo with every question about it: a server that was started again answers, too, and no
photo is kept for a page that is closed. What was read lately is not read again.
"""

import collections
import functools
import hashlib
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import Addition, load_learned, undo
from knn_digits.errors import DataError, UsageError, shown
from knn_digits.explanation.alike import find_alike
from knn_digits.images import read_picture
from knn_digits.learning import learn
from knn_digits.reading import Reader, Reading
from knn_digits.record import told
from knn_digits.reports.explanations.words import page_votes
from knn_digits.reports.pages import data_url, picture_url
from knn_digits.reports.readings import as_object
from knn_digits.reports.stages import TITLES, draw_stages
from knn_digits.web.drawing import answer_digit
from knn_digits.web.forms import Upload
from knn_digits.web.shelf import Asked, Shelf

KEPT = 8  # readings
MOST_LISTED = 20  # digits of one photo whose pictures a list shows
SHOWN = 1400  # pixels: longest side of a picture that is sent back
QUALITY = 85  # of JPEG
Key: TypeAlias = tuple[bytes, DigitKNN, bool]  # of what is read: the photo, by what, and whether its tables


class Photos:
    """Reads photos by the models of a shelf; one photo at a time."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._reader = functools.lru_cache(maxsize=2)(Reader)
        self._readings: collections.OrderedDict[Key, Reading] = collections.OrderedDict()

    def read(self, photo: Upload, fields: Mapping[str, Upload]) -> dict[str, Any]:
        """Return what `classify --json` says of a photo, with its tables where they are asked for."""
        return as_object(photo.name, self._read(photo.content, tables=_is_set(fields, "tables")))

    def explain(self, photo: Upload, fields: Mapping[str, Upload]) -> dict[str, Any]:
        """Return what a drawing of the same digit would be told, and how it is read in the photo."""
        from knn_digits.tables.references import print_voted

        number, digits = read_number(fields), self._read(photo.content).digits
        if not 1 <= number <= len(digits):
            raise UsageError(f"there is no digit {number}: the photo has {len(digits)}, counted from 1")
        digit = digits[number - 1]
        printed = print_voted(digit, self._model)
        answer = answer_digit(digit.digit, Asked.of(fields), self._shelf, printed=printed)
        places = [f"digit {place}" for place in range(1, len(digits) + 1)]
        (alike,) = find_alike(digits, places, [number - 1])
        said = page_votes(digit, alike, alone=answer["votes"][0]["label"])
        return answer | {
            "reasons": [*said, *answer["reasons"]],
            "number": number,
            "read": {"label": digit.label, "probability": told(digit.probability)},
        }

    def stages(self, photo: Upload) -> dict[str, Any]:
        """Return the pictures of a photo on its way to its reading."""
        reading, stages = self._reader(self._model).read_stages(photo.content)
        return {
            "stages": [
                {"title": TITLES[name], "picture": _shrink(pixels)}
                for name, pixels in draw_stages(stages, reading).items()
            ]
        }

    def learn(self, photo: Upload, fields: Mapping[str, Upload]) -> dict[str, Any]:
        """Learn what digits of a photo are, and return what came of it; DataError if it would harm."""
        truth = _read_truth(fields)
        own = self._shelf.plain(Asked())
        try:
            lesson = learn(photo.content, own, truth, force=_is_set(fields, "force"))
        except DataError as error:
            raise DataError(str(error).replace("force=True", "the field force=1")) from error
        return {
            "learned": "" if lesson.kept is None else lesson.kept.text,
            "check": {**asdict(lesson.check), "harms": lesson.check.harms},
            "before": as_object(photo.name, lesson.before),
            "after": as_object(photo.name, lesson.after),
        }

    @property
    def _model(self) -> DigitKNN:
        return self._shelf.model(Asked())

    def _read(self, content: bytes, *, tables: bool = False) -> Reading:
        """Return the reading of a photo, one of the last ones from memory."""
        model = self._model
        key = hashlib.sha256(content).digest(), model, tables
        if key not in self._readings:
            self._readings[key] = self._reader(model).read(content, tables=tables)
        self._readings.move_to_end(key)
        while len(self._readings) > KEPT:
            self._readings.popitem(last=False)
        return self._readings[key]


def preview(photo: Upload) -> dict[str, Any]:
    """Return a photo in a form that every browser shows."""
    picture = read_picture(photo.content, largest=SHOWN)
    return {"picture": _shrink(picture.pixels), "width": picture.full_width, "height": picture.full_height}


def tell_learned() -> dict[str, Any]:
    """Return what is learned, oldest first."""
    learned = load_learned()
    return {"learned": [_tell_addition(found) for found in learned.additions], "damaged": learned.damaged}


def undo_learned() -> dict[str, Any]:
    """Take back what was learned last, and return it; DataError if nothing is learned."""
    return {"taken_back": _tell_addition(undo())}


def _tell_addition(found: Addition) -> dict[str, Any]:
    return {
        "date": found.date,
        "text": found.text,
        "source": found.source,
        "numbers": found.numbers.tolist(),
        "pictures": [picture_url(digit) for digit in found.digits[:MOST_LISTED]],
    }


def _is_set(fields: Mapping[str, Upload], name: str) -> bool:
    return name in fields and fields[name].text not in ("", "0", "false")


def read_number(fields: Mapping[str, Upload]) -> int:
    """Return the number of a digit that is named; UsageError if it is none."""
    text = fields["digit"].text if "digit" in fields else ""
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"digit must be the number of a digit in reading order, from 1, got {shown(text)}")
    return int(text[:9])


def _read_truth(fields: Mapping[str, Upload]) -> str | dict[int, int]:
    """Return the truth that is told: of all digits, or of one."""
    if "truth" in fields:
        if fields.keys() & {"digit", "label"}:
            raise UsageError("truth is what all digits are: send it alone, or digit and label of one")
        return fields["truth"].text
    label = fields["label"].text if "label" in fields else ""
    if len(label) != 1 or label not in "0123456789":
        raise UsageError(f"label must be one of 0 to 9, got {shown(label)}; or send truth, all digits")
    return {read_number(fields): int(label)}


def _shrink(pixels: Pixels) -> str:
    """Return a picture as an address that holds it, reduced to what a screen shows."""
    image = Image.fromarray(pixels)
    image.thumbnail((SHOWN, SHOWN))
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=QUALITY)
    return data_url(stream.getvalue(), "jpeg")
