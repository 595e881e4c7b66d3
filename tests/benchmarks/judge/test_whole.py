import numpy as np

from benchmarks.judge.labels import MISNAMED, RIGHT, WRONG
from benchmarks.judge.learning import Example, Known
from benchmarks.judge.whole import has_digits, learn_whole
from knn_digits.reading.marks import Marks


def page(number: int, label: int) -> Example:
    """Return a page of ten marks in a row, all with this label."""
    marks = Marks(
        boxes=np.array([(40 * n, 0, 30, 50) for n in range(10)], np.int64),
        digits=np.zeros((10, 28, 28), np.uint8),
        labels=np.zeros(10, np.int64),
        features={name: np.ones(10, np.float32) for name in ("level", "agreement")},
        wholes=np.full(10, -1),
    )
    return Example(name=f"page {number}", source="drawn", marks=marks, labels=np.full(10, label))


def test_a_page_has_digits_whose_label_is_wrong_too() -> None:
    assert [has_digits(page(0, label)) for label in (RIGHT, MISNAMED, WRONG)] == [True, True, False]


def test_pages_of_likely_marks_are_told_from_others_by_what_was_learned_from_others() -> None:
    random = np.random.default_rng(0)
    labels = [RIGHT, WRONG] * 20
    evidence = [
        random.uniform(0.7, 1, 10) if label == RIGHT else random.uniform(0, 0.4, 10) for label in labels
    ]
    examples = [page(number, label) for number, label in enumerate(labels)]
    known = Known(examples=examples, labels=[], evidence=evidence)
    whole, told = learn_whole(known, folds=4)
    assert ((told > whole.least) == (np.array(labels) == RIGHT)).all()
