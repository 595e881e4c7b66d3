import cv2
import numpy as np
import pytest

from knn_digits.errors import UsageError
from knn_digits.reading import Reader, Reading, read_photo
from knn_digits.tables import read_tables
from knn_digits.tables.aligned import fill_aligned
from tests.tables.scenes import draw

TEXTS = [["1", "20", ""], ["3", "", "47"], ["", "5", "6"], ["7", "81", "9"]]
ALIGNED = [["1", "20"], ["3", "47"], ["5", "68"]]
SIGNED = [["3.14", "-7"], ["25", "12/5"], ["", "408"]]
SUDOKU = [
    ["" if (row * 2 + column) % 3 else str((row * 3 + row // 3 + column) % 9 + 1) for column in range(9)]
    for row in range(9)
]


def test_a_ruled_table_is_read_cell_by_cell() -> None:
    (table,) = read_tables(draw(TEXTS), "bundled")
    assert [list(row) for row in table.texts] == TEXTS


def test_signs_in_cells_are_read_beside_the_digits() -> None:
    (table,) = read_tables(draw(SIGNED, side=170), "bundled")
    assert [list(row) for row in table.texts_with_signs] == SIGNED
    assert table.texts == (("3 14", "7"), ("25", "12 5"), ("", "408"))
    (point,) = (mark for mark in table.cells[0].marks if not mark.is_digit)
    assert (point.sign, point.box.width < 40, len(point.neighbors) > 0) == (".", True, True)


def test_perspective_and_open_sides_leave_rows_and_columns_as_they_are() -> None:
    (table,) = read_tables(draw(TEXTS, lean=0.05, open_sides=True), "bundled")
    assert (table.rows, table.columns) == (4, 3)


def test_a_grid_of_known_size_without_outer_rules_is_found_where_the_others_end() -> None:
    photo = draw(TEXTS, open_sides=True)
    (table,) = read_tables(photo, "bundled", rows=4, columns=3)
    assert [list(row) for row in table.texts] == TEXTS


@pytest.mark.parametrize("turned", [0, 1])
def test_a_sudoku_is_nine_rows_of_nine_however_it_is_turned(turned: int) -> None:
    (table,) = read_tables(draw(SUDOKU, turned=turned), "bundled", rows=9, columns=9, single=True)
    assert table.grid == tuple("".join(text or "." for text in row) for row in SUDOKU)


def test_a_cell_tells_where_it_is_on_the_photo() -> None:
    (table,) = read_tables(draw(TEXTS), "bundled")
    np.testing.assert_allclose(table.cells[4].quad[0], (130, 130), atol=3)


def test_a_reading_has_the_tables_that_are_asked_for() -> None:
    photo = draw(TEXTS)
    reader = Reader("bundled")
    (reading,) = reader.read_many([photo], tables=True)
    assert isinstance(reading, Reading)
    assert reading.tables == read_tables(photo, "bundled")
    assert reading.lines == reader.read(photo).lines
    assert reader.read(photo).tables == ()
    assert Reading.from_dict(reading.to_dict()) == reading


def test_words_that_align_without_rules_are_a_table_of_the_reading() -> None:
    reading = read_photo(draw(ALIGNED, side=80, ruled=False), "bundled", tables=True)
    (table,) = reading.tables
    assert [list(row) for row in table.texts] == ALIGNED


def test_words_as_they_are_read_align() -> None:
    reading = read_photo(draw(ALIGNED, side=120, ruled=False), "bundled")
    table = fill_aligned(reading)
    assert table is not None
    assert [list(row) for row in table.texts] == ALIGNED
    assert [mark for cell in table.cells for mark in cell.marks] == [
        mark for line in reading.lines for mark in line.marks
    ]


@pytest.mark.parametrize("quarters", range(1, 4))
def test_words_align_on_a_page_that_was_turned_to_read_it(quarters: int) -> None:
    photo = draw(ALIGNED, side=120, ruled=False)
    upright = fill_aligned(read_photo(photo, "bundled"))
    reading, stages = Reader("bundled").read_stages(np.ascontiguousarray(np.rot90(photo, quarters)))
    turned = fill_aligned(reading, stages.view.quarters)
    assert upright is not None
    assert turned is not None
    assert [list(row) for row in turned.texts] == ALIGNED
    assert turned.quarters == 4 - quarters
    for one, other in zip(upright.cells, turned.cells, strict=True):
        corners = np.array(other.quad)
        for k in range(quarters, 0, -1):
            corners = np.stack([photo.shape[k % 2] - corners[:, 1], corners[:, 0]], axis=1)
        np.testing.assert_allclose(corners, one.quad, atol=3)


def test_digits_in_rows_and_columns_are_a_table_without_rules_and_with_a_title() -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(7)] for row in range(12)]
    photo = draw(texts, side=60, ruled=False)
    cv2.putText(photo, "PROTOCOL OF MAY", (60, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (30, 30, 30), 3)
    (table,) = read_tables(photo, "bundled")
    assert [list(row) for row in table.texts] == texts
    assert read_tables(photo, "bundled", rows=12, columns=7)[0].texts == table.texts


def test_digits_beside_lines_that_are_not_ruled_are_no_rules() -> None:
    texts = [["11", "71", "17"], ["1", "11", "41"], ["14", "1", "11"]]
    photo = draw(texts, side=60, ruled=False)
    cv2.rectangle(photo, (60, 60), (240, 240), (90, 90, 90), 2)
    (table,) = read_tables(photo, "bundled", rows=3, columns=3)
    assert [list(row) for row in table.texts] == texts


def test_digits_in_a_frame_are_a_table_as_the_frame_lies() -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(6)] for row in range(7)]
    photo = draw(texts, side=60, ruled=False, framed=True, lean=0.06)
    (table,) = read_tables(photo, "bundled")
    assert [list(row) for row in table.texts] == texts


