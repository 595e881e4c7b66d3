"""A scene -> what stands beside the text: doodles, words by hand, printed words."""

import numpy as np

from benchmarks.data.pages.ink import Points
from benchmarks.data.pages.layouts import WRITTEN
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Placed

SIZES = (0.03, 0.15)  # of the area's shorter side: a doodle
WORD, FONT = (0.03, 0.1), (0.02, 0.06)  # of the same: a digit beside a word, and print


def add_extras(scene: Scene) -> None:
    """Add some where there is room."""
    for _ in range(scene.random.integers(1, 4)):
        add = (scribble, word, stamp)[scene.random.integers(3)]
        add(scene)


def scribble(scene: Scene) -> None:
    """Draw a loop, an arrow, a box, a tick or a star."""
    size = min(scene.width, scene.height) * scene.within(SIZES)
    hand = scene.hand(size)
    doodles = (_loops, _arrow, _box, _tick, _star)
    ink = hand.strokes(doodles[scene.random.integers(len(doodles))](scene), size / 2)
    place = free_place(scene, ink.shape[1], ink.shape[0])
    if place:
        scene.sheet.add(ink, place, hand.pen.color)


def word(scene: Scene) -> None:
    """Write a word."""
    hand = scene.hand(min(scene.width, scene.height) * scene.within(WORD))
    text = str(scene.random.choice(WRITTEN.split()))
    place = free_place(scene, hand.width(text), 1.6 * hand.height)
    if place:
        hand.write(scene.sheet, text, (place[0], place[1] + 1.2 * hand.height))


def stamp(scene: Scene) -> None:
    """Print a few words, with a date or a number perhaps."""
    font = scene.print(min(scene.width, scene.height) * scene.within(FONT))
    text = font.words(int(scene.random.integers(1, 4)))
    place = free_place(scene, 0.7 * font.size * len(text), 1.4 * font.size)
    if place:
        font.write(scene.sheet, text, place)


def free_place(scene: Scene, width: float, height: float, *, tries: int = 12) -> tuple[float, float] | None:
    """Return where so much room is free of marks: column and row."""
    for _ in range(tries):
        left = scene.sheet.area[0] + scene.random.random() * max(0.0, scene.width - width)
        top = scene.sheet.area[1] + scene.random.random() * max(0.0, scene.height - height)
        if not any(_meets(mark, left, top, left + width, top + height) for mark in scene.sheet.marks):
            return left, top
    return None


def _meets(mark: Placed, left: float, top: float, right: float, bottom: float) -> bool:
    return bool(mark.left < right and mark.right > left and mark.top < bottom and mark.bottom > top)


def _loops(scene: Scene) -> list[Points]:
    t = np.linspace(0, 2 * np.pi * scene.random.uniform(1, 4), 90)
    waves = scene.random.normal(0, 0.5, (2, 3))
    across = np.sin(np.outer(t, [1, 2, 3]) + waves[0]) @ [0.7, 0.3, 0.2] + 0.1 * t
    down = np.cos(np.outer(t, [1, 2, 3]) + waves[1]) @ [0.6, 0.3, 0.1]
    return [np.stack([across, down], axis=1)]


def _arrow(scene: Scene) -> list[Points]:
    return [np.array([(-1, 0.0), (1, 0)]), np.array([(0.6, -0.35), (1, 0), (0.6, 0.35)])]


def _box(scene: Scene) -> list[Points]:
    half = scene.random.uniform(0.4, 1)
    return [np.array([(-1, -half), (1, -half), (1, half), (-1, half), (-1, -half)])]


def _tick(scene: Scene) -> list[Points]:
    return [np.array([(-0.6, 0.0), (-0.2, 0.6), (0.7, -0.8)])]


def _star(scene: Scene) -> list[Points]:
    angle = np.arange(6) * 4 * np.pi / 5
    return [np.stack([np.sin(angle), -np.cos(angle)], axis=1)]
