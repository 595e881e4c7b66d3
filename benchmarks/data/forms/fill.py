"""A printed form and a pool of digits -> the form filled in by a hand, and the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.data.forms.form import RESOLUTION, Form
from benchmarks.data.forms.strikes import strike_out
from benchmarks.data.pages.ink import Random, Style
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.sheet import Picture, Sheet
from benchmarks.data.pages.writing import PENS, Hand, choose_pen
from knn_digits.forms.records import Field, Rect

BLANK = 0.15  # of fields: left blank
PARTLY = 0.4  # of fields with boxes: with fewer digits than boxes
OVER = 0.05  # of digits: over the walls of their box
SIZE = (0.5, 0.8)  # of a box's height: a digit
ASKEW, ASTRAY = 0.06, (0.22, 0.42)  # of a box: how far digits are off its middle, and those over the walls
LARGER = (1.0, 1.3)  # times their size: these
SPECKS = (0.15, 0.5)  # mm
AS_COLLECTED = Style(turn=0.02, wobble=0.0)  # digits are written as their writers wrote them, pens differ
LEGIBLE = (0.5, 0.9)  # of full ink: a pencil that a form is filled in with
PENS_USED = {**PENS, "pencil": replace(PENS["pencil"], pressure=LEGIBLE)}


@dataclass(frozen=True, kw_only=True)
class Flaws:
    """How often what is no digit stands in a field."""

    crossed: float = 0.03  # of fields: a digit is crossed out
    speck: float = 0.1  # of blank fields: with a speck of dirt in them


USUAL = Flaws()


@dataclass(frozen=True, kw_only=True, eq=False)
class Filled:
    """A form with writing on it; what is crossed out is ? in the truth."""

    form: Form
    sheet: Picture
    truth: Mapping[str, str]
    cells: Mapping[str, tuple[str, ...]]  # the same, box by box; on a line digit by digit
    source: str  # of its digits
    pen: str


def fill_form(form: Form, pool: Pool, random: Random, *, flaws: Flaws = USUAL) -> Filled:
    """Fill a form in with numbers by chance."""
    height, width = form.sheet.shape[:2]
    sheet = Sheet(form.sheet.copy(), (0, 0, width, height))
    high = form.template.fields[0].box[3] * RESOLUTION
    pen = str(random.choice(sorted(PENS_USED)))
    size = float(high * random.uniform(*SIZE))
    hand = Hand(pool, choose_pen(PENS_USED[pen], size, random), size, random)
    hand.style = AS_COLLECTED
    source = next(name for name, (digits, _) in pool.hands.items() if digits is hand.digits)
    fields, cells = form.template.fields, dict[str, tuple[str, ...]]()
    for field in fields:
        # Digits that run into the next field would be read in neither.
        sheet.area = (0, 0, _right_of(field, fields, width), height)
        cells[field.name] = _fill(sheet, hand, field, random, flaws)
    truth = {name: "".join(found) for name, found in cells.items()}
    return Filled(form=form, sheet=sheet.pixels, truth=truth, cells=cells, source=source, pen=pen)


def _right_of(field: Field, fields: Sequence[Field], width: int) -> float:
    """Return the column where the next field of the row begins, or the page ends."""
    left, top = field.box[:2]
    lefts = [one.box[0] * RESOLUTION for one in fields if one.box[1] == top and one.box[0] > left]
    return min(lefts, default=width)


def _fill(sheet: Sheet, hand: Hand, field: Field, random: Random, flaws: Flaws) -> tuple[str, ...]:
    """Write a number, or nothing, and return what stands in each box, or each digit on a line."""
    if random.random() < BLANK:
        if random.random() < flaws.speck:
            _dirty(sheet, field.box, random)
        return ("",) * len(field.cells)
    begun = len(sheet.marks)
    write = _write_cells if field.cells else _write_line
    found = write(sheet, hand, field, random)
    written = [place for place, label in enumerate(found) if label]
    if random.random() < flaws.crossed and len(sheet.marks) - begun == len(written):
        struck = int(random.integers(len(written)))
        strokes = strike_out(sheet.marks[begun + struck], random)
        sheet.rules(strokes, hand.pen.color, width=hand.pen.width, strength=hand.pen.pressure)
        found[written[struck]] = "?"
    return tuple(found)


def _write_cells(sheet: Sheet, hand: Hand, field: Field, random: Random) -> list[str]:
    n = len(field.cells)
    used = int(random.integers(1, n + 1)) if random.random() < PARTLY else n
    first = int(random.choice([0, n - used]))
    found = [""] * n
    for place in range(first, first + used):
        cell = field.cells[place]
        label = int(random.integers(10))
        ink = hand.digit(label, _height(hand, random))
        off = random.normal(0, ASKEW, 2)
        if random.random() < OVER:
            off += random.choice([-1, 1], 2) * random.uniform(*ASTRAY, 2) * random.permutation([1, 0.3])
            ink = hand.digit(label, hand.height * float(random.uniform(*LARGER)))
        left, top, wide, high = (value * RESOLUTION for value in cell)
        column = left + wide / 2 + off[0] * wide - ink.shape[1] / 2
        row = top + high / 2 + off[1] * high - ink.shape[0] / 2
        if sheet.add(ink, (column, row), hand.pen.color, label=label) is not None:
            found[place] = str(label)
    return found


def _write_line(sheet: Sheet, hand: Hand, field: Field, random: Random) -> list[str]:
    begun = len(sheet.marks)
    low, high = field.digits
    left, top, wide, tall = (value * RESOLUTION for value in field.box)
    n = max(1, min(int(random.integers(low, min(high, 7) + 1)), int(wide / hand.width("0") / 1.1)))
    text = "".join(str(digit) for digit in random.integers(0, 10, n))
    lift = tall * (1 - random.uniform(0.02, 0.2))
    hand.write(sheet, text, (left + 0.05 * wide, top + lift))
    return [str(mark.label) for mark in sheet.marks[begun:]]


def _height(hand: Hand, random: Random) -> float:
    return hand.height * max(0.7, float(random.normal(1, hand.habit.size)))


def _dirty(sheet: Sheet, box: Rect, random: Random) -> None:
    left, top, wide, high = (value * RESOLUTION for value in box)
    size = float(random.uniform(*SPECKS)) * RESOLUTION
    x, y = left + wide * random.uniform(0.1, 0.9), top + high * random.uniform(0.1, 0.9)
    sheet.rules([np.array([(x, y), (x + size, y)])], (0.3, 0.3, 0.3), width=size, strength=0.6)
