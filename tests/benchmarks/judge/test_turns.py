from functools import partial

import numpy as np
import pytest

from benchmarks.data.pages import draw_page, training_pool
from benchmarks.judge.labels import RIGHT, UNKNOWN, WRONG
from benchmarks.judge.turns import TurnedPage, describe, learn_turns, turn_page
from knn_digits.classifiers.load import load_bundled
from knn_digits.photo.candidates import take
from knn_digits.reading import find_view
from knn_digits.reading.orientation import NAMES, QUARTERS, load_orientation
from knn_digits.reading.turns import AGAIN, SAMPLE, find_turn

MARKS = 12


def page_of(random: np.random.Generator, *, upright: int = 0, digits: bool = True) -> TurnedPage:
    """Return a page whose marks are nearer to digits in one quarter than in the others, if they are any."""
    tables = random.normal(0, 0.3, (len(QUARTERS), MARKS, len(NAMES))).astype(np.float32)
    if digits:
        tables[upright] += 1
    labels = np.full(MARKS, RIGHT if digits else WRONG)
    source = str(random.integers(1 << 30))
    return TurnedPage(source=source, labels=labels, tables=tables, upright=upright, weight=1.0)


@pytest.mark.parametrize("upright", QUARTERS)
def test_a_page_with_digits_is_seen_to_lie_in_every_way_half_the_time_upright(upright: int) -> None:
    page = page_of(np.random.default_rng(1), upright=upright)
    seen = np.repeat(np.arange(4)[:, None] / 10, MARKS, axis=1)
    ways = list(page.ways(seen))
    assert [lies for _, _, lies in ways] == [0, 1, 2, 3]
    assert [share for share, *_ in ways] == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert all((found[lies] == seen[upright]).all() for _, found, lies in ways)


def test_a_page_without_digits_is_to_lie_as_it_lay() -> None:
    page = page_of(np.random.default_rng(1), upright=3, digits=False)
    seen = np.repeat(np.arange(4)[:, None] / 10, MARKS, axis=1)
    ((share, found, lies),) = page.ways(seen)
    assert (share, lies) == (1.0, 0)
    assert (found[0] == seen[3]).all()


def test_a_page_is_turned_so_that_its_marks_look_like_digits_and_told_of_as_it_lies() -> None:
    random = np.random.default_rng(2)
    pages = [page_of(random, digits=row % 3 > 0) for row in range(60)]
    orientation, right = learn_turns(pages, folds=3)
    for upright in QUARTERS:
        assert orientation.tell(orientation.see(page_of(random, upright=upright).tables)) == upright
    told = describe(pages, right)
    assert set(told) == {"upright", "on a side", "upside down", "on the other side", "without digits"}
    assert min(told.values()) > 0.9


def test_pages_that_are_alike_in_all_turns_teach_to_turn_none() -> None:
    random = np.random.default_rng(3)
    pages = [page_of(random, upright=row % 4, digits=False) for row in range(20)]
    pages += [page_of(random) for _ in range(20)]
    orientation, _ = learn_turns(pages, folds=2)
    assert orientation.start < 0
    assert orientation.tell(orientation.see(page_of(random, digits=False).tables)) == 0


def test_marks_in_boxes_of_digits_are_digits_and_few_marks_are_no_page() -> None:
    model = load_bundled().unrefined()
    plain = find_view(draw_page(3, digits=training_pool(), kind="table").pixels).plain
    marks = take(plain, np.arange(40))
    digits = marks.boxes[2:5].copy()
    digits[2, 2] *= 2  # shares half of the box
    page = turn_page(marks, digits, model, source="a", sure=True, upright=1)
    assert page is not None
    assert page.tables.shape == (4, len(marks), len(NAMES))
    assert (page.labels[2:5].tolist(), page.upright, page.has_digits) == ([RIGHT, RIGHT, UNKNOWN], 1, True)
    assert set(np.delete(page.labels, [2, 3, 4])) == {WRONG}
    unsure = turn_page(marks, digits, model, source="a", sure=False)
    assert unsure is not None
    assert set(np.delete(unsure.labels, [2, 3])) == {UNKNOWN}
    assert turn_page(take(plain, np.arange(3)), digits, model, source="a", sure=True) is None


def test_of_many_marks_a_sample_is_turned() -> None:
    plain = find_view(draw_page(3, digits=training_pool(), kind="table").pixels).plain
    page = turn_page(plain, plain.boxes[::2], load_bundled().unrefined(), source="a", sure=True)
    assert page is not None
    assert len(plain) > AGAIN * SAMPLE >= len(page.labels) == page.tables.shape[1]
    assert page.labels.tolist() == [RIGHT] * len(page.labels)  # every second one is asked


def test_few_pages_of_words_are_turned_though_letters_upside_down_are_like_digits() -> None:
    pool, model, orientation = training_pool(), load_bundled().unrefined(), load_orientation()
    draw = partial(draw_page, digits=pool, kind="empty")
    views = [find_view(draw(seed).pixels) for seed in range(30_000, 30_020)]
    assert sum(find_turn(view, model, orientation) > 0 for view in views) <= 5
