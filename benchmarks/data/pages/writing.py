"""Text and a pool -> handwriting on a sheet: one hand with one pen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from benchmarks.data import drawn
from benchmarks.data.pages.ink import Ink, Pen, Points, Random, Range, Style, shape_picture, shape_strokes
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.sheet import Color, Placed, Sheet
from knn_digits.arrays import Pixels

WINDOW = 40  # digits of a label that one hand writes: neighbors in their collection
SMALLEST = 3.0  # pixels: the longest side of a mark


@dataclass(frozen=True, kw_only=True)
class PenKind:
    """What pens of a kind are like, as ranges."""

    colors: tuple[Color, ...]  # red, green, blue of full ink
    width: Range  # of a digit's height
    pressure: Range  # of full ink
    grain: Range  # of the ink
    gaps: float = 0.02  # chance of a broken stroke


PENS: Mapping[str, PenKind] = {
    "ballpoint": PenKind(
        colors=((0.13, 0.17, 0.5), (0.1, 0.1, 0.3), (0.12, 0.12, 0.14)),
        width=(0.045, 0.085), pressure=(0.6, 1.0), grain=(0.0, 0.3), gaps=0.05,
    ),
    "liner": PenKind(
        colors=((0.05, 0.05, 0.07), (0.08, 0.1, 0.35)),
        width=(0.06, 0.12), pressure=(0.85, 1.0), grain=(0.0, 0.1)
    ),
    "marker": PenKind(
        colors=((0.04, 0.04, 0.05), (0.75, 0.12, 0.1), (0.05, 0.4, 0.25), (0.1, 0.2, 0.6)),
        width=(0.09, 0.16), pressure=(0.85, 1.0), grain=(0.0, 0.15),
    ),
    "pencil": PenKind(
        colors=((0.3, 0.3, 0.32), (0.4, 0.4, 0.42)),
        width=(0.05, 0.1), pressure=(0.3, 0.85), grain=(0.2, 0.6), gaps=0.06
    ),
    "red": PenKind(colors=((0.75, 0.12, 0.15),), width=(0.05, 0.1), pressure=(0.6, 1.0), grain=(0.0, 0.2)),
}  # fmt: skip
CHALK = PenKind(
    colors=((0.95, 0.95, 0.93), (0.95, 0.9, 0.6)),
    width=(0.07, 0.13),
    pressure=(0.6, 1.0),
    grain=(0.2, 0.7),
    gaps=0.06,
)
LIGHT = PenKind(
    colors=((1.0, 1.0, 1.0),), width=(0.05, 0.16), pressure=(0.9, 1.0), grain=(0.0, 0.0), gaps=0.0
)


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How a hand sets its marks, in heights of a digit."""

    gap: float  # between marks
    space: float  # between words
    size: float  # standard deviation of the height, of the height
    drift: float  # standard deviation of the baseline


SHEAR = 0.14  # columns a row, standard deviation over hands
STRETCH = 0.15  # of a mark's width, standard deviation of its logarithm over hands
GAP, SPACE = (0.08, 0.5), (0.4, 1.2)  # of a digit's height
TOUCHING_GAP = (-0.1, 0.02)  # of a digit's height
SIZE, DRIFT = (0.02, 0.09), (0.01, 0.06)  # of a digit's height
CLOSER = 0.5  # of the gap between digits: that between letters
WOBBLE = (0.01, 0.04)  # of a mark's size
# Sign: its size as a part of a digit's height, and how high its middle stands above the baseline.
SIGN_SIZES: Mapping[str, tuple[Range, float]] = {
    "+": ((0.5, 0.9), 0.5), "-": ((0.4, 0.8), 0.5), "\u00d7": ((0.4, 0.8), 0.45), "÷": ((0.5, 0.8), 0.5),
    "=": ((0.5, 0.8), 0.5), "/": ((0.9, 1.4), 0.5), ".": ((0.8, 1.2), 0.05), ",": ((0.7, 1.1), 0.02),
    ":": ((0.6, 0.9), 0.4), "(": ((1.0, 1.5), 0.5), ")": ((1.0, 1.5), 0.5),
}  # fmt: skip
COLLECTED = 0.5  # chance that a sign is one of the pool rather than a drawn one
BASELINE, CAPITAL = 70, 42  # pixels: of the picture of a letter, and the height of its capitals
LETTER_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX
)  # fmt: skip


