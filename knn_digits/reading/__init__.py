"""Stages 1 to 5: photo -> Reading. The only place that knows the whole road.

Everything that may be a digit is proposed, judged by what it looks like and where it stands, and the best is
chosen. The bundled model's neighbors and `judge.json` do that for every model; what is chosen is then read
by the user's own.
"""

import functools
import importlib
import numbers
import pathlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.classifiers.load import Model, load_bundled
from knn_digits.classifiers.variants import voting
from knn_digits.digit import INK_SIDE
from knn_digits.errors import ModelError, PhotoError, UsageError, shown
from knn_digits.images import Picture, encode_preview
from knn_digits.opening import Photo, check_several, open_photo
from knn_digits.photo.boxes import find_one_mark
from knn_digits.photo.ink import SMALL, Flat, Ink, find_ink_on, flatten
from knn_digits.photo.page import find_page, paint_table
from knn_digits.reading.answers import answer_alone
from knn_digits.reading.grid import by_cells, holds_single_digits, may_be_sudoku, outside
from knn_digits.reading.judge import load_judge
from knn_digits.reading.lines import LinesRead, read_lines
from knn_digits.reading.models import hash_file, model_for_photos, name_model, state_of_files
from knn_digits.reading.origins import name_neighbors
from knn_digits.reading.records import Cell, DigitReading, Line, Mark, Neighbor, Reading, Table, Word
from knn_digits.reading.stages import Stages
from knn_digits.reading.views import View
from knn_digits.reading.warn import NO_DIGITS, warn_of_doubtful, warn_of_letters, warn_of_page

LARGEST = 7200  # pixels: larger photos are reduced to this longest side before they are searched
TINY = 2 * INK_SIDE  # pixels: a picture whose longest side is not above this has no room for two digits
TABLES = "knn_digits.tables"  # loaded where tables are asked for: it lies above, as it reads by what is here

