"""Embedded digits -> the photos beside this script, and truth.json.

Run as `python samples/make_samples.py [--output FOLDER]`. Each digit is a training digit of the embedded
sample, drawn again along the middle of its strokes with a pen of another width. Each file has a random
generator of its own, seeded by its name, so that one photo can change without the others.
"""

import argparse
import io
import json
import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from knn_digits.arrays import SIDE, Pixels
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.digit import CENTER, INK_SIDE

Plane: TypeAlias = NDArray[np.float32]  # (height, width): ink from 0 to 1, or brightness, or noise
Color: TypeAlias = tuple[float, float, float]  # red, green, blue from 0 to 1
Scene: TypeAlias = NDArray[np.float32]  # (height, width, 3) red, green, blue from 0 to 1

ZOOM = 6  # the strokes of a digit are followed at so many times its size
REACH = 2.3 * ZOOM  # pixels: ink that is farther from the middle of its stroke is a blot or a lost stub
THICK = 1.4 * ZOOM  # pixels: half of the thickest pen, which must leave loops open
SEED = 28
HOLES = {0: (1,), 2: (0, 1), 4: (0, 1), 6: (1,), 8: (2,), 9: (1,)}  # in clear digits; others have none
OFF_WHITE, WARM_WHITE, COOL_WHITE = (0.98, 0.95, 0.88), (0.97, 0.96, 0.92), (0.91, 0.94, 0.97)
BLUE, BLACK, GRAPHITE, PRINT = (0.10, 0.16, 0.45), (0.11, 0.11, 0.13), (0.50, 0.50, 0.52), (0.30, 0.45, 0.62)
MARKERS = ((0.80, 0.10, 0.13), (0.08, 0.52, 0.26), (0.12, 0.25, 0.70))
ROTATE = {6: cv2.ROTATE_90_COUNTERCLOCKWISE}  # what a camera does to an upright photo before it sets the tag
LICENSE = "CC BY-SA 3.0"


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How one writer writes with one pen."""

    size: float  # pixels: the longest side of a digit
    pen: float  # pixels: the width of the strokes
    slant: float = 0.12  # how far a stroke leans to the right, per height
    gap: float = 0.32  # of the size: between digits
    unrest: float = 0.05  # of the size: spread of sizes, gaps and baselines
    grain: float = 0.0  # share of the ink that the roughness of the ground leaves out


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How the page is photographed."""

    turn: float = 0.0  # degrees counter-clockwise
    tilt: float = 0.0  # how much narrower the far edge of the page looks
    vignette: float = 0.15  # light lost in the corners
    slope: float = 0.15  # light lost from the top left to the bottom right
    shadow: float = 0.0  # light lost in the shadow of a hand
    blur: float = 0.8  # pixels
    noise: float = 0.008  # spread of the noise


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A photo, what is in it, and how it is stored."""

    pixels: Pixels  # (height, width, 3) uint8 RGB, or (height, width) grey
    rows: list[list[int]]  # training digits, line by line
    about: dict[str, Any]  # further entries of truth.json
    quality: int = 80  # of JPEG
    orientation: int = 1  # EXIF
    colors: int = 0  # of a palette; 0: none


def choose_rows(text: str, sample: Dataset, rng: np.random.Generator) -> list[int]:
    """Return a row of the sample, at random among the usual and clear ones, for each digit of `text`."""
    rows = []
    for label in map(int, text.replace(" ", "")):
        candidates = rng.permutation(usual_rows(sample, label))
        rows.append(next(int(row) for row in candidates if is_clear(sample.digits[row], label)))
    return rows


def usual_rows(sample: Dataset, label: int) -> NDArray[np.int64]:
    """Return the rows of the quarter of a label's digits that is most like their mean, however thick."""
    rows = np.flatnonzero(sample.labels == label)
    digits = sample.digits[rows].reshape(len(rows), -1).astype(np.float32)
    likeness = digits @ digits.mean(axis=0) / np.linalg.norm(digits, axis=1)
    return rows[np.argsort(-likeness, kind="stable")[: len(rows) // 4]]


def is_clear(digit: Pixels, label: int) -> bool:
    """Tell whether the middle line is in one piece, has the digit's loops, open, and no ink is far off."""
    ink = enlarge(digit, 0.0)
    middle = thin(ink)
    distance = far_from(middle)
    pieces = cv2.connectedComponents(middle.astype(np.uint8))[0] - 1
    holes = cv2.connectedComponents((distance > THICK).astype(np.uint8), connectivity=4)[0] - 2
    return pieces == 1 and holes in HOLES.get(label, (0,)) and float(distance[ink].max()) < REACH


def draw_digit(digit: Pixels, hand: Hand, rng: np.random.Generator) -> Plane:
    """Return the ink of one digit, cropped, as the hand draws it along the middle of its strokes."""
    size = hand.size * (1 + rng.normal(0, hand.unrest))
    scale = size / (INK_SIDE * ZOOM)
    middle = thin(enlarge(digit, hand.slant + rng.normal(0, hand.unrest / 2)))
    distance = cv2.GaussianBlur(far_from(middle), (0, 0), ZOOM / 3)
    distance = cv2.resize(distance, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) * scale
    pressure = 1 + 0.08 * noise(distance.shape, size / 3, rng)
    ink = np.clip(hand.pen / 2 * pressure - distance + 0.5, 0, 1).astype(np.float32)
    left, top, width, height = cv2.boundingRect((ink > 0).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def enlarge(digit: Pixels, slant: float) -> NDArray[np.bool_]:
    """Return the ink of an enlarged digit, with most of its own slant taken out and this one put in."""
    y, x = np.mgrid[:SIDE, :SIDE] - CENTER
    own = float((digit * x * y).sum() / (digit * y * y).sum())  # negative: leans to the right
    shear = 0.7 * own + slant
    middle = ZOOM * CENTER
    matrix = np.array([[ZOOM, -ZOOM * shear, middle * shear], [0, ZOOM, 0]], np.float64)
    large = cv2.warpAffine(digit, matrix, (ZOOM * SIDE, ZOOM * SIDE), flags=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), ZOOM / 3) > 110)


def far_from(middle: NDArray[np.bool_]) -> Plane:
    """Return for each pixel how far it is from a line."""
    distance = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the middle line of the strokes (T. Y. Zhang, C. Y. Suen, 1984)."""
    while True:
        before = ink
        for odd in (False, True):
            ink = ink & ~_removable(ink, odd=odd)
        if (ink == before).all():
            return ink


def _removable(ink: NDArray[np.bool_], *, odd: bool) -> NDArray[np.bool_]:
    """Return the border pixels that one half-step of thinning takes away."""
    wide = np.pad(ink, 1)
    height, width = ink.shape
    steps = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))  # clockwise from the north
    ring = np.stack([wide[y : y + height, x : x + width] for y, x in steps])
    inked = ring.sum(axis=0)
    edges = (~ring & np.roll(ring, -1, axis=0)).sum(axis=0)
    first, second, third, fourth = np.roll(ring[::2], 2 * odd, axis=0)
    inner = second & third & (first | fourth)
    return np.asarray(ink & (inked >= 2) & (inked <= 6) & (edges == 1) & ~inner)


def noise(shape: Sequence[int], grain: float, rng: np.random.Generator) -> Plane:
    """Return smooth noise of spread 1 whose spots are about so many pixels wide."""
    height, width = (max(2, round(side / grain) + 2) for side in shape)
    spots = rng.standard_normal((height, width)).astype(np.float32)
    return np.asarray(cv2.resize(spots, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def make_paper(
    shape: tuple[int, int], color: Color, rng: np.random.Generator, *, rough: float = 0.008
) -> Scene:
    """Return a sheet with fibers, flakes and clouds in it."""
    texture = np.sum([noise(shape, grain, rng) for grain in (1.5, 4, 12, 150)], axis=0)
    return np.asarray(color * (1 + rough * texture[..., None]), np.float32)


def write_line(
    ink: Plane, digits: Sequence[Pixels], hand: Hand, rng: np.random.Generator, *, place: tuple[float, float]
) -> None:
    """Write digits on the ink of a page, from a place (x, y of the baseline) to the right."""
    x, baseline = place
    for digit in digits:
        drawn = draw_digit(digit, hand, rng)
        stamp(ink, drawn, x, baseline - drawn.shape[0] + hand.size * rng.normal(0, hand.unrest))
        x += drawn.shape[1] + hand.size * hand.gap * (1 + 4 * rng.normal(0, hand.unrest))


def stamp(ink: Plane, drawn: Plane, x: float, y: float) -> None:
    """Put the ink of one digit on the page, its top left corner at (x, y)."""
    height, width = drawn.shape
    part = ink[round(y) : round(y) + height, round(x) : round(x) + width]
    np.maximum(part, drawn, out=part)


def roughen(ink: Plane, hand: Hand, rng: np.random.Generator) -> Plane:
    """Return the ink as a dry pencil or chalk leaves it, on the high spots of the ground alone."""
    ground = noise(ink.shape, hand.pen / 5, rng) + 0.5 * noise(ink.shape, hand.pen, rng)
    return np.asarray(ink * np.clip(1 - hand.grain * (0.6 + ground), 0, 1), np.float32)


def apply_ink(page: Scene, ink: Plane, color: Color) -> Scene:
    """Return the page seen through ink of a color."""
    return page * (1 - ink[..., None] * (1 - np.asarray(color, np.float32)))


def photograph(page: Scene, camera: Camera, rng: np.random.Generator) -> Pixels:
    """Return the photo of a page, (height, width, 3) uint8; beyond its edges the page goes on mirrored."""
    height, width = page.shape[:2]
    light = _light((height, width), camera, rng)
    seen = cv2.GaussianBlur(_view(page, camera) * light[..., None], (0, 0), camera.blur)
    grains = [noise((height, width), 1.5, rng) for _ in range(3)]
    noisy = seen + camera.noise * (0.8 * grains[0][..., None] + 0.4 * np.stack(grains, axis=-1))
    return np.asarray(np.rint(255 * noisy.clip(0, 1)), np.uint8)


def _view(page: Scene, camera: Camera) -> Scene:
    """Turn and tilt the page in the frame."""
    height, width = page.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(camera.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width / 2, height / 2])
    far = np.array([1 - camera.tilt, 1 - camera.tilt, 1, 1])[:, None]
    corners = ((frame - middle) * far @ turn + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(frame, corners)
    size, border = (width, height), cv2.BORDER_REFLECT
    seen = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(seen, np.float32)


def _light(shape: tuple[int, int], camera: Camera, rng: np.random.Generator) -> Plane:
    """Return how bright each part of the frame is lit."""
    height, width = shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = 1 - camera.vignette * (x * x + y * y) / 2 - camera.slope * (x + y + 2) / 4
    return np.asarray(light * (1 - camera.shadow * _hand_shadow(shape, rng)), np.float32)


def _hand_shadow(shape: tuple[int, int], rng: np.random.Generator) -> Plane:
    """Return the soft shadow, 0 to 1, of a hand with a phone that reaches in from the lower right."""
    small = np.zeros((120, 160), np.uint8)
    x, y = 104 + int(rng.integers(-5, 6)), 80 + int(rng.integers(-5, 6))
    cv2.line(small, (x + 10, y + 4), (x + 90, y + 66), 255, 44)
    cv2.ellipse(small, ((x + 8, y + 2), (58, 44), 35), 255, cv2.FILLED)
    phone = cv2.boxPoints(((x - 4, y - 14), (74, 38), 28)).astype(np.int32)
    cv2.fillPoly(small, [phone], 255)
    soft = cv2.GaussianBlur(small, (0, 0), 7).astype(np.float32) / 255
    return np.asarray(cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


class Desk:
    """Where one photo is made: the embedded digits and the photo's own random generator."""

    def __init__(self, sample: Dataset, name: str) -> None:
        self.sample = sample
        self.rng = np.random.default_rng([SEED, *name.encode()])

    def choose(self, *texts: str) -> list[list[int]]:
        """Return rows of the sample for each line of text."""
        return [choose_rows(text, self.sample, self.rng) for text in texts]

    def write(
        self, ink: Plane, rows: list[list[int]], hand: Hand, *, place: tuple[float, float], step: float = 0
    ) -> Plane:
        """Write lines of digits on the ink, so many pixels from one to the next, and return it."""
        for number, line in enumerate(rows):
            start = (place[0] + hand.size * self.rng.normal(0, 2 * hand.unrest), place[1] + number * step)
            write_line(ink, list(self.sample.digits[line]), hand, self.rng, place=start)
        return roughen(ink, hand, self.rng) if hand.grain else ink


def make_note(desk: Desk) -> Sample:
    """Several lines in blue pen, the shadow of a hand on the sheet."""
    rows = desk.choose("0648219537", "194673", "25087", "3399041786", "857612")
    ink = np.zeros((1200, 1600), np.float32)
    desk.write(ink, rows, Hand(size=112, pen=9.5), place=(230, 280), step=195)
    page = apply_ink(make_paper(ink.shape, OFF_WHITE, desk.rng), ink, BLUE)
    camera = Camera(turn=3.6, tilt=0.06, vignette=0.25, slope=0.2, shadow=0.38, blur=1.0)
    about = {"medium": "pen", "background": "plain", "layout": "multiline"}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=rows, about=about, quality=70)


