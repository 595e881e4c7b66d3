"""A grid on a scene -> numbers, signs and words in its cells, and the text of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.data.pages.forms import FILLED, cells, print_in, write_in
from benchmarks.data.pages.ink import Points
from benchmarks.data.pages.printing import Print
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Area
from benchmarks.data.pages.writing import Hand

PRINTED = 0.4  # of tables: the numbers
EMPTY = (0.0, 0.3)  # of a table's cells
COUNTS, DENSE_COUNTS = ((1,), (1, 2), (2,), (1, 2, 3), (2, 3, 4)), (1, 1, 2)  # digits of a table's numbers
HEADED, LABELLED, GRADED = 0.3, 0.25, 0.25  # chances: heads, a first column of words, a last one of letters
GRADES = ("A", "B", "C", "D", "A+", "B-")
WORDS = ("name", "room", "total", "date", "price", "team", "Mon", "Tue", "No", "km", "sum")
SIGNED = 0.1  # of tables: some numbers are negative
DASHED, DASHES = 0.4, (0.05, 0.3)  # of tables: some cells hold a sign alone, and which share of them
ALONE = ("-", "-", "-", "+", "\u00d7", "/", "=")  # signs that people put in a cell; a point alone is dirt
UNKNOWN = "?"  # the text of a cell that holds no number


@dataclass(kw_only=True, eq=False)
class Grid:
    """What is filled in while a table is drawn."""

    scene: Scene
    columns: list[float]
    rows: list[float]
    texts: list[list[str]] = field(default_factory=list)
    printed: list[list[bool]] = field(default_factory=list)

    @property
    def cells(self) -> list[list[Area]]:
        """The cells, row by row."""
        return cells(self.columns, self.rows)

    @property
    def corners(self) -> Points:
        """Its corners on the sheet, (4, 2), clockwise."""
        left, right, top, bottom = self.columns[0], self.columns[-1], self.rows[0], self.rows[-1]
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def put_row(
    scene: Scene,
    pens: tuple[Hand, Print],
    areas: Sequence[Area],
    texts: Sequence[str],
    printed: Sequence[bool],
) -> None:
    """Print or write the texts of a row."""
    hand, font = pens
    for area, text, one in zip(areas, texts, printed, strict=True):
        if text and one:
            print_in(scene, font, area, text, counted=True)
        elif text:
            write_in(scene, hand, area, text)


def _pens(grid: Grid, counts: Sequence[int]) -> tuple[Hand, Print]:
    """Return a hand and a font that fit the cells."""
    scene, high = grid.scene, grid.rows[1] - grid.rows[0]
    narrow = float(np.min(np.diff(grid.columns)))
    hand = scene.hand(min(high * scene.random.uniform(*FILLED), narrow * 0.9))
    hand.shrink(min(1.0, 0.95 * narrow / hand.width("0" * max(counts))))
    return hand, scene.print(0.8 * hand.height)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What stands in the cells of a table that are no words."""

    counts: Sequence[int]  # of digits
    signed: bool  # some are negative
    empty: float  # chance of a cell
    dashed: float  # chance of a sign alone
    printed: bool


def fill_cells(grid: Grid, kind: str) -> None:
    """Fill the cells of a "table", a "grid" or a "dense" table, and note their texts."""
    scene, plain = grid.scene, kind != "table"
    by_chance = COUNTS[scene.random.integers(len(COUNTS))]
    counts = {"dense": DENSE_COUNTS, "grid": COUNTS[0]}.get(kind, by_chance)
    pens = hand, font = _pens(grid, counts)
    headed, labelled, graded = (not plain and scene.chance(c) for c in (HEADED, LABELLED, GRADED))
    numbers = _numbers(scene, counts, signed=kind != "grid")
    for number, areas in enumerate(grid.cells):
        row = []
        for place, area in enumerate(areas):
            if headed > number or labelled > place:  # in the first row, or the first column
                row.append(_words(scene, font, area))
            elif graded and place == len(areas) - 1:
                row.append(_grade(scene, hand, area))
            else:
                row.append(_number(scene, pens, area, numbers))
        grid.texts.append(row)
        grid.printed.append([numbers.printed] * len(row))


def _numbers(scene: Scene, counts: Sequence[int], *, signed: bool) -> Numbers:
    """Return what stands in the cells; with `signed` some numbers may be negative."""
    return Numbers(
        counts=counts,
        signed=scene.chance(SIGNED) and signed,
        empty=scene.random.uniform(*EMPTY),
        dashed=scene.random.uniform(*DASHES) if scene.chance(DASHED) else 0.0,
        printed=scene.chance(PRINTED),
    )


def _grade(scene: Scene, hand: Hand, area: Area) -> str:
    """Write a letter."""
    write_in(scene, hand, area, str(scene.random.choice(GRADES)))
    return UNKNOWN


def _number(scene: Scene, pens: tuple[Hand, Print], area: Area, numbers: Numbers) -> str:
    """Write or print a number, a sign alone, or nothing."""
    text = told = ""
    if scene.chance(numbers.dashed):
        text, told = str(scene.random.choice(ALONE)), UNKNOWN
    elif not scene.chance(numbers.empty):
        text = "-" if numbers.signed and scene.chance(0.3) else ""
        text = told = text + scene.number(numbers.counts)
    put_row(scene, pens, [area], [text], [numbers.printed])
    return told


def _words(scene: Scene, font: Print, area: Area) -> str:
    """Print a word in a cell, if one fits."""
    for text in scene.random.permutation(WORDS):
        if font.ink(str(text))[0].shape[1] < area[2] - area[0]:
            print_in(scene, font, area, str(text), counted=False)
            return UNKNOWN
    return ""
