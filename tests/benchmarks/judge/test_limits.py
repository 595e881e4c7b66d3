import pathlib
from dataclasses import fields
from typing import Any

from benchmarks.data.truth import Photo
from benchmarks.judge.limits import LIMITS, OF_PAGES, Pair, pick, read_apart
from knn_digits.evaluation import PhotoScore

DIGITS = 100


def photo(source: str) -> Photo:
    known: dict[str, Any] = {one.name: "" for one in fields(Photo)}
    more = {"path": pathlib.Path(source), "lines": ("1" * DIGITS,), "source": source}
    return Photo(**known | more)


def score(wrong: int) -> PhotoScore:
    return PhotoScore(photos=1, exact=int(not wrong), digits=DIGITS, wrong=wrong, invented=0)


def read_best_at(best: list[float]) -> dict[Pair, list[PhotoScore]]:
    """Return photos that are read right by one limit of evidence each, whatever the limit of pages to 0.4."""
    return {
        (least, page): [score(0 if least == one and page <= 0.4 else 50) for one in best]
        for least in LIMITS
        for page in OF_PAGES
    }


def test_limits_are_those_that_read_most_right_and_leave_most_pages_alone_at_no_cost() -> None:
    photos = [photo(source) for source in "abc"]
    assert pick(photos, read_best_at([0.3, 0.3, 0.5]), range(3)) == (0.3, 0.4)


def test_of_limits_that_differ_by_less_than_a_photo_the_highest_is_chosen() -> None:
    photos = [photo(source) for source in "abc"]
    read = read_best_at([0.3, 0.3, 0.3])
    close = [*read[0.3, 0.0][:2], score(1)]  # a digit, but not the photo
    read |= {(0.35, page): close for page in OF_PAGES}
    assert pick(photos, read, range(3))[0] == 0.3
    read |= {
        (0.35, page): [*close[:2], PhotoScore(photos=1, exact=1, digits=DIGITS, wrong=1, invented=0)]
        for page in OF_PAGES
    }
    assert pick(photos, read, range(3))[0] == 0.35


def test_a_photo_is_read_by_limits_that_were_chosen_without_its_source() -> None:
    photos = [photo(source) for source in "abbb"]
    read = read_best_at([0.5, 0.3, 0.3, 0.3])
    assert [one.wrong for one in read_apart(photos, read, 2)] == [50, 50, 50, 50]
    assert [one.wrong for one in read_apart(photos, read_best_at([0.3] * 4), 2)] == [0, 0, 0, 0]
