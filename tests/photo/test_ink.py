from collections.abc import Callable

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.ink import NO_INK, WORKING_SIDE, Ink, fainter_ink, find_ink, follow_strokes
from tests.photo.scenes import BLANKS, LIGHTS, agreement, sheet_of, shoot, widen


@pytest.fixture(scope="module")
def written(sample: Dataset) -> Pixels:
    """The ink of ten digits on two lines."""
    return sheet_of(sample.digits, range(10, 15), range(15, 20)).ink


@pytest.mark.parametrize("photograph", LIGHTS.values(), ids=LIGHTS)
def test_the_ink_is_found_where_it_was_written(
    photograph: Callable[[Pixels], Pixels], written: Pixels
) -> None:
    assert agreement(find_ink(photograph(written)).mask, written) > 0.95


def test_a_thick_marker_is_ink_all_through(written: Pixels) -> None:
    thick = widen(written, 12)
    assert agreement(find_ink(shoot(thick)).mask, thick) > 0.95


def test_light_on_dark_is_the_same_ink_as_dark_on_light(written: Pixels) -> None:
    photo = shoot(written, noise=0)
    dark, light = find_ink(photo), find_ink(255 - photo)
    assert (dark.mask == light.mask).all()
    assert (dark.darkness == light.darkness).all()


@pytest.mark.parametrize("make", BLANKS.values(), ids=BLANKS)
def test_blank_paper_has_no_ink(make: Callable[[], Pixels]) -> None:
    assert not find_ink(make()).mask.any()


def test_darkness_is_float32_from_0_on_paper_to_1_and_ink_is_what_is_above_the_threshold(
    written: Pixels,
) -> None:
    ink = find_ink(shoot(written))
    assert ink.darkness.dtype == np.float32
    assert ink.darkness.shape == ink.mask.shape
    assert (ink.darkness >= 0).all()
    assert (ink.darkness <= 1).all()
    assert (ink.mask == (ink.darkness > ink.threshold)).all()
    assert np.median(ink.darkness[written == 0]) < 0.03
    assert np.median(ink.darkness[written == 255]) > 0.7


def test_the_threshold_is_about_half_of_the_inks_contrast(written: Pixels) -> None:
    strong, faint = (find_ink(shoot(written, pen=(grey,) * 3, paper=(220,) * 3)) for grey in (44, 165))
    assert strong.threshold == pytest.approx(0.4, abs=0.1)
    assert faint.threshold == pytest.approx(0.125, abs=0.04)


def test_a_large_photo_of_thick_strokes_is_reduced_a_photo_of_thin_ones_is_not(sample: Dataset) -> None:
    thick = sheet_of(sample.digits, range(10, 14), range(14, 18), scale=18).ink
    ink = find_ink(shoot(thick))
    assert WORKING_SIDE <= max(ink.mask.shape) < max(thick.shape)
    height, width = ink.mask.shape
    reduced = np.asarray(cv2.resize(thick, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    assert agreement(ink.mask, reduced) > 0.95
    thin = np.zeros((1000, 1300), np.uint8)
    cv2.polylines(thin, [np.array([(600, 460), (680, 460), (630, 560)], np.int32)], False, 255, 2)
    assert find_ink(shoot(thin)).mask.shape == thin.shape


def test_the_photo_is_left_as_it_was(written: Pixels) -> None:
    photo = shoot(written)
    before = photo.copy()
    find_ink(photo)
    assert (photo == before).all()


def fading(*, tail: float) -> Ink:
    """Return a bar whose right half is as dark as this, a spot as dark away from it, and a soft edge."""
    darkness = np.zeros((60, 200), np.float32)
    darkness[20:28, 20:100] = 0.8
    darkness[20:28, 100:180] = tail
    darkness[45:53, 150:180] = tail
    darkness[28:30, 20:100] = 0.3
    return Ink(darkness=darkness, mask=darkness > 0.4, threshold=0.4)


def test_a_stroke_is_followed_where_it_becomes_faint_and_a_faint_spot_or_a_soft_edge_is_not() -> None:
    found = follow_strokes(fading(tail=0.3), np.zeros((60, 200), bool)).mask
    assert found[20:28, 20:180].all()
    assert not found[45:53].any()
    assert not found[28:30, 20:90].any()


def test_a_stroke_is_not_followed_where_it_is_too_faint_or_along_a_line() -> None:
    ink = fading(tail=0.2)
    assert (follow_strokes(ink, np.zeros((60, 200), bool)).mask == ink.mask).all()
    ink, line = fading(tail=0.3), np.zeros((60, 200), bool)
    line[20:28, 100:180] = True
    assert (follow_strokes(ink, line).mask == ink.mask).all()


def test_where_there_is_no_ink_nothing_is_followed() -> None:
    ink = Ink(darkness=np.zeros((9, 9), np.float32), mask=np.zeros((9, 9), bool), threshold=NO_INK)
    assert not follow_strokes(ink, ink.mask).mask.any()


def test_ink_much_fainter_than_the_lines_that_were_nearly_all_of_it_is_found() -> None:
    darkness = np.zeros((200, 300), np.float32)
    darkness[60:140, 100:108] = 0.15
    lines = np.zeros(darkness.shape, bool)
    lines[20:180:20] = True
    darkness[lines] = 0.9
    ink = Ink(darkness=darkness, mask=np.zeros(darkness.shape, bool), threshold=0.45)
    found = fainter_ink(ink, lines)
    assert found is not None
    assert found.threshold < 0.15
    assert found.mask[65:75, 101:107].all()
    assert not found.mask[lines].any()


def test_where_lines_are_not_most_of_the_ink_its_threshold_stays() -> None:
    ink = fading(tail=0.3)
    assert fainter_ink(ink, np.zeros(ink.mask.shape, bool)) is None
    line = np.zeros(ink.mask.shape, bool)
    line[5] = True
    assert fainter_ink(ink, line) is None
