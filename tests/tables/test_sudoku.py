import numpy as np

from knn_digits.tables.sudoku import clashes, suggest

EMPTY = "........."


def chances(rows: list[str], doubts: dict[tuple[int, int], int]) -> dict[tuple[int, int], np.ndarray]:
    """Return sure probabilities of what is read, but for doubts: there another digit is nearly as likely."""
    found = {}
    for row, text in enumerate(rows):
        for column, digit in enumerate(text):
            if digit != ".":
                found[row, column] = np.full(10, 0.001)
                found[row, column][int(digit)] = 0.99
                if (row, column) in doubts:
                    found[row, column][[int(digit), doubts[row, column]]] = 0.55, 0.44
    return found


def test_a_digit_twice_in_a_box_is_a_clash() -> None:
    assert clashes(["1........", ".1.......", *[EMPTY] * 7]) == [(0, 0), (1, 1)]


def test_the_likeliest_filling_changes_the_digit_that_is_in_doubt() -> None:
    rows = ["17.....1.", *[EMPTY] * 8]
    assert suggest(rows, chances(rows, {(0, 7): 4})) == ("17.....4.", *[EMPTY] * 8)


def test_nothing_is_suggested_where_no_rule_is_broken() -> None:
    rows = ["123456789", *[EMPTY] * 8]
    assert suggest(rows, chances(rows, {})) == ()


def test_empty_cells_stay_empty_in_a_suggestion() -> None:
    rows = ["55.......", *[EMPTY] * 8]
    assert [row.count(".") for row in suggest(rows, chances(rows, {(0, 0): 3}))] == [7, *[9] * 8]
