import numpy as np
import pytest

from knn_digits.tables.lattice import filled


@pytest.mark.parametrize(("wide", "lines"), [(1.0, 11), (1.8, 11), (2.0, 12)])
def test_a_rule_is_missing_only_where_a_step_is_twice_the_others(wide: float, lines: int) -> None:
    places = 50 * np.cumsum([0.0, wide, *[1.0] * 9])
    paths = np.stack([places, np.zeros(11), np.zeros(11)], axis=1)
    assert len(filled(paths, places)) == lines
