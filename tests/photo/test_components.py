import cv2
import numpy as np
import pytest

from knn_digits import arrays
from knn_digits.photo.components import (
    MOST,
    MOST_AREA,
    Components,
    Places,
    Stats,
    bounded,
    find_components,
    find_places,
    sizes,
)


def places_of(components: Components) -> Places:
    """Return the component of each pixel."""
    places = np.zeros(components.ink.shape, np.int32)
    for label in range(1, len(components.stats)):
        places[components.span(label)][components.own(label)] = label
    return places


def test_pixels_that_meet_at_a_corner_are_one_component() -> None:
    ink = np.array([[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
    components = find_components(ink)
    places = places_of(components)
    assert len(components.stats) == 3
    assert ((places > 0) == ink).all()
    assert places[0, 0] == places[1, 1] != places[1, 4]
    assert components.stats[places[1, 4]].tolist() == [4, 1, 1, 2, 2]


def test_the_size_of_a_component_is_its_longer_side() -> None:
    ink = np.zeros((20, 30), np.uint8)
    ink[3:5, 4:25] = 255
    assert sizes(find_components(ink).stats).tolist() == [30, 21]


def test_no_ink_is_paper_alone() -> None:
    assert not find_places(np.zeros((4, 5), bool)).any()
    assert len(find_components(np.zeros((4, 5), bool)).stats) == 1


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (40, 70), (150, 90)])
def test_components_are_those_that_opencv_finds(
    share: float, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "STRIP", 6)
    ink = np.random.default_rng(0).random(shape) < share
    _, labels, expected, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    for given in (ink, 255 * ink.astype(np.uint8)):
        components = find_components(given)
        np.testing.assert_array_equal(find_places(given), labels)
        np.testing.assert_array_equal(places_of(components), labels)
        np.testing.assert_array_equal(components.stats[1:], expected[1:])
        assert components.stats[0].tolist() == [0, 0, *shape[::-1], np.count_nonzero(~ink)]


def test_lines_that_meet_in_another_strip_are_one_component(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "STRIP", 6)
    comb = np.zeros((31, 40), bool)
    comb[2:, 1::4] = comb[30] = True
    comb[1, 3] = comb[0, 7] = True  # crumbs, before and after it in the order of pixels
    components = find_components(comb)
    assert components.stats[:, 4].tolist() == [31 * 40 - comb.sum(), 1, 1, comb.sum() - 2]
    one, crumb = components.cut_out(components.span(3, around=1), 3)
    assert (one.sum() - crumb.sum()) == 1


def test_ink_is_cut_out_with_what_stands_around_it() -> None:
    ink = np.zeros((9, 9), bool)
    ink[2:5, 2] = ink[2:5, 6] = ink[8] = True
    components = find_components(ink)
    span = components.span(1, 2, around=1)
    assert span == (slice(1, 6), slice(1, 8))
    near, own = components.cut_out(span, 1)
    assert (near == ink[span]).all()
    assert own.sum() == 3
    assert components.cut_out(span, 1, 2)[1].sum() == 6


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
