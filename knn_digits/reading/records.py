"""What is read in a photo: Reading, its lines, words and marks, their neighbors, its tables."""

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.photo.boxes import Box, union
from knn_digits.photo.gaps import find_words
from knn_digits.record import Record

UNKNOWN = "?"  # how a mark is printed of which it is not known what it is
EMPTY = "."  # how an empty cell is printed where each holds one character
SIGNS = tuple("+-\u00d7÷=.,:/()" + UNKNOWN)  # what a mark that is no digit may be


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Neighbor(Record):
    """A training digit that voted."""

    _details: ClassVar[Mapping[str, Any]] = {"origin": "", "row": None}

    index: int  # row in the digits of the model that read the photo, see `model_for_photos`
    label: int
    distance: float  # Euclidean between vectors, or of deformation where the digit was refined
    origin: str = ""  # what it is, in words: a training digit, or one of a layer beside the model
    row: int | None = None  # among the digits of its origin
    picture: Pixels | Callable[[], Pixels] | None = field(default=None, compare=False, repr=False)

    @property
    def digit(self) -> Pixels | None:
        """The digit, (28, 28) uint8; None where the neighbor was made of a dict, which has no pictures."""
        return self.picture() if callable(self.picture) else self.picture

    def __getstate__(self) -> dict[str, Any]:
        """Take the digit along, and not the model that has it."""
        return {**vars(self), "picture": self.digit}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Mark(Record):
    """A digit or a sign as read."""

    _derived: ClassVar[tuple[str, ...]] = ("text",)
    _details: ClassVar[Mapping[str, Any]] = {
        "strangeness": math.nan,
        "doubt": math.nan,
        "digit": np.zeros((28, 28), np.uint8),
        "sign_share": math.nan,
    }

    label: int | None  # None: a sign, or a digit that is refused, like no known one
    probability: float  # of what is read, or where it is refused of the most likely label, 0 to 1
    box: Box  # pixels of the upright photo
    strangeness: float  # a novelty score, see `Votes` and `Scores`
    doubt: float  # a rejection score, see there
    digit: Pixels  # (28, 28) uint8 as classified
    neighbors: tuple[Neighbor, ...]  # none where a network answered
    sign: str | None = None  # one of `SIGNS`; of a digit that is refused a name of `Hands.names`
    sign_share: float = 0.0  # of the votes that spoke for marks that are no digits, 0 to 1
    raised: bool = False  # whether it stands above its line, as an exponent does
    page_share: float | None = None  # of what digits like it on its page say, that for the likeliest label

    @property
    def is_digit(self) -> bool:
        """Whether it is a digit, perhaps one that is refused, and no sign."""
        return self.label is not None or self.sign not in SIGNS

    @property
    def text(self) -> str:
        """The label or the sign, or ? where it is refused."""
        if self.label is not None:
            return str(self.label)
        return self.sign if self.sign in SIGNS else UNKNOWN


