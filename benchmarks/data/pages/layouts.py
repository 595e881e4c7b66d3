"""A scene -> text where people write it: alone, in lines, in sums, among words."""

from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.writing import Hand, strike

ALONE = (0.35, 0.92)  # of the area: the height of a single digit
LINE = (0.05, 0.5)  # of the area's height: a digit of a single line, where the width allows
LINES = (0.028, 0.14)  # of the area's longer side: a digit among lines
START = (0.4, 0.35)  # of the area: the most that text begins from its left and its top
LEADING = (1.35, 2.4)  # of a digit's height: from line to line
WRITTEN = """total sum room tel name Anna Peter John milk bread eggs kg cm pcs Mon Tue No box day week page
    left right max min date price fuel km call from until team win lost paid rent bus train gate key"""
SEPARATORS = (" ", "-", ".", "/", "", "", "  ")


def single(scene: Scene) -> None:
    """Write one digit that fills the picture."""
    height = min(scene.height, 1.2 * scene.width) * scene.random.uniform(*ALONE)
    hand = scene.hand(height)
    ink = hand.digit(int(scene.random.integers(10)), height)
    while ink.shape[1] > scene.width or ink.shape[0] > scene.height:
        height *= 0.85
        ink = hand.digit(int(scene.random.integers(10)), height)
    label = int(scene.random.integers(10))
    ink = hand.digit(label, height)
    left, top = scene.at(*scene.random.uniform(0.2, 0.8, 2))
    left = min(max(left - ink.shape[1] / 2, scene.sheet.area[0]), scene.sheet.area[2] - ink.shape[1])
    top = min(max(top - ink.shape[0] / 2, scene.sheet.area[1]), scene.sheet.area[3] - ink.shape[0])
    scene.sheet.add(ink, (max(0, left), max(0, top)), hand.pen.color, label=label)


def line(scene: Scene) -> None:
    """Write one line: a phone number, a code, a date."""
    text = code(scene)
    hand = scene.hand(scene.height * scene.within(LINE))
    if scene.chance(0.12):
        hand.touching()
    fit(scene, hand, text)
    left = scene.random.uniform(0, max(0.0, 1 - hand.width(text) / scene.width))
    down = scene.random.uniform(0.1 + 0.9 * hand.height / scene.height, 0.92)
    hand.write(scene.sheet, text, scene.at(left, min(down, 0.97)))


def code(scene: Scene) -> str:
    """Return digits in groups, parted as phone numbers and codes are."""
    separator = str(scene.random.choice(SEPARATORS))
    groups = [scene.number((1, 2, 3, 3, 4, 5)) for _ in range(scene.random.integers(1, 5))]
    start = "+" if scene.chance(0.1) else ""
    return start + separator.join(groups)


def fit(scene: Scene, hand: Hand, text: str, width: float = 0.95) -> None:
    """Write smaller where text does not fit in a part of the width, the pen with it."""
    scale = min(1.0, width * scene.width / max(hand.width(text), 1))
    hand.height *= scale
    hand.thin(scale)


def lines(scene: Scene) -> None:
    """Write several lines of numbers, now and then one crossed out."""
    hand = scene.hand(max(scene.width, scene.height) * scene.within(LINES))
    n_groups = int(scene.random.integers(1, 4))
    step = hand.height * scene.random.uniform(*LEADING)
    left, row = start(scene, hand)
    touching = scene.chance(0.08)
    if touching:
        hand.touching()
    signs = scene.chance(0.3)
    while row < scene.sheet.area[3] - 0.3 * hand.height and scene.sheet.row < 14:
        groups = [scene.number((1, 2, 3, 4, 6)) for _ in range(n_groups)]
        text = (str(scene.random.choice(("-", "/", ".", ", ", " ", "+", ": "))) if signs else " ").join(
            groups
        )
        first = len(scene.sheet.marks)
        hand.write(scene.sheet, text, (left, row))
        if scene.chance(0.04) and scene.sheet.marks[first:]:
            strike(scene.sheet, hand, scene.sheet.marks[first:])
        scene.sheet.next_row()
        row += step * (1 if scene.chance(0.9) else 2)


def start(scene: Scene, hand: Hand) -> tuple[float, float]:
    """Return where the first line begins: its column and its baseline."""
    across, down = scene.random.random(2) * START
    left, top = scene.at(float(across), float(down))
    return left, top + 1.3 * hand.height


