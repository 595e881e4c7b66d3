"""A scene -> text where people write it: alone, in lines, in sums, among words."""

from collections.abc import Iterator

from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.writing import Hand, strike

ALONE = (0.35, 0.92)  # of the area: the height of a single digit
LINE = (0.05, 0.5)  # of the area's height: a digit of a single line, where the width allows
STRING = (0.3, 0.75)  # of the same: a digit of a picture of a few that touch
LINES = (0.028, 0.14)  # of the area's longer side: a digit among lines
NOTES = (0.025, 0.09)  # of the same: a digit among words
SCATTERED = (0.04, 0.3)  # of the area's shorter side: a digit here or there
START = (0.4, 0.35)  # of the area: the most that text begins from its left and its top
LEADING = (1.35, 2.4)  # of a digit's height: from line to line
MOST_LINES = 14
FALLING = 0.3  # of a digit's height: room below the last line
FONT = (0.018, 0.05)  # of the area's width: the size of print
BESIDE_PRINT = (0.9, 3.5)  # of the print's size: a digit written beside it
FOREIGN = 0.3  # chance of notes in another script
TOUCHING, SIGNED, STRUCK, SKIPPED = 0.1, 0.3, 0.04, 0.1  # chances of a text's marks, and of a line
WRITTEN = """total sum room tel name Anna Peter John milk bread eggs kg cm pcs Mon Tue No box day week page
    left right max min date price fuel km call from until team win lost paid rent bus train gate key"""
SEPARATORS = (" ", "-", ".", "/", "", "", "  ")  # of a code's groups
SIGNS = ("-", "/", ".", ", ", " ", "+", ": ")  # between numbers of a line


def single(scene: Scene) -> None:
    """Write one digit that fills the picture."""
    height = min(scene.height, 1.2 * scene.width) * scene.random.uniform(*ALONE)
    hand, label = scene.hand(height), int(scene.random.integers(10))
    ink = hand.digit(label, height)
    while ink.shape[1] > scene.width or ink.shape[0] > scene.height:
        height *= 0.9
        ink = hand.digit(label, height)
    room = scene.width - ink.shape[1], scene.height - ink.shape[0]
    left, top = scene.random.uniform(0, 1, 2) * room + scene.sheet.area[:2]
    scene.sheet.add(ink, (left, top), hand.pen.color, label=label)


def line(scene: Scene) -> None:
    """Write one line: a phone number, a code, a date."""
    text = code(scene)
    hand = scene.hand(scene.height * scene.within(LINE))
    if scene.chance(TOUCHING):
        hand.touch()
    fit(scene, hand, text)
    left = scene.random.uniform(0, max(0.0, 1 - hand.width(text) / scene.width))
    high = 1.1 * hand.height / scene.height
    hand.write(scene.sheet, text, scene.at(left, scene.random.uniform(high, max(high, 0.95))))


def string(scene: Scene) -> None:
    """Write a few digits that touch, or one, alone in the picture."""
    text = scene.number((1, 2, 2, 3, 4))
    hand = scene.hand(scene.height * scene.within(STRING))
    hand.touch()
    fit(scene, hand, text, 0.9)
    hand.write(scene.sheet, text, scene.at(scene.random.uniform(0.02, 0.1), scene.random.uniform(0.85, 0.95)))


def code(scene: Scene) -> str:
    """Return digits in groups, parted as phone numbers and codes are."""
    separator = str(scene.random.choice(SEPARATORS))
    groups = [scene.number((1, 2, 3, 3, 4, 5)) for _ in range(scene.random.integers(1, 5))]
    start = "+" if scene.chance(0.1) else ""
    return start + separator.join(groups)


def fit(scene: Scene, hand: Hand, text: str, width: float = 0.95) -> None:
    """Write smaller where text does not fit in a part of the width, the pen with it."""
    scale = min(1.0, width * scene.width / max(hand.width(text), 1))
    hand.shrink(scale)


