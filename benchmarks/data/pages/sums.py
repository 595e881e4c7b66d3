"""A scene -> sums in columns, and equations."""

from dataclasses import dataclass

from benchmarks.data.pages.layouts import START, places
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.writing import Hand

SIZE = (0.4, 1.0)  # of what room allows: a digit of a sum
LEADING = (1.2, 1.7)  # of a digit's height: from row to row of a sum
ROOM = (5.0, 8.5)  # digits: the width and the height of a sum at least
SIGN_AT = 4.3  # digits from the right end of a sum
TERM = (0.025, 0.11)  # of the area's longer side: a digit of an equation
MOST_EQUATIONS = 9
LETTERS, LETTERED, SPACED, BRACKETED = 0.6, 0.6, 0.3, 0.1  # chances of a page, a term, an equation
SIGNS = ("+", "-", "\u00d7", "÷", "/")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Where sums stand beside each other."""

    rights: tuple[float, ...]  # columns: their right ends
    top: float  # row: the baseline of the first numbers
    step: float  # pixels from row to row
    count: int  # of numbers above the rule
    sign: str


def sums(scene: Scene) -> None:
    """Write sums in columns, with signs and a rule below."""
    across, count = int(scene.random.integers(1, 4)), int(scene.random.integers(2, 4))
    room = min(scene.width / across / ROOM[0], scene.height / ROOM[1])
    hand = scene.hand(room * scene.random.uniform(*SIZE))
    step = hand.height * scene.random.uniform(*LEADING)
    high = step * (count + 1) + 1.3 * hand.height
    top = scene.sheet.area[1] + scene.random.uniform(0, min(START[1] * scene.height, scene.height - high))
    rights = tuple(scene.at((n + 0.85) / across, 0)[0] for n in range(across))
    sign = str(scene.random.choice(SIGNS[:3]))
    for _ in range(int(scene.random.integers(1, 3))):
        if top + high > scene.sheet.area[3]:
            return
        first = top + 1.3 * hand.height
        _write_block(scene, hand, Block(rights=rights, top=first, step=step, count=count, sign=sign))
        top += high + step


def _write_block(scene: Scene, hand: Hand, block: Block) -> None:
    pitch = hand.width("0")
    for number in range(block.count + 1):
        row = block.top + number * block.step
        for right in block.rights:
            text = scene.number((1, 2, 3))
            hand.write(scene.sheet, text, (right - pitch * len(text), row))
            if number == block.count - 1:
                hand.write(scene.sheet, block.sign, (right - SIGN_AT * pitch, row))
                _underline(scene, hand, (right - SIGN_AT * pitch, right + 0.3 * pitch), row)
        scene.sheet.next_row()


def _underline(scene: Scene, hand: Hand, ends: tuple[float, float], row: float) -> None:
    under = row + 0.3 * hand.height
    bar = scene.rule((ends[0], under), (ends[1], under), shake=0.03 * hand.height)
    scene.sheet.rules([bar], hand.pen.color, width=hand.pen.width, strength=hand.pen.pressure)


def equations(scene: Scene) -> None:
    """Write equations with letters, line by line."""
    hand = scene.hand(scene.within(TERM) * max(scene.width, scene.height))
    letters = scene.chance(LETTERS)
    for left, row in places(scene, hand, most=MOST_EQUATIONS):
        text = equation(scene, letters=letters)
        while hand.width(text) > scene.sheet.area[2] - left and len(text) > 3:
            text = text[:-2]
        hand.write(scene.sheet, text, (left, row))


def equation(scene: Scene, *, letters: bool) -> str:
    """Return terms with signs between them."""
    terms = [
        _term(scene, lettered=letters and scene.chance(LETTERED)) for _ in range(scene.random.integers(2, 5))
    ]
    signs = [str(sign) for sign in scene.random.choice(SIGNS, len(terms))]
    signs[scene.random.integers(len(signs))] = "="
    space = " " if scene.chance(SPACED) else ""
    parts = [f"{term}{space}{sign}{space}" for term, sign in zip(terms, signs, strict=True)]
    text = "".join(parts).strip().rstrip("".join(SIGNS))
    return f"({text})" if scene.chance(BRACKETED) else text


def _term(scene: Scene, *, lettered: bool) -> str:
    if not lettered:
        return scene.number((1, 1, 2, 2, 3))
    return scene.number((0, 1, 1, 2, 2, 3)) + str(scene.random.choice(list("xyzwnak")))
