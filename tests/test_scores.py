import hypothesis
import pytest
from hypothesis import strategies as st

from knn_digits.evaluation import PhotoScore, add_scores, bag_distance, edit_distance, score_photo

texts = st.text("0123456789?", max_size=12)


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("", "", 0),
        ("7", "7", 0),
        ("", "123", 3),
        ("123", "", 3),
        ("05221859", "0522185?", 1),  # one refused
        ("05221859", "0521859", 1),  # one missed
        ("05221859", "905221859", 1),  # one invented
        ("12", "21", 2),
        ("12345", "51234", 2),  # moved: taken out and put in again
    ],
)
def test_the_edit_distance_of_known_cases(first: str, second: str, distance: int) -> None:
    assert edit_distance(first, second) == distance


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("12", "21", 0), ("112", "122", 1), ("123", "", 3), ("12", "1234", 2), ("123", "14?", 2)],
)
def test_the_bag_distance_of_known_cases(first: str, second: str, distance: int) -> None:
    assert bag_distance(first, second) == distance


@hypothesis.given(texts, texts, texts)
def test_the_edit_distance_is_a_distance(first: str, second: str, third: str) -> None:
    assert (edit_distance(first, second) == 0) == (first == second)
    assert edit_distance(first, second) == edit_distance(second, first)
    assert edit_distance(first, third) <= edit_distance(first, second) + edit_distance(second, third)


@hypothesis.given(texts, texts)
def test_order_costs_but_never_gains(first: str, second: str) -> None:
    assert abs(len(first) - len(second)) <= bag_distance(first, second) <= edit_distance(first, second)
    assert bag_distance(first, first[::-1]) == 0


def test_a_photo_loses_no_more_digits_than_it_has() -> None:
    assert score_photo("7", "20185231807") == PhotoScore(photos=1, exact=0, digits=1, wrong=1, invented=0)


def test_a_photo_without_order_is_exact_in_any_order() -> None:
    assert score_photo("8125", "5218", ordered=False).exact == 1
    assert score_photo("8125", "5218").exact == 0


def test_digits_read_where_there_are_none_are_counted_apart_and_refused_ones_are_not() -> None:
    assert score_photo("", "12?") == PhotoScore(photos=1, exact=0, digits=0, wrong=0, invented=2)
    assert score_photo("", "??").exact == 1


def test_scores_add_up() -> None:
    total = add_scores([score_photo("1234", "1234"), score_photo("56", "5"), score_photo("", "9")])
    assert total == PhotoScore(photos=3, exact=1, digits=6, wrong=1, invented=1)
    assert total.accuracy == pytest.approx(5 / 6)
    assert total.interval is not None
    low, high = total.interval
    assert low < 5 / 6 < high <= 1


def test_nothing_to_read_has_no_accuracy() -> None:
    assert add_scores([]).accuracy is None
    assert score_photo("", "").interval is None
