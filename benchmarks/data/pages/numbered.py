"""A scene -> numbers as people name and number them: exercises, powers, units, print before them."""

import string

from benchmarks.data.pages.layouts import fit, places
from benchmarks.data.pages.mixed import vector_font
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.signed import KINDS
from benchmarks.data.pages.writing import Hand

HEIGHT = (0.025, 0.11)  # of the area's longer side: a digit
NUMBERED, SOLVED, POWERED, MEASURED = 0.6, 0.5, 0.3, 0.4  # chances of a page, then of a line
FORMS = ("{})", "({})", "{}.", "{}:", "{}/")
POWER = (0.45, 0.7), (0.45, 0.8)  # of a digit's height: that of a power, and its baseline above the others'
UNITS = ("kg", "cm", "m", "km", "g", "EUR", "$", "%", "x", "h", "min", "pcs", "a", "mm", "t", "y", "n")
MOST_LINES = 9
LABELLED = (0.1, 0.6)  # of the area's height: a digit beside a label
LABELS = string.ascii_uppercase + string.ascii_lowercase + "&@%#$?*"
PRINT = (0.6, 1.5)  # of a digit's height: the size of the label
APART = (0.1, 1.5)  # of the same: from the label to the number


def exercises(scene: Scene) -> None:
    """Write numbered lines of sums, powers and measures."""
    hand = scene.hand(scene.within(HEIGHT) * max(scene.width, scene.height))
    form = str(scene.random.choice(FORMS)) if scene.chance(NUMBERED) else ""
    names = string.ascii_lowercase if scene.chance(0.4) else string.digits[1:]
    for number, (left, row) in enumerate(places(scene, hand, most=MOST_LINES)):
        column = left
        if form:
            column = hand.write(scene.sheet, form.format(names[number % len(names)]) + " ", (column, row))
        column = _value(scene, hand, (column, row))
        if scene.chance(SOLVED):
            column = hand.write(scene.sheet, "=", (column, row))
            _value(scene, hand, (column, row))


def _value(scene: Scene, hand: Hand, place: tuple[float, float]) -> float:
    """Write a number or several with signs, perhaps to a power, perhaps with a unit; return where it ends."""
    column, row = place
    text = KINDS[-1](scene) if scene.chance(0.5) else scene.number((1, 1, 2, 2, 3))
    column = hand.write(scene.sheet, text, (column, row))
    if scene.chance(POWERED):
        size, up = (hand.height * scene.within(one) for one in POWER)
        column = hand.write(scene.sheet, scene.number((1,)), (column, row - up), height=size)
    if scene.chance(MEASURED):
        column = hand.write(scene.sheet, str(scene.random.choice(UNITS)), (column, row))
    return column


def labelled(scene: Scene) -> None:
    """Write a number before or after letters and signs that are printed or stamped."""
    hand = scene.hand(scene.height * scene.within(LABELLED))
    number = scene.number((1, 2, 3, 5))
    fit(scene, hand, number, 0.55)
    size = hand.height * scene.within(PRINT)
    label = "".join(scene.random.choice(list(LABELS), scene.random.integers(1, 5)))
    ink = vector_font(scene, label, size) if scene.chance(0.5) else scene.print(size).ink(label)[0]
    left, bottom = scene.at(scene.random.uniform(0.02, 0.1), scene.random.uniform(0.6, 0.9))
    gap = hand.height * scene.within(APART)
    after = scene.chance(0.5)
    if after:
        left = hand.write(scene.sheet, number, (left, bottom)) + gap
    color = hand.pen.color if scene.chance(0.5) else (0.1, 0.1, 0.1)
    scene.sheet.add(ink, (left, bottom - ink.shape[0]), color, printed=True)
    if not after:
        hand.write(scene.sheet, number, (left + ink.shape[1] + gap, bottom))