def make_chalkboard(desk: Desk) -> Sample:
    """Chalk on a green board that was wiped before."""
    rows = desk.choose("314159", "2653")
    ink = np.zeros((480, 760), np.float32)
    ink = desk.write(ink, rows, Hand(size=118, pen=12, grain=0.35), place=(75, 205), step=190)
    wiped = cv2.blur(noise(ink.shape, 25, desk.rng), (241, 9)) + 0.5 * noise(ink.shape, 170, desk.rng)
    board = make_paper(ink.shape, (0.15, 0.25, 0.20), desk.rng, rough=0.03)
    board += 0.03 * (1.5 + wiped).clip(0, 4)[..., None]
    page = board + ink[..., None] * (np.array([0.92, 0.92, 0.88], np.float32) - board)
    pixels = photograph(page, Camera(turn=-1.5, tilt=0.03, vignette=0.3, noise=0.006), desk.rng)
    about = {"medium": "chalk", "background": "plain", "polarity": "light-on-dark", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about, colors=48)


def make_single(desk: Desk) -> Sample:
    """One digit painted with a brush in a drawing program."""
    rows = desk.choose("5")
    ink = np.zeros((280, 280), np.float32)
    desk.write(ink, rows, Hand(size=170, pen=20), place=(80, 225))
    about = {"medium": "paint", "background": "plain", "layout": "single"}
    return Sample(pixels=np.asarray(255 * (1 - ink), np.uint8), rows=rows, about=about)


