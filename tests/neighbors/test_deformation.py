import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.arrays import Digits
from knn_digits.errors import UsageError
from knn_digits.neighbors.deformation import (
    COARSE_REACH,
    COARSE_WEIGHT,
    FINE_REACH,
    POWER,
    Refinement,
    deformation_distances,
)


def stroke(*points: tuple[int, int], thickness: int = 3) -> NDArray[np.uint8]:
    digit = np.zeros((28, 28), np.uint8)
    cv2.polylines(digit, [np.array(points, np.int32)], False, 255, thickness, cv2.LINE_AA)
    return digit


SEVEN = stroke((7, 6), (20, 6), (12, 23))
BENT_SEVEN = stroke((7, 7), (20, 5), (13, 23))
ONE = stroke((14, 4), (14, 23))


def distance(query: NDArray[np.uint8], *candidates: NDArray[np.uint8]) -> list[float]:
    (found,) = deformation_distances(query[None], [np.stack(candidates)])
    return [float(value) for value in found]


def match_slowly(query: NDArray[np.float64], other: NDArray[np.float64], reach: int) -> float:
    """Return the cost as the definition has it: maps (2, s, s), 0 outside."""
    side, wide = query.shape[1], reach + 1
    query, other = (np.pad(one, ((0, 0), (wide, wide), (wide, wide))) for one in (query, other))
    total = 0.0
    for row in range(wide, wide + side):
        for column in range(wide, wide + side):
            around = query[:, row - 1 : row + 2, column - 1 : column + 2]
            costs = [
                ((around - other[:, row + y - 1 : row + y + 2, column + x - 1 : column + x + 2]) ** 2).sum()
                for y in range(-reach, reach + 1)
                for x in range(-reach, reach + 1)
            ]
            total += min(costs)
    return total


def maps_slowly(digit: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    padded = np.pad(digit, 3) / 255.0
    gradient = np.stack([cv2.Sobel(padded, cv2.CV_64F, 1, 0), cv2.Sobel(padded, cv2.CV_64F, 0, 1)])
    gradient = gradient[:, 3:-3, 3:-3]
    size = np.maximum(np.hypot(*gradient), 1e-19)
    fine = gradient * size ** (POWER - 1)
    size = np.hypot(*fine) + 1e-19
    doubled = np.stack([fine[0] ** 2 - fine[1] ** 2, 2 * fine[0] * fine[1]]) / size
    return fine, doubled.reshape(2, 14, 2, 14, 2).mean(axis=(2, 4))


@pytest.mark.parametrize("other", [BENT_SEVEN, ONE])
def test_the_distance_is_that_of_its_definition(other: NDArray[np.uint8]) -> None:
    (fine, coarse), (other_fine, other_coarse) = maps_slowly(SEVEN), maps_slowly(other)
    expected = match_slowly(fine, other_fine, FINE_REACH)
    expected += COARSE_WEIGHT * match_slowly(coarse, other_coarse, COARSE_REACH)
    assert distance(SEVEN, other) == pytest.approx([expected], rel=1e-3)


def test_a_digit_is_at_distance_0_from_itself() -> None:
    assert distance(SEVEN, SEVEN) == [0]


def test_a_digit_moved_within_reach_is_at_distance_almost_0() -> None:
    moved = np.roll(SEVEN, (1, 1), axis=(0, 1))
    far = np.roll(SEVEN, (5, 5), axis=(0, 1))
    near, away = distance(SEVEN, moved, far)
    assert near < 0.2 * away


def test_a_bent_digit_is_nearer_than_another_label() -> None:
    bent, one = distance(SEVEN, BENT_SEVEN, ONE)
    assert bent < 0.5 * one


def test_a_candidate_is_measured_alike_alone_and_among_others() -> None:
    together = distance(SEVEN, BENT_SEVEN, ONE, SEVEN)
    alone = [distance(SEVEN, candidate)[0] for candidate in (BENT_SEVEN, ONE, SEVEN)]
    assert together == pytest.approx(alone, rel=1e-6)


def test_each_query_has_its_own_candidates_and_none_is_changed() -> None:
    queries: Digits = np.stack([SEVEN, ONE])
    candidates = [np.stack([ONE]), np.stack([SEVEN, ONE, BENT_SEVEN])]
    before = [array.copy() for array in (queries, *candidates)]
    found = deformation_distances(queries, candidates)
    assert [len(distances) for distances in found] == [1, 3]
    assert found[0].dtype == np.float32
    assert found[1].argmin() == 1
    assert all((a == b).all() for a, b in zip(before, (queries, *candidates), strict=True))


def test_blank_digits_have_distances() -> None:
    assert distance(np.zeros((28, 28), np.uint8), np.zeros((28, 28), np.uint8)) == [0]


@pytest.mark.parametrize(("shortlist", "agree"), [(0, 1), (10, 11), (10, 0), (10.0, 5), (True, 1)])
def test_a_refinement_that_makes_no_sense_is_refused(shortlist: int, agree: int) -> None:
    with pytest.raises(UsageError, match="a refinement takes a shortlist"):
        Refinement(shortlist=shortlist, agree=agree)
