"""A seed and a layout -> a printed form, and the template that tells where its fields are."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.data.pages.ink import Random
from benchmarks.data.pages.printing import Print
from benchmarks.data.pages.sheet import Color, Picture, Sheet
from knn_digits.forms.records import FREE, Field, Rect, Template, TemplatePage

LAYOUTS = ("boxes", "shared walls", "lines")  # that are measured
ALL_LAYOUTS = *LAYOUTS, "frames", "table"  # that are learned from
SIZE = (148.0, 210.0)  # mm: A5
RESOLUTION = 150 / 25.4  # pixels a mm: 150 dpi
MARGIN = 12.0  # mm
HIGH, ASPECT = (6.5, 9.0), (0.68, 0.85)  # mm: a box, and its width over its height
ROW = (1.5, 2.1)  # of a box's height: from field to field
APART = (0.8, 2.0)  # mm: between separate boxes
HAIR = (0.15, 0.35)  # mm: a rule
COLORS: tuple[Color, ...] = ((0.08, 0.08, 0.09), (0.3, 0.3, 0.32), (0.1, 0.2, 0.5), (0.85, 0.45, 0.3))
MARKED = 0.3  # of forms: with marks in their corners
MARK = 5.0  # mm: the side of such a mark
DIGITS = 23  # about so many places have the forms
FRAME = (0.8, 1.4)  # of a box's width more than its digits need: a frame for several
COLUMNS = (2, 5)  # of a table


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """A printed form."""

    layout: str
    sheet: Picture
    template: Template


def print_form(seed: int, layout: str) -> Form:
    """Print a form: a title, labels, and boxes, combs or lines of a layout to write in."""
    random = np.random.default_rng([seed, ALL_LAYOUTS.index(layout)])
    width, height = (round(side * RESOLUTION) for side in SIZE)
    sheet = Sheet(np.ones((height, width, 3), np.float32), (0, 0, width, height))
    color = COLORS[random.integers(len(COLORS))]
    printer = Printer(sheet, color, float(random.uniform(*HAIR)), random)
    top = printer.title()
    marks = printer.marks() if random.random() < MARKED else ()
    fields = printer.table(top) if layout == "table" else printer.fields(layout, top)
    page = TemplatePage(picture="form-1.png", width=SIZE[0], height=SIZE[1], marks=marks)
    template = Template(name=f"{layout} {seed}", unit="mm", pages=(page,), fields=tuple(fields))
    return Form(layout=layout, sheet=sheet.pixels, template=template)


class Printer:
    """Prints on a sheet; its places are in mm."""

    def __init__(self, sheet: Sheet, color: Color, hair: float, random: Random) -> None:
        self.sheet, self.color, self.hair, self.random = sheet, color, hair, random

    def title(self) -> float:
        """Print a title and some small print, and return where the fields begin."""
        self.words((MARGIN, MARGIN), 5.0, int(self.random.integers(2, 4)))
        for row in range(int(self.random.integers(1, 4))):
            self.words((MARGIN, MARGIN + 8 + 4 * row), 2.6, int(self.random.integers(6, 14)))
        self.words((MARGIN, SIZE[1] - MARGIN - 3), 2.4, int(self.random.integers(4, 10)))
        return MARGIN + 24

    def marks(self) -> tuple[Rect, ...]:
        """Print a black square in each corner, and return where."""
        right, bottom = SIZE[0] - 2 * MARK, SIZE[1] - 2 * MARK
        corners = (MARK, MARK), (right, MARK), (right, bottom), (MARK, bottom)
        ink = np.ones((round(MARK * RESOLUTION),) * 2, np.float32)
        for x, y in corners:
            self.sheet.add(ink, (x * RESOLUTION, y * RESOLUTION), self.color, printed=True)
        return tuple((x, y, MARK, MARK) for x, y in corners)

    def words(self, place: tuple[float, float], size: float, n: int) -> None:
        """Print words of so many mm in height."""
        ink = (0.08, 0.08, 0.09)
        font = Print(size * RESOLUTION, self.random, color=ink, strength=float(self.random.uniform(0.7, 1)))
        font.write(self.sheet, font.words(n), (place[0] * RESOLUTION, place[1] * RESOLUTION))

    def box(self, rect: Rect) -> None:
        """Print a rectangle."""
        left, top, right, bottom = rect[0], rect[1], rect[0] + rect[2], rect[1] + rect[3]
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        self.rules(list(pairwise(corners)))

    def rules(self, lines: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
        """Print straight lines."""
        points = [np.array(line) * RESOLUTION for line in lines]
        self.sheet.rules(points, self.color, width=self.hair * RESOLUTION, strength=1.0)

    def fields(self, layout: str, top: float) -> list[Field]:
        """Print fields with their labels below each other, and return where they are."""
        high = float(self.random.uniform(*HIGH))
        wide = high * float(self.random.uniform(*ASPECT))
        gap = float(self.random.uniform(*APART)) if layout == "boxes" else 0.0
        step, left = high * float(self.random.uniform(*ROW)), float(self.random.uniform(50, 60))
        room = int((SIZE[0] - MARGIN - left + gap) / (wide + gap))
        fields, places = list[Field](), 0
        while places < DIGITS and top + high < SIZE[1] - MARGIN - 8:
            n = min(int(self.random.integers(1, 8)), room)
            self.words((MARGIN, top + 0.3 * high), 3.0, int(self.random.integers(1, 3)))
            fields.append(self._field(layout, f"field{len(fields) + 1}", (left, top, wide, high), n, gap))
            places, top = places + n, top + step
        return fields

    def table(self, top: float) -> list[Field]:
        """Print a table with heads of its rows and columns, and return its other cells."""
        high = float(self.random.uniform(*HIGH))
        columns = int(self.random.integers(COLUMNS[0], COLUMNS[1] + 1))
        first, last = MARGIN + 35, SIZE[0] - MARGIN
        wide = (last - first) / columns * float(self.random.uniform(0.6, 1))
        lefts = [MARGIN, *(first + wide * k for k in range(columns + 1))]
        rows = 1 + math.ceil(DIGITS / columns)
        for row in range(rows):
            for column, left in enumerate(lefts[:-1]):
                self.box((left, top + row * high, lefts[column + 1] - left, high))
                if row == 0 or column == 0:
                    self.words((left + 1.5, top + (row + 0.3) * high), 2.6, 1)
        return [
            Field(name=f"row{row}-{column}", box=(lefts[column], top + row * high, wide, high))
            for row in range(1, rows) for column in range(1, columns + 1)
        ]  # fmt: skip

    def _field(self, layout: str, name: str, cell: Rect, n: int, gap: float) -> Field:
        left, top, wide, high = cell
        box = (left, top, n * wide + (n - 1) * gap, high)
        if layout == "lines":
            box = (left, top, max(4 * wide, (n + 1.5) * wide), high)
            self.rules([((left, top + high), (left + box[2], top + high))])
            return Field(name=name, box=box, digits=(1, n) if n > 1 else FREE)
        if layout == "frames":
            box = (left, top, (n + float(self.random.uniform(*FRAME))) * wide, high)
            self.box(box)
            return Field(name=name, box=box, digits=(1, n) if n % 2 else FREE)
        cells = tuple((left + k * (wide + gap), top, wide, high) for k in range(n))
        for one in cells:
            self.box(one)
        return Field(name=name, box=box, cells=cells)