def make_tiny(desk: Desk) -> Sample:
    """One training digit as it is, dark on white, 28×28 pixels."""
    rows = desk.choose("7")
    about = {"medium": "pen", "background": "plain", "layout": "single", "tiny": True}
    return Sample(pixels=255 - desk.sample.digits[rows[0][0]], rows=rows, about=about)


def make_blank(desk: Desk) -> Sample:
    """An empty sheet in a shadow."""
    page = make_paper((900, 1200), COOL_WHITE, desk.rng)
    camera = Camera(vignette=0.3, slope=0.25, shadow=0.35)
    note = "an empty sheet: a digit read here is an error that no share of the digits shows"
    about = {"medium": "pen", "background": "plain", "layout": "multiline", "note": note}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=[], about=about)


def make_form(desk: Desk) -> Sample:
    """Rows of printed boxes, some of them empty."""
    texts = ("40728   ", "196 35 2", "850 217 ")
    rows = desk.choose(*texts)
    hand = Hand(size=66, pen=6.5, slant=0.05)
    ink, print_ = np.zeros((700, 1000), np.float32), np.zeros((700, 1000), np.float32)
    for number, text in enumerate(texts):
        digits = iter(rows[number])
        for column, letter in enumerate(text):
            x, y = 105 + 100 * column, 100 + 190 * number
            cv2.rectangle(print_, (x, y), (x + 84, y + 100), 1.0, 2, cv2.LINE_AA)
            if letter != " ":
                drawn = draw_digit(desk.sample.digits[next(digits)], hand, desk.rng)
                down, right = (np.array([100, 84]) - drawn.shape) / 2 + desk.rng.normal(0, 4, 2)
                stamp(ink, drawn, x + right, y + down)
    page = apply_ink(make_paper(ink.shape, WARM_WHITE, desk.rng, rough=0.004), print_, PRINT)
    pixels = photograph(apply_ink(page, ink, BLACK), Camera(turn=-0.8, tilt=0.02), desk.rng)
    about = {"medium": "pen", "background": "form", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about)


