import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.reading import Reading, Stages, read_photo, read_stages
from knn_digits.reports.stages import READ_COLOR, draw_stages

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
    names = ["photo", "flattened", "ink", "candidates", "evidence", "read", "digits"]
    assert list(drawn) == [f"{number}-{name}" for number, name in enumerate(names, 1)]
    assert all(picture.dtype == np.uint8 and picture.size for picture in drawn.values())


def test_rules_are_red_and_the_rest_of_the_ink_is_black(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    picture, view = drawn["3-ink"], walked[1].view
    red = (picture[..., 0] > picture[..., 1]).sum()
    black = (picture.max(axis=2) == 0).sum()
    assert red == view.rules.sum() > 0
    assert black == (view.ink.mask & ~view.rules).sum() > 0


def test_each_digit_read_is_in_a_green_box(drawn: dict[str, Pixels], walked: tuple[Reading, Stages]) -> None:
    picture, stages = drawn["6-read"], walked[1]
    assert len(stages.chosen)
    for left, top, width, height in stages.marks.boxes[stages.chosen].tolist():
        edge = picture[top, left : left + width]
        assert (edge == READ_COLOR).all(), (left, top, width, height)


def test_the_sheet_shows_every_digit_as_it_was_classified(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    first = walked[0].lines[0].digits[0].digit
    assert (drawn["7-digits"][:84:3, :84:3] == first).all()