def test_a_table_whose_rules_part_every_other_column_is_doubted() -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(6)] for row in range(4)]
    photo = draw(texts, side=80, ruled=False)
    for row in range(5):
        cv2.line(photo, (60, 60 + 80 * row), (540, 60 + 80 * row), (90, 90, 90), 2)
    for column in range(0, 7, 2):
        cv2.line(photo, (60 + 80 * column, 60), (60 + 80 * column, 380), (90, 90, 90), 2)
    (table,) = read_tables(photo, "bundled")
    assert (table.rows, table.columns) == (4, 3)
    assert table.warnings[0].endswith("column 1, column 2, column 3; there may be more columns")


def test_a_column_of_letters_is_left_out_and_told() -> None:
    photo = draw([["3", "5", ""], ["6", "2", ""], ["8", "9", ""]])
    for row, letter in enumerate("JKL"):
        place = (60 + 2 * 70 + 18, 60 + row * 70 + 52)
        cv2.putText(photo, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20, 20, 20), 3, cv2.LINE_AA)
    (table,) = read_tables(photo, "bundled")
    assert table.texts == (("3", "5", "?"), ("6", "2", "?"), ("8", "9", "?"))
    letters, unread = table.warnings
    assert letters == "likely letters, or other digits than were read, which are left out: column 3"
    assert unread == "could not be read: row 1 column 3, row 2 column 3, row 3 column 3"


def test_a_page_without_a_table_has_none() -> None:
    assert read_tables(np.full((300, 300), 230, np.uint8), "bundled") == ()


def test_a_count_of_rows_that_is_none_is_told() -> None:
    for rows in (0, 501):
        with pytest.raises(UsageError, match=f"rows must be a whole number from 1 to 500, got {rows}"):
            read_tables(draw(TEXTS), "bundled", rows=rows)


def test_more_rows_than_are_found_are_told() -> None:
    photo = draw([["1", "20"], ["3", "47"], ["5", "68"]], side=110, ruled=False)
    (table,) = read_tables(photo, "bundled", rows=400)
    assert (table.rows, table.columns) == (3, 2)
    assert "expected were 400 rows, not 3" in table.warnings


OTHERS = [["4", "12"], ["70", "3"], ["8", "55"]]


@pytest.mark.parametrize("beside", [False, True])
def test_tables_whose_rules_lie_in_a_line_are_apart(*, beside: bool) -> None:
    tables = [draw(TEXTS), draw(OTHERS)]
    if beside:
        tables = [np.rot90(table, -1) for table in tables]
    size = max(table.shape[1] for table in tables)
    apart = [np.pad(t, ((0, 0), (0, size - t.shape[1]), (0, 0)), constant_values=235) for t in tables]
    photo = np.concatenate(apart)
    photo = np.ascontiguousarray(np.rot90(photo) if beside else photo)
    found = {table.texts for table in read_tables(photo, "bundled")}
    assert found == {tuple(map(tuple, texts)) for texts in (TEXTS, OTHERS)}


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("lower", [0, 20])
def test_tables_beside_each_other_are_read_from_left_to_right(lower: int, quarters: int) -> None:
    parts = [draw(TEXTS), draw(OTHERS)]
    height = max(part.shape[0] for part in parts) + lower
    photo = np.hstack(
        [
            np.pad(part, ((top, height - top - part.shape[0]), (0, 0), (0, 0)), constant_values=235)
            for part, top in zip(parts, (lower, 0), strict=True)
        ]
    )
    left, right = read_tables(np.ascontiguousarray(np.rot90(photo, quarters)), "bundled")
    assert [list(row) for row in left.texts] == TEXTS
    assert [list(row) for row in right.texts] == OTHERS


