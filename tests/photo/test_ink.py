from collections.abc import Callable

import cv2
import numpy as np
import pytest

from knn_digits import arrays
from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.ink import ENLARGED_SIDE, NO_INK, WORKING_SIDE, find_ink
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


def test_less_blur_leaves_the_hole_of_a_small_loop_open() -> None:
    loops = np.zeros((900, ENLARGED_SIDE), np.uint8)
    for left in range(100, ENLARGED_SIDE - 100, 100):
        cv2.circle(loops, (left, 450), 4, 255, 2)
    found = [find_ink(shoot(loops), blur=blur).darkness for blur in (0.5, 1)]
    assert all(darkness.shape == loops.shape for darkness in found)
    sharp, smooth = (float(darkness[450, 100:-100:100].mean()) for darkness in found)
    assert sharp < 0.8 * smooth


def test_light_on_dark_is_the_same_ink_as_dark_on_light(written: Pixels) -> None:
    photo = shoot(written, noise=0)
    dark, light = find_ink(photo), find_ink(255 - photo)
    assert (dark.mask == light.mask).all()
    assert (dark.darkness == light.darkness).all()


@pytest.mark.parametrize("photograph", LIGHTS.values(), ids=LIGHTS)
def test_ink_that_is_measured_strip_by_strip_is_that_of_the_whole(
    photograph: Callable[[Pixels], Pixels], written: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photograph(written)
    found = []
    for strip in (50, 1 << 20):
        monkeypatch.setattr(arrays, "STRIP", strip)
        found.append(find_ink(photo))
    assert found[0] == found[1]


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


@pytest.mark.parametrize(
    ("pen", "paper"),
    [((200, 60, 50), (60, 160, 80)), ((40, 60, 200), (60, 160, 80))],
    ids=["red on green", "blue on green"],
)
def test_gaps_between_strokes_are_paper_where_a_color_of_the_ink_is_brighter_than_that_of_the_paper(
    pen: tuple[int, int, int], paper: tuple[int, int, int], written: Pixels
) -> None:
    assert agreement(find_ink(shoot(written, pen=pen, paper=paper)).mask, written) > 0.9


def test_the_threshold_is_about_half_of_the_inks_contrast(written: Pixels) -> None:
    strong, faint = (find_ink(shoot(written, pen=(grey,) * 3, paper=(220,) * 3)) for grey in (44, 165))
    assert strong.threshold == pytest.approx(0.4, abs=0.1)
    assert faint.threshold == pytest.approx(0.125, abs=0.04)


def test_a_large_photo_of_thick_strokes_is_reduced_and_one_of_thin_strokes_enlarged(sample: Dataset) -> None:
    thick = sheet_of(sample.digits, range(10, 14), range(14, 18), scale=18).ink
    ink = find_ink(shoot(thick))
    assert WORKING_SIDE <= max(ink.mask.shape) < max(thick.shape)
    height, width = ink.mask.shape
    reduced = np.asarray(cv2.resize(thick, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    assert agreement(ink.mask, reduced) > 0.95
    thin = np.zeros((1000, 1500), np.uint8)
    cv2.polylines(thin, [np.array([(600, 460), (680, 460), (630, 560)], np.int32)], False, 255, 2)
    assert max(find_ink(shoot(thin)).mask.shape) == ENLARGED_SIDE


def test_the_photo_is_left_as_it_was(written: Pixels) -> None:
    photo = shoot(written)
    before = photo.copy()
    find_ink(photo)
    assert (photo == before).all()


def test_where_no_edge_tells_the_threshold_one_can_be_forced(written: Pixels) -> None:
    soft = np.asarray(cv2.GaussianBlur(shoot(written), (0, 0), 40), np.uint8)
    assert find_ink(soft).threshold == NO_INK
    forced = find_ink(soft, force=True)
    assert 0 < forced.threshold < 1
    assert (forced.mask == (forced.darkness > forced.threshold)).all()


def test_a_threshold_that_the_edges_told_is_kept(written: Pixels) -> None:
    photo = shoot(written)
    assert find_ink(photo, force=True).threshold == find_ink(photo).threshold