DigitReading = Mark  # the name it had when all that was read were digits


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Word(Record):
    """Digits and signs from left to right, at about the same distance."""

    _derived: ClassVar[tuple[str, ...]] = ("text", "box")

    marks: tuple[Mark, ...]

    @property
    def digits(self) -> tuple[Mark, ...]:
        """Its marks that are no signs."""
        return tuple(mark for mark in self.marks if mark.is_digit)

    @property
    def text(self) -> str:
        """The labels, one character a digit, and a space where signs stand between them."""
        runs = itertools.groupby(self.marks, key=lambda mark: mark.is_digit)
        return " ".join("".join(mark.text for mark in run) for is_digit, run in runs if is_digit)

    @property
    def text_with_signs(self) -> str:
        """The labels and signs, one character a mark, and ^ before what is raised."""
        runs = itertools.groupby(self.marks, key=lambda mark: mark.raised)
        return "".join("^" * raised + "".join(mark.text for mark in run) for raised, run in runs)

    @property
    def box(self) -> Box:
        """The box around its marks."""
        return functools.reduce(union, (mark.box for mark in self.marks))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Line(Record):
    """Words from left to right."""

    _derived: ClassVar[tuple[str, ...]] = ("text",)

    words: tuple[Word, ...]

    @classmethod
    def of(cls, marks: Sequence[Mark]) -> "Line":
        """Return marks, from left to right, as words between which there is a wider gap, see `photo.gaps`."""
        words = find_words([mark.box for mark in marks])
        return cls(words=tuple(Word(marks=tuple(marks[word])) for word in words))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of its words."""
        return tuple(mark for word in self.words for mark in word.marks)

    @property
    def digits(self) -> tuple[Mark, ...]:
        """Its marks that are no signs."""
        return tuple(digit for word in self.words for digit in word.digits)

    @property
    def text(self) -> str:
        """The digits of its words, separated by one space."""
        return " ".join(word.text for word in self.words if word.digits)

    @property
    def text_with_signs(self) -> str:
        """The digits and signs of its words, separated by one space."""
        return " ".join(word.text_with_signs for word in self.words)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cell(Record):
    """A cell of a table as read."""

    _details: ClassVar[Mapping[str, Any]] = {"marks": ()}

    row: int  # from 1, from top to bottom as the table is read
    column: int  # from 1, from left to right
    text: str  # its digits, a space where signs part them; `?` where it holds what could not be read
    probability: float  # of the text, 0 to 1
    box: Box  # pixels of the upright photo, around its corners
    quad: tuple[tuple[float, float], ...]  # its corners there, clockwise from the first as it is read: x, y
    marks: tuple[Mark, ...] = ()  # digits and signs from left to right
    printed: float | None = (
        None  # probability that its digit is print; None where none is read, or several may
    )

    @property
    def text_with_signs(self) -> str:
        """Its digits and signs, and ^ before what is raised."""
        return Word(marks=self.marks).text_with_signs if self.marks else self.text


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Table(Record):
    """A table as read."""

    rows: int
    columns: int
    quarters: int  # by which the photo was turned to read it, counter-clockwise
    cells: tuple[Cell, ...]  # row by row
    warnings: tuple[str, ...] = ()
    suggestion: tuple[str, ...] = ()  # of a sudoku whose digits break its rules: rows that do not

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The texts of the cells, row by row."""
        return self._in_rows([cell.text for cell in self.cells])

    @property
    def texts_with_signs(self) -> tuple[tuple[str, ...], ...]:
        """The same with signs."""
        return self._in_rows([cell.text_with_signs for cell in self.cells])

    def _in_rows(self, texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(texts[row * self.columns : (row + 1) * self.columns]) for row in range(self.rows))

    @property
    def grid(self) -> tuple[str, ...]:
        """The rows, one character a cell: its digit, `.` where empty, `?` where it is not one digit."""
        return _as_grid(self.texts)

    @property
    def grid_with_signs(self) -> tuple[str, ...]:
        """The same with signs; a point is `?`, as `.` is empty."""
        return _as_grid(self.texts_with_signs)


def _as_grid(texts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple("".join(map(_character, row)) for row in texts)


def _character(text: str) -> str:
    if not text:
        return EMPTY
    return text if len(text) == 1 and text != EMPTY else UNKNOWN


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reading(Record):
    """What was read in a photo."""

    _derived: ClassVar[tuple[str, ...]] = ("text",)

    width: int  # pixels of the upright photo
    height: int
    lines: tuple[Line, ...]  # in reading order
    warnings: tuple[str, ...]
    tables: tuple[Table, ...] = ()  # from top to bottom; none unless they are asked for
    preview: bytes = field(default=b"", compare=False, repr=False)  # JPEG of the photo, small; empty: none

    @property
    def digits(self) -> tuple[Mark, ...]:
        """The digits in reading order."""
        return tuple(digit for line in self.lines for digit in line.digits)

    @property
    def text(self) -> str:
        """The digits of its lines, separated by line feeds."""
        return "\n".join(line.text for line in self.lines)

    @property
    def text_with_signs(self) -> str:
        """The digits and signs of its lines, separated by line feeds."""
        return "\n".join(line.text_with_signs for line in self.lines)