def make_ruled(desk: Desk) -> Sample:
    """Pen on ruled notebook paper; the rules cross the digits."""
    rows = desk.choose("7043912", "26185", "913048")
    ink, rules, margin = (np.zeros((900, 1200), np.float32) for _ in range(3))
    for y in range(90, 900, 75):
        cv2.line(rules, (0, y), (1200, y), 1.0, 2, cv2.LINE_AA)
    cv2.line(margin, (170, 0), (170, 900), 1.0, 2, cv2.LINE_AA)
    desk.write(ink, rows, Hand(size=98, pen=8), place=(235, 255), step=225)
    page = apply_ink(make_paper(ink.shape, WARM_WHITE, desk.rng), rules, (0.62, 0.72, 0.86))
    page = apply_ink(apply_ink(page, margin, (0.90, 0.55, 0.55)), ink, (0.13, 0.14, 0.30))
    camera = Camera(turn=1.5, tilt=0.03, vignette=0.2, slope=0.25)
    about = {"medium": "pen", "background": "lined", "layout": "multiline"}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=rows, about=about, quality=75)


def make_pencil(desk: Desk) -> Sample:
    """Faint pencil on bluish paper."""
    rows = desk.choose("2781640", "35092")
    ink = np.zeros((600, 900), np.float32)
    ink = desk.write(ink, rows, Hand(size=96, pen=6.5, grain=0.25), place=(125, 240), step=200)
    page = apply_ink(make_paper(ink.shape, COOL_WHITE, desk.rng), ink, GRAPHITE)
    pixels = photograph(page, Camera(turn=-2.0, tilt=0.02, vignette=0.25), desk.rng)
    about = {"medium": "pencil", "background": "plain", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about)


