"""Darkness of paper on which light falls unevenly."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.flat import darkness

HEIGHT, WIDTH, WINDOW, EDGE = 100, 200, 37, 120  # pixels
FAINT = 0.06  # darkness of the faintest strokes


def shaded(*, left: int, right: int) -> Pixels:
    """Return paper as light as this on both sides of an edge, as a photo of a fold or a shadow has it."""
    paper = np.full((HEIGHT, WIDTH), left, np.float32)
    paper[:, EDGE:] = right
    return np.asarray(cv2.GaussianBlur(paper, (0, 0), 1.0), np.uint8)


@pytest.mark.parametrize(("left", "right"), [(160, 220), (220, 160)])
def test_the_edge_of_a_shadow_is_no_stroke(left: int, right: int) -> None:
    assert darkness(shaded(left=left, right=right), WINDOW, edges=True).max() < FAINT


@pytest.mark.parametrize("column", [60, 105, 135, 160])
def test_a_stroke_beside_it_is_as_dark_as_on_even_paper(column: int) -> None:
    page = shaded(left=160, right=220)
    page[30:70, column : column + 4] //= 2
    stroke = darkness(page, WINDOW, edges=True)[40:60, column : column + 4]
    assert stroke.min() == pytest.approx(0.5, abs=0.06)
