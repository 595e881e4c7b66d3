import numpy as np
import pytest

from benchmarks.data.nondigits import KINDS, LETTERS, SYMBOLS, Kind, make_things
from knn_digits.datasets import Dataset

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
def test_things_are_made_the_same_again_and_differ_by_seed(kind: Kind, sample: Dataset) -> None:
    digits = sample.digits[:100]
    first, again, other = (make_things(kind, 20, digits, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (20, 28, 28)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first != other).any()


@every_kind
def test_things_have_ink_unless_they_are_blank(kind: Kind, sample: Dataset) -> None:
    things = make_things(kind, 50, sample.digits[:100])
    inked = (things.max(axis=(1, 2)) > 127) & (things.min(axis=(1, 2)) < 128)
    assert inked.any() != (kind.name == "blank")
    assert inked.mean() in (0, pytest.approx(1, abs=0.1))


def test_no_letter_is_a_digit() -> None:
    assert not set(LETTERS + SYMBOLS) & set("0123456789OoIl|!/()")
