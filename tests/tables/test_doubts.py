from dataclasses import replace

import cv2
import numpy as np
import pytest

from knn_digits.photo.boxes import Box, Boxes
from knn_digits.reading import find_ink_on_page
from knn_digits.reading.records import Cell, Mark
from knn_digits.tables.doubts import doubt_place, doubt_shape, find_likely_wrong, name
from knn_digits.tables.fill import warn_of_unlikely
from knn_digits.tables.finding import find_tables
from knn_digits.tables.straight import Straight
from tests.tables.scenes import draw

TEXTS = [["1", "20", "3"], ["5", "6", "78"], ["9", "81", "2"], ["4", "5", "6"]]


@pytest.fixture(scope="module")
def table() -> Straight:
    (found,) = find_tables(find_ink_on_page(draw(TEXTS)))
    assert found.shape == (4, 3)
    return found


def stand(
    table: Straight, places: list[tuple[int, float, float]], high: float = 0.3
) -> tuple[Boxes, np.ndarray]:
    """Return the boxes of digits at these places of cells, across and down from 0 to 1, and the cells."""
    cells = np.array([cell for cell, _, _ in places])
    row, column = np.divmod(cells, table.shape[1])
    size = np.array([np.diff(table.columns)[0], np.diff(table.rows)[0]])
    corners = np.stack([table.columns[column], table.rows[row]], axis=1)
    middles = corners + size * np.array([place[1:] for place in places])
    half = size * high / 2
    return np.round(np.hstack([middles - half, np.broadcast_to(2 * half, middles.shape)])).astype(int), cells


def test_a_table_with_a_number_in_each_cell_is_not_doubted(table: Straight) -> None:
    places = [(cell, across, 0.5) for cell in range(12) for across in (0.3, 0.65)]
    assert list(doubt_shape(table, *stand(table, places))) == []


def test_two_lines_in_most_cells_of_a_row_are_told(table: Straight) -> None:
    places = [(cell, 0.5, down) for cell in (3, 4, 5) for down in (0.25, 0.75)]
    places += [(cell, 0.5, 0.5) for cell in (0, 1, 2, 6)]
    (doubt,) = doubt_shape(table, *stand(table, places))
    assert doubt == "digits above each other: row 2; there may be more rows"


def test_numbers_far_apart_in_most_cells_of_a_column_are_told(table: Straight) -> None:
    places = [(cell, across, 0.5) for cell in (1, 4, 7) for across in (0.1, 0.22, 0.8, 0.92)]
    (doubt,) = doubt_shape(table, *stand(table, places, high=0.1))
    assert doubt == "several numbers a cell: column 2; there may be more columns"
    assert list(doubt_shape(table, *stand(table, places, high=0.1), signed=[1])) == []


def test_a_row_lower_than_digits_is_told(table: Straight) -> None:
    doubts = doubt_shape(table, *stand(table, [(cell, 0.5, 0.5) for cell in range(12)], high=1.1))
    assert next(doubts) == "lower than digits are high: row 1, row 2, row 3, row 4; there may be fewer rows"


def test_a_table_without_digits_is_not_doubted(table: Straight) -> None:
    assert list(doubt_shape(table, np.zeros((0, 4), np.int64), np.zeros(0, np.int64))) == []


def test_more_digits_outside_of_a_table_than_in_it_are_told() -> None:
    page = draw(TEXTS)
    beside = np.tile(draw(TEXTS, ruled=False), (1, 2, 1))
    photo = np.concatenate([page, beside], axis=1)
    ink = find_ink_on_page(photo)
    tables = find_tables(ink)
    (doubt,) = doubt_place(ink, tables)
    assert doubt.startswith("more is written outside of the tables")
    ink = find_ink_on_page(page)
    assert list(doubt_place(ink, find_tables(ink))) == []


@pytest.mark.parametrize("faint", [1, 4])
@pytest.mark.parametrize(("open_row", "said"), [(0, "above the first"), (4, "below the last")])
def test_a_row_beyond_the_first_or_last_rule_is_told(open_row: int, said: str, faint: int) -> None:
    photo = draw([["7", "4", "20"], *TEXTS], ruled=False)
    photo = (235 - (235 - photo.astype(int)) // faint).clip(0, 255).astype(np.uint8)
    top, bottom = (130, 410) if open_row == 0 else (60, 340)
    for row in range(top, bottom + 1, 70):
        cv2.line(photo, (60, row), (270, row), (90, 90, 90), 2)
    for column in range(60, 271, 70):
        cv2.line(photo, (column, top), (column, bottom), (90, 90, 90), 2)
    ink = find_ink_on_page(photo)
    tables = find_tables(ink)
    assert [one.shape for one in tables] == [(4, 3)]
    (doubt,) = doubt_place(ink, tables)
    assert said in doubt


def test_many_places_are_named_by_the_first_and_a_count() -> None:
    assert name(["a", "b"]) == "a, b"
    assert name(list("abcdefg")) == "a, b, c, d, e and 2 more"


def cell(row: int, column: int, probabilities: list[float]) -> Cell:
    box = Box(left=0, top=0, width=10, height=20)
    return Cell(
        row=row,
        column=column,
        text="7" * len(probabilities),
        probability=float(np.prod(probabilities)),
        box=box,
        quad=((0.0, 0.0),) * 4,
        marks=tuple(
            Mark(
                label=7,
                probability=one,
                box=box,
                strangeness=0.0,
                doubt=0.0,
                digit=np.zeros((28, 28), np.uint8),
                neighbors=(),
            )
            for one in probabilities
        ),
    )


def test_a_row_of_long_numbers_is_not_taken_for_letters_as_one_of_single_ones_is() -> None:
    long = [cell(1, column, [0.8] * 5) for column in (1, 2)]
    letters = [cell(2, column, [0.3]) for column in (1, 2)]
    assert find_likely_wrong([*long, *letters]) == ([2], [])


def test_cells_that_are_likelier_wrong_than_right_are_told() -> None:
    unread = replace(cell(2, 1, [0.1]), text="?")
    cells = (cell(1, 1, [0.6]), cell(1, 2, [0.6, 0.8]), unread, replace(cell(2, 2, []), probability=0.1))
    assert warn_of_unlikely(cells) == ("likely wrong: row 1 column 2",)
    assert warn_of_unlikely(cells[:1]) == ()
