"""Picture of a page and a template -> what stands in each field. The only place that knows the whole road."""

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.load import Model
from knn_digits.classifiers.variants import doubting_apart
from knn_digits.errors import DataError, PhotoError, UsageError, shown
from knn_digits.forms import checks
from knn_digits.forms.answered import Answered, answer_marks, digit_of, normal
from knn_digits.forms.bilevel import with_greys
from knn_digits.forms.cells import CellChoices, offer_cells
from knn_digits.forms.corners import marks_of
from knn_digits.forms.crops import Crop, Cutter, share_capture
from knn_digits.forms.features import measure_marks
from knn_digits.forms.lines import Choices, offer_marks
from knn_digits.forms.place import Finder, Placement
from knn_digits.forms.records import (
    BLANK,
    CROSSED_OUT,
    DOUBTFUL,
    INVALID,
    LIKE,
    OK,
    READ,
    REFUSED,
    Field,
    FieldDigit,
    FieldReading,
    PageReading,
    Template,
    TemplatePage,
)
from knn_digits.forms.sheet import name_of
from knn_digits.forms.strokes import Mark, pen_darkness
from knn_digits.forms.trust import DIRT, STRUCK, Trust, call, load_trust
from knn_digits.images import read_picture
from knn_digits.reading.models import model_for_photos

MAX_ERRORS = 0.002  # of all fields: wrong, and not to be looked at
CUT_OFF = "a part of it lies outside the picture"
GAP = " "  # of the text: a blank box between digits


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """A field on a page, and the marks that are its digits; None for a box where nothing is."""

    field: Field
    crop: Crop
    marks: tuple[Mark | None, ...]


