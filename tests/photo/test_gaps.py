import pytest

from knn_digits.photo.boxes import Box
from knn_digits.photo.gaps import find_words


def boxes_at(*lefts: int, width: int = 30, height: int = 50) -> list[Box]:
    return [Box(left=left, top=0, width=width, height=height) for left in lefts]


def lengths(boxes: list[Box]) -> list[int]:
    return [word.stop - word.start for word in find_words(boxes)]


def test_a_wider_gap_ends_a_word() -> None:
    assert lengths(boxes_at(0, 40, 80, 170, 210, 250, 340)) == [3, 3, 1]


@pytest.mark.parametrize("way", [20, 45, 90, 300])
def test_digits_at_even_distances_are_one_word_however_far_apart(way: int) -> None:
    assert lengths(boxes_at(*range(0, 6 * way, way))) == [6]


def test_uneven_writing_is_one_word() -> None:
    assert lengths(boxes_at(0, 45, 80, 133, 170, 220)) == [6]


def test_a_narrow_digit_in_the_cell_of_a_form_ends_no_word() -> None:
    boxes = boxes_at(0, 60, 180, 240)
    boxes.insert(2, Box(left=131, top=0, width=8, height=50))
    assert lengths(boxes) == [5]


def test_an_empty_cell_of_a_form_ends_a_word() -> None:
    assert lengths(boxes_at(0, 60, 120, 240, 300)) == [3, 2]


def test_the_only_gap_of_a_line_ends_a_word_where_another_digit_has_ample_room() -> None:
    assert [lengths(boxes_at(0, left)) for left in (40, 80, 160)] == [[2], [2], [1, 1]]


def test_no_digits_are_no_words_and_one_digit_is_one() -> None:
    assert (lengths([]), lengths(boxes_at(7))) == ([], [1])
