"""What `form` refuses: to write over what it reads or has read, and to go on with what is no table."""

import pathlib
import shutil
from collections.abc import Callable

import pytest
from PIL import Image

from tests.cli.conftest import Call

FORMS = pathlib.Path(__file__).parents[2] / "samples" / "forms"
TEMPLATE = FORMS / "form.json"
SCAN = FORMS / "filled-1.jpg"


@pytest.mark.parametrize("option", ["--output", "--json"])
def test_a_table_takes_the_place_of_no_file(
    option: str, fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(TEMPLATE, tmp_path))
    words = ("--output", tmp_path / "new.csv", "--json", own) if option == "--json" else ("--output", own)
    told = fails(2, "form", "read", own, SCAN, *words)
    assert told == f"{own} is there: --resume goes on with it, or name another"
    assert own.read_bytes() == TEMPLATE.read_bytes()
    assert list(tmp_path.iterdir()) == [own]


def test_two_tables_have_two_names(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    both = tmp_path / "both.jsonl"
    assert "name two files" in fails(2, "form", "read", TEMPLATE, SCAN, "--output", both, "--json", both)


def test_a_review_is_written_under_the_name_of_one(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    own = pathlib.Path(shutil.copy(SCAN, tmp_path))
    told = fails(2, "form", "read", TEMPLATE, own, "--output", tmp_path / "out.csv", "--review", own)
    assert told == f"--review {own} must end in .html"


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x9e"),
        ("picture.jsonl", b"\x89PNG\r\n\x1a\n\x9e"),
        ("text.csv", b"no line end"),
        ("other.csv", b"a,b\n1,2\n"),
        ("other.jsonl", b'{"kind": "x"}\n'),
        ("list.jsonl", b"[1]\n"),
        ("fields.jsonl", b'{"file": "x", "page": 1, "fields": [1]}\n'),
    ],
)
def test_what_is_no_table_is_not_gone_on_with(
    name: str, held: bytes, fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    path = tmp_path / name
    path.write_bytes(held)
    assert str(path) in fails(3, "form", "read", TEMPLATE, SCAN, "--output", path, "--resume")
    assert path.read_bytes() == held


def test_a_folder_is_no_table(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    told = fails(3, "form", "read", TEMPLATE, SCAN, "--output", tmp_path, "--resume")
    assert told == f"cannot read {tmp_path}: Is a directory"


def test_a_place_that_cannot_be_written_is_told_once(
    fails: Callable[..., str], tmp_path: pathlib.Path, text_file: pathlib.Path
) -> None:
    told = fails(6, "form", "read", TEMPLATE, SCAN, "--output", text_file / "out.csv")
    assert told.count("cannot write") == 1


def test_files_that_are_not_there_are_told_without_the_system_s_words(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    missing = tmp_path / "corrections.json"
    told = fails(3, "form", "correct", tmp_path / "out.csv", missing)
    assert told == f"cannot read {missing}: No such file or directory"


def test_a_blank_form_that_is_no_picture_is_named(fails: Callable[..., str], text_file: pathlib.Path) -> None:
    output = text_file.with_suffix(".json")
    assert fails(1, "form", "draft", text_file, "--output", output).startswith(str(text_file))


def test_a_form_of_several_pages_is_told_to_be_drafted_by_the_first(
    knn: Call, tmp_path: pathlib.Path
) -> None:
    stack = tmp_path / "stack.tif"
    with Image.open(FORMS / "form-1.png") as page:
        page.save(stack, save_all=True, append_images=[page])
    result = knn("form", "draft", stack, "--output", tmp_path / "form.json")
    assert (result.code, result.err) == (0, f"{stack}: page 1 of 2: name it stack.tif[2] for another\n")
