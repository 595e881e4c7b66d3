import numpy as np
import pytest

from knn_digits.arrays import Digits, Vectors
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.features.hog import BATCH, LEAST_SPREAD, OrientedGradients, _away, _gradients


def bar(lean: float) -> Digits:
    """Return a bar of 20 rows, 3 columns wide, that leans by so many columns a row."""
    digit = np.zeros((1, 28, 28), np.uint8)
    for row in range(4, 24):
        left = round(13 + lean * (row - 14))
        digit[0, row, left : left + 3] = 255
    return digit


def shear(digits: Digits, lean: float) -> Digits:
    """Lean the digits by whole columns a row about their middle."""
    rows = [np.roll(digits[:, row], round(lean * (14 - row)), axis=1) for row in range(28)]
    return np.stack(rows, axis=1)


def far(first: Vectors, second: Vectors) -> float:
    return float(np.linalg.norm(first - second, axis=1).mean())


def test_a_slant_changes_little(sample: Dataset) -> None:
    digits = sample.digits[:200]
    feature = OrientedGradients()
    vectors = feature(digits)
    other = far(vectors, np.roll(vectors, 1, axis=0))
    for lean in (-0.3, 0.3):
        assert far(vectors, feature(shear(digits, lean))) < 0.4 * other


def test_a_standing_bar_votes_for_left_and_right_a_lying_one_for_up_and_down() -> None:
    standing = bar(0)
    lying = np.ascontiguousarray(standing.transpose(0, 2, 1))
    votes = [OrientedGradients()(digit).reshape(8, 64).sum(axis=1) for digit in (standing, lying)]
    assert set(np.argsort(votes[0])[-2:].tolist()) == {0, 4}
    assert set(np.argsort(votes[1])[-2:].tolist()) == {2, 6}


def test_values_are_whole_numbers_from_0_to_255_and_a_blank_digit_has_none(sample: Dataset) -> None:
    vectors = OrientedGradients()(sample.digits[:300])
    assert vectors.shape == (300, 512)
    assert (vectors == vectors.round()).all()
    assert vectors.min() >= 0
    assert 0 < vectors.max() <= 255
    assert not OrientedGradients()(np.zeros((1, 28, 28), np.uint8)).any()


@pytest.mark.parametrize(("orientations", "cells"), [(2, 1), (6, 5), (36, 28)])
def test_the_options_make_the_width(orientations: int, cells: int, sample: Dataset) -> None:
    feature = OrientedGradients(orientations=orientations, cells=cells)
    assert feature(sample.digits[:3]).shape == (3, orientations * cells**2)


def test_batches_do_not_show(sample: Dataset) -> None:
    feature = OrientedGradients(orientations=4, cells=3)
    digits = sample.digits[: BATCH + 3]
    assert (feature(digits)[BATCH - 2 :] == feature(digits[BATCH - 2 :])).all()


def test_gradients_do_not_depend_on_where_in_memory_they_lie(sample: Dataset) -> None:
    digits = sample.digits[:10]
    first, kept = _gradients(digits), []
    for size in range(100):
        kept.append(np.empty(1000 + 37 * size, np.uint8))  # what is made next lies elsewhere
        assert all((one == other).all() for one, other in zip(_gradients(digits), first, strict=True))


@pytest.mark.parametrize(
    "options",
    [
        {"orientations": 1},
        {"orientations": 37},
        {"orientations": 8.0},
        {"orientations": True},
        {"cells": 0},
        {"cells": 29},
        {"cells": "8"},
        {"spread": 0},
        {"spread": -1.0},
        {"spread": 29.0},
        {"spread": float("nan")},
        {"spread": LEAST_SPREAD / 2},
        {"spread": 1e-200},
    ],
    ids=str,
)
def test_an_option_out_of_range_is_told_in_one_line(options: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        OrientedGradients(**options)
    message = str(caught.value)
    assert message.startswith("hog takes 2 to 36 orientations, 1 to 28 cells and a spread above 0 up to 28")
    assert repr(next(iter(options.values()))) in message
    assert "\n" not in message


def test_the_least_spread_there_is_still_makes_numbers(sample: Dataset) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        least = OrientedGradients(spread=LEAST_SPREAD)(sample.digits[:20])
    assert np.isfinite(least).all()
    assert least.any()
    assert (least == OrientedGradients(spread=0.05)(sample.digits[:20])).all()  # as good as no blur


@pytest.mark.parametrize("orientations", [2, 3, 8, 9])
def test_directions_are_as_far_from_an_orientation_as_a_remainder_tells(orientations: int) -> None:
    turn = np.linspace(0, orientations, 1001, dtype=np.float32)
    half = orientations / 2
    for orientation in range(orientations):
        wanted = np.abs((turn - orientation + half) % orientations - half)
        assert (_away(turn, orientation, of=orientations) == wanted).all()
