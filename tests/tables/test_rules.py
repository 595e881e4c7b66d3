import tracemalloc

import numpy as np
import pytest

from knn_digits.reading import evidence
from knn_digits.tables.directions import Edges
from knn_digits.tables.rules import join, rule_width

THICKNESS = 4.0


def edges(count: int) -> Edges:
    """Short edges of ink on lines ten pixels apart, half of them above it."""
    chance = np.random.default_rng(0)
    start, row = chance.uniform(0, 1000, count), 10.0 * chance.integers(0, 100, count)
    side = np.where(np.arange(count) % 2, 1.0, -1.0)
    row += side * THICKNESS / 2
    return np.stack([start, row, start + chance.uniform(5, 15, count), row, side], axis=1)


def test_edges_that_are_compared_some_at_a_time_make_the_rules_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for rows in (7, 1000):
        monkeypatch.setattr(evidence, "ROWS", rows)
        found.append((join(edges(300), thickness=THICKNESS), rule_width(edges(300))))
    assert found[0] == found[1]
    assert found[0][1] > 0


def test_to_compare_many_edges_with_all_others_fills_no_memory() -> None:
    many = edges(3000)
    tracemalloc.start()
    try:
        join(many, thickness=THICKNESS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(many) ** 2  # a matrix of float64
