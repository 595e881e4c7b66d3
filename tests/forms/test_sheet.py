"""What of a table that is there stays, and that one run at a time writes it."""

import json
import pathlib

import pytest

from knn_digits.errors import StorageError, UsageError
from knn_digits.forms.records import READ, REFUSED, Field, PageReading, Template, TemplatePage
from knn_digits.forms.sheet import Sheet, as_object, header

BOX = (10.0, 10.0, 50.0, 8.0)
FORM = Template(
    name="form",
    unit="mm",
    pages=(TemplatePage(picture="form-1.png", width=210, height=297),),
    fields=(Field(name="a", box=BOX), Field(name="b", box=BOX)),
)
FIRST = ",".join(header(FORM)) + "\n"
ROW = "x.png,1,read,12,0.900,ok,7,0.800,doubtful\n"
FOREIGN = "x.png,2,no such form,,,,,,\n"


def go_on(path: pathlib.Path, held: str) -> tuple[str, str]:
    """Return what a table is that is gone on with, and what is told of it."""
    path.write_text(held)
    with Sheet(path, FORM, resume=True) as sheet:
        return path.read_text(), sheet.note


@pytest.mark.parametrize(
    "rest", [ROW, FOREIGN, ROW.replace("doubtful", "ok"), ROW.replace("doubtful", "seen")]
)
def test_a_last_row_without_a_line_end_stays(rest: str, tmp_path: pathlib.Path) -> None:
    held = FIRST + ROW.replace("x.png", "y.png") + rest
    assert go_on(tmp_path / "out.csv", held.rstrip("\n")) == (held, "")


@pytest.mark.parametrize("cut", range(1, len(ROW) - 1))
def test_a_last_row_is_told_wherever_it_is_cut_off(cut: int, tmp_path: pathlib.Path) -> None:
    held, note = go_on(tmp_path / "out.csv", FIRST + FOREIGN + ROW[:cut])
    assert held == FIRST + FOREIGN
    assert note == (
        f"{tmp_path / 'out.csv'}: its last row was cut off, and is taken away: its page is read again"
    )


@pytest.mark.parametrize("cut", range(len(FIRST)))
def test_columns_that_are_cut_off_are_written_again(cut: int, tmp_path: pathlib.Path) -> None:
    assert go_on(tmp_path / "out.csv", FIRST[:cut]) == (FIRST, "")


def test_of_lines_of_json_a_whole_one_stays(tmp_path: pathlib.Path) -> None:
    line = json.dumps(as_object(PageReading(file="x.png", page=1, status=REFUSED, fit=0.0))) + "\n"
    assert go_on(tmp_path / "out.jsonl", line[:-1]) == (line, "")
    held, note = go_on(tmp_path / "out.jsonl", line + line[:30])
    assert (held, "cut off" in note) == (line, True)


def test_a_table_is_written_by_one_run_at_a_time(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("fcntl")
    path = tmp_path / "out.csv"
    path.write_text(FIRST + ROW)
    with Sheet(path, FORM, resume=True):
        second = Sheet(path, FORM, resume=True)
        with pytest.raises(StorageError, match="is being written by another run: wait for its end"), second:
            pass
    assert path.read_text() == FIRST + ROW


def test_a_table_that_another_run_wrote_since_it_was_read_is_left_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "out.csv"
    late, new = Sheet(path, FORM, resume=True), Sheet(path, FORM, resume=False)
    with Sheet(path, FORM, resume=False):
        pass
    for sheet in (late, new):
        with pytest.raises(UsageError, match="is there: --resume goes on with it"), sheet:
            pass
    late = Sheet(path, FORM, resume=True)
    with Sheet(path, FORM, resume=True) as sheet:
        sheet.add(PageReading(file="x.png", page=1, status=READ, fit=1.0))
    held = path.read_bytes()
    with pytest.raises(StorageError, match="has changed since it was read: run it again"), late:
        pass
    assert path.read_bytes() == held
