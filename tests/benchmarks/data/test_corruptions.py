import cv2
import numpy as np
import pytest

from benchmarks.data.corruptions import CORRUPTIONS, Corruption, corrupt
from knn_digits.arrays import Digits


@pytest.fixture
def digits() -> Digits:
    made = np.zeros((4, 28, 28), np.uint8)
    for digit, text in zip(made, "4726", strict=True):
        cv2.putText(digit, text, (5, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    return made


every = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)


def find(name: str) -> Corruption:
    return next(corruption for corruption in CORRUPTIONS if corruption.name == name)


def test_there_are_the_fifteen_of_mnist_c() -> None:
    assert len({corruption.name for corruption in CORRUPTIONS}) == 15


@every
def test_it_makes_other_digits_and_leaves_those_given_as_they_are(
    corruption: Corruption, digits: Digits
) -> None:
    before = digits.copy()
    corrupted = corrupt(digits, corruption)
    assert corrupted.shape == digits.shape
    assert corrupted.dtype == np.uint8
    assert (digits == before).all()
    assert all((one != other).any() for one, other in zip(corrupted, digits, strict=True))


@every
def test_a_digits_chance_is_its_own_and_the_same_again(corruption: Corruption, digits: Digits) -> None:
    assert (corrupt(digits, corruption)[:2] == corrupt(digits[:2], corruption)).all()


@pytest.mark.parametrize(
    "name",
    [
        "shot noise",
        "impulse noise",
        "glass blur",
        "motion blur",
        "translate",
        "fog",
        "spatter",
        "dotted line",
        "zigzag",
    ],
)
def test_another_seed_is_another_chance(name: str, digits: Digits) -> None:
    first, other = (corrupt(digits, find(name), seed=seed) for seed in (1, 2))
    assert (first != other).any()


@every
def test_empty_digits_are_no_trouble(corruption: Corruption) -> None:
    assert corrupt(np.zeros((1, 28, 28), np.uint8), corruption).shape == (1, 28, 28)


def test_it_moves_by_three_pixels_and_keeps_the_ink(digits: Digits) -> None:
    moved = corrupt(digits, find("translate"))
    for before, after in zip(digits, moved, strict=True):
        places = [np.argwhere(digit).mean(axis=0) for digit in (before, after)]
        assert np.abs(places[1] - places[0]).tolist() == pytest.approx([3, 3], abs=0.5)


def test_a_scaled_digit_is_seven_tenths_as_high(digits: Digits) -> None:
    heights = [
        np.ptp(np.argwhere(made[0] > 127)[:, 0]) + 1 for made in (digits, corrupt(digits, find("scale")))
    ]
    assert heights[1] / heights[0] == pytest.approx(0.7, abs=0.08)


def test_shear_and_rotation_leave_the_middle_in_place() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 12:16, 12:16] = 255
    for name in ("shear", "rotate"):
        moved = corrupt(dot, find(name))[0].astype(np.float64)
        rows, columns = np.mgrid[:28, :28]
        center = [(moved * axis).sum() / moved.sum() for axis in (rows, columns)]
        assert center == pytest.approx([13.5, 13.5], abs=0.05)


def test_half_of_impulse_noise_is_white_and_about_a_sixth_of_pixels_is_struck() -> None:
    grey = np.full((40, 28, 28), 100, np.uint8)
    noisy = corrupt(grey, find("impulse noise"))
    assert (noisy != 100).mean() == pytest.approx(0.17, abs=0.01)
    assert (noisy == 255).sum() / (noisy != 100).sum() == pytest.approx(0.5, abs=0.02)


def test_edges_are_lines_along_the_stroke() -> None:
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 10:18] = 255
    edges = corrupt(bar, find("canny edges"))[0]
    assert set(np.unique(edges)) == {0, 255}
    assert (edges[14] > 0).sum() == 2
