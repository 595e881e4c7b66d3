"""Draws pages of the embedded digits for the tests."""

import pathlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from knn_digits.arrays import Digits, Pixels

PAPER, INK = 225, 40  # grey
MARGIN = 40  # pixels
CELL = 112  # pixels: a digit of 28 enlarged four times


def draw(digits: Digits, *lines: Sequence[int]) -> Pixels:
    """Return a page of the digits in these rows, line by line, all lines of one length."""
    large = [
        [cv2.resize(digits[row], (CELL, CELL), interpolation=cv2.INTER_CUBIC) for row in line]
        for line in lines
    ]
    ink = np.pad(np.vstack([np.hstack(line) for line in large]), MARGIN)
    return np.rint(PAPER - ink * ((PAPER - INK) / 255)).astype(np.uint8)


def save(path: pathlib.Path, page: Pixels) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(page).save(path)
    return path
