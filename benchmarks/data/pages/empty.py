"""A scene -> a page without any digit of text."""

from benchmarks.data.pages import surfaces
from benchmarks.data.pages.extras import scribble
from benchmarks.data.pages.layouts import WRITTEN, fit
from benchmarks.data.pages.scene import Scene

BY_HAND = 0.4  # chance of written words
SIZES = (0.015, 0.06)  # of the area's longer side: letters
LARGE = (0.3, 0.75)  # of the area's height: a letter or a word alone
LETTERS = "AEFGHJKLMNPQRTUVWXYabcdefhkmnprtuvwxyz"  # which are drawn as no digit is
LEADING = (1.4, 2.2)  # of a letter's size
NOISE = (0.2, 1.0)  # of white: the brightest noise


def words(scene: Scene) -> None:
    """Print or write words alone."""
    by_hand = scene.chance(BY_HAND)
    size = max(scene.width, scene.height) * scene.within(SIZES)
    font, hand = scene.print(size), scene.hand(size)
    row = scene.sheet.area[1] + size
    while row < scene.sheet.area[3] - size:
        if by_hand:
            text = " ".join(scene.random.choice(WRITTEN.split(), scene.random.integers(1, 6)))
            hand.write(scene.sheet, text, (scene.sheet.area[0], row))
        else:
            font.write(scene.sheet, font.words(int(scene.random.integers(3, 14))), (scene.sheet.area[0], row))
        row += size * scene.random.uniform(*LEADING)


def word(scene: Scene) -> None:
    """Print or write a letter or a word alone in the picture."""
    size = scene.height * scene.within(LARGE)
    if scene.chance(BY_HAND):
        hand = scene.hand(size)
        text = str(scene.random.choice([*WRITTEN.split(), *LETTERS]))
        fit(scene, hand, text, 0.9)
        hand.write(scene.sheet, text, scene.at(0.05, 0.85))
        return
    text = str(scene.random.choice([*LETTERS, *WRITTEN.split()]))
    font = scene.print(min(size, scene.width / len(text)))
    font.write(scene.sheet, text, scene.at(0.05, 0.85))


def nothing(scene: Scene) -> None:
    """Leave the sheet blank, or put in its place wood, cloth, a photo, noise or a scribble."""
    pixels, random = scene.sheet.pixels, scene.random
    height, width = pixels.shape[:2]
    choice = random.integers(5)
    if choice == 0:
        pixels[:] = surfaces.around(height, width, random)
    elif choice == 1:
        pixels[:] = surfaces.photo(height, width, random)
    elif choice == 2:
        pixels[:] = random.random(pixels.shape, "float32") * random.uniform(*NOISE)
    elif choice == 3:
        for _ in range(random.integers(1, 6)):
            scribble(scene)