class FormReader:
    """Reads pages of a form.

    Parameters
    ----------
    template : Template
    model : Classifier, name or path, optional
        As for `Reader`.
    max_errors : float
        Which share of all fields may be wrong and not said to be doubtful.
    trust : Trust, optional

    Raises
    ------
    UsageError
        If `max_errors` is no share.
    DataError
        If a page's picture cannot be read, or has another shape than the page.

    Attributes
    ----------
    limit : float
        Fields that are less likely right are doubtful.
    expected : (float, float)
        Which share of fields is wrong and not doubtful then, and which is doubtful, on drawn forms.
    """

    def __init__(
        self, template: Template, model: Model = None, *, max_errors: float = MAX_ERRORS,
        trust: Trust | None = None,
    ) -> None:  # fmt: skip
        _check_share(max_errors)
        self.template, self.model = template, doubting_apart(model_for_photos(model))
        self._quick: Classifier = self.model.quick()
        self.trust = trust or load_trust()
        self.limit, *expected = self.trust.limit(max_errors)
        self.expected = (expected[0], expected[1])
        pictures = [_form_picture(template, number) for number in range(len(template.pages))]
        self._known: dict[str, dict[str, tuple[str, int]]] = {}  # by field and text: the first page with it
        self._remembered = set[tuple[str, int]]()
        pages = list(zip(pictures, template.pages, strict=True))
        self._finders = [_finder(template, number, picture) for number, picture in enumerate(pictures, 1)]
        self._cutters = [_cutter(template, page, picture) for picture, page in pages]

    def read(self, picture: Pixels, *, file: str = "", page: int = 1) -> PageReading:
        """Return what stands in each field of a page, (height, width, 3) uint8 RGB; or that it is none."""
        picture = with_greys(picture)
        number, placed = self.place(picture)
        if placed is None or placed.fit < self.trust.least_fit:
            fit = 0.0 if placed is None else placed.fit
            message = f"its print fits the form by {max(fit, 0):.2f}, needed are {self.trust.least_fit:.2f}"
            return PageReading(file=file, page=page, status=REFUSED, fit=fit, message=message)
        answers = self.answer(self.look(picture, number, placed))
        fields = tuple(self._unique(one, file, page) for one in answers)
        return PageReading(
            file=file, page=page, status=READ, fit=placed.fit, template_page=number, fields=fields
        )

    def remember(self, texts: Mapping[str, str], *, file: str, page: int) -> None:
        """Take it that a page has these texts in its fields, whatever is read in them, as in a table."""
        for name, text in texts.items():
            if checks.is_digits(text):
                self._first_with(name, text, file, page)
        self._remembered.add((name_of(file), page))

    def _first_with(self, name: str, text: str, file: str, page: int) -> tuple[str, int]:
        """Return the first page that has a text in a field, this one if none has."""
        own, known = (name_of(file), page), self._known.setdefault(name, {})
        return known.get(text, own) if own in self._remembered else known.setdefault(text, own)

    def _unique(self, one: FieldReading, file: str, page: int) -> FieldReading:
        """Return the reading; invalid where an earlier page has what none other may have."""
        if not one.field.checks.unique or not checks.is_digits(one.text):
            return one
        first = self._first_with(one.field.name, one.text, file, page)
        if first == (name_of(file), page) or one.failed:
            return one
        return replace(
            one, status=INVALID, failed="unique", reason=f"{first[0]}, page {first[1]}, has it, too"
        )

    def place(self, picture: Pixels) -> tuple[int, Placement | None]:
        """Return which page of the form it is, from 1, and how it lies; the best one if none fits.

        Of pages that both fit it is the one whose print is there where they differ.
        """
        page, best = 0, None
        for number, finder in enumerate(self._finders, 1):
            placed = finder.find(picture, least=self.trust.least_fit)
            if placed and (best is None or self._is_rather(picture, (number, placed), (page, best))):
                page, best = number, placed
        return page, best

    def _is_rather(self, picture: Pixels, page: tuple[int, Placement], other: tuple[int, Placement]) -> bool:
        """Tell whether a picture is rather one page of the form than another."""
        (one, lies), (two, it_lies) = ((self._finders[n - 1], placed) for n, placed in (page, other))
        if min(lies.fit, it_lies.fit) < self.trust.least_fit or not one.is_as_large(two):
            return lies.fit > it_lies.fit
        return one.evidence_beside(two, picture, lies) > two.evidence_beside(one, picture, it_lies)

    def look(self, picture: Pixels, number: int, placed: Placement) -> list[Seen]:
        """Return the fields of a page with the marks in them."""
        fields, cutter = self.template.on_page(number), self._cutters[number - 1]
        crops = share_capture([
            cutter.cut(picture, placed.matrix, field.box, _height(field)) for field in fields
        ])  # fmt: skip
        pen = pen_darkness(crops)
        offered = [
            offer_cells(crop, [crop.on_crop(cell) for cell in field.cells], pen)
            if field.cells
            else offer_marks(crop, crop.on_crop(field.box), pen)
            for field, crop in zip(fields, crops, strict=True)
        ]
        return [
            Seen(field=field, crop=crop, marks=marks)
            for field, crop, marks in zip(fields, crops, self._choose(offered, fields), strict=True)
        ]

    def _choose(
        self, offered: Sequence[Choices | CellChoices], fields: Sequence[Field]
    ) -> Iterator[tuple[Mark | None, ...]]:
        """Return the digits of fields, of all that may be some."""
        marks = [mark for choices in offered for mark in choices.marks]
        doubt = (
            self._quick.classify(normal([mark.inked.soft for mark in marks])).doubt.tolist() if marks else ()
        )
        strange = iter(doubt)
        for choices, field in zip(offered, fields, strict=True):
            yield choices.choose([next(strange) for _ in choices.marks], field.digits)

    def classify(self, seen: Sequence[Seen]) -> Answered | None:
        """Return the marks of fields as they are read; None where there is none."""
        marks = [mark for one in seen for mark in one.marks if mark]
        return answer_marks(marks, self.model) if marks else None

    def describe(self, seen: Sequence[Seen], answered: Answered) -> dict[str, np.ndarray]:
        """Return the features of all marks, see `measure_marks`."""
        fits = [one.crop.fit for one in seen for mark in one.marks if mark]
        return measure_marks(answered, fits)

    def answer(self, seen: Sequence[Seen]) -> tuple[FieldReading, ...]:
        """Return the readings of fields."""
        digits = iter(self._digits(seen))
        read = [self._field(one, [next(digits) if mark else None for mark in one.marks]) for one in seen]
        texts = {one.field.name: one.text for one in read}
        return tuple(
            self._checked(one, texts, whole=field.crop.whole) for one, field in zip(read, seen, strict=True)
        )

    def _digits(self, seen: Sequence[Seen]) -> list[tuple[FieldDigit | None, float]]:
        """Return all marks as digits, None for dirt, and how likely each is what it is called."""
        answered = self.classify(seen)
        if answered is None:
            return []
        called = call(self.trust.judge(self.describe(seen, answered)))
        crops = [one.crop for one in seen for mark in one.marks if mark]
        found = list[tuple[FieldDigit | None, float]]()
        for i, (crop, (what, likely)) in enumerate(zip(crops, called, strict=True)):
            label = None if what == STRUCK else int(answered.votes.labels[i])
            digit = digit_of(answered, i, crop, label=label, probability=likely)
            found.append((None if what == DIRT else digit, likely))
        return found

    def _field(self, seen: Seen, found: Sequence[tuple[FieldDigit | None, float] | None]) -> FieldReading:
        told = found if any(found) else (None,)  # that nothing is seen in any of its boxes counts once
        kept = [(None, self.trust.blank) if one is None else one for one in told]
        together = math.fsum(math.log(likely) for _, likely in kept)
        text = "".join(GAP if digit is None else digit.text for digit, _ in kept).strip(GAP)
        digits = tuple(digit for digit, _ in kept if digit is not None)
        return FieldReading(
            field=seen.field, text=text, status=OK if text else BLANK,
            probability=self.trust.calibrate(together), digits=digits, second=_second(text, digits),
            crop=seen.crop.pixels,
        )  # fmt: skip

    def _doubt(self, one: FieldReading, *, whole: bool) -> str:
        """Return why a text is to be looked at, "" if it may pass."""
        if not whole:
            return CUT_OFF
        if CROSSED_OUT in one.text:
            return "a digit looks crossed out"
        if GAP in one.text:
            return "a box between digits is blank"
        return "it may be misread" if one.probability < self.limit else ""

    def _checked(self, one: FieldReading, texts: Mapping[str, str], *, whole: bool) -> FieldReading:
        others = {name: text for name, text in texts.items() if name != one.field.name}
        failed, rule = checks.failed_check(one.field, one.text, others), one.field.checks.check
        if rule and checks.is_digits(one.text) and not failed:
            one = replace(one, probability=checks.given_pass(rule, one.probability))
        if reason := self._doubt(one, whole=whole):
            one = replace(one, status=DOUBTFUL, reason=reason)
        if not failed:
            return one
        likely = [digit.likely for digit in one.digits]
        suggestion = checks.likeliest(one.field, likely, others)
        return replace(one, status=INVALID, failed=failed, suggestion=suggestion)


