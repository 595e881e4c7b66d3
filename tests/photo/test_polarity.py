import cv2
import numpy as np
import pytest

from benchmarks.data.pages import draw_page, training_pool
from knn_digits.arrays import Pixels
from knn_digits.photo.ink import PAPER_SIDE, shrink
from knn_digits.photo.polarity import is_light_on_dark


def framed(*, ink: int, paper: int, around: int) -> Pixels:
    """Return fine writing on a sheet that takes two fifths of a picture."""
    page = np.full((300, 400), around, np.uint8)
    page[60:240, 80:320] = paper
    for row, text in enumerate(("3141592", "6535897", "9323846")):
        cv2.putText(page, text, (90, 110 + 50 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, ink, 2, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("light", [False, True])
def test_fine_writing_tells_more_than_what_lies_around_its_sheet(light: bool) -> None:
    page = framed(ink=40, paper=200, around=80)
    assert is_light_on_dark(255 - page if light else page) == light


@pytest.mark.parametrize("seed", range(4))
def test_a_page_is_dark_on_light_and_inverted_light_on_dark(seed: int) -> None:
    page = draw_page(seed, digits=training_pool(), kind="lines").pixels
    small = shrink(np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8), PAPER_SIDE)
    assert is_light_on_dark(small) != is_light_on_dark(255 - small)


def test_a_picture_of_one_brightness_is_taken_for_paper() -> None:
    assert not is_light_on_dark(np.full((40, 60), 128, np.uint8))
