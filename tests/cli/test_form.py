"""What `form` refuses: to write over what it reads or has read, and to go on with what is no table."""

import io
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest
from PIL import Image

from knn_digits.forms.template import read_template
from tests.cli.conftest import Call

FORMS = pathlib.Path(__file__).parents[2] / "samples" / "forms"
TEMPLATE = FORMS / "form.json"
SCAN = FORMS / "filled-1.jpg"
BLANK = FORMS / "form-1.png"


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


def test_lines_of_json_are_written_under_the_name_of_some(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    words = ("--output", tmp_path / "a.csv", "--json", tmp_path / "b.csv")
    told = fails(2, "form", "read", TEMPLATE, SCAN, *words)
    assert told == f"--json {tmp_path / 'b.csv'} must end in .jsonl or .json"


def test_a_review_is_written_under_the_name_of_one(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    own = pathlib.Path(shutil.copy(SCAN, tmp_path))
    told = fails(2, "form", "read", TEMPLATE, own, "--output", tmp_path / "out.csv", "--review", own)
    assert told == f"--review {own} must end in .html or .htm"


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
    folder = tmp_path / "out.csv"
    folder.mkdir()
    told = fails(3, "form", "read", TEMPLATE, SCAN, "--output", folder, "--resume")
    assert told == f"cannot read {folder}: Is a directory"


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


def test_a_form_of_stdin_is_drafted_as_its_file_is(
    knn: Call, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped, named = tmp_path / "piped" / "form.json", tmp_path / "named" / "form.json"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BLANK.read_bytes())))
    assert knn("form", "draft", "-", "--output", piped).code == 0
    assert knn("form", "draft", BLANK, "--output", named).code == 0
    assert piped.read_bytes() == named.read_bytes()


def test_a_form_of_several_pages_is_drafted_whole(knn: Call, tmp_path: pathlib.Path) -> None:
    stack, form = tmp_path / "stack.tif", tmp_path / "form.json"
    with Image.open(BLANK) as page:
        page.save(stack, save_all=True, append_images=[page])
    assert knn("form", "draft", stack, "--output", form).code == 0
    assert [page.picture for page in read_template(form).pages] == ["form-1.png", "form-2.png"]


def test_a_template_that_may_be_changed_by_hand_is_not_drafted_over(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(TEMPLATE, tmp_path))
    told = fails(2, "form", "draft", BLANK, "--output", own)
    assert told == f"{own} is there: name another --output"
    assert list(tmp_path.iterdir()) == [own]
    assert own.read_bytes() == TEMPLATE.read_bytes()


