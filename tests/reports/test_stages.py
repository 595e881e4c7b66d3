import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.reading import Reading, Stages, read_photo, read_stages
from knn_digits.reports.stages import draw_stages

RULED = pathlib.Path(__file__).parents[2] / "samples" / "form.jpg"


@pytest.fixture(scope="module")
def walked() -> tuple[Reading, Stages]:
    return read_stages(RULED, DigitKNN.load(BUNDLED))


@pytest.fixture(scope="module")
def drawn(walked: tuple[Reading, Stages]) -> dict[str, Pixels]:
    reading, stages = walked
    return draw_stages(stages, reading)


def test_the_stages_come_with_the_reading_that_read_photo_gives(walked: tuple[Reading, Stages]) -> None:
    assert walked[0].text == read_photo(RULED, DigitKNN.load(BUNDLED)).text


def test_there_is_a_picture_for_each_stage_in_the_order_of_the_road(drawn: dict[str, Pixels]) -> None:
    names = ["photo", "flattened", "ink", "lines-removed", "boxes", "cuts", "digits"]
    assert list(drawn) == [f"{number}-{name}" for number, name in enumerate(names, 1)]
    assert all(picture.dtype == np.uint8 and picture.size for picture in drawn.values())


def test_what_was_erased_is_red_and_what_is_left_is_black(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    picture, stages = drawn["4-lines-removed"], walked[1]
    red = (picture[..., 0] > picture[..., 1]).sum()
    black = (picture.max(axis=2) == 0).sum()
    assert red == (stages.ink.mask & ~stages.without_rules).sum() > 0
    assert black == stages.without_rules.sum() > 0


def test_the_sheet_shows_every_digit_as_it_was_classified(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    first = walked[0].lines[0].digits[0].digit
    assert (drawn["7-digits"][:84:3, :84:3] == first).all()
