import numpy as np

from benchmarks.judge.labels import UNKNOWN
from benchmarks.judge.names import from_tokens
from knn_digits.reading.items import Items
from knn_digits.reading.signs import DIGIT, NAMES, NOTHING


def test_what_stands_where_a_mark_of_the_text_was_missed_is_unknown() -> None:
    rows = np.array([0, -1, 1, -1])  # a 3, a point that is told to be nothing, a 5, and dirt
    items = Items(
        boxes=np.array([(left, 0, 10, 20) for left in range(0, 80, 20)]),
        digits=np.zeros((4, 28, 28), np.uint8),
        lines=np.zeros(4, np.int64),
        rows=rows,
        features={},
    )
    told = np.full((4, len(NAMES)), 1e-3)
    told[rows >= 0, NAMES.index(DIGIT)] = told[rows < 0, NAMES.index(NOTHING)] = 0.9
    names = from_tokens(items, np.array([3, 0, 5, 0]), "3.5", told, signs=True)
    assert names.tolist() == [NAMES.index(DIGIT), UNKNOWN, NAMES.index(DIGIT), NAMES.index(NOTHING)]