@pytest.mark.parametrize("name", ["form-1.png", "form.fields.png"])
def test_no_scan_is_written_over_by_the_pictures_of_a_template(
    name: str, fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    scan = pathlib.Path(shutil.copy(BLANK, tmp_path / name))
    for blank in (scan, BLANK):
        told = fails(2, "form", "draft", blank, "--output", tmp_path / "form.json")
        assert told == f"{scan} is there: name another --output"
    assert list(tmp_path.iterdir()) == [scan]
    assert scan.read_bytes() == BLANK.read_bytes()


def test_a_share_of_errors_that_is_no_number_is_refused(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    output = tmp_path / "out.csv"
    told = fails(2, "form", "read", TEMPLATE, SCAN, "--output", output, "--max-errors", "nan")
    assert told == "Invalid value for '--max-errors': nan is no number; see `knn-digits form read --help`"
    assert not output.exists()


def test_stdin_is_not_gone_on_with(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    told = fails(2, "form", "read", TEMPLATE, "-", "--output", tmp_path / "out.csv", "--resume")
    assert told == "--resume takes files alone, as stdin cannot be gone on with: leave - out"


def test_a_scan_that_is_not_there_makes_no_table(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    output, missing = tmp_path / "out.csv", tmp_path / "scnas"
    told = fails(1, "form", "read", TEMPLATE, SCAN, missing, "--output", output)
    assert told == f"{missing}: there is no such file or folder, so no page is read: name one"
    assert not output.exists()


def test_a_scan_that_may_not_be_looked_into_is_not_called_missing(
    knn: Call, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, output = tmp_path / "hidden" / "scan.png", tmp_path / "out.csv"

    def refuse(
        path: pathlib.Path, lstat: Callable[[pathlib.Path], os.stat_result] = pathlib.Path.lstat
    ) -> os.stat_result:
        if path == hidden:
            raise PermissionError(13, "Permission denied")
        return lstat(path)

    monkeypatch.setattr(pathlib.Path, "lstat", refuse)
    assert "there is no such file" not in knn("form", "read", TEMPLATE, hidden, "--output", output).err
    assert "unreadable" in output.read_text("utf-8")


def test_a_page_is_drafted_once(knn: Call, tmp_path: pathlib.Path) -> None:
    form = tmp_path / "form.json"
    done = knn("form", "draft", BLANK, BLANK, "--output", form)
    assert done.err == f"{BLANK}, page 1: it is named twice, and drafted once\n"
    assert len(read_template(form).pages) == 1


@pytest.mark.parametrize("size", [(2000, 10), (10, 2000), (2000, 1), (1, 1)])
def test_a_picture_without_boxes_makes_no_template(
    size: tuple[int, int], fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "blank.png"
    Image.new("L", size, 255).save(path)
    told = fails(1, "form", "draft", path, "--output", tmp_path / "form.json")
    assert told.startswith(f"{path}: no boxes and no lines to write on are seen")


def test_a_template_of_another_shape_than_its_picture_is_refused(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    picture = shutil.copy(BLANK, tmp_path)
    own = tmp_path / "form.json"
    own.write_text(TEMPLATE.read_text().replace('"width": 148.0', '"width": 297'))
    told = fails(3, "form", "read", own, SCAN, "--output", tmp_path / "out.csv")
    with Image.open(picture) as page:
        pixels = f"{page.width} by {page.height} pixels"
    assert told.startswith(f"page 1: it is 297 by 210 mm, its picture {picture} is {pixels}, another shape")


def test_a_template_with_a_key_twice_is_refused(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    own = tmp_path / "form.json"
    own.write_text(TEMPLATE.read_text().replace('"width": 148.0', '"width": 297, "width": 148'))
    told = fails(3, "form", "read", own, SCAN, "--output", tmp_path / "out.csv")
    assert "an object in it has the key 'width' twice: leave one out" in told


def test_a_table_is_not_corrected_where_its_digits_cannot_be_learned(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    table, corrections = tmp_path / "out.csv", tmp_path / "corrections.json"
    held = "file,page,status,a,a.probability,a.status\nx.png,1,read,1,0.9,ok\n"
    table.write_text(held)
    entry = '{"file": "x.png", "page": 1, "name": "a", "text": "1", "value": "2", "pictures": []}'
    corrections.write_text(f'{{"kind": "knn-digits form corrections", "format": 1, "fields": [{entry}]}}')
    assert "is a network" in fails(2, "form", "correct", table, corrections, "--model", "cnn")
    assert table.read_text() == held


def test_a_table_is_written_under_the_name_of_one(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "out.xlsx"
    told = fails(2, "form", "read", TEMPLATE, SCAN, "--output", path)
    assert told == f"--output {path} must end in .csv or .jsonl or .json"


def test_a_template_whose_picture_is_gone_names_the_file(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(TEMPLATE, tmp_path))
    told = fails(3, "form", "read", own, SCAN, "--output", tmp_path / "out.csv")
    assert str(tmp_path / BLANK.name) in told


def test_the_review_of_pages_before_stays_where_a_table_is_gone_on_with(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    review = tmp_path / "review.html"
    review.write_text("doubts")
    words = ("--output", tmp_path / "out.csv", "--review", review, "--resume")
    assert fails(2, "form", "read", TEMPLATE, SCAN, *words).startswith(f"{review} is there")
    assert review.read_text() == "doubts"


@pytest.mark.parametrize("size", [(1, 1), (900, 1), (3, 9000), (39, 39)])
def test_a_picture_too_small_for_a_form_is_none(
    size: tuple[int, int], knn: Call, tmp_path: pathlib.Path
) -> None:
    Image.new("L", size, 255).save(tmp_path / "small.png")
    result = knn("form", "read", TEMPLATE, tmp_path / "small.png", "--output", tmp_path / "out.csv")
    assert result.code == 1
    assert "page 1: no such form" in result.err


def test_a_folder_of_which_a_photo_is_passed_over_gives_exit_code_1(
    knn: Call, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(SCAN, folder)
    (folder / "photo.nef").touch()
    result = knn("form", "read", TEMPLATE, folder, "--output", tmp_path / "out.csv")
    assert result.code == 1
    assert f"{folder}: 1 file passed over" in result.err


def test_a_folder_without_pictures_ends_no_run(knn: Call, tmp_path: pathlib.Path) -> None:
    folder, small, output = tmp_path / "empty", tmp_path / "small.png", tmp_path / "out.csv"
    folder.mkdir()
    Image.new("L", (50, 50), 255).save(small)
    assert knn("form", "read", TEMPLATE, folder, small, "--output", output).code == 1
    named = [line.split(",")[0] for line in output.read_text().splitlines()]
    assert named == ["file", str(folder), str(small)]


def test_a_page_is_read_once_whatever_the_letters_of_its_name(knn: Call, tmp_path: pathlib.Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.new("L", (50, 50), 255).save(path)
    output = tmp_path / "out.csv"
    knn("form", "read", TEMPLATE, path, "--output", output)
    held = output.read_bytes()
    knn("form", "read", TEMPLATE, path, "--output", output, "--resume")
    assert output.read_bytes() == held


def test_a_table_that_finds_no_room_is_told(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "small.png"
    Image.new("L", (50, 50), 255).save(page)
    output = tmp_path / "out.jsonl"
    words = ["form", "read", str(TEMPLATE), str(page), "--output", str(output)]
    code = (
        "import resource, sys; from knn_digits.__main__ import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)); sys.argv[1:] = " + repr(words) + "; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("cannot write")) == (6, 1)


def test_a_review_that_cannot_be_written_is_told_before_pages_are_read(
    fails: Callable[..., str], tmp_path: pathlib.Path, text_file: pathlib.Path
) -> None:
    output = tmp_path / "out.csv"
    words = ("--output", output, "--review", text_file / "review.html")
    assert fails(6, "form", "read", TEMPLATE, SCAN, *words).startswith("cannot write")
    assert not output.exists()


def test_a_table_of_json_lines_takes_no_corrections(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    table, corrections = tmp_path / "out.jsonl", tmp_path / "corrections.json"
    table.write_text('{"file": "x", "page": 1, "fields": {}}\n')
    corrections.write_text('{"kind": "knn-digits form corrections", "format": 1, "fields": []}')
    assert "is no CSV" in fails(3, "form", "correct", table, corrections)
