from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.photo.ink import WORKING_SIDE, Ink
from knn_digits.reading import find_ink_on_page
from knn_digits.tables import finding
from knn_digits.tables.directions import Segments, find_segments
from knn_digits.tables.finding import find_tables, without_shade
from tests.tables.scenes import draw


def _columns_ruled(rows: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a table of 12 × 6 cells whose columns are ruled, and these lines between its rows."""
    texts = [[str((3 * row + column) % 10) * (row > 0) for column in range(6)] for row in range(12)]
    page = draw(texts, ruled=False)
    for column in range(7):
        cv2.line(page, (60 + 70 * column, 60), (60 + 70 * column, 60 + 70 * 12), (90, 90, 90), 2)
    for row in rows:
        cv2.line(page, (60, 60 + 70 * row), (60 + 70 * 6, 60 + 70 * row), (90, 90, 90), 2)
    for column in range(6):
        cv2.putText(page, "name", (72 + 70 * column, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 2)
    return page


def test_digits_high_and_low_in_their_cells_part_no_row() -> None:
    texts = [["1", "20", "3", "47"], ["5", "6", "7", "8"], ["9", "81", "2", "0"], ["4", "5", "6", "13"]]
    (table,) = find_tables(find_ink_on_page(draw(texts, side=160, uneven=45)))
    assert table.shape == (4, 4)


def test_small_letters_above_columns_are_a_row() -> None:
    (table,) = find_tables(find_ink_on_page(_columns_ruled((0, 12))))
    assert table.shape == (12, 6)


def test_a_rule_below_heads_is_another_than_that_above_them() -> None:
    page = _columns_ruled((0, 1, 12))
    ink = find_ink_on_page(page)
    (table,) = find_tables(ink)
    assert table.shape == (12, 6)
    np.testing.assert_allclose(table.corners[:2, 1] * page.shape[1] / ink.mask.shape[1], 60, atol=3)


def test_bands_of_grey_behind_rows_are_taken_away_and_strokes_stay() -> None:
    strokes = np.zeros((400, 300), np.float32)
    strokes[20::20, 10:290] = strokes[21::20, 10:290] = strokes[22::20, 10:290] = 0.8
    plain = Ink(darkness=strokes, threshold=0.4)
    assert without_shade(plain) is plain
    banded = strokes.copy()
    for top in range(25, 350, 80):
        banded[top : top + 40, 10:290] += 0.1
    bare = without_shade(Ink(darkness=banded, threshold=0.4))
    np.testing.assert_allclose(bare.darkness, strokes, atol=0.001)


def test_narrow_columns_stay_apart_whatever_dark_lies_beside_the_table() -> None:
    page = np.full((700, 900, 3), 235, np.uint8)
    columns = (160, 230, 300, 370, 440, 460, 480)
    for column in columns:
        cv2.line(page, (column, 100), (column, 520), (150, 150, 150), 2)
    for row in range(100, 521, 60):
        cv2.line(page, (columns[0], row), (columns[-1], row), (150, 150, 150), 2)
    for k in range(14):
        for left, right in ((40 + k % 4 * 5, 80), (700 + k % 3 * 50 + k % 4 * 5, 740 + k % 3 * 50)):
            cv2.rectangle(page, (left, 20 + 48 * k), (right, 60 + 48 * k), (60, 60, 60), -1)
    (table,) = find_tables(find_ink_on_page(page))
    assert table.shape == (7, 6)


def test_rules_of_which_print_left_out_three_tenths_are_found() -> None:
    page = np.full((900, 1000, 3), 255, np.uint8)
    for row in range(60, 841, 60):
        cv2.line(page, (60, row), (940, row), (0, 0, 0), 3)
    for column in (60, 353, 647, 940):
        cv2.line(page, (column, 60), (column, 840), (0, 0, 0), 3)
    left_out = np.random.default_rng(0).random((151, 167)) > 0.7
    page[np.kron(left_out, np.ones((6, 6), bool))[:900, :1000]] = 255
    (table,) = find_tables(find_ink_on_page(page))
    assert table.shape == (13, 3)


def test_a_grid_is_sought_in_a_small_picture_and_found_in_a_large_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ink = find_ink_on_page(draw([["1"] * 9] * 9))
    ink = replace(ink, darkness=np.kron(ink.darkness, np.ones((2, 2), np.float32)))
    sought: list[int] = []

    def find(ink: Ink, *, faintest: float, full: float) -> Segments:
        sought.append(max(ink.mask.shape))
        return find_segments(ink, faintest=faintest, full=full)

    monkeypatch.setattr(finding, "find_segments", find)
    found = finding.find_grid(ink, side=9, box=3)
    assert found is not None
    table, ruled = found
    assert table.shape == (9, 9)
    assert ruled
    assert max(sought) <= WORKING_SIDE < max(ink.mask.shape)


@pytest.mark.parametrize("quarters", [0, 1])
def test_the_grid_of_a_page_that_bends_as_a_book_does_is_found_whole(quarters: int) -> None:
    """At the sides its rules lean by 13 degrees, in the middle by none."""
    page = np.rot90(draw([[str((row + column) % 10) for column in range(9)] for row in range(9)]), quarters)
    height, width = page.shape[:2]
    tall = cv2.copyMakeBorder(page, 100, 100, 0, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height + 200, dtype=np.float32))
    rise = 0.075 * width * np.sin(np.pi * x / width)
    bent = cv2.remap(tall, x, y - rise, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ink = find_ink_on_page(np.asarray(bent, np.uint8))
    (table,) = find_tables(ink)
    assert table.shape == (9, 9)
    scale = width / ink.mask.shape[1]
    across, down = table.nodes[1:-1, 1:-1].transpose(2, 0, 1) * scale
    flat = down - 0.075 * width * np.sin(np.pi * across / width)
    assert np.abs(flat - flat.mean(axis=1, keepdims=True)).max() < 8
    assert np.abs(across - across.mean(axis=0)).max() < 8


def test_a_page_on_which_no_rules_are_found_is_not_taken_for_one_that_bends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sides of the digits of a large table without rules made two by two cells when they were laid flat."""
    asked = []
    monkeypatch.setattr(finding, "find_bent_directions", lambda *given: asked.append(given))
    darkness = np.zeros((300, 300), np.float32)
    darkness[20:280:40, 20:60] = 0.8
    assert find_tables(Ink(darkness=darkness, threshold=0.4)) == []
    assert asked == []
