"""What a correction by hand does to a table: the form's checks hold for it, too."""

import json
import pathlib
from collections.abc import Callable

import pytest

from knn_digits.errors import DataError, StorageError
from knn_digits.forms.correct import correct_table, read_corrections
from knn_digits.forms.sheet import FIXED, PARTS, name_of, read_rows
from knn_digits.storage import open_alone
from tests.cli.conftest import fails, knn

__all__ = ["fails", "knn"]

FORM = {
    "kind": "knn-digits form",
    "format": 1,
    "pages": [{"picture": "a-1.png", "width": 210, "height": 297}],
    "fields": [
        {"name": "meter", "box": [10, 10, 50, 8], "digits": 3, "check": "luhn", "unique": True},
        {"name": "day", "box": [10, 20, 50, 8], "digits": [1, 2], "range": [1, 31]},
        {"name": "code", "box": [10, 30, 50, 8], "digits": "free", "pattern": "7[0-9]*"},
        {"name": "total", "box": [10, 40, 50, 8], "digits": "free", "sum_of": ["meter", "day"]},
    ],
}
NAMES = ("meter", "day", "code", "total")
FIRST = {"meter": "018", "day": "2", "code": "71", "total": "20"}
SECOND = {"meter": "026", "day": "?", "code": "72", "total": "?"}


@pytest.fixture
def table(tmp_path: pathlib.Path) -> pathlib.Path:
    lines = [[*FIXED, *(name + part for name in NAMES for part in PARTS)]]
    for page, texts in enumerate((FIRST, SECOND), 1):
        lines.append(
            ["a.tif", str(page), "read", *(cell for text in texts.values() for cell in (text, "0.9", "ok"))]
        )
    path = tmp_path / "out.csv"
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    return path


def save(table: pathlib.Path, *values: tuple[int, str, str], form: object = FORM) -> pathlib.Path:
    """Write corrections: page, field and value each."""
    entries = [
        {"file": "a.tif", "page": page, "name": name, "text": "", "value": value, "pictures": []}
        for page, name, value in values
    ]
    held = {"kind": "knn-digits form corrections", "format": 1, "fields": entries}
    path = table.with_name("corrections.json")
    path.write_text(json.dumps(held | ({"form": form} if form else {})))
    return path


def statuses(table: pathlib.Path, page: int) -> dict[str, str]:
    rows = list(read_rows(table.read_bytes(), as_json=False, path=table))
    return {name: rows[page - 1][f"{name}.status"] for name in NAMES}


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("meter", "0018", "digits"),
        ("meter", "019", "luhn"),
        ("meter", "018", "unique"),
        ("day", "32", "range"),
        ("code", "81", "pattern"),
        ("code", "8 1", "pattern"),
        ("total", "31", "sum_of"),
    ],
)
def test_a_correction_that_fails_a_check_is_told_and_invalid(
    name: str, value: str, check: str, table: pathlib.Path
) -> None:
    values = [(2, "day", "4"), (2, name, value)] if name == "total" else [(2, name, value)]
    (told,) = correct_table(table, read_corrections(save(table, *values)))
    assert told == (
        f"a.tif, page 2: {name} is {value}, which fails the form's check `{check}`: its status is invalid"
    )
    assert statuses(table, 2) == dict.fromkeys(NAMES, "ok") | {name: "invalid"}
    assert statuses(table, 1) == dict.fromkeys(NAMES, "ok")


def test_a_correction_that_passes_all_checks_is_ok(table: pathlib.Path) -> None:
    values = [(2, "meter", "034"), (2, "day", "4"), (2, "total", "38"), (1, "code", "")]
    assert correct_table(table, read_corrections(save(table, *values))) == []
    assert statuses(table, 2) == dict.fromkeys(NAMES, "ok")
    assert statuses(table, 1)["code"] == "blank"


def test_a_sum_is_checked_where_one_of_its_parts_is_corrected(table: pathlib.Path) -> None:
    (told,) = correct_table(table, read_corrections(save(table, (1, "day", "5"))))
    assert "total is 20, which fails the form's check `sum_of`" in told
    assert statuses(table, 1)["total"] == "invalid"


def test_what_was_invalid_for_what_is_corrected_now_is_to_be_looked_at(table: pathlib.Path) -> None:
    correct_table(table, read_corrections(save(table, (1, "day", "5"), (2, "meter", "018"))))
    assert (statuses(table, 1)["total"], statuses(table, 2)["meter"]) == ("invalid", "invalid")
    told = correct_table(table, read_corrections(save(table, (1, "day", "2"), (1, "meter", "026"))))
    assert statuses(table, 2)["meter"] == "doubtful"
    assert "a.tif, page 2: meter is 018, which passes the form's checks now: its status is doubtful" in told


def test_a_sum_one_part_of_which_is_no_number_stays_invalid(table: pathlib.Path) -> None:
    correct_table(table, read_corrections(save(table, (1, "day", "5"))))
    for value in "12ab", "٢":
        (told,) = correct_table(table, read_corrections(save(table, (1, "day", value))))
        assert told == f"a.tif, page 1: day is {value}, which is no number: its status is invalid"
        assert statuses(table, 1)["total"] == "invalid"


