"""A scene -> text in grids: tables, sudokus, forms with boxes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.data.pages.ink import Points, Range
from benchmarks.data.pages.printing import Print
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Area
from benchmarks.data.pages.writing import Hand

FILLED = (0.4, 0.8)  # of a cell's height: a digit in it
ASKEW = 0.08  # of a cell, standard deviation: how far text is off its middle
STRENGTH = (0.3, 1.0)  # of full ink: a rule
SHAKEN = 0.04  # of a cell: how far a rule drawn by hand is off
HEADED, BY_HAND, NUMBERED = 0.4, 0.3, 0.25  # chances: of a table's heads and rules, of a number for a label
HEADS = ("A", "B", "AB", "PG", "x", "y", "Nr", "km")
GIVEN = (0.25, 0.5)  # of a sudoku's cells: printed
SOLVED = (0.0, 0.2, 0.9)  # of the others: written
FORM_DIGIT, FORM_FONT = (0.5, 0.95), (0.35, 0.6)  # of a box's height
FORM_KINDS = ("comb", "comb", "frame", "line", "teeth")
LABEL = (0.25, 0.42)  # of a form's width: for the labels
UNFILLED = 0.1  # chance of a form's field


def ruled(
    scene: Scene, columns: Sequence[float], rows: Sequence[float], *, shake: float = 0.0
) -> list[Points]:
    """Return the lines of a grid."""
    upright = [scene.rule((x, rows[0]), (x, rows[-1]), shake=shake) for x in columns]
    return upright + [scene.rule((columns[0], y), (columns[-1], y), shake=shake) for y in rows]


def edges(scene: Scene, across: int, down: int, *, square: bool = False) -> tuple[list[float], list[float]]:
    """Return columns and rows that part a piece of the area in cells."""
    wide = scene.width * scene.random.uniform(0.75, 1.0)
    high = scene.height * scene.random.uniform(0.6, 1.0)
    if square:
        wide = high = min(scene.width, scene.height) * scene.random.uniform(0.7, 1.0)
    left = scene.sheet.area[0] + (scene.width - wide) * scene.random.random()
    top = scene.sheet.area[1] + (scene.height - high) * scene.random.random()
    return list(np.linspace(left, left + wide, across + 1)), list(np.linspace(top, top + high, down + 1))


def cells(columns: Sequence[float], rows: Sequence[float]) -> list[list[Area]]:
    """Return the cells of a grid, row by row."""
    return [[(x, y, right, bottom) for x, right in pairwise(columns)] for y, bottom in pairwise(rows)]


def write_in(scene: Scene, hand: Hand, cell: Area, text: str, *, counted: bool = True) -> None:
    """Write text about the middle of a cell, smaller where it does not fit."""
    left, top, right, bottom = cell
    height = min(hand.height, hand.height * 0.95 * (right - left) / hand.width(text))
    off = scene.random.normal(0, ASKEW, 2)
    column = (left + right - hand.width(text, height)) / 2 + off[0] * (right - left)
    baseline = (top + bottom + height) / 2 + off[1] * (bottom - top)
    hand.write(scene.sheet, text, (column, baseline), counted=counted, height=height)


def print_in(scene: Scene, font: Print, cell: Area, text: str, *, counted: bool) -> None:
    """Print text about the middle of a cell, if it fits."""
    ink, down = font.ink(text)
    left, top = (cell[0] + cell[2] - ink.shape[1]) / 2, (cell[1] + cell[3] - ink.shape[0]) / 2
    if left >= cell[0]:
        font.write(scene.sheet, text, (left, top - down), counted=counted)


def table(scene: Scene) -> None:
    """Write a table, ruled, partly ruled or not; its heads are printed, written or absent."""
    across, down = int(scene.random.integers(2, 9)), int(scene.random.integers(3, 13))
    fill_table(scene, across, down, counts=(1, 1, 2, 2, 3), empty=scene.random.uniform(0, 0.3))


def dense(scene: Scene) -> None:
    """Write hundreds of small digits in rows and columns."""
    across, down = int(scene.random.integers(10, 19)), int(scene.random.integers(20, 36))
    fill_table(scene, across, down, counts=(1, 1, 1, 2), empty=scene.random.uniform(0, 0.1))


def fill_table(scene: Scene, across: int, down: int, *, counts: Sequence[int], empty: float) -> None:
    """Write a table with numbers of so many digits."""
    columns, rows = edges(scene, across, down)
    high, wide = rows[1] - rows[0], columns[1] - columns[0]
    by_hand = scene.chance(BY_HAND)
    _rule_table(scene, columns, rows, by_hand=by_hand)
    hand = scene.hand(min(high * scene.random.uniform(*FILLED), wide * 0.9))
    hand.shrink(min(1.0, wide / hand.width("0" * max(counts))))
    head = scene.chance(HEADED)
    for number, row in enumerate(cells(columns, rows)):
        for place, cell in enumerate(row):
            if head and 0 in (number, place):
                _head(scene, hand, cell, by_hand=by_hand)
            elif not scene.chance(empty):
                write_in(scene, hand, cell, scene.number(counts))
        scene.sheet.next_row()


def _rule_table(scene: Scene, columns: list[float], rows: list[float], *, by_hand: bool) -> None:
    kind = scene.random.choice(["all", "all", "rows", "outer", "none"])
    lines = ruled(scene, columns, rows, shake=SHAKEN * (rows[1] - rows[0]) if by_hand else 0.0)
    kept = {"all": lines, "rows": lines[len(columns) :], "outer": [lines[0], lines[-1]], "none": []}[
        str(kind)
    ]
    if kept:
        strength = scene.random.uniform(*STRENGTH)
        scene.sheet.rules(kept, scene.print_color, width=scene.hair(), strength=strength)


def _head(scene: Scene, hand: Hand, cell: Area, *, by_hand: bool) -> None:
    if by_hand:
        write_in(scene, hand, cell, str(scene.random.choice(HEADS)))
        return
    font = scene.print(0.8 * hand.height)
    text = str(scene.random.integers(1, 40)) if scene.chance(NUMBERED) else font.words(1)
    print_in(scene, font, cell, text, counted=False)


def sudoku(scene: Scene) -> None:
    """Draw a sudoku: print, and here and there the pen of its reader."""
    columns, rows = edges(scene, 9, 9, square=True)
    side = columns[1] - columns[0]
    by_hand = scene.chance(BY_HAND / 2)
    lines = ruled(scene, columns, rows, shake=SHAKEN * side if by_hand else 0)
    _rule_sudoku(scene, lines)
    hand = scene.hand(side * scene.random.uniform(*FILLED))
    font = scene.print(side * scene.random.uniform(0.55, 0.85))
    given, written = scene.random.uniform(*GIVEN), scene.random.choice(SOLVED)
    for row in cells(columns, rows):
        for cell in row:
            digit = str(scene.random.integers(1, 10))
            if scene.chance(given) and not by_hand:
                print_in(scene, font, cell, digit, counted=True)
            elif scene.chance(max(written, given if by_hand else 0)):
                write_in(scene, hand, cell, digit)
        scene.sheet.next_row()
    _title(scene, rows)


def _rule_sudoku(scene: Scene, lines: list[Points]) -> None:
    """Draw the ten columns' and the ten rows' lines, every third thick."""
    width, strength = scene.hair(), scene.random.uniform(*STRENGTH)
    scene.sheet.rules(lines, scene.print_color, width=width, strength=strength)
    thick = lines[0:10:3] + lines[10::3]
    scene.sheet.rules(thick, scene.print_color, width=width * scene.random.uniform(1.3, 3), strength=1)


def _title(scene: Scene, rows: Sequence[float]) -> None:
    """Print words above and below where there is room."""
    for row in (rows[0] - 0.06 * scene.height, rows[-1] + 0.015 * scene.height):
        if scene.sheet.area[1] <= row < scene.sheet.area[3] - 0.05 * scene.height and scene.chance(0.6):
            font = scene.print(0.04 * scene.height)
            font.write(scene.sheet, font.words(3), (scene.sheet.area[0], row))


def form(scene: Scene) -> None:
    """Print labels with a row of boxes, a frame or a line each, and write numbers in them."""
    n = int(scene.random.integers(2, 9))
    step = scene.height / (n + 0.5)
    high = min(step * scene.random.uniform(0.45, 0.8), scene.width / 9)
    font = scene.print(high * scene.random.uniform(*FORM_FONT))
    hand = scene.hand(high * scene.random.uniform(*FORM_DIGIT))
    kind = str(scene.random.choice(FORM_KINDS))
    where = scene.sheet.area[0] + scene.width * scene.random.uniform(*LABEL)
    style = scene.hair(), scene.random.uniform(*STRENGTH)
    for row in range(n):
        top = scene.sheet.area[1] + row * step
        label = f"{row + 1}" if scene.chance(NUMBERED) else _label(scene, font, where)
        font.write(scene.sheet, label, (scene.sheet.area[0], top + high / 2 - font.size / 2))
        boxes = _boxes(scene, where, top, high, int(scene.random.integers(2, 8)))
        _frame(scene, boxes, kind, style)
        _fill_boxes(scene, hand, boxes, apart=kind in ("comb", "teeth"))
        scene.sheet.next_row()


def _label(scene: Scene, font: Print, right: float) -> str:
    """Return words that end before a column, if there are such."""
    room = right - scene.sheet.area[0]
    tried = [font.words(n) for n in (2, 2, 1, 1, 1)]
    return next((words for words in tried if font.ink(words)[0].shape[1] + font.size < room), tried[-1])


def _boxes(scene: Scene, left: float, top: float, high: float, n: int) -> list[Area]:
    wide = min(high * 0.85, (scene.sheet.area[2] - left) / n)
    return [(left + k * wide, top, left + (k + 1) * wide, top + high) for k in range(n)]


def _frame(scene: Scene, boxes: list[Area], kind: str, style: Range) -> None:
    left, top, right, bottom = (*boxes[0][:2], *boxes[-1][2:])
    walls = [box[0] for box in boxes] + [right]
    base = [scene.rule((left, bottom), (right, bottom))]
    short = [scene.rule((x, bottom - (bottom - top) / 3), (x, bottom)) for x in walls]
    lines = {
        "comb": ruled(scene, walls, [top, bottom]),
        "frame": ruled(scene, [left, right], [top, bottom]),
        "line": base,
        "teeth": base + short,
    }[kind]
    scene.sheet.rules(lines, scene.print_color, width=style[0], strength=style[1])


def _fill_boxes(scene: Scene, hand: Hand, boxes: list[Area], *, apart: bool) -> None:
    n = int(scene.random.integers(1, len(boxes) + 1))
    if scene.chance(UNFILLED):
        return
    if not apart:
        write_in(scene, hand, (*boxes[0][:2], *boxes[n - 1][2:]), scene.number((n,)))
        return
    for box in boxes[:n]:
        write_in(scene, hand, box, scene.number((1,)))
