import numpy as np
import pytest

from benchmarks.data.european import european_digits
from knn_digits.datasets import Dataset
from knn_digits.digit import normalize

N = 200


def test_half_of_the_digits_are_1s_and_the_rest_7s_and_4s() -> None:
    digits, labels = european_digits(N)
    assert digits.shape == (N, 28, 28)
    assert digits.dtype == np.uint8
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 7, 1, 4] * (N // 4)


@pytest.mark.parametrize("n", [1, 2, 25])
def test_fewer_digits_are_the_first_of_more(n: int) -> None:
    (few, few_labels), (many, many_labels) = european_digits(n), european_digits(N)
    assert (few == many[:n]).all()
    assert (few_labels == many_labels[:n]).all()


def test_they_are_the_same_at_every_call_and_when_they_are_drawn_anew() -> None:
    digits, labels = european_digits(N)
    european_digits.cache_clear()
    again, labels_again = european_digits(N)
    assert (again == digits).all()
    assert (labels_again == labels).all()


def test_they_follow_the_convention_of_mnist() -> None:
    digits, _ = european_digits(N)
    assert (normalize(digits) == digits).all()
    for digit in digits:
        rows, columns = (np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        mass = digit.sum(dtype=np.float64)
        row, column = (
            float((digit.sum(axis=axis, dtype=np.float64) * np.arange(28)).sum() / mass) for axis in (1, 0)
        )
        assert row == pytest.approx(14, abs=0.51)
        assert column == pytest.approx(14, abs=0.51)


def test_no_two_of_them_are_the_same() -> None:
    digits, _ = european_digits(N)
    assert len({digit.tobytes() for digit in digits}) == len(digits)


def test_they_have_as_much_ink_as_the_digits_of_mnist(sample: Dataset) -> None:
    drawn, known = (digits.mean(axis=(1, 2)) for digits in (european_digits(N)[0], sample.digits))
    low, high = np.quantile(known, [0.01, 0.99])
    assert np.mean((drawn >= low) & (drawn <= high)) > 0.9


def test_a_1_is_wider_above_than_below_and_a_7_at_its_bar_than_at_its_foot() -> None:
    digits, labels = european_digits(N)
    width = (digits > 64).any(axis=1, where=np.arange(28)[:, None] < 14).sum(axis=1)
    foot = (digits > 64).any(axis=1, where=np.arange(28)[:, None] >= 18).sum(axis=1)
    for label in (1, 7):
        assert np.mean(width[labels == label]) > np.mean(foot[labels == label]) + 2
