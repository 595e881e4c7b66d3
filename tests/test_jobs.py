"""Samples of jobs, of digits that no bundled model holds, are read as is true."""

import json
import pathlib
from typing import Any

import pytest

from knn_digits.reading import Reader
from knn_digits.tables import TableReader

JOBS = pathlib.Path(__file__).parents[1] / "samples/jobs"
TRUTH: dict[str, Any] = {one["file"]: one for one in json.loads((JOBS / "truth.json").read_text("utf-8"))}


def test_the_truth_names_every_photo() -> None:
    assert sorted(path.name for path in JOBS.glob("*.jpg")) == sorted(TRUTH)


@pytest.mark.parametrize("name", ["sum.jpg", "date.jpg"])
def test_lines_are_read_with_their_signs(name: str) -> None:
    reading = Reader("bundled").read(JOBS / name)
    assert [line.text_with_signs for line in reading.lines] == TRUTH[name]["tokens"]


def test_a_table_is_read_with_the_signs_in_its_cells() -> None:
    (table,) = TableReader("bundled").read(JOBS / "table.jpg")
    assert [list(row) for row in table.texts_with_signs] == TRUTH["table.jpg"]["cells"]


def test_a_sudoku_is_read_with_print_and_writing() -> None:
    (table,) = TableReader("bundled").read(JOBS / "sudoku.jpg", rows=9, columns=9, single=True)
    assert list(table.grid) == TRUTH["sudoku.jpg"]["grid"]
