"""Digits and photos -> pictures as the tutorials show them: a labelled grid, and four panels side by side."""

from dataclasses import replace

import cv2
import numpy as np

from knn_digits.arrays import SIDE, Digits, Labels, Pixels
from knn_digits.images import Picture
from knn_digits.photo.ink import PAPER_SIDE, shrink
from knn_digits.photo.polarity import is_light_on_dark
from knn_digits.reading import Reading
from knn_digits.record import told
from knn_digits.reports.canvas import enlarge, write
from knn_digits.reports.readings import annotate

COLUMNS = 10  # digits in a row of the grid
ENLARGED = 3  # times: a digit
LABEL = 22  # pixels: height of the line with the label
GAP = 8  # pixels between digits, and around them
PANEL = 720  # pixels: longest side of a photo; the digits as classified take what they need
TITLE = 30  # pixels: height of the line with a panel's title
TITLES = ("photo", "grey", "light ink on dark", "as classified")


def draw_digits(digits: Digits, labels: Labels) -> Pixels:
    """Return a (height, width) grey picture of (n, 28, 28) digits in rows of ten, each below its label."""
    return draw_grid(digits, [str(label) for label in labels], columns=min(COLUMNS, len(digits)))


def draw_classes(digits: Digits, labels: Labels, *, n: int) -> Pixels:
    """Return the same of n digits, of each class in turn: data may have all of one class first."""
    turns = np.zeros(len(labels), np.intp)
    for label in np.unique(labels):
        turns[labels == label] = np.arange(np.count_nonzero(labels == label))
    rows = np.lexsort((labels, turns))[:n]
    return draw_digits(digits[rows], labels[rows])


def draw_panels(picture: Picture, reading: Reading) -> Pixels:
    """Return a (height, width, 3) RGB picture: the photo as read, grey, inverted, and its 28×28 digits.

    Parameters
    ----------
    picture : Picture
        The photo, of which a dark page with light ink is not inverted once more.
    reading : Reading
    """
    small = _fit(picture.pixels)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    inverted = grey if is_light_on_dark(shrink(grey, PAPER_SIDE)) else 255 - grey
    read = [digit for line in reading.lines for digit in line.digits]
    columns = int(np.ceil(np.sqrt(len(read)))) or 1
    sheet = draw_grid(
        np.array([digit.digit for digit in read], np.uint8).reshape(-1, SIDE, SIDE),
        [f"{digit.text}  {told(digit.probability):.3f}" for digit in read],
        columns=columns,
    )
    drawn = _fit(annotate(replace(picture, pixels=small), reading))
    panels = [drawn, *(np.stack([part] * 3, axis=2) for part in (grey, inverted, sheet))]
    height = max(PANEL, len(sheet))
    return np.hstack([_titled(panel, title, height) for panel, title in zip(panels, TITLES, strict=True)])


def draw_grid(digits: Digits, labels: list[str], *, columns: int) -> Pixels:
    """Return a grey picture of (n, 28, 28) digits in rows of so many, each below what is said of it."""
    side, rows = SIDE * ENLARGED, max(1, -(-len(digits) // columns))
    height, width = side + LABEL + GAP, side + GAP
    sheet = np.full((rows * height + GAP, columns * width + GAP), 255, np.uint8)
    for place, (digit, label) in enumerate(zip(digits, labels, strict=True)):
        top, left = GAP + place // columns * height, GAP + place % columns * width
        write(sheet, label, (left + 2, top + LABEL - 6), height=12)
        sheet[top + LABEL : top + LABEL + side, left : left + side] = enlarge(digit, ENLARGED)
    return sheet


def _fit(pixels: Pixels) -> Pixels:
    """Return the picture scaled so that its longest side is that of a panel."""
    scale = PANEL / max(pixels.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8)


def _titled(panel: Pixels, title: str, high: int) -> Pixels:
    """Return a white page with the title, and the panel below it, in the middle of so many pixels."""
    height, width = panel.shape[:2]
    wide = max(PANEL, width)
    page = np.full((TITLE + high + GAP, wide + 2 * GAP, 3), 255, np.uint8)
    top, left = TITLE + (high - height) // 2, GAP + (wide - width) // 2
    page[top : top + height, left : left + width] = panel
    write(page, title, (GAP, TITLE - 10), height=13)
    return page
