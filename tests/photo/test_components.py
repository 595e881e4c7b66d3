import numpy as np

from knn_digits.photo.components import find_components, sizes


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