def test_that_one_table_alone_is_read_where_rows_and_columns_are_expected_is_told() -> None:
    photo = np.concatenate([draw(TEXTS), draw(TEXTS)])
    (table,) = read_tables(photo, "bundled", rows=len(TEXTS), columns=len(TEXTS[0]))
    assert "other tables are not read" in table.warnings[0]
    (alone,) = read_tables(draw(TEXTS), "bundled", rows=len(TEXTS), columns=len(TEXTS[0]))
    assert not any("other tables" in warning for warning in alone.warnings)


def test_a_frame_around_a_table_is_no_other_table() -> None:
    framed = np.pad(draw(TEXTS), ((100, 100), (100, 100), (0, 0)), constant_values=235)
    cv2.rectangle(framed, (30, 30), (framed.shape[1] - 30, framed.shape[0] - 30), (40, 40, 40), 4)
    (table,) = read_tables(framed, "bundled", columns=len(TEXTS[0]))
    assert [list(row) for row in table.texts] == TEXTS
    assert not any("other tables" in warning for warning in table.warnings)


def test_numbers_that_are_read_as_single_digits_are_told() -> None:
    numbers = [["12", "34", "56"], ["78", "91", "23"], ["45", "67", "89"]]
    (table,) = read_tables(draw(numbers, side=120), "bundled", rows=3, columns=3, single=True)
    assert table.warnings[0].startswith("most cells hold several digits, of which one is read")
    single = [[text[0] for text in row] for row in numbers]
    (table,) = read_tables(draw(single, side=120), "bundled", rows=3, columns=3, single=True)
    assert not any("several digits" in warning for warning in table.warnings)


@pytest.mark.parametrize(("rows", "columns"), [(7, 3), (12, 2)])
def test_rows_and_columns_that_are_expected_are_those_of_the_upright_table(rows: int, columns: int) -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(columns)] for row in range(rows)]
    photo = np.ascontiguousarray(np.rot90(draw(texts)))
    (table,) = read_tables(photo, "bundled", rows=rows, columns=columns)
    assert [list(row) for row in table.texts] == texts


@pytest.mark.parametrize("quarters", [1, 3])
@pytest.mark.parametrize("rules_along", [False, True])
def test_columns_that_no_rules_part_are_found_on_a_page_that_lies_on_its_side(
    *, rules_along: bool, quarters: int
) -> None:
    texts = [[str(10 + (row * 17 + column * 31) % 89) for column in range(3)] for row in range(6)]
    photo = draw([[text for number in row for text in (number, "")] for row in texts], side=80, ruled=False)
    for y in range(60, 60 + 80 * 7 * rules_along, 80):
        cv2.line(photo, (60, y), (500, y), (90, 90, 90), 2)
    (table,) = read_tables(np.ascontiguousarray(np.rot90(photo, quarters)), "bundled")
    assert [list(row) for row in table.texts] == texts
    assert table.quarters == 4 - quarters


def test_a_table_with_a_space_in_it_is_whole_where_all_its_rows_are_expected() -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(4)] for row in range(8)]
    above, below = draw(texts[:3], side=60), draw(texts[3:], side=60)
    photo = np.concatenate([above[:-60], np.full((120, *above.shape[1:]), 235, np.uint8), below[60:]])
    assert [table.rows for table in read_tables(photo, "bundled")] == [3, 5]
    (table,) = read_tables(photo, "bundled", rows=10, columns=4)
    assert [list(row) for row in table.texts] == [*texts[:3], [""] * 4, [""] * 4, *texts[3:]]
    (table,) = read_tables(photo, "bundled", rows=5, columns=4)
    assert [list(row) for row in table.texts] == texts[3:]


def test_empty_rows_between_rules_along_them_are_rows() -> None:
    texts = [
        ["12", "5", "70"],
        ["3", "41", "6"],
        ["", "", ""],
        ["8", "9", "25"],
        ["", "", ""],
        ["7", "16", "4"],
    ]
    photo = draw(texts, side=110, ruled=False)
    for row in range(len(texts) + 1):
        cv2.line(photo, (60, 60 + 110 * row), (60 + 3 * 110, 60 + 110 * row), (90, 90, 90), 2)
    (table,) = read_tables(photo, "bundled")
    assert [list(row) for row in table.texts] == texts


def test_the_edge_of_a_sheet_tells_nothing_of_how_high_digits_are() -> None:
    texts = [[str((row * 7 + column * 3) % 10) for column in range(4)] for row in range(6)]
    photo = draw(texts, side=60, ruled=False)
    cv2.line(photo, (20, 20), (24, photo.shape[0] - 20), (60, 60, 60), 7)
    (table,) = read_tables(photo, "bundled")
    assert [list(row) for row in table.texts] == texts
