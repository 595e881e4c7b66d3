"""Embedded digits -> the photos beside this script, and truth.json.

Run as `python samples/make_samples.py [--output FOLDER]`. Each digit is a training digit of the embedded sample,
drawn again along the middle of its strokes with a pen of another width. Each file has a random generator of
its own, seeded by its name, so that one photo can change without the others.
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
SEED = 28
HOLES = {0: (1,), 4: (0, 1), 6: (1,), 8: (2,), 9: (1,)}  # of a digit written clearly; others have none
OFF_WHITE, WHITE, GREY_WHITE = (0.93, 0.91, 0.86), (0.95, 0.95, 0.94), (0.90, 0.90, 0.89)
BLUE, BLACK, GRAPHITE, PRINT = (0.10, 0.16, 0.45), (0.11, 0.11, 0.13), (0.45, 0.45, 0.47), (0.30, 0.42, 0.40)
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
    noise: float = 0.010  # spread of the noise


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A photo, what is in it, and how it is stored."""

    pixels: Pixels  # (height, width, 3) uint8 RGB, or (height, width) grey
    rows: list[list[int]]  # training digits, line by line
    about: dict[str, Any]  # further entries of truth.json
    quality: int = 80  # of JPEG
    orientation: int = 1  # EXIF
    colors: int = 0  # of a palette; 0: none


# The digits


def choose_rows(text: str, sample: Dataset, rng: np.random.Generator) -> list[int]:
    """Return a row of the sample, drawn at random among those written clearly, for each digit of `text`."""
    rows = []
    for label in map(int, text.replace(" ", "")):
        candidates = rng.permutation(np.flatnonzero(sample.labels == label))
        rows.append(next(int(row) for row in candidates if is_clear(sample.digits[row], label)))
    return rows


def is_clear(digit: Pixels, label: int) -> bool:
    """Tell whether the ink is in one piece and has as many holes as the digit should have."""
    ink = cv2.resize((digit > 100).astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    pieces = cv2.connectedComponents(ink)[0] - 1
    holes = cv2.connectedComponents(1 - ink, connectivity=4)[0] - 2
    return pieces == 1 and holes in HOLES.get(label, (0,))


def draw_digit(digit: Pixels, hand: Hand, rng: np.random.Generator) -> Plane:
    """Return the ink of one digit, cropped, as the hand draws it along the middle of its strokes."""
    size = hand.size * (1 + rng.normal(0, hand.unrest))
    scale = size / (INK_SIDE * ZOOM)
    middle = thin(enlarge(digit, hand.slant + rng.normal(0, hand.unrest / 2)))
    distance = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = cv2.GaussianBlur(distance, (0, 0), 1.0)
    distance = cv2.resize(distance, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) * scale
    pressure = 1 + 0.12 * noise(distance.shape, size / 6, rng)
    # Blurring lifts the distance in the middle of a stroke; half a pixel of the large digit makes up for it.
    ink = np.clip(hand.pen / 2 * pressure + scale - distance + 0.5, 0, 1).astype(np.float32)
    left, top, width, height = cv2.boundingRect((ink > 0).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def enlarge(digit: Pixels, slant: float) -> NDArray[np.bool_]:
    """Return the ink of an enlarged digit, with the writer's own slant taken out and this one put in."""
    y, x = np.mgrid[:SIDE, :SIDE] - CENTER
    own = float((digit * x * y).sum() / (digit * y * y).sum())  # negative: leans to the right
    shear = own + slant
    middle = ZOOM * CENTER
    matrix = np.array([[ZOOM, -ZOOM * shear, middle * shear], [0, ZOOM, 0]], np.float64)
    large = cv2.warpAffine(digit, matrix, (ZOOM * SIDE, ZOOM * SIDE), flags=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), ZOOM / 2) > 100)


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


# The page


