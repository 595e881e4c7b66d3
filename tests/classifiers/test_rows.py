from typing import Any

import numpy as np
import pytest

from knn_digits.arrays import Digits, Vectors
from knn_digits.classifiers import directions, rows
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import BEST
from knn_digits.classifiers.rows import Picked, Stacked, describe, pack
from knn_digits.classifiers.validation import held_out
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.features.hog import OrientedGradients
from knn_digits.features.pixels import PixelValues


@pytest.mark.parametrize(
    ("numbers", "dtype"),
    [
        ([0, 255], "uint8"),
        ([0, 256], "uint16"),
        ([-1, 300], "int16"),
        ([-1, 40_000], "float32"),
        ([0.5], "float32"),
    ],
)
def test_vectors_are_packed_in_the_smallest_type_that_holds_them(numbers: list[float], dtype: str) -> None:
    vectors = np.array([numbers], np.float32)
    packed = pack(vectors)
    assert packed.dtype == dtype
    assert (packed == vectors).all()


def test_vectors_that_grow_on_the_way_are_described_exactly(sample: Dataset) -> None:
    def grow(digits: Digits) -> Vectors:
        first = (digits[0] == sample.digits[0]).all()
        return PixelValues()(digits) * np.float32(1 if first else -2.5)

    described = describe(sample.digits[:1200], grow)
    assert described.dtype == np.float32
    assert (described[:500] == PixelValues()(sample.digits[:500])).all()
    assert (described[500:] == PixelValues()(sample.digits[500:1200]) * np.float32(-2.5)).all()


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (lambda digits: digits, "got uint8 of shape (500, 28, 28)"),
        (lambda digits: [[1.0, 2.0] for _ in digits], "got list"),
        (lambda digits: digits[:1].reshape(1, -1), "got shape (1, 784) for 500"),
        (lambda digits: digits[:, 0, 0], "got uint8 of shape (500,)"),
        (lambda digits: digits.reshape(len(digits), -1) / 0.0, "got NaN or infinity"),
        (lambda digits: digits.reshape(len(digits), -1)[:, : len(digits)], "must have 500 columns"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_feature_gives_a_vector_a_digit(sample: Dataset, give: Any, words: str) -> None:
    with pytest.raises(DataError) as caught:
        describe(sample.digits[:700], give)
    assert str(caught.value).startswith("a feature must give (n, d) float32 for n digits")
    assert words in str(caught.value)


def test_rows_of_several_arrays_are_taken_as_of_their_copy(sample: Dataset) -> None:
    parts = (sample.digits[:5], Picked(sample.digits, np.array([9, 7])), sample.digits[20:23])
    joined = np.concatenate([part[:] for part in parts])
    wanted = np.array([9, 0, 6, 5, 5, 2])
    assert Stacked(parts).shape == joined.shape
    assert (Stacked(parts)[wanted] == joined[wanted]).all()


def test_directions_do_not_depend_on_the_blocks_that_are_searched(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits, labels = sample.digits[:900], sample.labels[:900]
    vectors = OrientedGradients()(digits)
    whole = directions.find_directions(vectors, labels, BEST)
    for module in (rows, directions):
        monkeypatch.setattr(module, "BLOCK", 130)
    assert (directions.find_directions(pack(vectors), labels, BEST) == whole).all()


def test_vectors_at_hand_spare_computing_them_again_and_change_nothing(sample: Dataset) -> None:
    digits, labels = sample.digits[:900], sample.labels[:900]
    model = DigitKNN.fit(digits, labels, feature=OrientedGradients(), options=BEST)
    model.validate()
    alone = model.about
    model.validate(vectors=describe(digits, OrientedGradients()))
    assert model.about == alone


def test_at_most_ten_thousand_digits_are_held_out() -> None:
    assert held_out(np.arange(60_000) % 10).sum() == 10_000
    assert held_out(np.arange(600_000) % 10).sum() == 10_000
    assert held_out(np.arange(600) % 10).sum() == 100
