"""Digits + random numbers -> a string of them on paper: touching, broad, broken or faint; or letters.

One string a picture, dark on light: what is asked is whether marks are taken apart and put together rightly,
not whether a page is understood. Letters come from fonts, see `nondigits.write`.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.data.nondigits import LETTER, LETTERS, crop, write
from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset

SEED = 7
HEIGHT = 60  # pixels: of a digit, or of a capital letter
MNIST_HEIGHT = 20  # pixels: the longest side of a digit within its picture
SOFT, FULL = 1, 128  # grey levels from which a pixel counts as ink that meets other ink
GAP = (0.1, 0.3)  # of the height: between digits that do not touch
ASPECT = (1.2, 1.6)  # width over height of a broad digit
CUTS = 2  # gaps in the strokes of a broken digit
CUT = (0.03, 0.08)  # of the height: how wide they are
FAINT = (0.3, 0.6)  # of its darkness: what is left of a stroke that fades
FADING = 0.3  # of the digit's size: how far it is from full to faint
PAPER, INK = (200, 245), (25, 80)  # grey
SHADE = 0.1  # of the light: how much darker one side of the paper may be
BLUR = 0.8  # pixels: the spread of the lens
NOISE = 3.0  # grey levels: the spread of the sensor's noise
WORDS = ("Name", "Date", "Total", "Page", "Class", "Phone", "Monday", "answer", "number", "because", "Anna")

Random = np.random.Generator
Draw = Callable[[Random, Dataset], tuple[str, Pixels]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to be hard to read."""

    name: str
    n: int  # strings that figures are reported on
    draw: Draw  # digits -> the text and its ink, light on dark


@dataclass(frozen=True, eq=False, kw_only=True)
class String:
    """A string on paper."""

    text: str  # its digits; none where it is of letters
    picture: Pixels  # (height, width) uint8, dark ink on light paper


def make_strings(kind: Kind, n: int, data: Dataset) -> list[String]:
    """Return n strings of a kind, the same at every call; digits are drawn from the data set."""
    random = np.random.default_rng([SEED, *kind.name.encode()])
    drawn = (kind.draw(random, data) for _ in range(n))
    return [String(text=text, picture=put_on_paper(ink, random)) for text, ink in drawn]


def put_on_paper(ink: Pixels, random: Random) -> Pixels:
    """Return ink (light on dark) as a photo shows it on paper, as much of it around as a digit is high."""
    light = cv2.copyMakeBorder(ink, *(HEIGHT,) * 4, cv2.BORDER_CONSTANT, value=0)
    share = cv2.GaussianBlur(light.astype(np.float32) / 255, (0, 0), BLUR)
    paper, dark = random.uniform(*PAPER), random.uniform(*INK)
    rows, columns = (np.linspace(0, random.uniform(-SHADE, SHADE), side) for side in light.shape)
    page = (paper + (dark - paper) * share) * (1 + rows[:, None] + columns)
    return np.asarray(np.clip(page + random.normal(0, NOISE, page.shape), 0, 255), np.uint8)


def push_together(first: Pixels, second: Pixels, *, ink: int) -> Pixels:
    """Return two pieces of ink side by side, middles at one height, as close as that they just touch.

    Pixels from the grey level `ink` on touch.
    """
    high = max(len(first), len(second))
    first, second = (_center(piece, high) for piece in (first, second))
    rows = (first >= ink).any(axis=1) & (second >= ink).any(axis=1)
    ends = first.shape[1] - 1 - (first[rows, ::-1] >= ink).argmax(axis=1)
    return _place(first, second, int((ends - (second[rows] >= ink).argmax(axis=1)).max()))


def _place(first: Pixels, second: Pixels, left: int) -> Pixels:
    """Return two pieces of ink of one height, the second from this column on."""
    left = max(0, left)
    picture = np.zeros((len(first), max(first.shape[1], left + second.shape[1])), np.uint8)
    picture[:, : first.shape[1]] = first
    place = picture[:, left : left + second.shape[1]]
    np.maximum(place, second, out=place)
    return picture


def _center(piece: Pixels, high: int) -> Pixels:
    above = (high - len(piece)) // 2
    return np.pad(piece, ((above, high - len(piece) - above), (0, 0)))


