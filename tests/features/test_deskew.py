import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset
from knn_digits.digit import normalize
from knn_digits.features.deskew import Deskewed


def slant(picture: NDArray[np.float32]) -> float:
    """Return by how many columns the ink leans to the right for each row down."""
    row, column = np.indices(picture.shape)
    mass = float(picture.sum())
    down, across = row - (picture * row).sum() / mass, column - (picture * column).sum() / mass
    return float((picture * down * across).sum() / (picture * down**2).sum())


def bar(lean: float) -> Digits:
    """Return a bar of 20 rows, 3 columns wide, that leans by so many columns a row."""
    digit = np.zeros((1, 28, 28), np.uint8)
    for row in range(4, 24):
        left = round(13 + lean * (row - 14))
        digit[0, row, left : left + 3] = 255
    return digit


@pytest.mark.parametrize("lean", [-0.6, -0.3, 0.0, 0.2, 0.5])
def test_a_leaning_bar_comes_out_upright(lean: float) -> None:
    upright = Deskewed()(bar(lean)).reshape(28, 28)
    assert slant(bar(lean)[0].astype(np.float32)) == pytest.approx(lean, abs=0.05)
    assert abs(slant(upright)) < 0.02
    assert ((upright > 64).any(axis=0)).sum() <= 5


def test_digits_have_hardly_any_slant_left_and_keep_their_ink(sample: Dataset) -> None:
    digits = sample.digits[:300]
    upright = Deskewed()(digits).reshape(-1, 28, 28)
    before = [abs(slant(digit.astype(np.float32))) for digit in digits]
    after = [abs(slant(digit)) for digit in upright]
    assert np.mean(before) > 0.1
    assert np.mean(after) < 0.02
    np.testing.assert_allclose(upright.sum(axis=(1, 2)), digits.sum(axis=(1, 2)), rtol=0.1)


def test_values_are_whole_numbers_from_0_to_255(sample: Dataset) -> None:
    vectors = Deskewed()(sample.digits[:100])
    assert vectors.shape == (100, 784)
    assert (vectors == vectors.round()).all()
    assert vectors.min() >= 0
    assert vectors.max() <= 255


def test_a_flat_line_and_a_blank_digit_have_no_slant_and_keep_their_rows() -> None:
    line = np.zeros((5, 40), np.uint8)
    line[2] = 255
    digits = normalize([line, np.zeros((9, 9), np.uint8)])
    upright = Deskewed()(digits).reshape(2, 28, 28)
    assert (upright.any(axis=2) == digits.any(axis=2)).all()
