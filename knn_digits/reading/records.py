"""What is read in a photo: Reading, its lines, words and digits, their neighbors; the stages on the way."""

import functools
from dataclasses import dataclass

from knn_digits.arrays import Mask, Pixels, compared_by_content
from knn_digits.photo.boxes import Box, union
from knn_digits.photo.gaps import find_words
from knn_digits.photo.ink import Ink


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
    doubt: float  # a rejection score, see there: above `REFUSE` it is refused
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


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Stages:
    """What was made of a photo on the way to its reading, at the scale at which it was searched."""

    photo: Pixels  # (height, width, 3) RGB, upright
    ink: Ink  # light flattened; of the same or a smaller size than the photo
    without_rules: Mask  # the ink without rules and frames
    marks: tuple[Box, ...]  # what may be digits, before anything is cut; pixels of the ink