def lines(scene: Scene) -> None:
    """Write several lines of numbers, now and then one crossed out."""
    hand = scene.hand(max(scene.width, scene.height) * scene.within(LINES))
    n_groups = int(scene.random.integers(1, 4))
    if scene.chance(TOUCHING):
        hand.touch()
    signs = SIGNS if scene.chance(SIGNED) else (" ",)
    for left, row in places(scene, hand):
        groups = [scene.number((1, 2, 3, 4, 6)) for _ in range(n_groups)]
        text = str(scene.random.choice(signs)).join(groups)
        first = len(scene.sheet.marks)
        hand.write(scene.sheet, text, (left, row))
        if scene.chance(STRUCK) and scene.sheet.marks[first:]:
            strike(scene.sheet, hand, scene.sheet.marks[first:])


def places(scene: Scene, hand: Hand, *, most: int = MOST_LINES) -> Iterator[tuple[float, float]]:
    """Yield where each line of the text begins (column, baseline), now and then with a line left empty."""
    across, down = scene.random.random(2) * START
    left, top = scene.at(float(across), float(down))
    row, step = top + 1.3 * hand.height, hand.height * scene.random.uniform(*LEADING)
    while row < scene.sheet.area[3] - FALLING * hand.height and scene.sheet.row < most:
        yield left, row
        scene.sheet.next_row()
        row += 2 * step if scene.chance(SKIPPED) else step


def scattered(scene: Scene) -> None:
    """Write numbers of several sizes and pens here and there."""
    scene.sheet.ordered = False
    taken: list[tuple[float, float, float, float]] = []
    for _ in range(scene.random.integers(2, 9)):
        hand = scene.hand(min(scene.width, scene.height) * scene.within(SCATTERED))
        text = scene.number((1, 1, 2, 3, 4))
        fit(scene, hand, text, 0.6)
        width, height = hand.width(text) * 1.3, hand.height * 1.3
        left = scene.sheet.area[0] + scene.random.random() * max(0.0, scene.width - width)
        top = scene.sheet.area[1] + scene.random.random() * max(0.0, scene.height - height)
        box = (left, top, left + width, top + height)
        if all(box[0] > b[2] or b[0] > box[2] or box[1] > b[3] or b[1] > box[3] for b in taken):
            taken.append(box)
            hand.write(scene.sheet, text, (left, top + 1.1 * hand.height))
            scene.sheet.next_row()


def notes(scene: Scene) -> None:
    """Write words and numbers, as on a list."""
    hand = scene.hand(max(scene.width, scene.height) * scene.within(NOTES))
    foreign = scene.chance(FOREIGN)
    for left, row in places(scene, hand):
        column = left
        for _ in range(scene.random.integers(1, 4)):
            column = _word_or_number(scene, hand, (column, row), foreign=foreign)


def _word_or_number(scene: Scene, hand: Hand, place: tuple[float, float], *, foreign: bool) -> float:
    column, row = place
    if scene.chance(0.5):
        column = hand.write(scene.sheet, scene.number((1, 2, 2, 3, 5)), place)
    elif foreign:
        for _ in range(scene.random.integers(2, 7)):
            ink = hand.foreign(hand.height * scene.random.uniform(0.6, 1.0))
            if column + ink.shape[1] < scene.sheet.area[2]:
                scene.sheet.add(ink, (column, row - ink.shape[0]), hand.pen.color)
                column += ink.shape[1] + 0.15 * hand.height
    else:
        column = hand.write(scene.sheet, str(scene.random.choice(WRITTEN.split())), place)
    return column + hand.habit.space * hand.height


def printed(scene: Scene) -> None:
    """Print a heading and paragraphs, and write numbers below them or beside."""
    font = scene.print(scene.width * scene.within(FONT))
    row = scene.sheet.area[1]
    if scene.chance(0.4):
        scene.print(1.8 * font.size).write(scene.sheet, font.words(3), (scene.sheet.area[0], row))
        row += 3 * font.size
    hand = scene.hand(font.size * scene.random.uniform(*BESIDE_PRINT))
    while row < scene.sheet.area[3] - 2.5 * hand.height:
        for _ in range(scene.random.integers(1, 5)):
            font.write(scene.sheet, font.words(int(scene.random.integers(2, 14))), (scene.sheet.area[0], row))
            row += 1.4 * font.size
        if scene.chance(0.6):
            across = scene.random.uniform(0, 0.5)
            row += 1.4 * hand.height
            hand.write(scene.sheet, scene.number((1, 2, 3, 4, 6)), (scene.at(across, 0)[0], row))
            scene.sheet.next_row()
        row += font.size * scene.random.uniform(0.5, 2.5)
