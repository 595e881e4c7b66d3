import numpy as np

from knn_digits.tables.directions import find_directions


def test_edges_of_one_direction_alone_make_no_grid() -> None:
    level = np.array([(10.0, 10 * row, 90.0, 10 * row) for row in range(1, 9)])
    assert find_directions(level, (100, 100)) is None