def _set_apart(pieces: Sequence[Pixels], random: Random) -> Pixels:
    """Return pieces of ink side by side, with gaps."""
    high = max(len(piece) for piece in pieces)
    parts = []
    for piece in pieces:
        gap = round(HEIGHT * random.uniform(*GAP))
        parts += [_center(piece, high), np.zeros((high, gap), np.uint8)]
    return np.hstack(parts[:-1])


def _pick(random: Random, data: Dataset, count: int) -> tuple[str, list[Pixels]]:
    """Return a text of so many digits, and the ink of each."""
    rows = random.integers(len(data.digits), size=count)
    return "".join(map(str, data.labels[rows])), [crop(digit) for digit in data.digits[rows]]


def _enlarge(ink: Pixels) -> Pixels:
    factor = HEIGHT / MNIST_HEIGHT
    return np.asarray(cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))


def _touching(random: Random, data: Dataset, *, count: int, ink: int) -> tuple[str, Pixels]:
    text, pieces = _pick(random, data, count)
    return text, _enlarge(functools.reduce(functools.partial(push_together, ink=ink), pieces))


def _broad(random: Random, data: Dataset) -> tuple[str, Pixels]:
    """One digit, drawn out in width; no 1, which no hand writes so."""
    rows = np.flatnonzero(data.labels != 1)
    row = int(rows[random.integers(len(rows))])
    ink = _enlarge(crop(data.digits[row]))
    size = (round(len(ink) * random.uniform(*ASPECT)), len(ink))
    return str(data.labels[row]), np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_CUBIC))


def _broken(random: Random, data: Dataset) -> tuple[str, Pixels]:
    text, pieces = _pick(random, data, 3)
    return text, _set_apart([cut_strokes(_enlarge(piece), random) for piece in pieces], random)


def cut_strokes(ink: Pixels, random: Random) -> Pixels:
    """Return a digit in whose strokes there are gaps, each straight across one."""
    cut = ink.copy()
    depth = cv2.distanceTransform((ink > 127).astype(np.uint8), cv2.DIST_L2, 3)
    middles = np.argwhere((depth == cv2.dilate(depth, np.ones((3, 3)))) & (depth > 1))
    for row, column in random.choice(middles, CUTS):
        width = 2 * float(depth[row, column])
        near = np.argwhere(ink > 127) - (row, column)
        near = near[np.hypot(*near.T) <= 1.5 * width]
        across = np.linalg.eigh(near.T @ near)[1][:, 0] * width  # the way on which there is least ink
        start, end = (np.rint((column, row) + side * across[::-1]).astype(int).tolist() for side in (-1, 1))
        cv2.line(cut, start, end, 0, round(HEIGHT * random.uniform(*CUT)))
    return cut


def _faint(random: Random, data: Dataset) -> tuple[str, Pixels]:
    text, pieces = _pick(random, data, 3)
    return text, _set_apart([fade_strokes(_enlarge(piece), random) for piece in pieces], random)


def fade_strokes(ink: Pixels, random: Random) -> Pixels:
    """Return a digit whose strokes fade towards one side."""
    angle, left = random.uniform(0, 2 * np.pi), random.uniform(*FAINT)
    rows, columns = (np.linspace(-0.5, 0.5, side) for side in ink.shape)
    along = rows[:, None] * np.sin(angle) + columns * np.cos(angle)
    faint = np.clip(along / FADING + 0.5, 0, 1)
    return np.asarray(ink * (1 - (1 - left) * faint), np.uint8)


def _letters(random: Random, data: Dataset) -> tuple[str, Pixels]:
    """One letter that is like no digit, or a word."""
    ink = crop(write(random, LETTERS if random.random() < 0.5 else WORDS))
    factor = HEIGHT / LETTER
    return "", np.asarray(cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


KINDS = (
    Kind(name="pairs that touch", n=400, draw=functools.partial(_touching, count=2, ink=SOFT)),
    Kind(name="triples that touch", n=200, draw=functools.partial(_touching, count=3, ink=SOFT)),
    Kind(name="pairs pressed together", n=200, draw=functools.partial(_touching, count=2, ink=FULL)),
    Kind(name="broad single digits", n=120, draw=_broad),
    Kind(name="broken strokes", n=100, draw=_broken),
    Kind(name="faint strokes", n=100, draw=_faint),
    Kind(name="letters", n=138, draw=_letters),
)
