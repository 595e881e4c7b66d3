"""A scene -> lines of numbers with signs: dates, times, decimals, sums, amounts."""

from collections.abc import Callable

from benchmarks.data.pages.layouts import fit, places
from benchmarks.data.pages.scene import Scene

HEIGHT = (0.03, 0.2)  # of the area's longer side: a digit
MOST_LINES = 6
TERMS = (2, 5)  # numbers of a sum: from, to below
SIGNS = ("+", "-", "\u00d7", "÷", "/", "=")
SPACED, NEGATIVE, BRACKETED = 0.3, 0.15, 0.15  # chances of a line, of a term


def signed(scene: Scene) -> None:
    """Write lines of one or two such numbers."""
    hand = scene.hand(max(scene.width, scene.height) * scene.within(HEIGHT))
    spaced = scene.chance(SPACED)
    for left, row in places(scene, hand, most=MOST_LINES):
        count = 1 + scene.chance(0.3)
        text = "  ".join(KINDS[int(scene.random.integers(len(KINDS)))](scene) for _ in range(count))
        text = " ".join(text) if spaced else text
        if not scene.sheet.row:
            fit(scene, hand, text)
        hand.write(scene.sheet, text, (left, row))


def date(scene: Scene) -> str:
    """Return a date, parted by points, slashes or hyphens."""
    parts = scene.number((1, 2)), scene.number((1, 2)), scene.number((2, 4))
    return str(scene.random.choice([".", "/", "-"])).join(parts)


def decimal(scene: Scene) -> str:
    """Return a number with a point or a comma."""
    return scene.number((1, 2, 3)) + str(scene.random.choice([".", ".", ","])) + scene.number((1, 2, 3))


def time(scene: Scene) -> str:
    """Return hours and minutes, perhaps seconds."""
    return ":".join(scene.number((2,)) for _ in range(scene.random.integers(2, 4)))


def sum_of(scene: Scene) -> str:
    """Return numbers with signs between them."""
    text = _term(scene)
    for _ in range(scene.random.integers(*TERMS) - 1):
        text += str(scene.random.choice(SIGNS)) + _term(scene)
    return text


def _term(scene: Scene) -> str:
    number = scene.number((1, 1, 2, 2, 3, 4))
    if scene.chance(NEGATIVE):
        number = "-" + number
    return f"({number})" if scene.chance(BRACKETED) else number


KINDS: tuple[Callable[[Scene], str], ...] = (date, decimal, time, sum_of)