def choose_pen(kind: PenKind, height: float, random: Random) -> Pen:
    """Return a pen of a kind for digits of this height in pixels."""
    return Pen(
        color=kind.colors[random.integers(len(kind.colors))],
        width=max(1.0, height * random.uniform(*kind.width)),
        pressure=random.uniform(*kind.pressure),
        grain=random.uniform(*kind.grain),
        gaps=kind.gaps,
    )


class Hand:
    """One who writes with a pen; `height` is that of a digit in pixels."""

    def __init__(self, pool: Pool, pen: Pen, height: float, random: Random) -> None:
        self.pool, self.pen, self.height, self.random = pool, pen, height, random
        self.digits, self.labels = pool.hands[_source(pool, random)]
        self.place = random.random()
        self.style = Style(
            shear=random.normal(0, SHEAR),
            stretch=float(np.exp(random.normal(0, STRETCH))),
            wobble=random.uniform(*WOBBLE),
        )
        self.font = LETTER_FONTS[random.integers(len(LETTER_FONTS))]
        self.habit = Habit(
            gap=random.uniform(*GAP),
            space=random.uniform(*SPACE),
            size=random.uniform(*SIZE),
            drift=random.uniform(*DRIFT),
        )

    def touch(self) -> None:
        """Let the marks touch from now on."""
        self.habit = replace(self.habit, gap=self.random.uniform(*TOUCHING_GAP))

    def shrink(self, scale: float) -> None:
        """Write so much smaller from now on, with a thinner pen."""
        self.height *= scale
        self.pen = replace(self.pen, width=max(1.0, self.pen.width * scale))

    def write(
        self, sheet: Sheet, text: str, place: tuple[float, float], *, counted: bool = True, height: float = 0
    ) -> float:
        """Write text from a place (column, baseline) on, and return the column where it ends.

        Digits are text if `counted`; a space parts words. What would leave the area stays out.
        """
        height = height or self.height
        column, baseline = place
        slope = self.random.normal(0, 0.015)
        start = column
        for character in text:
            if character == " ":
                column += self.habit.space * height
                continue
            ink, middle = self._ink(character, height)
            shift = slope * (column - start) + self.random.normal(0, self.habit.drift) * height
            top = baseline - middle * height - ink.shape[0] / 2 + shift
            if column + ink.shape[1] > sheet.area[2]:
                break
            label = int(character) if character.isdigit() and counted else None
            sheet.add(ink, (column, top), self.pen.color, label=label, text=character)
            gap = self._gap(height)
            column += ink.shape[1] + (CLOSER * gap if character.isalpha() else gap)
        return column

    def _gap(self, height: float) -> float:
        gap = self.habit.gap * height
        return gap + abs(self.random.normal(0, 0.3)) * max(gap, 0)

    def width(self, text: str, height: float = 0) -> float:
        """Return about how many columns text takes."""
        height = height or self.height
        marks = sum(character != " " for character in text)
        return height * (marks * (0.66 + max(self.habit.gap, 0) * 1.25) + text.count(" ") * self.habit.space)

    def _ink(self, character: str, height: float) -> tuple[Ink, float]:
        """Return a character's ink, and how high its middle stands over the baseline in heights."""
        height *= max(0.7, self.random.normal(1, self.habit.size))
        if character.isdigit():
            return self.digit(int(character), height), 0.5
        if character in drawn.SIGNS:
            sizes, middle = SIGN_SIZES[character]
            return self.sign(character, height * self.random.uniform(*sizes)), middle
        if character in self.pool.signs and self.random.random() < COLLECTED:
            tall = self.random.uniform(0.6, 0.9)
            return self._shape(_pick(self.pool.signs[character], self.random), tall * height), tall / 2
        picture = self._letter(character)
        _, top, wide, tall = cv2.boundingRect(picture)
        return (
            self._shape(picture, height * max(wide, tall) / CAPITAL),
            (BASELINE - top - tall / 2) / CAPITAL,
        )

    def digit(self, label: int, height: float) -> Ink:
        """Return a digit of the hand."""
        rows = np.flatnonzero(self.labels == label)
        window = max(1, min(WINDOW, len(rows)))
        first = int(self.place * (len(rows) - window))
        picture = self.digits[rows[first + self.random.integers(window)]]
        return self._shape(picture, height * _longest(picture))

    def sign(self, name: str, size: float) -> Ink:
        """Return a sign of `drawn.SIGNS` whose unit is so many pixels."""
        if name in self.pool.signs and name != "." and self.random.random() < COLLECTED:
            return self._shape(_pick(self.pool.signs[name], self.random), size)
        strokes = drawn.SIGNS[name](self.random)
        if name == "÷":
            strokes = _apart(strokes, self.pen.width / max(SMALLEST, size))
        return shape_strokes(strokes, max(SMALLEST, size), self.pen, self.style, self.random)

    def foreign(self, height: float) -> Ink:
        """Return a character of another script, or a letter where the pool has none."""
        if not self.pool.foreign:
            return self._shape(self._letter(chr(self.random.integers(ord("a"), ord("z")))), height)
        thin = _pick(self.pool.foreign, self.random)
        return self._shape(np.asarray(cv2.dilate(thin, np.ones((3, 3))), np.uint8), height)

    def strokes(self, points: list[Points], size: float) -> Ink:
        """Return strokes about 0, 0 whose unit is so many pixels."""
        return shape_strokes(points, size, self.pen, self.style, self.random)

    def _letter(self, character: str) -> Pixels:
        canvas = np.zeros((110, 140), np.uint8)
        cv2.putText(canvas, character, (45, BASELINE), self.font, 2.0, 255, 3, cv2.LINE_AA)
        return canvas

    def _shape(self, picture: Pixels, longest: float) -> Ink:
        return shape_picture(picture, max(SMALLEST, longest), self.pen, self.style, self.random)


