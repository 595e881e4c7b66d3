import numpy as np
import pytest

from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.inspection import find_doubts

SEEN = 1000  # digits


@pytest.fixture(scope="module")
def wrong(sample: Dataset) -> dict[int, int]:
    """Rows of 12 digits, and wrong labels for them."""
    rows = np.random.default_rng(7).permutation(SEEN)[:12]
    return {int(row): int(sample.labels[row] + 1 + row % 9) % 10 for row in rows}


def test_labels_that_are_wrong_come_first_with_the_right_ones(sample: Dataset, wrong: dict[int, int]) -> None:
    labels = sample.labels[:SEEN].copy()
    labels[list(wrong)] = list(wrong.values())
    doubts = find_doubts(sample.digits[:SEEN], labels)
    assert len({doubt.index for doubt in doubts} & set(wrong)) >= 11
    assert len({doubt.index for doubt in doubts[:16]} & set(wrong)) >= 9
    assert len(doubts) < 60
    mended = [doubt.suggested == sample.labels[doubt.index] for doubt in doubts if doubt.index in wrong]
    assert sum(mended) >= 10
    scores = [round(doubt.score, 3) for doubt in doubts]
    assert scores == sorted(scores, reverse=True)
    for doubt in doubts:
        assert doubt.label == labels[doubt.index] != doubt.suggested
        assert doubt.index not in doubt.neighbors


def test_digits_of_one_label_raise_no_doubts(sample: Dataset) -> None:
    ones = sample.digits[sample.labels == 1][:40]
    assert find_doubts(ones, np.ones(len(ones), np.int64)) == []


@pytest.mark.parametrize("n", [2, 5, 30])
def test_few_digits_are_enough(n: int, sample: Dataset) -> None:
    doubts = find_doubts(sample.digits[:n], sample.labels[:n])
    assert doubts
    assert all(len(doubt.neighbors) == min(9, n - 1) for doubt in doubts)


def test_one_digit_alone_is_refused(sample: Dataset) -> None:
    with pytest.raises(DataError, match="at least two are needed"):
        find_doubts(sample.digits[:1], sample.labels[:1])