def test_digits_of_other_scripts_are_no_number(table: pathlib.Path) -> None:
    values = [(1, "meter", "٠١٨"), (2, "code", "7\uff12"), (2, "total", "²")]
    told = correct_table(table, read_corrections(save(table, *values)))
    assert [line.partition(", which ")[2] for line in told] == ["is no number: its status is invalid"] * 3


def test_a_value_that_is_no_number_is_told(table: pathlib.Path) -> None:
    (told,) = correct_table(table, read_corrections(save(table, (1, "day", "1a"), form=None)))
    assert told == "a.tif, page 1: day is 1a, which is no number: its status is invalid"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": None}, "correction 1: value must be a text of one line, got None"),
        ({"value": "\ud800"}, "correction 1: value must be a text"),
        ({"page": float("inf")}, "correction 1: page must be a whole number from 1"),
        ({"pictures": ["x"]}, "correction 1: pictures must be a list"),
        ({"names": "day"}, "correction 1: 'names' is none of its keys"),
    ],
)
def test_corrections_that_are_none_are_told_by_their_number(
    change: dict[str, object], words: str, table: pathlib.Path
) -> None:
    path = save(table, (1, "day", "3"))
    held = json.loads(path.read_text())
    held["fields"][0] |= change
    path.write_text(json.dumps(held))
    with pytest.raises(DataError, match=words):
        read_corrections(path)


@pytest.mark.parametrize("held", ["[]", "3", "null", '"day"', '{"kind": "form"}'])
def test_a_file_that_holds_no_corrections_is_told_so(held: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "corrections.json"
    path.write_text(held)
    with pytest.raises(DataError, match=r'its kind must be "knn-digits form corrections"$'):
        read_corrections(path)


@pytest.mark.parametrize("name", ["a\u00ad.tif", "\u200e.tif", "s\udcff.tif"])
def test_files_of_whatever_name_are_corrected(name: str, table: pathlib.Path) -> None:
    table.write_text(table.read_text().replace("a.tif", name_of(name)))
    path = save(table, (1, "day", "3"))
    path.write_text(path.read_text().replace('"a.tif"', json.dumps(name)))
    correct_table(table, read_corrections(path))
    assert next(read_rows(table.read_bytes(), as_json=False, path=table))["day"] == "3"


def test_corrections_without_a_form_are_checked_by_none(table: pathlib.Path) -> None:
    assert correct_table(table, read_corrections(save(table, (2, "day", "99"), form=None))) == []


def test_a_table_that_another_program_has_saved_is_corrected(table: pathlib.Path) -> None:
    """With a byte order mark, other line ends, and without the last cells of a row."""
    plain = table.read_bytes()
    cut = plain[: plain.rindex(b",?")] + b"\n"
    table.write_bytes(b"\xef\xbb\xbf" + cut.replace(b"\n", b"\r\n"))
    correct_table(table, read_corrections(save(table, (1, "day", "3"), form=None)))
    first, second = plain.replace(b",2,0.9", b",3,1.000").splitlines()[1:]
    _, corrected, rest = table.read_bytes().splitlines()
    assert corrected == first
    assert rest == second[: second.rindex(b",?")] + b",,,"


def test_a_table_whose_columns_no_commas_part_is_told_and_stays(table: pathlib.Path) -> None:
    held = table.read_bytes().replace(b",", b";")
    table.write_bytes(held)
    with pytest.raises(
        DataError, match=r"commas must part its columns, and its first must be file, page, status"
    ):
        correct_table(table, read_corrections(save(table, (1, "meter", "018"))))
    assert table.read_bytes() == held


def test_a_table_that_a_run_still_writes_is_left_alone(table: pathlib.Path) -> None:
    pytest.importorskip("fcntl")
    before = table.read_bytes()
    with open_alone(table, new=False), pytest.raises(StorageError, match="is being written by another run"):
        correct_table(table, read_corrections(save(table, (1, "day", "3"))))
    assert table.read_bytes() == before


def test_a_row_with_too_many_cells_is_told_and_stays(table: pathlib.Path) -> None:
    before = table.read_bytes().rstrip() + b",a note\n"
    table.write_bytes(before)
    with pytest.raises(DataError, match="row 2 has more cells than there are columns"):
        correct_table(table, read_corrections(save(table, (1, "day", "3"))))
    assert table.read_bytes() == before


def test_the_command_tells_a_failed_check_in_one_line_and_writes_the_table(
    knn: Callable[..., object], table: pathlib.Path
) -> None:
    told = "a.tif, page 1: day is 32, which fails the form's check `range`: its status is invalid\n"
    done = knn("form", "correct", table, save(table, (1, "day", "32"), (1, "total", "")), "--no-learn")
    assert done == (0, f"{table}: 2 fields corrected\n", told)


def test_a_form_that_is_none_is_told_by_its_field(fails: Callable[..., str], table: pathlib.Path) -> None:
    bad = FORM | {"fields": [{"name": "day", "box": [10, 20, 50, 8], "range": [3, 1]}]}
    told = fails(3, "form", "correct", table, save(table, (1, "day", "2"), form=bad))
    assert told.startswith(
        f"{table.with_name('corrections.json')} has no corrections of a review: field 'day'"
    )
