import time
from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.data import hard_pages
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.reading import model_for_photos, read_photo
from knn_digits.reading.warn import TOO_MANY

SECONDS = 20  # of CPU: these take less than the largest pages, for which the README states 30


@pytest.fixture(scope="module")
def model() -> DigitKNN:
    return model_for_photos(DigitKNN.load(BUNDLED))


PAGES: dict[str, Callable[[], Pixels]] = {
    "checks": lambda: hard_pages.checks(600, 600, 1),
    "large checks": lambda: hard_pages.checks(1200, 1500, 1),
    "a grating": lambda: hard_pages.grating(400, 600, 1, 3),
    "an upright grating": lambda: hard_pages.grating(400, 600, 3.1, 0.01),
    "slanting rules": lambda: hard_pages.slanting(2000, 2000, 8, 0.5),
    "a grid": lambda: hard_pages.rules(500, 500, 4, grid=True),
    "squares in squares": lambda: hard_pages.rings(1200, 8, round_ones=False),
    "noise": lambda: hard_pages.blots(800, 800, 3),
    "black": lambda: hard_pages.even(500, 700, 0),
    "half black": lambda: np.hstack([hard_pages.even(700, 500, 0), hard_pages.even(700, 500, 255)]),
}


@pytest.mark.parametrize("draw", PAGES.values(), ids=PAGES)
def test_no_picture_takes_more_than_a_bound_whatever_is_on_it(
    draw: Callable[[], Pixels], model: DigitKNN
) -> None:
    page = draw()
    started = time.process_time()
    reading = read_photo(page, model)
    assert time.process_time() - started < SECONDS
    assert (reading.height, reading.width) == page.shape


def test_a_page_of_too_many_marks_says_that_not_all_were_looked_at(model: DigitKNN) -> None:
    page = hard_pages.tight(2400, 2400, 45, 20, lean=10)
    started = time.process_time()
    reading = read_photo(page, model)
    assert time.process_time() - started < SECONDS
    assert TOO_MANY in reading.warnings
