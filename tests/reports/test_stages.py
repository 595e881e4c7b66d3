import pathlib
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.reading import Line, Reading, Stages, read_photo, read_stages
from knn_digits.reports.stages import READ_COLOR, REFUSED_COLOR, RULE_COLOR, draw_stages

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


def test_rules_are_red_and_other_ink_is_black(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    view = walked[1].view
    picture = drawn["3-ink"][: len(view.rules)]
    assert ((picture == RULE_COLOR).all(axis=2) == view.rules).all()
    assert view.rules.any()
    assert ((picture == 0).all(axis=2) == (view.ink.mask & ~view.rules)).all()


@pytest.mark.parametrize("stage", ["3-ink", "4-candidates", "5-evidence", "6-read"])
def test_below_colors_stands_what_they_mean(
    stage: str, drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    legend = drawn[stage][walked[1].view.ink.mask.shape[0] :]
    assert len(legend) > 10
    assert len(np.unique(legend.reshape(-1, 3), axis=0)) > 3


def test_every_digit_that_is_read_is_framed(drawn: dict[str, Pixels], walked: tuple[Reading, Stages]) -> None:
    reading, stages = walked
    assert sum(len(line.digits) for line in reading.lines) == len(stages.chosen) > 0
    for left, top, _, _ in stages.marks.boxes[stages.chosen].tolist():
        assert tuple(drawn["6-read"][top, left]) == READ_COLOR


def test_what_is_a_digit_but_not_known_which_is_red(walked: tuple[Reading, Stages]) -> None:
    reading, stages = walked
    digits = tuple(replace(digit, label=None) for line in reading.lines for digit in line.digits)
    refused = replace(reading, lines=(Line.of(digits),))
    left, top, _, _ = stages.marks.boxes[stages.chosen[0]].tolist()
    assert tuple(draw_stages(stages, refused)["6-read"][top, left]) == REFUSED_COLOR


def test_why_a_mark_is_left_out_is_written_beside_it(
    walked: tuple[Reading, Stages], drawn: dict[str, Pixels]
) -> None:
    reading, stages = walked
    none = draw_stages(replace(stages, chosen=np.arange(len(stages.marks))), reading)["5-evidence"]
    red = [(picture == REFUSED_COLOR).all(axis=2).sum() for picture in (none, drawn["5-evidence"])]
    assert 0 < red[0] < red[1]  # that of the legend alone, and of reasons


def test_a_picture_of_one_digit_has_all_stages(sample: Dataset) -> None:
    reading, stages = read_stages(255 - sample.digits[0], DigitKNN.load(BUNDLED))
    assert len(draw_stages(stages, reading)) == 7


def test_the_sheet_shows_every_digit_as_it_was_classified(
    drawn: dict[str, Pixels], walked: tuple[Reading, Stages]
) -> None:
    first = walked[0].lines[0].digits[0].digit
    assert (drawn["7-digits"][:84:3, :84:3] == first).all()
