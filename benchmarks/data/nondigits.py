"""Random numbers, fonts, digits and photographs -> 28×28 pictures that are no digits, of several kinds.

Nothing is downloaded: letters come from OpenCV's Hershey fonts and the font within Pillow, photographs from
scikit-learn. All but noise and blanks go through `match_stroke` and `normalize` as a mark in a photo does,
so that neither size, place nor stroke tells them from digits. Letters and symbols that are drawn as a digit
is are left out, see `LETTERS` and `SYMBOLS`; a half of a digit may still look like another digit.
"""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from knn_digits.arrays import SIDE, Digits, Pixels
from knn_digits.digit import normalize_strokes

SEED = 7  # of the things that figures are reported on; what was chosen was chosen on others
# Without B, b, D, g, I, i, l, O, o, q, S, s, Z and z, which are 8, 6, 0, 9, 1, 1, 1, 0, 0, 9, 5, 5, 2, 2.
LETTERS = "".join(letter for letter in string.ascii_letters if letter not in "BbDgIilOoqSsZz")
SYMBOLS = "#$%&*+<=>?@[]^_{}~"  # without strokes, which are 1s: ! | / ( ) and the like; and without dots
HERSHEY = tuple(range(8))  # OpenCV's numbers of its fonts
LETTER = 100  # pixels: height of what is drawn before it is brought to 28×28
PATCH = (24, 96)  # pixels: sides of patches of photographs
Random = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way not to be a digit."""

    name: str
    make: Callable[[Random, Digits], Pixels]  # digits of the data set -> light ink on dark, or 28×28 as it is
    whole: bool = False  # 28×28 as it is: not brought to size and stroke


def make_things(kind: Kind, n: int, digits: Digits, *, seed: int = SEED) -> Digits:
    """Return n things of a kind, (n, 28, 28) uint8; halves and pairs are made of these digits."""
    random = np.random.default_rng([seed, *kind.name.encode()])
    made = [kind.make(random, digits) for _ in range(n)]
    return np.stack(made) if kind.whole else normalize_strokes(made)


def _noise(random: Random, _: Digits) -> Pixels:
    """Grey noise, of which a share is ink."""
    ink = random.random((SIDE, SIDE)) < random.uniform(0.1, 1)
    return np.where(ink, random.integers(0, 256, (SIDE, SIDE)), 0).astype(np.uint8)


def _blank(random: Random, _: Digits) -> Pixels:
    """A picture of one grey, most often none."""
    return np.full((SIDE, SIDE), random.integers(0, 256) if random.random() < 0.5 else 0, np.uint8)


def _blob(random: Random, _: Digits) -> Pixels:
    """What is above the mean of smooth noise, the largest piece of it."""
    smooth = cv2.GaussianBlur(random.standard_normal((LETTER, LETTER)), (0, 0), random.uniform(6, 16))
    return _largest((smooth > np.quantile(smooth, random.uniform(0.5, 0.85))).astype(np.uint8))


def _largest(mask: Pixels) -> Pixels:
    _, places, statistics, _ = cv2.connectedComponentsWithStats(mask)
    largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    return np.where(places == largest, 255, 0).astype(np.uint8)


def _letter(random: Random, _: Digits) -> Pixels:
    return write(random, LETTERS)


def _symbol(random: Random, _: Digits) -> Pixels:
    return write(random, SYMBOLS)


def write(random: Random, words: Sequence[str]) -> Pixels:
    """One of the letters, or words, in one of the fonts, a little sheared as handwriting is."""
    word = words[int(random.integers(len(words)))]
    font = int(random.integers(len(HERSHEY) + 1))
    picture = np.zeros((3 * LETTER, (2 + len(word)) * LETTER), np.uint8)
    if font < len(HERSHEY):
        place, scale, stroke = (LETTER, 2 * LETTER), LETTER / 22, int(random.integers(8, 17))
        cv2.putText(picture, word, place, HERSHEY[font], scale, 255, stroke, cv2.LINE_AA)
    else:
        canvas = Image.fromarray(picture)
        ImageDraw.Draw(canvas).text((LETTER, LETTER), word, fill=255, font=_pillow_font())
        picture = np.array(canvas)
    shear = random.uniform(-0.15, 0.25)
    matrix = np.array([[1, -shear, 1.5 * LETTER * shear], [0, 1, 0]])
    return np.asarray(cv2.warpAffine(picture, matrix, picture.shape[::-1]), np.uint8)


@cache
def _pillow_font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(LETTER)


def _scribble(random: Random, _: Digits) -> Pixels:
    """A smooth line that wanders about and crosses itself."""
    steps = random.standard_normal((int(random.integers(60, 160)), 2))
    smooth = np.asarray(cv2.GaussianBlur(steps, (1, 0), 0.1, sigmaY=random.uniform(3, 7)), np.float64)
    points = smooth.cumsum(axis=0)
    points -= points.min(axis=0)
    points *= (LETTER - 20) / max(float(points.max()), 1e-9)
    picture = np.zeros((LETTER, LETTER), np.uint8)
    cv2.polylines(picture, [np.round(points + 10).astype(np.int32)], False, 255, 6, cv2.LINE_AA)
    return picture


def _half(random: Random, digits: Digits) -> Pixels:
    """The upper, lower, left or right half of a digit's ink."""
    digit = crop(digits[int(random.integers(len(digits)))])
    middle, side = (length // 2 for length in digit.shape)
    halves = (digit[:middle], digit[middle:], digit[:, :side], digit[:, side:])
    return np.ascontiguousarray(halves[int(random.integers(4))])


def _pair(random: Random, digits: Digits) -> Pixels:
    """Two digits side by side that touch."""
    first, second = (crop(digits[int(row)]) for row in random.integers(len(digits), size=2))
    height = max(len(first), len(second))
    top, below = (height - len(first)) // 2, (height - len(second)) // 2
    picture = np.zeros((height, first.shape[1] + second.shape[1]), np.uint8)
    picture[top : top + len(first), : first.shape[1]] = first
    for gap in range(3):  # pushed together until they touch, or by 3 pixels
        left = first.shape[1] - gap
        if left <= 0 or (picture[below : below + len(second), left - 1] & second[:, 0]).any():
            break
    pushed = picture[:, : left + second.shape[1]].copy()
    place = pushed[below : below + len(second), left:]
    np.maximum(place, second, out=place)
    return pushed


def crop(digit: Pixels) -> Pixels:
    """Return what has ink of a picture."""
    left, top, width, height = cv2.boundingRect(digit)
    return digit[top : top + height, left : left + width]


def _texture(random: Random, _: Digits) -> Pixels:
    """The dark parts of a patch of a photograph."""
    photographs = _photographs()
    photograph = photographs[int(random.integers(len(photographs)))]
    side = int(random.integers(*PATCH))
    row, column = (int(random.integers(length - side)) for length in photograph.shape)
    patch = photograph[row : row + side, column : column + side]
    return np.asarray(cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1], np.uint8)


@cache
def _photographs() -> tuple[Pixels, ...]:
    from sklearn.datasets import load_sample_image

    photographs = (load_sample_image(name) for name in ("china.jpg", "flower.jpg"))
    return tuple(np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in photographs)


KINDS = (
    Kind(name="noise", make=_noise, whole=True),
    Kind(name="blank", make=_blank, whole=True),
    Kind(name="blobs", make=_blob),
    Kind(name="letters", make=_letter),
    Kind(name="symbols", make=_symbol),
    Kind(name="scribbles", make=_scribble),
    Kind(name="halves of digits", make=_half),
    Kind(name="two digits in one", make=_pair),
    Kind(name="photographs", make=_texture),
)
