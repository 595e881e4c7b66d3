import numpy as np

from benchmarks.judge.cells import Example, label
from knn_digits.reading.marks import Marks
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.references import load_scout


def _marks(*seen: tuple[int, int, int]) -> CellMarks:
    """Return marks of a cell by their column, width and label."""
    boxes = np.array([(column, 10, width, 30) for column, width, _ in seen], np.int64)
    return CellMarks(
        marks=Marks(
            boxes=boxes,
            digits=np.zeros((len(seen), 28, 28), np.uint8),
            labels=np.array([digit for *_, digit in seen], np.int64),
            features={},
            bounded=False,
            wholes=np.full(len(seen), -1),
        ),
        cells=np.zeros(len(seen), np.int64),
    )


def test_a_mark_is_right_where_its_place_in_the_cell_asks_for_its_label() -> None:
    found = _marks((0, 20, 4), (30, 20, 2), (0, 50, 4))
    one = Example(
        name="", source="", texts=[["42"]], found=found, scout=load_scout(), single=False, printed=None
    )
    right, written = label(one)
    assert right.tolist() == [1, 1, 0]
    assert written.tolist() == [1, 1, 1]
