"""A bar is a minus between digits, and a rule above and below them."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.reading import Reader

SIDE, APART = 64, 58  # pixels: of a digit, and from one to the next

Row = tuple[str, int, int]  # digits, and where they begin: left, top
Bar = tuple[int, int, int]  # left, right, row


def sheet(sample: Dataset, rows: list[Row], bar: Bar) -> Pixels:
    """Return a sheet with rows of digits and a bar."""
    page = np.full((440, 520), 240, np.uint8)
    for text, left, top in rows:
        for place, label in enumerate(text):
            digit = sample.digits[np.flatnonzero(sample.labels == int(label))[7]]
            ink = cv2.resize(digit, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            part = page[top : top + SIDE, left + APART * place :][:, :SIDE]
            part[:] = np.minimum(part, 240 - 0.8 * ink)
    left, right, row = bar
    cv2.line(page, (left, row), (right, row), 60, 4, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(
    ("rows", "bar", "text"),
    [
        ([("427", 150, 50), ("135", 150, 140), ("562", 150, 260)], (130, 340, 235), "427\n135\n562"),
        ([("13", 180, 60), ("48", 180, 165)], (170, 300, 145), "13\n48"),
        ([("42", 100, 100), ("7", 300, 100)], (240, 285, 132), "42-7"),
    ],
    ids=["addition", "fraction", "minus"],
)
def test_a_bar_is_a_minus_only_between_digits(rows: list[Row], bar: Bar, text: str, sample: Dataset) -> None:
    assert Reader("bundled").read(sheet(sample, rows, bar)).text_with_signs == text