def strike(sheet: Sheet, hand: Hand, marks: list[Placed]) -> None:
    """Cross marks out: they are no text any more."""
    left, top = min(mark.left for mark in marks), min(mark.top for mark in marks)
    right, bottom = max(mark.right for mark in marks), max(mark.bottom for mark in marks)
    height = bottom - top
    for _ in range(hand.random.integers(1, 4)):
        rows = top + height * hand.random.uniform(0.2, 0.8, 2)
        line = np.array([(left - 0.2 * height, rows[0]), (right + 0.2 * height, rows[1])])
        sheet.rules([line], hand.pen.color, width=hand.pen.width, strength=hand.pen.pressure)
    struck = {id(mark) for mark in marks}
    sheet.marks = [replace(mark, label=None) if id(mark) in struck else mark for mark in sheet.marks]


def _source(pool: Pool, random: Random) -> str:
    """Return a collection of the pool, those with more digits more often."""
    names = sorted(pool.hands)
    sizes = np.sqrt([len(pool.hands[name][1]) for name in names])
    return str(random.choice(names, p=sizes / sizes.sum()))


def _pick(pictures: Sequence[Pixels], random: Random) -> Pixels:
    return pictures[int(random.integers(len(pictures)))]


def _longest(picture: Pixels) -> float:
    """Return the longest side of the ink over its height."""
    _, _, width, height = cv2.boundingRect((picture > 60).astype(np.uint8))
    return max(width, height) / max(1, height)


def _apart(strokes: Sequence[Points], by: float) -> list[Points]:
    """Return a bar and what stands above and below it, so much farther off: a broad pen would join them."""
    bar, *others = strokes
    return [bar, *(one + np.array([0, by if one[:, 1].mean() > 0 else -by]) for one in others)]
