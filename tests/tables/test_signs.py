import numpy as np

from knn_digits.reading import find_ink_on_page
from knn_digits.reading.signs import DIGIT, NAMES, load_sign_judge
from knn_digits.tables.cells import find_cell_marks
from knn_digits.tables.choice import choose_digits
from knn_digits.tables.finding import find_tables
from knn_digits.tables.judge import load_cell_judge
from knn_digits.tables.references import load_scout
from knn_digits.tables.signs import find_cell_items
from tests.tables.scenes import draw


def test_what_is_likely_a_digit_of_its_cell_is_so_much_likelier_no_sign() -> None:
    (table,) = find_tables(find_ink_on_page(draw([["1", "7", "3"], ["5", "", "0"], ["4", "2", "8"]])))
    marks = find_cell_marks(table, load_scout())
    right, _ = load_cell_judge().judge(marks.marks)
    chosen = choose_digits(marks, right, right, least=0.5, single=True)
    found = find_cell_items(table, marks, right, chosen)
    digits, column = found.items.is_digit, NAMES.index(DIGIT)
    assert digits.sum() == 8
    by_line = load_sign_judge().tell(found.items)[digits, column]
    by_cell = right[found.items.rows[digits]].clip(1e-4, 1 - 1e-4)
    odds = by_line / (1 - by_line) * by_cell / (1 - by_cell)
    np.testing.assert_allclose(found.named.probabilities[digits], odds / (1 + odds), rtol=1e-6)
