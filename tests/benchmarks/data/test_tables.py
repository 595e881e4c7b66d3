from dataclasses import replace

import pytest

from benchmarks.data.numbers import find_numbers
from benchmarks.data.pages import Pool, training_pool
from benchmarks.data.table_cells import UNKNOWN
from benchmarks.data.tables import draw_table
from benchmarks.measure.lattices import Unruled, describe, look, measure

DASHED = 5  # seed of a grid with signs alone


@pytest.fixture(scope="module")
def pool() -> Pool:
    return training_pool()


def test_a_cell_of_a_grid_is_empty_or_holds_a_digit_or_a_sign_alone(pool: Pool) -> None:
    drawn = draw_table(DASHED, digits=pool, kind="grid")
    texts = {text for row in drawn.texts for text in row}
    assert texts > {UNKNOWN, ""}
    assert {len(text) for text in texts} == {0, 1}


def test_a_table_tells_where_on_its_picture_its_grid_was_drawn(pool: Pool) -> None:
    page = look(draw_table(0, digits=pool, kind="sudoku"))
    assert page.away() < 0.1


def test_a_table_without_rules_is_found_by_its_rows_and_columns(pool: Pool) -> None:
    table = draw_table(1, digits=pool, kind="dense", shape=(12, 8), rules="none")
    assert look(table, Unruled).away() == 0
    assert look(replace(table, texts=table.texts[1:]), Unruled).away() == 1


def test_a_number_that_finds_grids_is_measured_with_other_values(pool: Pool) -> None:
    pages = [look(draw_table(0, digits=pool, kind="sudoku"))]
    number = next(one for one in find_numbers(("tables",)) if one.name == "BETTER")
    found = measure(pages, number)
    assert [one["value"] for one in found["others"]] == [0.525, 2.1]
    assert all(one.keys() == {"value", *describe(pages)} for one in found["others"])
