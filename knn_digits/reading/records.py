"""What is read in a photo: Reading, its lines, words and digits, their neighbors; the stages on the way."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.photo.boxes import Box, union
from knn_digits.photo.gaps import find_words
from knn_digits.reading.judge import Judged
from knn_digits.reading.marks import Marks, no_marks
from knn_digits.reading.views import View


@dataclass(frozen=True, kw_only=True)
class Neighbor:
    """A training digit that voted."""

    index: int  # row in the digits of the model that read the photo, see `model_for_photos`
    label: int
    distance: float  # Euclidean between vectors, or of deformation where the digit was refined


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class DigitReading:
    """One digit as read."""

    label: int | None  # None: refused, like no known digit
    probability: float  # of the label, or where it is refused of the most likely one, 0 to 1
    box: Box  # pixels of the upright photo
    strangeness: float  # a novelty score, see `Votes` and `Scores`
    doubt: float  # a rejection score, see there
    digit: Pixels  # (28, 28) uint8 as classified
    neighbors: tuple[Neighbor, ...]  # none where a network answered
    sign: str | None = None  # where it is refused, what it is: "+", "w", "other", see `Hands.names`
    sign_share: float = 0.0  # of the votes that spoke for marks that are no digits, 0 to 1

    @property
    def text(self) -> str:
        """The label, or ? where it is refused."""
        return "?" if self.label is None else str(self.label)


@dataclass(frozen=True, kw_only=True)
class Word:
    """Digits from left to right, at about the same distance."""

    digits: tuple[DigitReading, ...]

    @property
    def text(self) -> str:
        """The labels, one character a digit."""
        return "".join(digit.text for digit in self.digits)

    @property
    def box(self) -> Box:
        """The box around its digits."""
        return functools.reduce(union, (digit.box for digit in self.digits))


@dataclass(frozen=True, kw_only=True)
class Line:
    """Digits from left to right."""

    digits: tuple[DigitReading, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The digits between which there is no wider gap, see `photo.gaps`."""
        return tuple(Word(digits=self.digits[word]) for word in find_words([d.box for d in self.digits]))

    @property
    def text(self) -> str:
        """The words, separated by one space; one character a digit."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read in a photo."""

    width: int  # pixels of the upright photo
    height: int
    lines: tuple[Line, ...]  # from top to bottom
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, separated by line feeds."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something that may be a digit."""

    box: Box  # pixels of the photo
    label: int  # by its neighbors
    evidence: float  # the probability that it is a digit of the text and this its label
    chosen: bool


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Stages:
    """What was made of a photo on the way to its reading, at the scale at which it was searched.

    photo : (height, width, 3) uint8 RGB
        Upright as its file tells.
    view : View
        Its ink, turned as it was read.
    marks : Marks
        Everything that may be a digit, in pixels of the ink.
    judged : Judged
        What speaks for each mark.
    chosen : (m,) int64
        Rows of the marks that are read.
    """

    photo: Pixels
    view: View
    marks: Marks
    judged: Judged
    chosen: NDArray[np.intp]

    @classmethod
    def of_one(cls, photo: Pixels, view: View) -> "Stages":
        """Return the stages of a picture whose ink is one mark, whatever it looks like."""
        judged = Judged(evidence=np.zeros(0), digits=np.zeros(0), features={})
        return cls(photo=photo, view=view, marks=no_marks(), judged=judged, chosen=np.zeros(0, np.intp))

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The marks as records."""
        chosen = set(self.chosen.tolist())
        return tuple(
            Candidate(
                box=self.view.on_photo(box), label=int(label), evidence=float(evidence), chosen=row in chosen
            )
            for row, (box, label, evidence) in enumerate(
                zip(self.marks.boxes, self.marks.labels, self.judged.evidence, strict=True)
            )
        )
