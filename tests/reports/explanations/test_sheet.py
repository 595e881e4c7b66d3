from dataclasses import replace

import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.datasets import load_dataset
from knn_digits.features import make_feature
from knn_digits.features.blocks import Blocks
from knn_digits.reports.canvas import enlarge
from knn_digits.reports.explanations.sheet import (
    COUNT_COLOR,
    ENLARGED,
    GRID_COLOR,
    HIGHEST,
    LESS_COLOR,
    MORE_COLOR,
    TILE,
    WIDTH,
    draw_crop,
    draw_difference,
    draw_digit,
    draw_explanations,
    draw_sheets,
)
from tests.explained import alike_of, explained, left_out_of, model_of

DIGITS = load_dataset("sample").digits
QUERY, TRAINING, LABELS = DIGITS[6], DIGITS[:6], [0, 1, 2, 3, 4, 5]


def is_on(picture: Pixels, part: Pixels) -> bool:
    """Tell whether a part of the picture is this, bit for bit."""
    height, width = part.shape[:2]
    marked = int(part.reshape(height, -1).std(axis=1).argmax())  # the row that tells most
    wanted = part[marked].tobytes()
    for top in range(len(picture) - height + 1):
        row, at = picture[top + marked].tobytes(), -1
        while (at := row.find(wanted, at + 1)) >= 0:
            left = at // 3
            if at % 3 == 0 and (picture[top : top + height, left : left + width] == part).all():
                return True
    return False


def has(picture: Pixels, color: tuple[int, int, int]) -> bool:
    return bool((picture == color).all(axis=2).any())


def test_the_sheet_holds_crop_digit_neighbors_and_differences() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    sheet = draw_explanations([why])
    assert sheet.dtype == np.uint8
    assert sheet.shape[1:] == (WIDTH, 3)
    assert is_on(sheet, draw_crop(why))
    assert is_on(sheet, draw_digit(QUERY, None, None))
    for found in why.neighbors:
        assert found.difference is not None
        assert is_on(sheet, draw_digit(found.digit, None, None))
        assert is_on(sheet, draw_difference(found.difference))


def test_a_runner_up_that_did_not_vote_is_drawn_too() -> None:
    why = explained(model_of(TRAINING, LABELS, k=1), QUERY)
    assert why.runner_up is not None
    assert is_on(draw_explanations([why]), draw_digit(why.runner_up.digit, None, None))


def test_more_explanations_make_a_longer_sheet() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    one, three = draw_explanations([why]), draw_explanations([why] * 3)
    assert (three == np.vstack([one] * 3)).all()


def test_many_digits_make_sheets_of_a_sane_height_that_hold_the_same() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    sheets = list(draw_sheets([why] * 20))
    assert len(sheets) > 1
    assert max(map(len, sheets)) <= HIGHEST
    assert (np.vstack(sheets) == draw_explanations([why] * 20)).all()


def test_more_neighbors_than_fit_in_a_row_go_to_the_next() -> None:
    why = explained(model_of(TRAINING, LABELS, k=6), QUERY)
    sheet = draw_explanations([why])
    assert sheet.shape[1] == WIDTH
    assert all(is_on(sheet, draw_digit(found.digit, None, None)) for found in why.neighbors)


def test_the_counts_are_written_on_the_dimmed_digit_in_their_blocks() -> None:
    grid = Blocks()
    digit = np.zeros((28, 28), np.uint8)
    digit[4:8, 4:9] = 255
    counts = grid(digit[None]).reshape(5, 4)
    drawn = draw_digit(digit, grid, counts)
    assert drawn.shape == (TILE, TILE, 3)
    assert has(drawn, GRID_COLOR)
    start = 4 * ENLARGED
    first = drawn[start : start + 4 * ENLARGED, start : start + 5 * ENLARGED]
    assert has(first, COUNT_COLOR)
    drawn[start : start + 4 * ENLARGED, start : start + 5 * ENLARGED] = 0
    assert not has(drawn, COUNT_COLOR)  # blocks without ink stay empty


def test_counts_that_do_not_fit_are_left_out() -> None:
    grid = Blocks(rows=28, columns=28, ink="grey")
    digit = np.full((28, 28), 255, np.uint8)
    drawn = draw_digit(digit, grid, grid(digit[None]).reshape(28, 28))
    assert not has(drawn, COUNT_COLOR)


def test_a_difference_is_white_where_there_is_none_and_colored_by_its_sign() -> None:
    difference = np.zeros((28, 28), np.int16)
    difference[3, 4], difference[20, 21] = 255, -255
    drawn = draw_difference(difference)
    expected = np.full((28, 28, 3), 255, np.uint8)
    expected[3, 4], expected[20, 21] = MORE_COLOR, LESS_COLOR
    assert (drawn == np.stack([enlarge(expected[..., i], ENLARGED) for i in range(3)], axis=2)).all()


def test_the_blocks_of_a_model_are_drawn_on_all_its_digits() -> None:
    why = explained(model_of(TRAINING, LABELS, feature=make_feature("blocks"), k=3), QUERY)
    sheet = draw_explanations([why])
    for digit, counts in [(QUERY, why.counts), *((found.digit, found.counts) for found in why.neighbors)]:
        assert is_on(sheet, draw_digit(digit, why.grid, counts))


def test_what_was_left_out_comes_last() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    alone, both = draw_explanations([why]), draw_explanations([why], left_out=[left_out_of()])
    assert (both[: len(alone)] == alone).all()
    assert is_on(both[len(alone) :], draw_crop(left_out_of()))


def test_digits_of_the_same_page_have_a_row_of_their_own() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    drawn = draw_explanations([replace(why, alike=alike_of(DIGITS[8]))])
    assert len(drawn) > len(draw_explanations([why]))
    assert is_on(drawn, draw_digit(DIGITS[8], None, None))
