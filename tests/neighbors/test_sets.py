from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from knn_digits.neighbors.precise import CHOICES, PreciseIndex


@pytest.mark.parametrize("backend", CHOICES)
@hypothesis.given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 1e-200, 1e30]),
    whole=st.booleans(),
    width=st.integers(1, 20),
)
@hypothesis.settings(max_examples=8)
def test_sets_are_the_neighbors_and_are_put_in_their_order(
    backend: str, seed: int, scale: float, whole: bool, width: int
) -> None:
    rng = np.random.default_rng(seed)
    numbers: Any = rng.integers(0, 3, (80, width)) if whole else rng.normal(size=(80, width)) + 1e4
    vectors, queries = numbers[:70] * scale, numbers[60:] * scale
    index = PreciseIndex(vectors.astype(float), backend=backend)
    for k in (5, 70):
        distances, indices = index.kneighbors(queries, k)
        sets = index.nearest_sets(queries, k)
        assert (np.sort(sets, axis=1) == np.sort(indices, axis=1)).all()
        ordered = index.order(queries, sets)
        assert (ordered[1] == indices).all()
        assert (ordered[0] == distances).all()