def make_sideways(desk: Desk) -> Sample:
    """A photo stored on its side, with the EXIF tag that tells how to turn it."""
    rows = desk.choose("1825", "6034", "9477")
    ink = np.zeros((900, 675), np.float32)
    desk.write(ink, rows, Hand(size=112, pen=8.5), place=(100, 280), step=225)
    page = apply_ink(make_paper(ink.shape, OFF_WHITE, desk.rng), ink, BLACK)
    pixels = photograph(page, Camera(turn=2.0, tilt=0.04, slope=0.25), desk.rng)
    about = {"medium": "pen", "background": "plain", "layout": "multiline", "exif_orientation": 6}
    return Sample(pixels=pixels, rows=rows, about=about, orientation=6)


def make_sizes(desk: Desk) -> Sample:
    """A line of large digits and one of digits half as large."""
    rows = desk.choose("9205", "47138620")
    ink = np.zeros((600, 900), np.float32)
    desk.write(ink, rows[:1], Hand(size=180, pen=11), place=(120, 275))
    desk.write(ink, rows[1:], Hand(size=78, pen=7.5), place=(115, 480))
    page = apply_ink(make_paper(ink.shape, WARM_WHITE, desk.rng), ink, BLACK)
    pixels = photograph(page, Camera(turn=-1.0, tilt=0.03, slope=0.2), desk.rng)
    about = {"medium": "pen", "background": "plain", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about)


