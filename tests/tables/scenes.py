"""A grid, drawn -> a photo of it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.datasets import load_dataset

SIGNS = {"-": ((8, 15), (20, 15)), "/": ((24, 1), (4, 27)), ".": ((14, 23), (14, 23))}  # from, to


def draw_sign(sign: str) -> NDArray[np.uint8]:
    """Return the ink of a sign as high as a digit's is, (28, 28)."""
    ink = np.zeros((28, 28), np.uint8)
    cv2.line(ink, *SIGNS[sign], 255, 2, cv2.LINE_AA)
    return ink


def _rule(
    page: NDArray[np.uint8], rows: int, columns: int, side: int, *, open_sides: bool, ruled: bool
) -> None:
    skip = 1 if open_sides else 0 if ruled else 1 + max(rows, columns)
    for row in range(skip, rows + 1 - skip):
        cv2.line(page, (60, 60 + row * side), (60 + columns * side, 60 + row * side), 90, 2)
    for column in range(skip, columns + 1 - skip):
        cv2.line(page, (60 + column * side, 60), (60 + column * side, 60 + rows * side), 90, 2)


def draw(
    texts: list[list[str]],
    *,
    side: int = 70,
    turned: int = 0,
    lean: float = 0.0,
    open_sides: bool = False,
    ruled: bool = True,
    framed: bool = False,
    uneven: int = 0,
) -> NDArray[np.uint8]:
    """Return a ruled table with these digits of the sample in its cells, dark on light.

    Those of every other column stand `uneven` pixels higher, the others so much lower.
    """
    rows, columns = len(texts), len(texts[0])
    page = np.full((rows * side + 120, columns * side + 120), 235, np.uint8)
    _rule(page, rows, columns, side, open_sides=open_sides, ruled=ruled)
    if framed:
        cv2.rectangle(page, (60, 60), (60 + columns * side, 60 + rows * side), 90, 2)
    sample = load_dataset("sample")
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            for place, label in enumerate(text):
                which = np.flatnonzero(sample.labels == int(label))[11 + place] if label.isdigit() else 0
                small = sample.digits[which] if label.isdigit() else draw_sign(label)
                digit = cv2.resize(small, (44, 44), interpolation=cv2.INTER_CUBIC)
                top = 60 + row * side + (side - 44) // 2 + (uneven if column % 2 else -uneven)
                left = 60 + column * side + round(side * (place + 0.5) / len(text)) - 22
                part = page[top : top + 44, left : left + 44]
                part[:] = np.minimum(part, 255 - digit)
    height, width = page.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array(
        [(lean * width, 0), (-lean * width, lean * height), (0, 0), (0, 0)], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(page, matrix, (width, height), borderValue=235)
    return np.ascontiguousarray(np.rot90(np.repeat(seen[..., None], 3, axis=2), turned))
