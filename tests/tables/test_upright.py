from dataclasses import replace

import cv2
import numpy as np
import pytest

from knn_digits.reading import find_ink_on_page
from knn_digits.tables.finding import find_tables
from knn_digits.tables.references import load_scout
from knn_digits.tables.upright import find_upright
from tests.tables.scenes import draw


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_dirt_turns_no_table(seed: int) -> None:
    random = np.random.default_rng(seed)
    page = draw([[""] * 6] * 6)
    for x, y in random.uniform(70, 470, (60, 2)):
        points = np.array([x, y]) + random.uniform(-9, 9, (4, 2))
        cv2.polylines(page, [np.round(points).astype(np.int32)], False, (60, 60, 60), 2)
    (table,) = find_tables(find_ink_on_page(page))
    assert find_upright(table, load_scout()) == 0


def test_a_table_without_marks_stays_as_it_is() -> None:
    (table,) = find_tables(find_ink_on_page(draw([[""] * 6] * 6)))
    bare = replace(table.ink, darkness=0 * table.ink.darkness)
    assert find_upright(replace(table, ink=bare), load_scout()) == 0