def make_marker(desk: Desk) -> Sample:
    """Thick strokes in red, green and blue."""
    rows = desk.choose("4826", "1397", "5063")
    page = make_paper((1000, 1000), WARM_WHITE, desk.rng)
    for number, color in enumerate(MARKERS):
        ink = np.zeros((1000, 1000), np.float32)
        hand = Hand(size=205, pen=28, slant=0.08, gap=0.22, unrest=0.03)
        desk.write(ink, rows[number : number + 1], hand, place=(135, 320 + 285 * number))
        page = apply_ink(page, ink * (0.93 + 0.03 * noise(ink.shape, 25, desk.rng)).clip(0, 1), color)
    pixels = photograph(page, Camera(turn=1.0, tilt=0.02), desk.rng)
    about = {"medium": "marker", "background": "plain", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about)


SAMPLES: dict[str, Callable[[Desk], Sample]] = {
    "note.jpg": make_note,
    "chalkboard.png": make_chalkboard,
    "single.png": make_single,
    "tiny.png": make_tiny,
    "blank.jpg": make_blank,
    "form.jpg": make_form,
    "ruled.jpg": make_ruled,
    "pencil.jpg": make_pencil,
    "sideways.jpg": make_sideways,
    "sizes.jpg": make_sizes,
    "marker.jpg": make_marker,
}


def encode(sample: Sample, name: str) -> bytes:
    """Return the bytes of the photo's file, in the format that the end of its name tells."""
    upright = sample.pixels
    stored = cv2.rotate(upright, ROTATE[sample.orientation]) if sample.orientation in ROTATE else upright
    image = Image.fromarray(np.asarray(stored, np.uint8))
    stream = io.BytesIO()
    if name.endswith(".png"):
        image = image.quantize(sample.colors, dither=Image.Dither.NONE) if sample.colors else image
        image.save(stream, "PNG", optimize=True)
    else:
        exif = Image.Exif()
        exif[0x0112] = sample.orientation
        image.save(stream, "JPEG", quality=sample.quality, optimize=True, exif=exif)
    return stream.getvalue()


def describe(sample: Sample, name: str, labels: NDArray[np.int64]) -> dict[str, Any]:
    """Return the photo's entry of truth.json."""
    lines = ["".join(str(labels[row]) for row in line) for line in sample.rows]
    return {
        "file": name,
        "lines": lines,
        "digits": sum(map(len, lines)),
        "core": True,
        "ordered": True,
        "capture": "rendered",
        "polarity": "dark-on-light",
        **sample.about,
        "training_rows": sample.rows,
        "source": "knn-digits/samples",
        "license": LICENSE,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the photos and their truth."""
    parser = argparse.ArgumentParser(description="Make the sample photos and truth.json.")
    here = pathlib.Path(__file__).parent
    parser.add_argument(
        "--output", type=pathlib.Path, default=here, help="a folder; default: that of the script"
    )
    folder = parser.parse_args(arguments).output
    folder.mkdir(parents=True, exist_ok=True)
    digits = load_dataset("sample")
    truth = []
    for name, make in SAMPLES.items():
        sample = make(Desk(digits, name))
        (folder / name).write_bytes(encode(sample, name))
        truth.append(describe(sample, name, digits.labels))
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
