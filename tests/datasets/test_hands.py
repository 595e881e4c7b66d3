"""What comes with the package: digits of other hands, and marks that are no digits."""

import numpy as np

from knn_digits.datasets.hands import HANDS, OTHER, PAIR, load_hands
from knn_digits.digit import find_blank


def test_the_file_has_at_most_a_megabyte() -> None:
    assert HANDS.stat().st_size <= 1_000_000


def test_each_digit_is_there_and_none_of_them_above_all() -> None:
    hands = load_hands()
    collected = hands.labels[hands.sources != "drawn"]
    counts = np.bincount(collected, minlength=10)
    assert (counts > 0).all()
    assert counts.max() <= 200


def test_each_digit_has_a_source_and_each_mark_a_name() -> None:
    hands = load_hands()
    assert set(hands.sources.tolist()) == {"bhmsds", "hwd1000", "drawn"}
    assert len(hands.digits) == len(hands.labels) == len(hands.sources)
    assert len(hands.signs) == len(hands.names)
    assert set("+-=.,:()") | {"\u00d7", "÷", "w", "y", "z", OTHER, PAIR} == set(hands.names.tolist())


def test_all_are_normalized_but_noise_that_fills_its_picture_and_none_is_blank() -> None:
    hands = load_hands()
    for pictures in (hands.digits, hands.signs):
        assert pictures.shape[1:] == (28, 28)
        assert not find_blank(pictures).any()
        rows, columns = (pictures.any(axis=axis).sum(axis=1) for axis in (2, 1))
        assert ((np.maximum(rows, columns) <= 20) | (np.minimum(rows, columns) > 20)).all()


def test_a_selection_without_marks_keeps_the_digits() -> None:
    hands = load_hands()
    assert len(hands.without_signs().names) == 0
    assert hands.without_signs().digits is hands.digits
