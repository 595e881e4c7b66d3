"""What drawn signs promise: pictures as of digits, the same at every call."""

import numpy as np
import pytest

from benchmarks.data.drawn import LETTERS, SIGNS, draw_signs
from knn_digits.digit import find_blank, normalize


@pytest.mark.parametrize("name", [*SIGNS, *LETTERS])
def test_a_sign_is_drawn_the_same_at_every_call_and_as_a_digit_is_placed(name: str) -> None:
    signs = draw_signs(name, 5)
    assert (signs == draw_signs(name, 5)).all()
    assert not find_blank(signs).any()
    assert (normalize(signs) == signs).all()
    assert len({sign.tobytes() for sign in signs}) == 5


def test_another_seed_draws_others() -> None:
    assert not np.array_equal(draw_signs("+", 3), draw_signs("+", 3, seed=99))