def _check_share(max_errors: float) -> None:
    if not isinstance(max_errors, numbers.Real) or not 0 <= max_errors <= 1:
        raise UsageError(f"max_errors must be a number from 0 to 1, got {shown(max_errors)}")


def _height(field: Field) -> float:
    """Return how high a digit of the field may be: a box of it."""
    return field.cells[0][3] if field.cells else field.box[3]


def _form_picture(template: Template, number: int) -> Pixels:
    page = template.pages[number]
    path = template.folder / page.picture
    try:
        pixels = read_picture(path).pixels
    except PhotoError as error:
        raise DataError(f"page {number + 1}: its picture {path} beside the template: {error}") from error
    height, width = pixels.shape[:2]
    if template.unit != "page" and abs(height / width * page.width / page.height - 1) >= LIKE:
        raise DataError(
            f"page {number + 1}: it is {page.width:g} by {page.height:g} {template.unit}, its picture {path} "
            f"is {width} by {height} pixels, another shape: correct width and height, or the picture"
        )
    return with_greys(pixels)


def _cutter(template: Template, page: TemplatePage, picture: Pixels) -> Cutter:
    """Return what cuts out the fields of a page of the form, of which this is the picture."""
    across, down = picture.shape[1] / page.width, picture.shape[0] / page.height
    # A mm is as long across as down; parts of a page are as long as its picture is wide and high.
    return Cutter(picture, across=across, down=down, aspect=across / down if template.unit == "page" else 1.0)


def _finder(template: Template, number: int, picture: Pixels) -> Finder:
    """Return what finds a page of the form, from 1, by this picture of it."""
    page, (height, width) = template.pages[number - 1], picture.shape[:2]
    scale = np.array([width / page.width, height / page.height] * 2)
    fields = [tuple((np.array(field.box) * scale).tolist()) for field in template.on_page(number)]
    return Finder(picture, marks_of(page, picture), fields)


def _second(text: str, digits: Sequence[FieldDigit]) -> str:
    """Return the text with the digit that is least sure as the model would read it next, if at all."""
    unsure = [i for i, digit in enumerate(digits) if len(digit.likely) > 1]
    if not unsure:
        return ""
    least = min(unsure, key=lambda i: digits[i].probability)
    second = str(digits[least].likely[1][0])
    places = [i for i, letter in enumerate(text) if letter != GAP]
    return text[: places[least]] + second + text[places[least] + 1 :]