def scattered(scene: Scene) -> None:
    """Write numbers of several sizes and pens here and there."""
    scene.sheet.ordered = False
    taken: list[tuple[float, float, float, float]] = []
    for _ in range(scene.random.integers(2, 9)):
        hand = scene.hand(min(scene.width, scene.height) * scene.within((0.04, 0.3)))
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


def sums(scene: Scene) -> None:
    """Write sums in columns, with signs and a rule below."""
    across = int(scene.random.integers(1, 4))
    hand = scene.hand(min(scene.height / 8.5, scene.width / across / 5) * scene.random.uniform(0.4, 1.0))
    count = int(scene.random.integers(2, 4))
    step = hand.height * scene.random.uniform(1.2, 1.7)
    sign = str(scene.random.choice(("+", "-", "\u00d7")))
    pitch = hand.width("0")
    room = scene.height - step * (count + 1) - 1.3 * hand.height
    first = scene.sheet.area[1] + scene.random.uniform(0, min(START[1] * scene.height, room))
    for block in range(int(scene.random.integers(1, 3))):
        top = first + block * step * (count + 2.5) + 1.3 * hand.height
        if top + step * (count + 1) > scene.sheet.area[3]:
            return
        rights = [scene.at((n + 0.85) / across, 0)[0] for n in range(across)]
        for row in range(count + 1):
            for right in rights:
                text = scene.number((1, 2, 3))
                left = right - pitch * len(text)
                hand.write(scene.sheet, text, (left, top + row * step))
                if row == count - 1:
                    hand.write(scene.sheet, sign, (right - 4.3 * pitch, top + row * step))
                    under = top + row * step + 0.3 * hand.height
                    ends = (right - 4.3 * pitch, under), (right + 0.3 * pitch, under)
                    bar = scene.rule(*ends, shake=0.03 * hand.height)
                    scene.sheet.rules([bar], hand.pen.color, width=hand.pen.width, strength=hand.pen.pressure)
            scene.sheet.next_row()


def equations(scene: Scene) -> None:
    """Write equations with letters, line by line."""
    longest = scene.within((0.025, 0.11)) * max(scene.width, scene.height)
    hand = scene.hand(longest)
    left, row = start(scene, hand)
    step = hand.height * scene.random.uniform(1.5, 2.4)
    while row < scene.sheet.area[3] - 0.3 * hand.height and scene.sheet.row < 9:
        text = equation(scene)
        while hand.width(text) > scene.sheet.area[2] - left and len(text) > 3:
            text = text[:-2]
        hand.write(scene.sheet, text, (left, row))
        scene.sheet.next_row()
        row += step


def equation(scene: Scene) -> str:
    """Return terms with signs between them."""
    letters = scene.chance(0.6)
    parts = []
    for _ in range(scene.random.integers(2, 5)):
        letter = str(scene.random.choice(list("xyzwnak"))) if letters and scene.chance(0.6) else ""
        parts.append(scene.number((0, 1, 1, 2, 2, 3) if letter else (1, 1, 2, 2, 3)) + letter)
    signs = [str(scene.random.choice(["+", "-", "\u00d7", "÷", "/"])) for _ in parts]
    signs[scene.random.integers(len(signs))] = "="
    space = " " if scene.chance(0.3) else ""
    text = "".join(f"{part}{space}{sign}{space}" for part, sign in zip(parts, signs, strict=True)).strip()
    return f"({text})" if scene.chance(0.1) else text.rstrip("+-\u00d7÷/")


def notes(scene: Scene) -> None:
    """Write words and numbers, as on a list."""
    hand = scene.hand(max(scene.width, scene.height) * scene.within((0.025, 0.09)))
    step = hand.height * scene.random.uniform(1.5, 2.2)
    left, row = start(scene, hand)
    foreign = bool(scene.pool.foreign) and scene.chance(0.3)
    while row < scene.sheet.area[3] - 0.3 * hand.height and scene.sheet.row < 14:
        column = left
        for _ in range(scene.random.integers(1, 4)):
            column = _word_or_number(scene, hand, (column, row), foreign=foreign)
        scene.sheet.next_row()
        row += step


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
    font = scene.print(scene.width * scene.within((0.018, 0.05)))
    row = scene.sheet.area[1]
    if scene.chance(0.4):
        scene.print(1.8 * font.size).write(scene.sheet, font.words(3), (scene.sheet.area[0], row))
        row += 3 * font.size
    hand = scene.hand(font.size * scene.random.uniform(0.9, 3.5))
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
