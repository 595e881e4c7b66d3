import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.photo.ink import Ink
from knn_digits.tables.cells import CellMarks
from knn_digits.tables.notes import find_notes
from knn_digits.tables.straight import Straight
from tests.tables.test_choice import found

LARGE = (30, 25, 30, 50)


def _table() -> Straight:
    """Return a table of one row of four cells, 100 pixels wide and high."""
    empty = np.zeros((150, 450), np.float32)
    lines = np.arange(25, 426, 100)
    return Straight(
        ink=Ink(darkness=empty, threshold=0.5),
        rules=empty > 0,
        rows=lines[:2],
        columns=lines,
        nodes=np.zeros((4, 7, 2)),
    )


def _notes(one: CellMarks, **said: NDArray[np.float64]) -> list[int]:
    right, written = (said.get(name, np.full(len(one.cells), 0.9)) for name in ("right", "written"))
    return list(map(int, find_notes(_table(), one, right, written, least=0.2)))


def _small(column: int, *places: int, height: int = 18) -> list[tuple[int, int, int, int]]:
    return [(100 * column + 30 * place, 30, 12, height) for place in places]


def test_small_digits_several_in_a_cell_are_notes_with_those_that_stand_alone() -> None:
    boxes = [LARGE, *_small(1, 1, 2), *_small(2, 1, 3), *_small(3, 1)]
    assert _notes(found(boxes, [5, 1, 2, 3, 4, 6], [0, 1, 1, 2, 2, 3])) == [1, 2, 3, 4, 5]


def test_small_digits_that_stand_alone_are_none() -> None:
    one = found([LARGE, *_small(1, 1), *_small(2, 1), *_small(3, 1, 2)], [5, 1, 2, 3, 4], [0, 1, 2, 3, 3])
    assert _notes(one) == []


@pytest.mark.parametrize(("height", "count"), [(28, 2), (30, 0), (40, 0)])
def test_notes_are_nearer_to_a_third_of_the_usual_height_than_to_it(height: int, count: int) -> None:
    one = found([LARGE, *_small(1, 1, 2, height=height)], [5, 1, 2], [0, 1, 1])
    assert len(_notes(one)) == count


def test_dirt_makes_no_notes_and_nothing_is_a_note_where_no_digit_is_high() -> None:
    one = found([LARGE, *_small(1, 1, 2)], [5, 1, 2], [0, 1, 1])
    assert _notes(one, written=np.array([0.9, 0.9, 0.3])) == []
    assert _notes(one, right=np.array([0.1, 0.9, 0.9])) == []
