import base64
import csv
import json
import pathlib
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.data.forms.form import RESOLUTION
from knn_digits.cli import run
from knn_digits.datasets import load_dataset
from knn_digits.forms.draft import draft
from knn_digits.forms.records import Checks
from knn_digits.forms.template import read_template, write_template
from tests.forms.conftest import Example

LEGIBLE = 11  # pixels: the smallest letters
SIZES = "[...document.querySelectorAll('main *')].map(one => parseFloat(getComputedStyle(one).fontSize))"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip


@pytest.fixture
def stack(tmp_path: pathlib.Path, example: Example, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("KNN_DIGITS_HOME", str(tmp_path / "home"))
    write_template(tmp_path / "form.json", example.template)
    shutil.copy(example.template.folder / "form-1.png", tmp_path / "form-1.png")
    pages = [Image.fromarray(example.pixels), Image.new("RGB", (700, 900), "white")]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    return tmp_path


def read(stack: pathlib.Path, *more: str) -> int:
    out = str(stack / "out.csv")
    return run(["form", "read", str(stack / "form.json"), str(stack / "stack.tif"), "--output", out, *more])


def rows(stack: pathlib.Path) -> list[dict[str, str]]:
    return list(csv.DictReader((stack / "out.csv").read_text("utf-8").splitlines()))


def test_a_stack_becomes_a_row_a_page_and_a_foreign_page_is_named(
    stack: pathlib.Path, example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read(stack, "--json", str(stack / "out.jsonl")) == 1
    first, second = rows(stack)
    assert {name: first[name] for name in example.filled.truth} == dict(example.filled.truth)
    assert (first["page"], second["page"], second["status"]) == ("1", "2", "no such form")
    assert "page 2: no such form" in capsys.readouterr().err
    entries = [json.loads(line) for line in (stack / "out.jsonl").read_text().splitlines()]
    assert entries[0]["fields"]["field1"]["text"] == first["field1"]


def test_an_interrupted_run_is_gone_on_with(stack: pathlib.Path) -> None:
    read(stack)
    whole = (stack / "out.csv").read_bytes()
    lines = whole.splitlines(keepends=True)
    (stack / "out.csv").write_bytes(b"".join(lines[:2]) + lines[2][:5])
    read(stack, "--resume")
    assert (stack / "out.csv").read_bytes() == whole
    assert read(stack, "--resume") == 1  # a page that was not read is there


def test_a_row_that_is_cut_off_is_told(stack: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    read(stack)
    whole = (stack / "out.csv").read_bytes()
    capsys.readouterr()
    (stack / "out.csv").write_bytes(whole[:-20])
    read(stack, "--resume")
    told = f"{stack / 'out.csv'}: its last row was cut off, and is taken away: its page is read again\n"
    assert told in capsys.readouterr().err


def shown_in(review: pathlib.Path) -> set[str]:
    """Return the names of the fields that a review shows."""
    _, _, items = review.read_text().partition("ITEMS = ")
    return {item["name"] for item in json.JSONDecoder().raw_decode(items)[0]}


def test_nothing_is_expected_of_rows_of_an_earlier_run(
    stack: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    review = stack / "review.html"
    words = "asked: at most 0.20% of fields wrong and not shown; "
    read(stack, "--review", str(review))
    assert f"{words}expected from drawn forms:" in capsys.readouterr().err
    assert "on drawn forms" in review.read_text()
    read(stack, "--review", str(review), "--resume")
    assert f"{words}rows that were there were made by an earlier run" in capsys.readouterr().err
    assert "on drawn forms" not in review.read_text()
    assert "except of pages that an earlier run read" in review.read_text()


def test_a_review_of_a_run_that_is_gone_on_with_shows_the_doubts_of_all_its_pages(
    stack: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(stack, "--max-errors", "0")
    table = (stack / "out.csv").read_bytes()
    assert b",doubtful" in table
    review = stack / "review.html"
    assert read(stack, "--max-errors", "0", "--resume", "--review", str(review)) == 1
    doubtful = {name.removesuffix(".status") for name, text in rows(stack)[0].items() if text == "doubtful"}
    assert shown_in(review) == doubtful
    assert "no such form: in an earlier run" in capsys.readouterr().err
    name = min(doubtful)
    other = max(doubtful)
    entry = {"file": rows(stack)[0]["file"], "page": 1, "text": "", "pictures": []}
    held = {"kind": "knn-digits form corrections", "format": 1}
    fields = [entry | {"name": name, "value": ""}, entry | {"name": other, "value": "4a"}]
    (stack / "corrections.json").write_text(json.dumps(held | {"fields": fields}))
    assert run(["form", "correct", str(stack / "out.csv"), str(stack / "corrections.json")]) == 0
    read(stack, "--max-errors", "0", "--resume", "--review", str(review))
    assert shown_in(review) == doubtful - {name}  # what someone has seen is no more to be looked at
    assert 'value="4a"' in review.read_text()  # and as it was seen
    assert "read <b>4a</b> (invalid: so it is in the table, probability" in review.read_text()


def test_a_file_that_is_named_twice_is_read_once(
    stack: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (stack / "beside").mkdir()
    read(stack, str(stack / "beside" / ".." / "stack.tif"), str(stack / "stack.tif[2]"))
    assert [(row["file"], row["page"]) for row in rows(stack)] == [
        (str(stack / "stack.tif"), n) for n in "12"
    ]
    assert capsys.readouterr().err.count("it is named twice, and read once") == 3


def test_a_table_takes_the_place_of_no_other_json(stack: pathlib.Path) -> None:
    mine = stack / "mine.jsonl"
    mine.write_text('{"a": 1}')
    assert read(stack, "--json", str(mine), "--resume") == 3
    assert mine.read_text() == '{"a": 1}'
    mine.write_text('{"file": "my notes"}')
    assert read(stack, "--json", str(mine), "--resume") == 3
    assert mine.read_text() == '{"file": "my notes"}'
    before = (stack / "form.json").read_bytes()
    assert read(stack, "--json", str(stack / "form.json"), "--resume") == 2
    assert (stack / "form.json").read_bytes() == before


def test_a_table_that_cannot_be_written_leaves_no_other(stack: pathlib.Path) -> None:
    assert read(stack, "--json", "/proc/out.jsonl") == 6
    assert not (stack / "out.csv").exists()


def test_a_page_that_a_second_table_lacks_is_not_called_its_own_double(
    stack: pathlib.Path, example: Example
) -> None:
    name = next(name for name, text in example.filled.truth.items() if text.isdecimal())
    fields = tuple(
        replace(one, checks=Checks(unique=True)) if one.name == name else one
        for one in example.template.fields
    )
    write_template(stack / "form.json", replace(example.template, fields=fields))
    read(stack)
    read(stack, "--json", str(stack / "out.jsonl"), "--resume")
    first = json.loads((stack / "out.jsonl").read_text().splitlines()[0])
    assert first["fields"][name]["failed"] == ""


def test_a_value_is_unique_over_an_interrupt_too(stack: pathlib.Path, example: Example) -> None:
    name = next(name for name, text in example.filled.truth.items() if text.isdecimal())
    fields = tuple(
        replace(one, checks=Checks(unique=True)) if one.name == name else one
        for one in example.template.fields
    )
    write_template(stack / "form.json", replace(example.template, fields=fields))
    Image.fromarray(example.pixels).save(
        stack / "stack.tif", save_all=True, append_images=[Image.fromarray(example.pixels)]
    )
    read(stack)
    whole = (stack / "out.csv").read_bytes()
    assert [row[f"{name}.status"] for row in rows(stack)][1] == "invalid"
    (stack / "out.csv").write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    read(stack, "--resume")
    assert (stack / "out.csv").read_bytes() == whole


def test_a_pdf_is_read_page_by_page(stack: pathlib.Path, example: Example) -> None:
    pytest.importorskip("pypdfium2")
    page = Image.fromarray(example.pixels)
    page.save(stack / "stack.pdf", save_all=True, append_images=[page], resolution=150)
    out = str(stack / "pdf.csv")
    assert run(["form", "read", str(stack / "form.json"), str(stack / "stack.pdf"), "--output", out]) == 0
    found = list(csv.DictReader(pathlib.Path(out).read_text("utf-8").splitlines()))
    assert [row["page"] for row in found] == ["1", "2"]
    for row in found:
        assert {name: row[name] for name in example.filled.truth} == dict(example.filled.truth)


def test_a_correction_teaches_the_model(stack: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = load_dataset("sample")
    (row,) = np.flatnonzero(digits.labels == 4)[:1]
    held = base64.b64encode(digits.digits[row].tobytes()).decode()
    read(stack)
    first = rows(stack)[0]
    entry = {
        "file": first["file"],
        "page": 1,
        "name": "field1",
        "text": "9",
        "value": "4",
        "pictures": [held],
    }
    named = {"kind": "knn-digits form corrections", "format": 1, "fields": [entry]}
    (stack / "corrections.json").write_text(json.dumps(named))
    capsys.readouterr()
    assert run(["form", "correct", str(stack / "out.csv"), str(stack / "corrections.json")]) == 0
    assert "learned 1 digit\n" in capsys.readouterr().out
    corrected = rows(stack)[0]
    assert (corrected["field1"], corrected["field1.probability"]) == ("4", "1.000")
    assert run(["form", "correct", str(stack / "out.csv"), str(stack / "corrections.json")]) == 0
    assert "learned 0 digits\n" in capsys.readouterr().out  # known already


def test_a_draft_finds_the_boxes_of_a_blank_form(example: Example) -> None:
    found = draft(np.asarray(255 * example.form.sheet, np.uint8), resolution=RESOLUTION)
    asked = example.template.fields
    assert [len(field.cells) for field in found.fields] == [len(field.cells) for field in asked]
    for one, other in zip(found.fields, asked, strict=True):
        assert np.allclose(one.box, other.box, atol=1.0)


def test_a_form_of_two_pages_is_drafted_at_once(stack: pathlib.Path, example: Example) -> None:
    blank = Image.fromarray(np.asarray(255 * example.form.sheet, np.uint8))
    blank.save(stack / "blank.png")
    blank.save(stack / "blank.tif", save_all=True, append_images=[blank])
    for given, pages in (("blank.png",), 1), (("blank.tif",), 2), (("blank.png", "blank.tif[2]"), 2):
        out = stack / f"{len(given)}-{pages}.json"
        assert run(["form", "draft", *(str(stack / name) for name in given), "--output", str(out)]) == 0
        template = read_template(out)
        assert [field.name for field in template.fields] == [
            f"field{n + 1}" for n in range(len(template.fields))
        ]
        assert {field.page for field in template.fields} == set(range(1, pages + 1))
        assert all((stack / page.picture).exists() for page in template.pages)
        assert len(list(stack.glob(f"{out.stem}*.fields.png"))) == pages


def test_a_draft_of_a_form_that_is_filled_in_says_so(
    stack: pathlib.Path, example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(example.pixels).save(stack / "filled.png")
    assert run(["form", "draft", str(stack / "filled.png"), "--output", str(stack / "new.json")]) == 0
    assert "fields seem filled in: what stands there is taken for print" in capsys.readouterr().err


def test_a_draft_of_a_form_that_lies_on_its_side_says_so(
    stack: pathlib.Path, example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = Image.fromarray(np.asarray(255 * example.form.sheet, np.uint8))
    blank.transpose(Image.Transpose.ROTATE_90).save(stack / "side.png")
    assert run(["form", "draft", str(stack / "side.png"), "--output", str(stack / "new.json")]) == 0
    assert "the print of page 1 runs up or down: turn it upright, and draft again" in capsys.readouterr().err


def test_a_draft_command_writes_what_read_reads(
    stack: pathlib.Path, example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = str(stack / "form-1.png")
    assert run(["form", "draft", blank, "--output", str(stack / "new.json")]) == 0
    assert capsys.readouterr().err == ""
    assert (stack / "new.fields.png").exists()
    out = str(stack / "new.csv")
    run(["form", "read", str(stack / "new.json"), str(stack / "stack.tif"), "--output", out])
    first = next(csv.DictReader(pathlib.Path(out).read_text("utf-8").splitlines()))
    assert [first[name] for name in example.filled.truth] == list(example.filled.truth.values())


def test_a_review_by_keyboard_alone_is_saved_and_applied(stack: pathlib.Path, example: Example) -> None:
    sync = pytest.importorskip("playwright.sync_api")
    if not pathlib.Path(CHROMIUM).exists():
        pytest.skip("no Chromium is installed")
    review = stack / "review.html"
    read(stack, "--review", str(review), "--max-errors", "0")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 400, "height": 800})
        page.goto(review.as_uri())
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert page.evaluate(f"Math.min(...{SIZES})") >= LEGIBLE
        page.keyboard.type("31")
        page.keyboard.press("Enter")
        page.keyboard.type("4?")  # and no Enter
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("32")  # another than was confirmed
        with page.expect_download() as waiting:
            page.keyboard.press("Control+s")
        waiting.value.save_as(stack / "corrections.json")
        browser.close()
    saved = json.loads((stack / "corrections.json").read_text())
    assert saved["form"] == json.loads((stack / "form.json").read_text())
    first, second = saved["fields"]
    assert (first["value"], second["value"]) == ("32", "4?")
    assert run(["form", "correct", str(stack / "out.csv"), str(stack / "corrections.json")]) == 0
    row = rows(stack)[0]
    assert (row[first["name"]], row[first["name"] + ".status"]) == ("32", "ok")
    assert (row[second["name"]], row[second["name"] + ".status"]) == ("4?", "invalid")


def test_a_correction_of_other_scans_changes_nothing(stack: pathlib.Path) -> None:
    read(stack)
    before = (stack / "out.csv").read_bytes()
    entry = {"file": "x.png", "page": 1, "name": "field1", "text": "1", "value": "2", "pictures": []}
    held = {"kind": "knn-digits form corrections", "format": 1, "fields": [entry]}
    (stack / "corrections.json").write_text(json.dumps(held))
    assert run(["form", "correct", str(stack / "out.csv"), str(stack / "corrections.json")]) == 3
    assert (stack / "out.csv").read_bytes() == before