__all__ = [
    "LARGEST",
    "NO_DIGITS",
    "Cell",
    "DigitReading",
    "Line",
    "Mark",
    "Neighbor",
    "Reader",
    "Reading",
    "Stages",
    "Table",
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
    k, weights : optional
        Of a k-NN model's votes, in the place of its own; see `DigitKNN.with_votes`. `model.calibrated` tells
        whether probabilities are calibrated for them.
    hands : bool
        Whether digits of other hands stand beside a model's own.

    Attributes
    ----------
    model : Classifier
        The same with digits of other hands beside its own: rows of `Neighbor` are of its digits.

    Raises
    ------
    UsageError
        If it is no model, it has no such k or weights, or `hands` is something else.
    ModelError
        If the model cannot be loaded.

    Notes
    -----
    Several threads may read by one. It can be pickled: a named model goes by its name, or its path and the
    SHA-256 of its file, any other as it is.

    Examples
    --------
    >>> stroke = np.full((120, 80), 230, np.uint8)
    >>> stroke[20:100, 36:44] = 40
    >>> reader = Reader("bundled")
    >>> [reader.read(photo).text for photo in (stroke, 255 - stroke)]
    ['1', '1']
    """

    def __init__(
        self, model: Model = None, *, k: int | None = None, weights: str | None = None, hands: bool = True
    ) -> None:
        if not isinstance(hands, bool | np.bool_):
            raise UsageError(f"hands must be True or False, got {shown(hands)}")
        self._source = name_model(model)
        self._settings = {"k": k, "weights": weights, "hands": hands}
        self.model = voting(model_for_photos(self._source, hands=hands), k=k, weights=weights)
        self._scout, self._judge = load_bundled().unrefined(), load_judge()

    def read(self, photo: Photo, *, min_probability: float = 0.0, tables: bool = False) -> Reading:
        """Read the digits in a photo, as `read_photo` takes it; its errors but for those of the model."""
        check_probability(min_probability)
        if not tables:
            return read_held(self, [open_photo(photo, largest=LARGEST)], min_probability=min_probability)
        picture = open_photo(photo, largest=LARGEST)
        reading, stages = self.read_stages(picture, min_probability=min_probability)
        quarters = stages.view.quarters
        return replace(reading, tables=self._tables.read_beside(picture, reading, quarters=quarters))

    def read_many(
        self,
        photos: Iterable[Photo],
        *,
        min_probability: float = 0.0,
        tables: bool = False,
        errors: str = "raise",
    ) -> Iterator[Reading | PhotoError]:
        """Yield the reading of each photo, in their order, as soon as it is read.

        Parameters
        ----------
        photos : iterable
            Each as `read_photo` takes it; the next is taken when the one before is read.
        min_probability, tables : optional
            As `read_photo` takes them.
        errors : {"raise", "return"}
            What becomes of the error of a photo that cannot be read: "return" puts it in the photo's place.

        Raises
        ------
        UsageError
            If an argument is another.
        PhotoError
            If a photo cannot be read.
        """
        if errors not in ("raise", "return"):
            raise UsageError(f"errors must be raise or return, got {errors!r}")
        check_several(photos)
        check_probability(min_probability)
        read = functools.partial(self.read, min_probability=min_probability, tables=tables)
        return _read_each(photos, read, returned=PhotoError if errors == "return" else ())

    @functools.cached_property
    def _tables(self) -> Any:
        """What reads tables by the same model, a `TableReader`."""
        reader = importlib.import_module(TABLES).TableReader
        return reader(self.model, hands=self._settings["hands"])

    def __reduce__(self) -> tuple[Any, ...]:
        named = isinstance(self._source, str | pathlib.Path)
        model = self._source if named else self.model
        return _make_again, (model, hash_file(model), self._settings)

    def read_stages(self, photo: Photo, *, min_probability: float = 0.0) -> tuple[Reading, Stages]:
        """Read the digits in a photo, and return what was made of it on the way, too."""
        check_probability(min_probability)
        return self._read(_Opened.of([open_photo(photo, largest=LARGEST)], keep=True), least=min_probability)

    def _read(self, opened: "_Opened", *, least: float) -> tuple[Reading, Stages]:
        view = View.of(opened.ink, scale=opened.width / opened.ink.darkness.shape[1])
        if max(opened.width, opened.height) <= TINY:
            return self._read_one(opened, view, least=least)
        read = read_lines(view, self._scout, self.model, self._judge, least=least)
        seen, lines = read.seen, read.lines
        grid = self._find_sudoku(view, read)
        if grid is not None:
            lines = by_cells(lines, grid, least=least)
        reading = Reading(
            width=opened.width,
            height=opened.height,
            lines=lines,
            warnings=(
                *opened.notes,
                *warn_of_page(seen, lines),
                *warn_of_doubtful(seen, grid),
                *warn_of_letters(read.letters),
                *(() if grid is None else (f"sudoku: {warning}" for warning in grid.warnings)),
            ),
            preview=opened.preview,
        )
        return reading, Stages(
            photo=opened.pixels,
            view=seen.view,
            marks=seen.marks,
            judged=seen.judged,
            chosen=outside(seen.view, seen.marks.boxes, seen.read, grid),
            grid=grid,
        )

    def _find_sudoku(self, view: View, read: LinesRead) -> Table | None:
        """Return the sudoku on a page: its cells are looked at one by one, so that print hides no pencil."""
        digits = [digit for line in read.lines for digit in line.digits]
        if not (digits and may_be_sudoku(view.rules, digits)):
            return None
        quarters = read.seen.view.quarters
        found: Table | None = self._tables.find_sudoku(view.ink, view.scale, quarters=quarters)
        boxes = [digit.box for digit in digits]
        return found if found is not None and holds_single_digits(boxes, found) else None

    def _read_one(self, opened: "_Opened", view: View, *, least: float) -> tuple[Reading, Stages]:
        """Read a picture so small that it holds one digit, whatever it looks like."""
        mark = find_one_mark(view.ink)
        answers = () if mark is None else (answer_alone(mark, self.model, view, least=least),)
        digits = name_neighbors(answers, self.model)
        reading = Reading(
            width=opened.width,
            height=opened.height,
            lines=(Line.of(digits),) if digits else (),
            warnings=opened.notes if digits else (*opened.notes, NO_DIGITS),
            preview=opened.preview,
        )
        return reading, Stages.of_one(opened.pixels, view)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Opened:
    """What a photo is read by: its ink.

    width, height : int
        Of the photo in pixels.
    pixels : (height, width, 3) uint8 RGB
        At the scale at which it is searched; none of them where they are not kept.
    """

    width: int
    height: int
    notes: tuple[str, ...]
    preview: bytes
    ink: Ink
    pixels: Pixels

    @classmethod
    def of(cls, pictures: list[Picture], *, keep: bool) -> "_Opened":
        """Take the last of the pictures away: the colors of a large one are not held beside its ink."""
        picture = pictures.pop()
        width, height, notes = picture.full_width, picture.full_height, picture.notes
        preview, flat = encode_preview(picture.pixels), _flat_page(picture.pixels)
        pixels = picture.pixels if keep else np.zeros((0, 0, 3), np.uint8)
        del picture
        ink = find_ink_on(flat, force=True)
        return cls(width=width, height=height, notes=notes, preview=preview, ink=ink, pixels=pixels)


def read_held(reader: Reader, pictures: list[Picture], *, min_probability: float = 0.0) -> Reading:
    """Read the last of the pictures and take it away: while it is read no one holds its pixels."""
    return reader._read(_Opened.of(pictures, keep=False), least=min_probability)[0]


def _read_each(
    photos: Iterable[Photo], read: Callable[[Photo], Reading], *, returned: type[PhotoError] | tuple[()]
) -> Iterator[Reading | PhotoError]:
    for photo in photos:
        try:
            yield read(photo)
        except returned as error:
            yield error


def read_photo(
    photo: Photo, model: Model = None, *, min_probability: float = 0.0, tables: bool = False
) -> Reading:
    """Read the digits in a photo; a `Reader` reads many by the same model.

    The last model that was named here is kept, until its file or what is learned changes.

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
    tables : bool
        Whether its tables are read, too, cell by cell; it takes about as long again.

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
    check_probability(min_probability)  # before a model is loaded for nothing
    return kept_reader(model).read(photo, min_probability=min_probability, tables=tables)


def read_stages(photo: Photo, model: Model = None, *, min_probability: float = 0.0) -> tuple[Reading, Stages]:
    """Read the digits in a photo as `read_photo` does, and return what was made of it on the way, too."""
    check_probability(min_probability)  # before a model is loaded for nothing
    return kept_reader(model).read_stages(photo, min_probability=min_probability)


def kept_reader(model: Model = None, *, k: int | None = None, weights: str | None = None) -> Reader:
    """Return a Reader by this model; of a named one that of the last call, if nothing has changed since."""
    source = name_model(model)
    if not isinstance(source, str | pathlib.Path):
        return Reader(source, k=k, weights=weights)
    return _named_reader(source, k, weights, state_of_files(source))


@functools.lru_cache(maxsize=1)
def _named_reader(source: str | pathlib.Path, k: int | None, weights: str | None, _: Hashable) -> Reader:
    return Reader(source, k=k, weights=weights)


def _make_again(model: Model, digest: str | None, settings: dict[str, Any]) -> Reader:
    """Return the Reader that was pickled."""
    if digest != hash_file(model):
        raise ModelError(f"{model} is another file than when its Reader was pickled: make a new Reader")
    return Reader(model, **settings)


def check_probability(least: float) -> None:
    """Raise UsageError if it is no probability."""
    if not isinstance(least, numbers.Real) or not 0 <= least <= 1:
        raise UsageError(f"min_probability must be a number from 0 to 1, got {least!r}")


def find_view(pixels: Pixels, *, width: int | None = None) -> View:
    """Return the ink of a picture, and the way from it back to the photo that is so many pixels wide."""
    ink = find_ink_on_page(pixels)
    return View.of(ink, scale=(width or pixels.shape[1]) / ink.darkness.shape[1])


def _enlarge(pixels: Pixels) -> Pixels:
    """Return a small picture enlarged, so that what is measured in pixels holds for it too."""
    scale = min(SMALL / min(pixels.shape[:2]), LARGEST / max(pixels.shape[:2]))
    if scale <= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def find_ink_on_page(pixels: Pixels, *, blur: float = 1.0) -> Ink:
    """Return the ink of the picture, on its page where there is one on a table; `blur` as of `find_ink`."""
    return find_ink_on(_flat_page(pixels, blur=blur), force=True)


def _flat_page(pixels: Pixels, *, blur: float = 1.0) -> Flat:
    return flatten(find_paper(pixels), blur=blur)


def find_paper(pixels: Pixels) -> Pixels:
    """Return the picture, enlarged where it is small; of a page on a table the page, with paper around."""
    pixels = _enlarge(pixels)
    page = find_page(pixels)
    return pixels if page is None else paint_table(pixels, page)
