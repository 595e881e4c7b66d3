from functools import partial

import numpy as np
import pytest

from benchmarks.data.pages import draw_page, training_pool
from benchmarks.judge.labels import RIGHT, WRONG
from benchmarks.judge.turns import NAMES, QUARTERS, Turned, TurnedPage, learn_turns, turn_marks
from knn_digits.classifiers.load import load_bundled
from knn_digits.reading import find_view
from knn_digits.reading.context import sigmoid
from knn_digits.reading.judge import load_judge
from knn_digits.reading.marks import find_marks
from knn_digits.reading.turns import SAMPLE, find_turn

MARKS = 12


def page_of(random: np.random.Generator, *, upright: int = 0, digits: bool = True) -> TurnedPage:
    """Return a page whose marks are nearer to digits in one quarter than in the others, if they are any."""
    tables = random.normal(0, 0.3, (len(QUARTERS), MARKS, len(NAMES))).astype(np.float32)
    if digits:
        tables[upright] += 1
    labels = np.full(MARKS, RIGHT if digits else WRONG)
    turned = Turned(rows=np.arange(MARKS), tables=tables, upright=upright)
    return TurnedPage(source=str(random.integers(1 << 30)), weight=1.0, labels=labels, turned=turned)


@pytest.mark.parametrize("upright", QUARTERS)
def test_a_page_with_digits_is_seen_to_lie_in_every_way_half_the_time_upright(upright: int) -> None:
    page, seen = page_of(np.random.default_rng(1), upright=upright), np.arange(4) / 10
    ways = list(page.ways(seen))
    assert [lies for _, _, lies in ways] == [0, 1, 2, 3]
    assert [share for share, *_ in ways] == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert all(found[lies] == seen[upright] for _, found, lies in ways)


def test_a_page_without_digits_is_to_lie_as_it_lay() -> None:
    page, seen = page_of(np.random.default_rng(1), upright=3, digits=False), np.arange(4) / 10
    ((share, found, lies),) = page.ways(seen)
    assert (share, lies, found[0]) == (1.0, 0, seen[3])


def test_marks_on_their_side_are_no_digits_and_a_page_is_turned_by_less_than_digits_differ() -> None:
    random = np.random.default_rng(2)
    pages = [page_of(random, digits=row % 3 > 0) for row in range(60)]
    trees, limit = learn_turns(pages, folds=3)
    page = page_of(random, upright=2)
    likely = [sigmoid(trees.log_odds(table)).mean() for table in page.turned.tables]
    assert np.argmax(likely) == 2
    assert 0 <= limit < likely[2] - max(likely[:2])


def test_marks_are_turned_as_pages_are() -> None:
    model = load_bundled().unrefined()
    page = draw_page(3, digits=training_pool(), kind="table")
    view = find_view(page.pixels)
    marks = find_marks(view.ink, model, view.rules)
    turned = turn_marks(marks, model, upright=1)
    assert turned is not None
    assert turned.tables.shape == (4, len(turned.rows), len(NAMES))
    assert (len(turned.rows) <= SAMPLE, turned.upright) == (True, 1)
    assert (turned.tables[0] == marks.table(NAMES)[turned.rows]).all()


def test_few_pages_of_words_are_turned_though_letters_upside_down_are_like_digits() -> None:
    pool, model, judge = training_pool(), load_bundled().unrefined(), load_judge()
    draw = partial(draw_page, digits=pool, kind="empty")
    views = [find_view(draw(seed).pixels) for seed in range(30_000, 30_020)]
    assert sum(find_turn(view, model, judge) > 0 for view in views) <= 5
