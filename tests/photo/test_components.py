import cv2
import numpy as np
import pytest

from knn_digits import arrays
from knn_digits.photo.components import MOST, MOST_AREA, Stats, bounded, find_components, sizes


def test_pixels_that_meet_at_a_corner_are_one_component() -> None:
    ink = np.array([[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
    places, stats = find_components(ink)
    assert len(stats) == 3
    assert ((places > 0) == ink).all()
    assert places[0, 0] == places[1, 1] != places[1, 4]
    assert stats[places[1, 4]].tolist() == [4, 1, 1, 2, 2]


def test_the_size_of_a_component_is_its_longer_side() -> None:
    ink = np.zeros((20, 30), np.uint8)
    ink[3:5, 4:25] = 255
    assert sizes(find_components(ink)[1]).tolist() == [30, 21]


def test_no_ink_is_paper_alone() -> None:
    places, stats = find_components(np.zeros((4, 5), bool))
    assert not places.any()
    assert len(stats) == 1


@pytest.mark.parametrize("share", [0.02, 0.4, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (40, 70)])
def test_components_are_measured_as_opencv_measures_them(
    share: float, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "STRIP", 7)
    ink = np.random.default_rng(0).random(shape) < share
    _, labels, expected, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    for given in (ink, 255 * ink.astype(np.uint8)):
        places, stats = find_components(given)
        np.testing.assert_array_equal(places, labels)
        np.testing.assert_array_equal(stats[1:], expected[1:])
        assert stats[0].tolist() == [0, 0, *shape[::-1], np.count_nonzero(~ink)]


def rows_of(n: int, *, width: int = 3, height: int = 3) -> Stats:
    """Return n components one below the other, the lowest first."""
    top = np.arange(n)[::-1]
    return np.array([(0, 0, 9, 9, 81), *((0, y, width, height, 9) for y in top)], np.int32)


def test_of_too_many_components_the_upper_ones_are_looked_at() -> None:
    stats = rows_of(MOST + 5)
    every = np.ones(len(stats), bool)
    assert bounded(stats, every, (9000, 9)).tolist() == list(range(6, MOST + 6))
    every[8:] = False
    assert bounded(stats, every, (9000, 9)).tolist() == list(range(1, 8))


def test_components_whose_boxes_would_cover_the_picture_too_often_are_not_looked_at() -> None:
    stats = rows_of(50, width=100, height=100)
    assert len(bounded(stats, np.ones(51, bool), (100, 100))) == MOST_AREA
