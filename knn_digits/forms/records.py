"""What a form asks for, and what is read of it: Field, Template; FieldReading, PageReading."""

import pathlib
from dataclasses import dataclass

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.photo.boxes import Box

Rect = tuple[float, float, float, float]  # left, top, width, height in the unit of the template

LIKE = 0.015  # how far the height over width of a page's picture may be from that of the page
FREE = (1, 30)  # digits: so many are allowed where a template says "free"
OK, DOUBTFUL, BLANK, INVALID = "ok", "doubtful", "blank", "invalid"
CROSSED_OUT = "?"  # in a text: a digit that is refused
READ, REFUSED, UNREADABLE = "read", "no such form", "unreadable"


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the value of a field must be."""

    range: tuple[float, float] | None = None  # the least and the most
    pattern: str | None = None  # a regular expression that all of it matches
    check: str | None = None  # a check digit's rule, see `checks.RULES`
    sum_of: tuple[str, ...] = ()  # the fields that it is the sum of
    unique: bool = False  # no other page has it


@dataclass(frozen=True, kw_only=True)
class Field:
    """A place on a form where a number is written."""

    name: str
    box: Rect  # around all of it
    cells: tuple[Rect, ...] = ()  # the boxes of single digits, from left to right; none: a line or a frame
    page: int = 1  # of the template, from 1
    digits: tuple[int, int] = FREE  # how many at least, and at most
    checks: Checks = Checks()


@dataclass(frozen=True, kw_only=True)
class TemplatePage:
    """A page of a form."""

    picture: str  # the file's name, beside the template: by its print the page is found
    width: float  # in the unit of the template
    height: float
    marks: tuple[Rect, ...] = ()  # in its corners, from the left top one clockwise: four, or none


@dataclass(frozen=True, kw_only=True)
class Template:
    """A form: its pages, and its fields in the order of the table."""

    name: str
    unit: str  # "mm", or "page": parts of the page's width and height
    pages: tuple[TemplatePage, ...]
    fields: tuple[Field, ...]
    folder: pathlib.Path = pathlib.Path()  # where its pictures are

    def on_page(self, number: int) -> tuple[Field, ...]:
        """Return the fields of a page, from 1."""
        return tuple(field for field in self.fields if field.page == number)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldDigit:
    """A digit as it is read in a field."""

    label: int | None  # None: refused
    probability: float  # that the label is right, 0 to 1
    likely: tuple[tuple[int, float], ...]  # labels with something for them, and how likely, the first most
    box: Box  # pixels of the upright picture
    digit: Pixels  # (28, 28) uint8 as classified
    neighbors: tuple[tuple[int, int], ...]  # row in the model and label of the digits that voted

    @property
    def text(self) -> str:
        """The label, or ? where it is refused."""
        return CROSSED_OUT if self.label is None else str(self.label)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldReading:
    """What is read in a field."""

    field: Field
    text: str  # its digits, ? where one is refused, "" where nothing is written
    status: str  # ok, doubtful, blank or invalid
    probability: float  # that the text is right, 0 to 1
    digits: tuple[FieldDigit, ...]
    second: str  # the text that is likeliest after this one, "" where nothing speaks for another
    reason: str = ""  # why it is doubtful, in words
    failed: str = ""  # which check it fails
    suggestion: str = ""  # where it is invalid: the likeliest text that passes
    crop: Pixels  # (height, width, 3) uint8: the field as it was laid on the template


@dataclass(frozen=True, kw_only=True)
class PageReading:
    """What is read on a page of a file."""

    file: str
    page: int  # of the file, from 1
    status: str  # "read", or why it is not: "no such form", "unreadable"
    fit: float  # how much of the form's print is found where it must be, 0 to 1
    template_page: int = 0  # which page of the form it is, from 1; 0: none
    fields: tuple[FieldReading, ...] = ()
    message: str = ""  # what is wrong with the page
