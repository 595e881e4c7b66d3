"""A scene -> digits of text beside what is easily taken for some: letters of a code, a time stamp, blots."""

import string

import cv2
import numpy as np

from benchmarks.data.pages.extras import free_place
from benchmarks.data.pages.ink import Ink, Points
from benchmarks.data.pages.layouts import fit, line, lines
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Color

CODE = (0.08, 0.6)  # of the area's height: a character of a code
PRINTED, SEPARATED = 0.6, 0.3  # chances of a code: that it is printed, that its groups are parted
STAMP = (0.025, 0.06)  # of the area's longer side: the size of a time stamp
STAMPS = "{0}-{1}-{2} {3}:{4}", "{1}/{2}/{0}", "{2}.{1}.{0} {3}:{4}", "'{1} {2} {3}", "{3}:{4}:{1}"
STAMPED: tuple[Color, ...] = (
    *((1.0, 0.55, 0.1), (0.95, 0.25, 0.1), (1.0, 0.9, 0.2), (1.0, 1.0, 1.0), (0.1, 0.1, 0.1)),
)
BLOT = (0.02, 0.15)  # of the area's shorter side
SIDES = (3, 8)  # of a blot that is no disc: from, to below


def code(scene: Scene) -> None:
    """Write or print a code of letters and digits alone."""
    size = scene.height * scene.within(CODE)
    separator = str(scene.random.choice(["-", " ", ".", "/"])) if scene.chance(SEPARATED) else ""
    groups = [_group(scene) for _ in range(scene.random.integers(2, 4))]
    text = separator.join([*groups, scene.number((1, 2, 3, 5))])
    across = scene.random.uniform(0.02, 0.2)
    if scene.chance(PRINTED):
        font = scene.print(min(size, 0.8 * scene.width / (0.7 * len(text))))
        font.write(scene.sheet, text, scene.at(across, scene.random.uniform(0.05, 0.3)), counted=True)
        return
    hand = scene.hand(size)
    fit(scene, hand, text, 0.75)
    hand.write(scene.sheet, text, scene.at(across, scene.random.uniform(0.7, 0.95)))


def _group(scene: Scene) -> str:
    if scene.chance(0.5):
        return scene.number((1, 2, 3, 4))
    return "".join(scene.random.choice(list(string.ascii_uppercase), scene.random.integers(1, 4)))


def stamped(scene: Scene) -> None:
    """Write lines, and stamp the time in a corner as cameras do."""
    size = max(scene.width, scene.height) * scene.within(STAMP)
    color = STAMPED[scene.random.integers(len(STAMPED))]
    form = STAMPS[scene.random.integers(len(STAMPS))]
    text = form.format(
        scene.random.integers(1990, 2030), *(f"{n:02}" for n in scene.random.integers(1, 29, 4))
    )
    ink = vector_font(scene, text, size) if scene.chance(0.5) else scene.print(size).ink(text)[0]
    left, right = scene.sheet.area[0], scene.sheet.area[2] - ink.shape[1]
    top, bottom = scene.sheet.area[1], scene.sheet.area[3] - ink.shape[0]
    place = (right if scene.chance(0.7) else left, bottom if scene.chance(0.8) else top)
    scene.sheet.add(ink, place, color, printed=True, text=text)
    (line if scene.chance(0.5) else lines)(scene)


def vector_font(scene: Scene, text: str, size: float) -> Ink:
    """Return text of a size in pixels as plotters and cameras draw it."""
    font = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN)[
        scene.random.integers(3)
    ]
    thickness = max(1, round(0.08 * size))
    scale = cv2.getFontScaleFromHeight(font, max(6, round(0.7 * size)), thickness)
    (width, height), below = cv2.getTextSize(text, font, scale, thickness)
    ink = np.zeros((height + below + thickness, width + 2 * thickness), np.float32)
    cv2.putText(ink, text, (thickness, height), font, scale, 1.0, thickness, cv2.LINE_AA)
    return ink


def blotted(scene: Scene) -> None:
    """Write a line or several, and leave blots and filled shapes beside them."""
    (line if scene.chance(0.5) else lines)(scene)
    for _ in range(scene.random.integers(1, 6)):
        size = min(scene.width, scene.height) * scene.within(BLOT)
        ink = _blot(scene, max(4, round(size)))
        place = free_place(scene, ink.shape[1], ink.shape[0])
        if place:
            scene.sheet.add(ink, place, scene.hand(size).pen.color)


def _blot(scene: Scene, size: int) -> Ink:
    """Return a filled polygon or disc, perhaps flattened."""
    ink = np.zeros((size, size), np.uint8)
    half = size / 2
    corners = scene.random.integers(*SIDES) if scene.chance(0.6) else 40
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + scene.random.uniform(0, 2 * np.pi)
    flat = scene.random.uniform(0.4, 1)
    points: Points = half + (half - 1) * np.stack([np.cos(turn), flat * np.sin(turn)], axis=1)
    cv2.fillPoly(ink, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA)
    left, top, width, height = cv2.boundingRect(ink)
    return ink[top : top + height, left : left + width].astype(np.float32) * np.float32(0.9 / 255)
