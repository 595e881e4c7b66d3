import numpy as np

from knn_digits.tables.directions import Bend, find_bent_directions, find_directions


def test_edges_of_one_direction_alone_make_no_grid() -> None:
    level = np.array([(10.0, 10 * row, 90.0, 10 * row) for row in range(1, 9)])
    assert find_directions(level, (100, 100)) is None


def test_what_is_laid_flat_is_bent_back() -> None:
    bend = Bend(middle=np.array([30.0, 40.0]), along=np.array([0.6, 0.8]), curve=0.002)
    points = np.random.default_rng(0).uniform(0, 100, (20, 2))
    np.testing.assert_allclose(bend.bent(bend.laid_flat(points)), points)


def test_arcs_are_laid_flat_and_straight_lines_left_as_they_are() -> None:
    x = np.arange(0.0, 1000, 50)
    rows = [(a, 100 * row, a + 50, 100 * row) for row in range(1, 10) for a in x]
    columns = [(100 * column, a, 100 * column, a + 50) for column in range(1, 10) for a in x]
    straight = np.array([*rows, *columns], np.float64)
    assert find_directions(straight, (1000, 1000)) is not None
    assert find_bent_directions(straight, (1000, 1000)) is None
    bend = Bend(middle=np.array([500.0, 500.0]), along=np.array([1.0, 0.0]), curve=0.0003)
    arcs = bend.bent(straight.reshape(-1, 2)).reshape(-1, 4)
    found = find_bent_directions(arcs, (1000, 1000))
    assert found is not None
    (own,) = found.bends
    assert abs(own.curve * np.sign(own.along[0]) - 0.0003) < 0.00005
    assert len(found.level) == len(rows)
    ends = found.on_ink(found.level[:, :4].reshape(-1, 2))
    np.testing.assert_allclose(np.sort(ends[:, 1]), np.sort(arcs[: len(rows)].reshape(-1, 2)[:, 1]), atol=1)
