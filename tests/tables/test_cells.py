import cv2
import numpy as np

from knn_digits.photo.ink import Ink
from knn_digits.reading import find_ink_on_page
from knn_digits.tables.cells import find_cell_marks
from knn_digits.tables.finding import find_tables
from knn_digits.tables.references import load_scout
from knn_digits.tables.straight import straighten
from tests.tables.scenes import draw


def test_rests_of_bent_rules_do_not_tell_how_high_digits_are() -> None:
    page = draw([["1", "7", "3"], ["5", "", "0"], ["4", "2", "8"]], side=300, ruled=False)
    places = np.arange(60, 961, 10)
    for line in range(60, 961, 300):
        path = np.stack([places, np.round(line + 6 * np.sin(places / 150))], axis=1).astype(np.int32)
        cv2.polylines(page, [path, path[:, ::-1].copy()], False, (90, 90, 90), 2)
    (table,) = find_tables(find_ink_on_page(page))
    marks = find_cell_marks(table, load_scout()).marks
    of_digits = marks.boxes[:, 3] < np.diff(table.rows).min() / 3
    assert np.median(marks.features["height to usual"][of_digits]) > np.log(1 / 3)


def test_a_sign_as_long_as_strokes_are_wide_in_a_cell_of_a_large_table_is_no_crumb() -> None:
    darkness = np.zeros((3200, 2200), np.float32)
    darkness[1040:1042, 1040:1044] = 0.8
    ink = Ink(darkness=darkness, threshold=0.4)
    table = straighten(ink, np.stack(np.meshgrid(range(100, 2101, 100), range(100, 3101, 100)), axis=2) * 1.0)
    found = find_cell_marks(table, load_scout(), quick=True)
    assert set(found.cells.tolist()) == {9 * 20 + 9}
