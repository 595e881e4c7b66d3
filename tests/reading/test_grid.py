"""Sudokus on a page, whose digits are read cell by cell."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.explanation import explain
from knn_digits.reading import read_photo, read_stages
from knn_digits.reading.grid import may_be_sudoku
from knn_digits.reports.stages import READ_COLOR, draw_stages
from tests.tables.scenes import draw

PENCIL = (
    *("5.2.67..4", "9..2....5", ".4..5.9.."),
    *("2.7.1...8", ".1.9..6..", "6..8.3.2."),
    *("..2.4.1.7", "3..4..9..", ".5.7.1..6"),
)
PRINT = {
    (0, 3): "3",
    (1, 1): "6",
    (2, 2): "1",
    (3, 5): "6",
    (5, 2): "5",
    (6, 8): "2",
    (7, 6): "2",
    (8, 5): "3",
}
ROWS = (
    *("5 2 3 6 7 4", "9 6 2 5", "4 1 5 9"),
    *("2 7 1 6 8", "1 9 6", "6 5 8 3 2"),
    *("2 4 1 2", "3 4 2", "5 7 3 6"),
)  # where print stands over pencil, print is read
FAINT = 0.15  # of a pen's darkness: half of its digits are lost among all that is on the page


def _sudoku(pencil: float = FAINT) -> Pixels:
    """Return a sudoku with black print, and pencil of so much of a pen's darkness."""
    page = draw([[cell.strip(".") for cell in row] for row in PENCIL])
    page = np.asarray(235 - pencil * (235.0 - page), np.uint8)
    for at in range(60, 691, 70):
        cv2.line(page, (60, at), (690, at), (30, 30, 30), 2)
        cv2.line(page, (at, 60), (at, 690), (30, 30, 30), 2)
    for (row, column), text in PRINT.items():
        place = 78 + 70 * column, 116 + 70 * row
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.7, (10, 10, 10), 5, cv2.LINE_AA)
    return page


def test_pencil_beside_black_print_in_a_sudoku_is_read() -> None:
    reading = read_photo(_sudoku(), "bundled")
    assert [line.text for line in reading.lines] == list(ROWS)
    assert not [warning for warning in reading.warnings if "could not be told" in warning]


def test_digits_that_break_the_rules_of_a_sudoku_are_told() -> None:
    told = "sudoku: digits break the rules of a sudoku: row 1 column 3"  # a 2, as in row 7
    assert [warning for warning in read_photo(_sudoku(), "bundled").warnings if warning.startswith(told)]


def test_what_stands_around_a_sudoku_keeps_its_place() -> None:
    over, below = (draw([[text]], side=150, ruled=False) for text in ("305", "71"))
    page = np.full((750 + 2 * 270, 750, 3), 235, np.uint8)
    page[:270, :270], page[270:1020], page[1020:, :270] = over, _sudoku(0.4), below
    texts = [line.text for line in read_photo(page, "bundled").lines]
    assert texts[1:-1] == list(ROWS)
    assert [texts[0].replace(" ", ""), texts[-1].replace(" ", "")] == ["305", "71"]


def test_a_digit_of_a_sudoku_tells_that_its_cell_tells_it() -> None:
    whys = explain(_sudoku(), "bundled")
    assert [why.read.text for why in whys] == list("".join(ROWS).replace(" ", ""))
    told = [{reason.about for reason in why.reasons} for why in whys]
    assert all(told)
    assert {"cell"} in told  # of one that is not read on the page as a whole


def test_what_is_read_of_a_sudoku_is_drawn_as_its_cells_are_read() -> None:
    reading, stages = read_stages(_sudoku(), "bundled")
    drawn = draw_stages(stages, reading)["6-read"]
    scale = stages.photo.shape[1] / drawn.shape[1]
    green = np.argwhere((drawn == READ_COLOR).all(axis=2))[:, ::-1] * scale
    for digit in reading.digits:
        assert np.abs(green - (digit.box.left, digit.box.top)).max(axis=1).min() <= 2


def test_a_digit_of_a_sudoku_that_is_less_probable_than_asked_is_refused() -> None:
    reading = read_photo(_sudoku(), "bundled", min_probability=1)
    assert {digit.text for digit in reading.digits} == {"?"}


@pytest.mark.parametrize("dots", [0, 8])
def test_a_sudoku_is_found_of_which_the_rules_of_boxes_alone_are_whole(dots: int) -> None:
    page = draw([[cell.strip(".") for cell in row] for row in PENCIL], ruled=False)
    for at in range(60, 691, 210):
        cv2.line(page, (60, at), (690, at), (30, 30, 30), 4)
        cv2.line(page, (at, 60), (at, 690), (30, 30, 30), 4)
    for at in range(60, 691, 70):
        for place in range(60, 691, dots or 1000):
            page[at, place : place + 2] = page[place, at : at + 2] = 120
    reading, stages = read_stages(page, "bundled")
    assert stages.grid is not None
    assert [line.text for line in reading.lines] == [" ".join(row.replace(".", "")) for row in PENCIL]


def test_a_table_of_as_many_cells_as_a_sudoku_has_boxes_is_no_sudoku() -> None:
    reading, stages = read_stages(draw([["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]), "bundled")
    assert stages.grid is None
    assert [line.text for line in reading.lines] == ["123", "456", "789"]


def test_a_table_of_numbers_is_no_sudoku() -> None:
    page = draw([["12", "", "75", "40", "", "", "31", "", "86"]] * 9, side=100)
    reading, stages = read_stages(page, "bundled")
    assert stages.grid is None
    assert [line.text.replace(" ", "") for line in reading.lines] == ["1275403186"] * 9


def test_cells_are_looked_for_where_rules_or_digits_may_be_those_of_a_sudoku() -> None:
    page = np.zeros((800, 800), np.uint8)
    digits = read_photo(_sudoku(0.4), "bundled").digits
    assert may_be_sudoku(page.astype(bool), digits)
    assert not may_be_sudoku(page.astype(bool), [digit for digit in digits if digit.label in range(8)])
    for place in range(60, 691, 70):
        cv2.line(page, (0, place), (799, place), 1, 2)
    assert not may_be_sudoku(page.astype(bool), [])  # a lined page
    frame = cv2.rectangle(np.zeros((800, 800), np.uint8), (60, 60), (690, 690), 1, 2)
    assert not may_be_sudoku(frame.astype(bool), [])
    for place in range(60, 691, 70):
        cv2.line(page, (place, 60), (place, 690), 1, 2)
    assert may_be_sudoku(page.astype(bool), [])
    assert not may_be_sudoku(page[::8, ::8].astype(bool), [])  # no mark has room