def noise(shape: Sequence[int], grain: float, rng: np.random.Generator) -> Plane:
    """Return smooth noise of spread 1 whose spots are about so many pixels wide."""
    height, width = (max(2, round(side / grain) + 2) for side in shape)
    spots = rng.standard_normal((height, width)).astype(np.float32)
    return np.asarray(cv2.resize(spots, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def make_paper(shape: tuple[int, int], color: Color, rng: np.random.Generator, *, rough: float = 0.008) -> Scene:
    """Return a sheet with fibers, flakes and clouds in it."""
    texture = sum(noise(shape, grain, rng) for grain in (1.5, 4, 12, 150))
    return (np.asarray(color, np.float32) * (1 + rough * np.asarray(texture, np.float32)[..., None])).clip(0, 1)


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


def roughen(ink: Plane, grain: float, rng: np.random.Generator) -> Plane:
    """Return the ink as a dry pencil or chalk leaves it, on the high spots of the ground alone."""
    ground = noise(ink.shape, 2.2, rng) + 0.7 * noise(ink.shape, 5, rng)
    return np.asarray(ink * np.clip(1 - grain * (0.6 + ground), 0, 1), np.float32)


def apply_ink(page: Scene, ink: Plane, color: Color) -> Scene:
    """Return the page seen through ink of a color."""
    return page * (1 - ink[..., None] * (1 - np.asarray(color, np.float32)))


# The photo


def photograph(page: Scene, camera: Camera, rng: np.random.Generator) -> Pixels:
    """Return the photo of a page, (height, width, 3) uint8; what the camera turns in is the page mirrored."""
    seen = _view(page, camera)
    height, width = seen.shape[:2]
    light = _light((height, width), camera, rng)
    seen = cv2.GaussianBlur(seen * light[..., None], (0, 0), camera.blur)
    grains = [noise((height, width), 1.5, rng) for _ in range(3)]
    seen = seen + camera.noise * (0.8 * grains[0][..., None] + 0.4 * np.stack(grains, axis=-1))
    return np.asarray(np.rint(255 * seen.clip(0, 1)), np.uint8)


def _view(page: Scene, camera: Camera) -> Scene:
    """Turn and tilt the page in the frame."""
    height, width = page.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(camera.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width / 2, height / 2])
    far = np.array([1 - camera.tilt, 1 - camera.tilt, 1, 1])[:, None]
    corners = (((frame - middle) * [1, 1] * far) @ turn + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(frame, corners)
    return np.asarray(
        cv2.warpPerspective(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT),
        np.float32,
    )


def _light(shape: tuple[int, int], camera: Camera, rng: np.random.Generator) -> Plane:
    """Return how bright each part of the frame is lit."""
    height, width = shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = 1 - camera.vignette * (x * x + y * y) / 2 - camera.slope * (x + y + 2) / 4
    return np.asarray(light * (1 - camera.shadow * _hand_shadow(shape, rng)), np.float32)


def _hand_shadow(shape: tuple[int, int], rng: np.random.Generator) -> Plane:
    """Return the soft shadow, 0 to 1, of an arm with a phone that reaches in from the lower right."""
    small = np.zeros((120, 160), np.uint8)
    wrist = np.array([108, 84]) + rng.integers(-6, 7, 2)
    cv2.line(small, (190, 150), tuple(map(int, wrist)), 255, 52)
    for finger in ((-34, -18), (-40, -4), (-36, 10)):
        cv2.line(small, tuple(map(int, wrist)), tuple(map(int, wrist + finger)), 255, 15)
    soft = cv2.GaussianBlur(small, (0, 0), 5).astype(np.float32) / 255
    return np.asarray(cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


# The samples


class Desk:
    """Where one photo is made: the embedded digits and the photo's own random generator."""

    def __init__(self, sample: Dataset, name: str) -> None:
        self.sample = sample
        self.rng = np.random.default_rng([SEED, *name.encode()])

    def choose(self, *texts: str) -> list[list[int]]:
        """Return rows of the sample for each line of text."""
        return [choose_rows(text, self.sample, self.rng) for text in texts]

    def write(
        self, ink: Plane, rows: Sequence[Sequence[int]], hand: Hand, *, place: tuple[float, float], step: float
    ) -> Plane:
        """Write lines of digits, so many pixels from one to the next, and return the ink."""
        for number, line in enumerate(rows):
            start = (place[0] + hand.size * self.rng.normal(0, 2 * hand.unrest), place[1] + number * step)
            write_line(ink, self.sample.digits[list(line)], hand, self.rng, place=start)
        return roughen(ink, hand.grain, self.rng) if hand.grain else ink


def make_note(desk: Desk) -> Sample:
    """Several lines in blue pen, the shadow of a hand on the sheet."""
    rows = desk.choose("06482195", "194673", "2508", "33990417", "8576120")
    ink = np.zeros((1200, 1600), np.float32)
    desk.write(ink, rows, Hand(size=92, pen=8.5), place=(260, 270), step=185)
    page = apply_ink(make_paper(ink.shape, OFF_WHITE, desk.rng), ink, BLUE)
    camera = Camera(turn=3.6, tilt=0.06, vignette=0.25, slope=0.2, shadow=0.38, blur=1.0)
    about = {"medium": "pen", "background": "plain", "layout": "multiline"}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=rows, about=about, quality=70)


def make_chalkboard(desk: Desk) -> Sample:
    """Chalk on a green board that was wiped before."""
    rows = desk.choose("314159", "2653")
    ink = np.zeros((480, 760), np.float32)
    desk.write(ink, rows, Hand(size=110, pen=12, grain=0.32), place=(95, 205), step=175)
    dust = 0.05 * np.abs(cv2.blur(noise(ink.shape, 9, desk.rng), (91, 9)) * 6 + noise(ink.shape, 60, desk.rng))
    board = make_paper(ink.shape, (0.14, 0.23, 0.19), desk.rng, rough=0.03) + dust[..., None]
    page = board + ink[..., None] * (np.array([0.92, 0.92, 0.88], np.float32) - board)
    pixels = photograph(page, Camera(turn=-1.5, tilt=0.03, vignette=0.3, noise=0.006), desk.rng)
    about = {"medium": "chalk", "background": "plain", "polarity": "light-on-dark", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about, colors=48)


def make_single(desk: Desk) -> Sample:
    """One digit painted with a brush in a drawing program."""
    rows = desk.choose("5")
    ink = np.zeros((280, 280), np.float32)
    desk.write(ink, rows, Hand(size=170, pen=20), place=(80, 225), step=0)
    pixels = np.asarray(255 * (1 - ink), np.uint8)
    return Sample(pixels=pixels, rows=rows, about={"medium": "paint", "background": "plain", "layout": "single"})


def make_tiny(desk: Desk) -> Sample:
    """One training digit as it is, dark on white, 28×28 pixels."""
    rows = desk.choose("7")
    about = {"medium": "pen", "background": "plain", "layout": "single", "tiny": True}
    return Sample(pixels=255 - desk.sample.digits[rows[0][0]], rows=rows, about=about)


def make_blank(desk: Desk) -> Sample:
    """An empty sheet in a shadow."""
    page = make_paper((900, 1200), GREY_WHITE, desk.rng)
    camera = Camera(vignette=0.3, slope=0.25, shadow=0.4)
    note = "an empty sheet: a digit read here is an error that no share of the digits shows"
    about = {"medium": "pen", "background": "plain", "layout": "line", "note": note}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=[], about=about, quality=70)


def make_form(desk: Desk) -> Sample:
    """Rows of printed boxes, some of them empty."""
    texts = ("40728  ", "1963", "850 217 ")
    rows = desk.choose(*texts)
    hand = Hand(size=58, pen=6, slant=0.05)
    ink, print_ = np.zeros((700, 1000), np.float32), np.zeros((700, 1000), np.float32)
    for number, text in enumerate(texts):
        digits = iter(rows[number])
        for column, letter in enumerate(text):
            x, y = 100 + 100 * column, 110 + 180 * number
            cv2.rectangle(print_, (x, y), (x + 84, y + 100), 1.0, 2, cv2.LINE_AA)
            if letter != " ":
                drawn = draw_digit(desk.sample.digits[next(digits)], hand, desk.rng)
                shift = desk.rng.normal(0, 4, 2)
                stamp(ink, drawn, x + 42 - drawn.shape[1] / 2 + shift[0], y + 50 - drawn.shape[0] / 2 + shift[1])
    page = apply_ink(make_paper(ink.shape, WHITE, desk.rng, rough=0.004), print_, PRINT)
    pixels = photograph(apply_ink(page, ink, BLACK), Camera(turn=-0.8, tilt=0.02), desk.rng)
    about = {"medium": "pen", "background": "form", "layout": "multiline"}
    return Sample(pixels=pixels, rows=rows, about=about)


def make_ruled(desk: Desk) -> Sample:
    """Pen on ruled notebook paper; the rules cross the digits."""
    rows = desk.choose("70439", "261854", "9130")
    ink, rules, margin = (np.zeros((900, 1200), np.float32) for _ in range(3))
    for y in range(90, 900, 75):
        cv2.line(rules, (0, y), (1200, y), 1.0, 2, cv2.LINE_AA)
    cv2.line(margin, (170, 0), (170, 900), 1.0, 2, cv2.LINE_AA)
    desk.write(ink, rows, Hand(size=95, pen=8), place=(250, 260), step=225)
    page = apply_ink(make_paper(ink.shape, WHITE, desk.rng), rules, (0.62, 0.72, 0.86))
    page = apply_ink(apply_ink(page, margin, (0.90, 0.55, 0.55)), ink, (0.13, 0.14, 0.30))
    camera = Camera(turn=1.5, tilt=0.03, vignette=0.2, slope=0.25)
    about = {"medium": "pen", "background": "lined", "layout": "multiline"}
    return Sample(pixels=photograph(page, camera, desk.rng), rows=rows, about=about, quality=75)


def make_pencil(desk: Desk) -> Sample:
    """Faint pencil on grey paper."""
    rows = desk.choose("27 8164", "350 9")
    ink = np.zeros((600, 900), np.float32)
    ink = desk.write(ink, rows, Hand(size=84, pen=6.5, grain=0.25), place=(120, 230), step=190)
    page = apply_ink(make_paper(ink.shape, GREY_WHITE, desk.rng), ink, GRAPHITE)
    pixels = photograph(page, Camera(turn=-2.0, tilt=0.02, vignette=0.25), desk.rng)
    return Sample(pixels=pixels, rows=rows, about={"medium": "pencil", "background": "plain", "layout": "multiline"})


def make_sideways(desk: Desk) -> Sample:
    """A photo stored on its side, with the EXIF tag that tells how to turn it."""
    rows = desk.choose("1825", "6034", "9477")
    ink = np.zeros((900, 675), np.float32)
    desk.write(ink, rows, Hand(size=90, pen=8), place=(105, 260), step=220)
    page = apply_ink(make_paper(ink.shape, OFF_WHITE, desk.rng), ink, BLACK)
    pixels = photograph(page, Camera(turn=2.0, tilt=0.04, slope=0.25), desk.rng)
    about = {"medium": "pen", "background": "plain", "layout": "multiline", "exif_orientation": 6}
    return Sample(pixels=pixels, rows=rows, about=about, orientation=6)


def make_sizes(desk: Desk) -> Sample:
    """A line of large digits and one of digits half as large."""
    rows = desk.choose("9205", "47138620")
    ink = np.zeros((600, 900), np.float32)
    desk.write(ink, rows[:1], Hand(size=150, pen=10), place=(110, 250), step=0)
    desk.write(ink, rows[1:], Hand(size=66, pen=7), place=(125, 440), step=0)
    page = apply_ink(make_paper(ink.shape, WHITE, desk.rng), ink, BLACK)
    pixels = photograph(page, Camera(turn=-1.0, tilt=0.03, slope=0.2), desk.rng)
    return Sample(pixels=pixels, rows=rows, about={"medium": "pen", "background": "plain", "layout": "multiline"})


def make_marker(desk: Desk) -> Sample:
    """Thick strokes in red, green and blue."""
    rows = desk.choose("4826", "1397", "5063")
    page = make_paper((1000, 1000), WHITE, desk.rng)
    for number, color in enumerate(MARKERS):
        ink = np.zeros((1000, 1000), np.float32)
        hand = Hand(size=190, pen=30, slant=0.08, gap=0.22, unrest=0.03)
        desk.write(ink, rows[number : number + 1], hand, place=(120, 320 + 285 * number), step=0)
        page = apply_ink(page, ink * (0.93 + 0.03 * noise(ink.shape, 25, desk.rng)).clip(0, 1), color)
    pixels = photograph(page, Camera(turn=1.0, tilt=0.02), desk.rng)
    return Sample(pixels=pixels, rows=rows, about={"medium": "marker", "background": "plain", "layout": "multiline"})


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


# The files


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
    parser = argparse.ArgumentParser(description="Make the sample photos and truth.json from the embedded digits.")
    here = pathlib.Path(__file__).parent
    parser.add_argument("--output", type=pathlib.Path, default=here, help="a folder; default: the script's own")
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
