import csv
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import click
import numpy as np
import pytest
from PIL import Image

from knn_digits import __version__, cli, datasets, features, neighbors, vote
from knn_digits.classifiers import network
from knn_digits.classifiers.load import BUNDLED, current_model
from knn_digits.cli import options as words
from knn_digits.datasets import Dataset, fetch
from knn_digits.features import blocks
from knn_digits.training import recipes, session
from tests.cli.conftest import Call, Result
from tests.datasets.idx_files import tiny_mnist
from tests.models import load_model
from tests.pages import CELL, MARGIN, draw, save

TEXT = "314\n278"
ROOT = pathlib.Path(__file__).parents[2]
BACK = (
    "{} is the current model, which commands take without --model: remove this file to go back to the "
    "bundled one\n"
)


# help and usage


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of a group and of every command below it."""
    yield words
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


@pytest.mark.parametrize("command", list(commands(cli.cli)), ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_help_has_an_example_and_explains_every_option(
    knn: Call, command: tuple[str, ...], flag: str
) -> None:
    result = knn(*command, flag)
    assert (result.code, result.err) == (0, "")
    assert "Example" in result.out
    assert f"knn-digits {' '.join(command)}" in result.out.split("Example")[1]
    at = cli.cli
    for word in command:
        at = at.commands[word]  # type: ignore[assignment]
    assert all(option.help for option in at.params if isinstance(option, click.Option))


@pytest.mark.parametrize("command", list(commands(cli.cli)), ids=" ".join)
def test_what_cannot_be_read_is_no_usage_error_of_any_command(command: tuple[str, ...]) -> None:
    at = cli.cli
    for word in command:
        at = at.commands[word]  # type: ignore[assignment]
    types = [one.type for one in at.params]
    assert [one for one in types if isinstance(one, click.Path) and one.readable] == []


@pytest.mark.parametrize("command", list(commands(cli.cli)), ids=" ".join)
def test_samples_that_a_help_names_are_there(knn: Call, command: tuple[str, ...]) -> None:
    named = re.findall(r"samples/[\w./-]+", knn(*command, "--help").out)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("group", [(), ("data",), ("form",), ("show",)], ids=" ".join)
def test_what_each_command_does_is_told_in_one_whole_line(knn: Call, group: tuple[str, ...]) -> None:
    listed = knn(*group, "--help").out.partition("Commands:")[2].partition("\n\n")[0]
    assert listed
    assert "..." not in listed


def test_the_help_lists_the_exit_codes(knn: Call) -> None:
    said = " ".join(knn("--help").out.split())
    assert "0 all read, 1 some photos unreadable, 2 usage error, 3 bad data, 4 bad model" in said
    assert "5 missing optional part, 6 cannot write, 130 interrupted" in said


def test_the_version_is_printed(knn: Call) -> None:
    assert knn("--version") == (0, f"knn-digits, version {__version__}\n", "")


def test_no_command_at_all_prints_the_help_as_a_usage_error(knn: Call) -> None:
    assert knn() == (2, knn("--help").out, "")


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("reed", "knn-digits --help"),
        ("--fast", "knn-digits --help"),
        ("fit --data", "requires an argument; see `knn-digits fit --help`"),
        ("form read x --output", "requires an argument; see `knn-digits form read --help`"),
        ("fit x", "name data by --data: `--data x`"),
        ("evaluate x y", "name data by --data: `--data x y`"),
        ("fit --k 0", "x>=1"),
        ("fit --k 2.5", "integer"),
        ("fit --features hogg", "'blocks', 'deskewed', 'hog', 'pixels'"),
        ("fit --weights equal", "'uniform', 'distance'"),
        ("fit --backend annoy", "'faiss', 'opencv', 'pca', 'sklearn'"),
        ("fit --device tpu", "'auto', 'cpu', 'cuda'"),
        ("fit --split half", "'train', 'test', 'all'"),
        ("fit --grid 7x7 --features pixels", "--features blocks"),
        ("fit --ink grey", "--features blocks"),
        ("fit --cells 7 --features pixels", "--features hog"),
        ("fit --cells 0", "x>=1"),
        ("fit --cells 29 --data sample", "1 to 28 cells"),
        ("fit --grid 7 --features blocks", "ROWSxCOLUMNS, such as 7x7"),
        ("fit --grid ax4 --features blocks", "ROWSxCOLUMNS, such as 7x7"),
        ("fit --grid 3x3 --features blocks", "divide"),
        ("fit --data sample --k 5001", "5000 training digits"),
        ("classify", "knn-digits classify --help"),
        ("classify --json --csv a.png", "choose one"),
        ("data fetch", "mnist"),
        ("data fetch cifar", "mnist"),
        ("evaluate --jsn", "--json"),
        ("evaluate --model cnn --backend faiss", "belong to k-NN"),
        ("classify a.png --threads 0", "x>=1"),
        ("train", "knn-digits train --help"),
        ("tune --features hogg", "'blocks', 'deskewed', 'hog', 'pixels'"),
        ("tune --split test", "--split"),
        ("train vgg", "'ann', 'cnn', 'cnn-plus', 'lenet5', 'mlp'"),
        ("train cnn --epochs 0", "x>=1"),
        ("show data --n 0", "1<=x<=10000"),
        ("show photo", "knn-digits show photo --help"),
    ],
)
def test_a_wrong_word_is_told_in_one_line_with_what_is_allowed(
    fails: Callable[..., str], command: str, needed: str
) -> None:
    assert needed in fails(2, *command.split())


@pytest.mark.parametrize(
    "command",
    [
        *("classify", "table", "explain", "show photo", "suggest", "learn --truth 1", "form draft"),
        *("fit --output", "learn --export", "classify x.jpg --annotate", "data fetch mnist --from"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    fails: Callable[..., str], command: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "is empty: name a" in fails(2, *command.split(), "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [("info",), ("classify", "x.jpg"), ("evaluate",)], ids=" ".join)
def test_an_empty_model_is_told_alike_everywhere(fails: Callable[..., str], command: tuple[str, ...]) -> None:
    assert "the name of a model is empty" in fails(2, *command, "--model", "")


def test_the_words_of_the_command_line_are_those_of_the_rooms() -> None:
    assert set(words.FEATURES) == set(features.FEATURES)
    assert set(words.BACKENDS) == set(neighbors.BACKENDS)
    assert words.DEVICES == neighbors.DEVICES
    assert words.WEIGHTS == vote.WEIGHTS
    assert words.SPLITS == datasets.SPLITS
    assert words.INK == blocks.INK
    assert set(words.NETWORKS) == set(network.NETWORKS)
    assert set(words.RECIPES) == set(recipes.RECIPES)


@pytest.mark.parametrize("command", ["explain", "learn", "suggest", "serve", "form correct"])
def test_networks_are_offered_where_they_are_taken_alone(knn: Call, command: str) -> None:
    assert not [name for name in words.NETWORKS if f"`{name}`" in knn(*command.split(), "--help").out]
    assert "`cnn`" in knn("classify", "--help").out


# classify


def test_the_lines_of_a_photo_are_printed_and_nothing_else(
    knn: Call, photo: pathlib.Path, model: pathlib.Path
) -> None:
    assert knn("classify", photo, "--model", model) == (0, TEXT + "\n", "")


def test_several_photos_are_told_apart_and_unreadable_ones_do_not_stop_the_rest(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    result = knn("classify", text_file, photo, text_file.with_name("missing.png"), "--model", model)
    assert (result.code, result.out) == (1, f"{photo}:\n{TEXT}\n")
    first, second = result.err.splitlines()
    assert first.startswith(f"knn-digits: {text_file}: not a picture")
    assert second.startswith(f"knn-digits: {text_file.with_name('missing.png')}: cannot open the file")


def test_an_empty_and_a_cut_off_picture_are_unreadable(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "half.png").write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
    result = knn("classify", tmp_path, "--model", model)
    assert (result.code, result.out) == (1, "")
    empty, half = result.err.splitlines()
    assert "empty.png: the file is empty" in empty
    assert "half.png: the picture is damaged" in half


def test_a_name_that_is_too_long_is_unreadable(fails: Callable[..., str], model: pathlib.Path) -> None:
    assert "cannot open the file" in fails(1, "classify", "a" * 5000, "--model", model)


def test_a_model_is_no_photo(fails: Callable[..., str], model: pathlib.Path) -> None:
    assert fails(1, "classify", model).startswith(f"{model}: not a picture")


def test_a_folder_gives_its_pictures_by_name(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for name in ("b.png", "a b.PNG", "notes.txt"):
        shutil.copy(photo, tmp_path / name)
    result = knn("classify", tmp_path, "--model", model)
    assert result == (
        0,
        f"{tmp_path / 'a b.PNG'}:\n{TEXT}\n{tmp_path / 'b.png'}:\n{TEXT}\n",
        f"{tmp_path}: 1 file passed over: 1 .txt\n",
    )


def test_a_folder_without_pictures_is_unreadable_and_does_not_stop_the_rest(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("classify", tmp_path, photo, "--model", model)
    assert (result.code, result.out) == (1, f"{photo}:\n{TEXT}\n")
    assert result.err.startswith(f"knn-digits: {tmp_path}: no pictures are seen in this folder")


def test_a_photo_may_come_from_stdin(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    assert knn("classify", "-", "--model", model) == (0, TEXT + "\n", "")


@pytest.mark.parametrize(
    "command", [("explain",), ("table", "--rows", "2", "--columns", "3", "--explain", "1,1")], ids=" ".join
)
def test_a_photo_of_stdin_is_explained_as_its_file_is(
    knn: Call, photo: pathlib.Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    result = knn(*command, "-")
    assert result.code == 0
    assert result.out == knn(*command, photo).out


@pytest.mark.parametrize(
    ("command", "name"), [("explain", "a.html"), ("explain --digit 1", "a.png"), ("show photo", "a.png")]
)
def test_what_is_drawn_of_a_photo_of_stdin_is_that_of_its_file(
    knn: Call,
    photo: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    name: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    output = tmp_path / name
    assert knn(*command.split(), "-", "--output", output) == (0, f"{output}\n", "")
    drawn = output.read_bytes()
    knn(*command.split(), photo, "--output", output)
    assert drawn == output.read_bytes().replace(photo.name.encode(), b"stdin")


@pytest.mark.parametrize("command", [("classify",), ("explain",), ("show", "photo")], ids=" ".join)
def test_a_closed_stdin_is_unreadable(
    fails: Callable[..., str],
    model: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setattr("sys.stdin", None)  # as Python has it after `<&-`
    assert fails(1, *command, "-", "--model", model).startswith("-: stdin is closed")


def test_a_blank_page_has_no_digits_and_is_read(
    knn: Call, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    blank = save(tmp_path / "blank.png", np.full((300, 400), 225, np.uint8))
    assert knn("classify", blank, "--model", model) == (0, "", f"{blank}: no digits found\n")
    found = json.loads(knn("classify", blank, "--json", "--model", model).out)[0]
    assert (found["text"], found["lines"], found["warnings"]) == ("", [], ["no digits found"])


def test_the_json_is_a_list_with_an_object_for_each_photo(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    result = knn("classify", "--json", photo, text_file, "--model", model)
    assert (result.code, result.err) == (1, "")
    read, unread = json.loads(result.out)
    assert set(unread) == {"path", "error"}
    assert unread["path"] == str(text_file)
    assert unread["error"].startswith("not a picture")
    width, height = 3 * CELL + 2 * MARGIN, 2 * CELL + 2 * MARGIN
    lines = read.pop("lines")
    sizes = {"width": width, "height": height}
    assert read == {"path": str(photo), **sizes, "text": TEXT, "warnings": [], "tables": []}
    assert [line["text"] for line in lines] == TEXT.split("\n")
    for row, line in enumerate(lines):
        assert set(line) == {"text", "words", "digits"}
        assert "".join(str(digit["label"]) for digit in line["digits"]) == line["text"]
        for column, digit in enumerate(line["digits"]):
            check_digit(digit, column, row)


def check_digit(digit: dict[str, Any], column: int, row: int) -> None:
    """Check the types, and that the box is in the cell of the page where the digit was drawn."""
    assert set(digit) == {"label", "probability", "box"}
    assert type(digit["label"]) is int
    assert 0 < digit["probability"] <= 1
    assert all(type(side) is int for side in digit["box"])
    left, top, box_width, box_height = digit["box"]
    assert MARGIN + column * CELL <= left < left + box_width <= MARGIN + (column + 1) * CELL
    assert MARGIN + row * CELL <= top < top + box_height <= MARGIN + (row + 1) * CELL


def test_a_single_photo_is_a_list_of_one(knn: Call, photo: pathlib.Path, model: pathlib.Path) -> None:
    assert [read["text"] for read in json.loads(knn("classify", "--json", photo, "--model", model).out)] == [
        TEXT
    ]


@pytest.mark.skipif(os.name != "posix", reason="file names that are no text are POSIX's")
def test_a_name_that_is_no_text_is_still_json_and_leads_back_to_the_file(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    shutil.copy(photo, path)
    (read,) = json.loads(knn("classify", "--json", path, "--model", model).out)
    assert (read["path"], read["text"]) == (str(path), TEXT)


@pytest.fixture
def sevens(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    """Data whose every digit is said to be a 7."""
    path = tmp_path / "sevens.npz"
    np.savez(path, digits=sample.digits[:120], labels=np.full(120, 7))
    return path


def test_a_refused_digit_is_null_and_a_question_mark_in_the_texts(
    knn: Call, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    strict = ("--min-probability", 1)
    (read,) = json.loads(knn("classify", "--json", photo, *strict).out)
    assert {digit["label"] for line in read["lines"] for digit in line["digits"]} == {None}
    assert (read["text"], read["lines"][0]["text"]) == ("???\n???", "???")
    assert knn("classify", photo, *strict).out == "???\n???\n"
    assert {row["label"] for row in csv_rows(knn("classify", "--csv", photo, *strict))} == {"?"}
    assert knn("classify", photo, "--annotate", tmp_path / "drawn", *strict).code == 0


def csv_rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.out)))


def test_the_csv_has_a_row_for_each_digit_with_the_values_of_the_json(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    result = knn("classify", "--csv", photo, text_file, "--model", model)
    assert result.code == 1
    assert result.err.startswith(f"knn-digits: {text_file}: not a picture")
    assert result.out.splitlines()[0] == "path,line,position,label,probability,left,top,width,height,word"
    (read, _) = json.loads(knn("classify", "--json", photo, text_file, "--model", model).out)
    want = [
        [str(photo), line, position, digit["label"], digit["probability"], *digit["box"], 1]
        for line, found in enumerate(read["lines"], 1)
        for position, digit in enumerate(found["digits"], 1)
    ]
    assert [list(row.values()) for row in csv_rows(result)] == [[str(cell) for cell in row] for row in want]


def test_signs_are_printed_where_they_are_asked_for(knn: Call, tmp_path: pathlib.Path) -> None:
    plus = np.full((36, 36), 255, np.uint8)
    plus[5:31, 16:20] = plus[16:20, 5:31] = 0
    path = tmp_path / "plus.png"
    Image.fromarray(plus).save(path)
    reading = ("classify", path, "--model", "bundled")
    assert knn(*reading).out.strip() == ""
    assert knn(*reading, "--signs").out == "+\n"
    (read,) = json.loads(knn(*reading, "--signs", "--json").out)
    assert (read["text"], read["lines"][0]["words"][0]["marks"][0]["sign"]) == ("+", "+")


def test_the_annotated_photo_is_the_photo_with_something_drawn_on_it(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copy(photo, tmp_path / photo.name)
    folder = tmp_path / "new" / "drawn"
    result = knn("classify", photo, tmp_path / photo.name, "--annotate", folder, "--model", model)
    assert (result.code, result.err) == (0, "")
    assert sorted(file.name for file in folder.iterdir()) == [f"{photo.name}-2.png", f"{photo.name}.png"]
    with Image.open(folder / f"{photo.name}.png") as drawn, Image.open(photo) as plain:
        assert (drawn.format, drawn.size) == ("PNG", plain.size)
        assert (np.asarray(drawn) != np.asarray(plain.convert("RGB"))).any()


def test_debug_writes_every_stage_of_each_photo_and_a_page_of_them(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("classify", photo, photo, "--debug", tmp_path / "stages", "--model", model)
    assert result.code == 0
    names = {path.name for path in (tmp_path / "stages").iterdir()}
    assert f"{photo.name}-1-photo.png" in names
    page = (tmp_path / "stages" / "index.html").read_text("utf-8")
    shown = [unquote(address) for address in re.findall('src="([^"]*)"', page)]
    assert len(shown) == 14
    assert names == {*shown, "index.html"}


def test_an_annotated_photo_that_cannot_be_written_is_told(
    fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    assert "cannot write" in fails(6, "classify", photo, "--annotate", text_file, "--model", model)


@pytest.mark.parametrize("backend", words.BACKENDS)
def test_every_backend_reads_alike(knn: Call, photo: pathlib.Path, model: pathlib.Path, backend: str) -> None:
    want = knn("classify", "--json", photo, "--model", model)
    assert knn("classify", "--json", photo, "--model", model, "--backend", backend) == want


# models


def test_classify_uses_the_bundled_model_until_one_is_fitted_and_then_that_one(
    knn: Call, home: pathlib.Path, sevens: pathlib.Path, photo: pathlib.Path
) -> None:
    assert str(BUNDLED) in knn("info").out
    assert knn("classify", photo) == knn("classify", photo, "--model", "bundled")
    assert knn("classify", photo).out == TEXT + "\n"
    result = knn("fit", "--data", sevens, "--features", "pixels", "--k", 1)
    assert result.out.startswith(f"{current_model()}: validation error ")
    assert str(current_model()) in knn("info").out
    assert knn("classify", photo).out == "777\n777\n"
    assert knn("classify", photo, "--model", "bundled").out == TEXT + "\n"
    assert [path.name for path in home.rglob("*")] == ["data", "model.npz"]


def test_the_way_back_to_the_bundled_model_is_told_with_the_file_to_remove(
    knn: Call, sevens: pathlib.Path, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    fitting = ("fit", "--data", sevens, "--features", "pixels", "--k", 1)
    assert "bundled" not in knn(*fitting, "--output", tmp_path / "other.npz").err
    assert "remove" not in knn("info").err
    back = BACK.format(current_model())
    assert knn(*fitting).err.endswith(back)
    assert knn("info").err == back
    assert knn("info", "--model", "bundled").err == ""
    current_model().unlink()
    assert knn("classify", photo).out == TEXT + "\n"


def test_the_bundled_model_is_made_as_fit_makes_one(knn: Call, tmp_path: pathlib.Path) -> None:
    header, arrays = load_model(BUNDLED)
    path = tmp_path / "again.npz"
    backend = header["options"]["backend"]
    assert knn("fit", "--data", "sample", "--backend", backend, "--output", path).code == 0
    made, again = load_model(path)
    assert {name: array.dtype for name, array in again.items()} == {
        name: array.dtype for name, array in arrays.items()
    }
    assert (again["hands"] == arrays["hands"]).all()
    assert (again["signs"] == arrays["signs"]).all()
    assert {name: made[name] for name in ("feature", "options", "hands")} == {
        name: header[name] for name in ("feature", "options", "hands")
    }
    assert set(made) == set(header)


def test_without_hands_a_model_holds_its_training_digits_alone(knn: Call, tmp_path: pathlib.Path) -> None:
    plain, textbook = tmp_path / "plain.npz", tmp_path / "textbook.npz"
    assert knn("fit", "--data", "sample", "--no-hands", "--output", plain).code == 0
    assert knn("fit", "--data", "sample", "--features", "blocks", "--output", textbook).code == 0
    for path in (plain, textbook):
        header, arrays = load_model(path)
        assert "hands" not in header
        assert "hands" not in arrays


def newer(path: pathlib.Path, target: pathlib.Path) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        header = json.loads(old.read("header.json"))
        new.writestr("header.json", json.dumps(header | {"format": 99}))


def cut_off(path: pathlib.Path, target: pathlib.Path) -> None:
    target.write_bytes(path.read_bytes()[:-1000])


def flipped(path: pathlib.Path, target: pathlib.Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)


def text(path: pathlib.Path, target: pathlib.Path) -> None:
    target.write_text(f"not {path.name}")


def other_npz(path: pathlib.Path, target: pathlib.Path) -> None:
    np.savez(target, digits=np.zeros(path.stat().st_size % 2))


def folder(path: pathlib.Path, target: pathlib.Path) -> None:
    target.with_name(path.name).mkdir()
    target.symlink_to(target.with_name(path.name))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (newer, "upgrade knn-digits"),
        (cut_off, "fit it again"),
        (flipped, "fit it again"),
        (text, "fit it again"),
        (other_npz, "header.json"),
        (folder, "`knn-digits fit` makes one"),
        (lambda *_: None, "`knn-digits fit` makes one"),
    ],
    ids=["newer", "cut off", "a bit flipped", "text", "another npz", "a folder", "missing"],
)
def test_a_bad_model_is_refused_in_one_line(
    fails: Callable[..., str],
    photo: pathlib.Path,
    model: pathlib.Path,
    tmp_path: pathlib.Path,
    spoil: Callable[[pathlib.Path, pathlib.Path], None],
    words: str,
) -> None:
    bad = tmp_path / "bad.npz"
    spoil(model, bad)
    for command in (("classify", photo), ("evaluate", "--data", "sample"), ("info",)):
        said = fails(4, *command, "--model", bad)
        assert str(bad) in said
        assert words in said


@pytest.mark.parametrize("command", [("info",), ("classify", "x.jpg")], ids=" ".join)
def test_of_a_file_in_the_place_of_the_current_model_the_way_out_is_told(
    fails: Callable[..., str], command: tuple[str, ...]
) -> None:
    current_model().parent.mkdir(parents=True)
    current_model().write_text("junk")
    told = fails(4, *command)
    assert told.endswith(
        "; it is the current model: remove it first, or name another, as by `--model bundled`"
    )
    assert fails(4, *command, "--model", current_model()).endswith("; fit it again")


def test_cuda_without_a_gpu_is_a_missing_part(
    fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path
) -> None:
    import faiss

    if hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus():
        pytest.skip("this machine has a GPU")
    assert "--device cpu" in fails(5, "classify", photo, "--model", model, "--device", "cuda")
    assert "--device cpu" in fails(5, "fit", "--data", "sample", "--device", "cuda")


def test_info_tells_how_the_model_was_made(knn: Call, model: pathlib.Path) -> None:
    result = knn("info", "--model", model)
    assert (result.code, result.err) == (0, "")
    for part in (str(model), "pixels", "k=3", "5000 digits of sample/train", f"knn-digits {__version__}"):
        assert part in result.out
    assert json.loads(knn("info", "--json", "--model", model).out) == load_model(model)[0]


# fit


def test_fit_says_on_stderr_which_data_it_uses_the_sample_where_mnist_is_not_cached(knn: Call) -> None:
    result = knn("fit", "--features", "blocks")
    few, fitting, _ = result.err.splitlines()
    assert "5,000 digits, fewer than the bundled models were made of; `knn-digits data fetch mnist`" in few
    assert (result.code, fitting) == (0, "fitting on 5000 digits of sample, part train")
    assert load_model(current_model())[0]["data"]["name"] == "sample/train"


@pytest.fixture
def cached_mnist(home: pathlib.Path) -> None:
    folder = fetch.mnist_folder()
    folder.mkdir(parents=True)
    for name, content in tiny_mnist()[0].items():
        (folder / name).write_bytes(content)


@pytest.mark.usefixtures("cached_mnist")
def test_fit_and_evaluate_use_mnist_where_it_is_cached_each_its_own_part(knn: Call) -> None:
    result = knn("fit", "--k", 1)
    assert (result.code, result.err.splitlines()[0]) == (0, "fitting on 20 digits of mnist, part train")
    result = knn("evaluate")
    assert (result.code, result.err) == (0, "evaluating on 10 digits of mnist, part test\n")
    result = knn("evaluate", "--split", "all")
    assert result.err.startswith("evaluating on 30 digits of mnist, part all\nwarning: ")
    assert "on 20 of these" in result.err


@pytest.mark.usefixtures("cached_mnist")
def test_verify_tells_each_file_and_that_these_are_not_mnists(knn: Call) -> None:
    result = knn("data", "verify")
    assert result.code == 3
    assert [line.split()[0] for line in result.out.splitlines()] == list(fetch.GENUINE)
    assert result.err.endswith("run `knn-digits data fetch mnist`\n")


def test_files_that_are_not_mnists_are_not_imported(
    fails: Callable[..., str], tmp_path: pathlib.Path, home: pathlib.Path
) -> None:
    assert "MNIST's four files" in fails(3, "data", "fetch", "mnist", "--from", tmp_path)
    assert not home.exists()


def test_fit_takes_a_folder_of_pictures(knn: Call, sample: Dataset, tmp_path: pathlib.Path) -> None:
    for row in range(20):
        save(tmp_path / "classes" / str(sample.labels[row]) / f"{row}.png", draw(sample.digits, (row,)))
    result = knn("fit", "--data", tmp_path / "classes", "--k", 1, "--output", tmp_path / "m.npz")
    note = f"note: {tmp_path / 'classes'} has"
    assert result.code == 0
    assert result.err.splitlines() == [
        f"{note} dark ink on light paper in 20 of its 20 pictures: inverted",
        f"{note} 20 of 20 pictures that are not 28x28, brought to MNIST's size and strokes",
        "fitting on 20 digits of classes, part all",
    ]
    assert "none: too few digits" in result.out
    assert knn("info", "--model", tmp_path / "m.npz").code == 0


def test_the_options_of_fit_are_in_the_model(knn: Call, tmp_path: pathlib.Path) -> None:
    features = ("--features", "blocks", "--grid", "7x14", "--ink", "grey")
    options = ("--k", 5, "--weights", "distance", "--backend", "opencv")
    assert knn("fit", "--data", "sample", *features, *options, "--output", tmp_path / "m.npz").code == 0
    header, arrays = load_model(tmp_path / "m.npz")
    assert header["feature"] == {"name": "blocks", "options": {"rows": 7, "columns": 14, "ink": "grey"}}
    plain = {"power": 1.0, "dimensions": 0, "refinement": None, "device": "auto"}
    assert header["options"] == plain | {"k": 5, "weights": "distance", "backend": "opencv"}
    assert arrays["vectors"].shape == (5000, 98)


@pytest.mark.parametrize("command", ["fit", "tune", "evaluate"])
@pytest.mark.parametrize("data", ["missing", "text.jpg", "empty"])
def test_bad_data_is_told_in_one_line(
    fails: Callable[..., str], command: str, data: str, tmp_path: pathlib.Path, text_file: pathlib.Path
) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copy(text_file, tmp_path)
    assert str(tmp_path / data) in fails(3, command, "--data", tmp_path / data)


def test_without_mnist_evaluate_says_how_to_get_it(fails: Callable[..., str]) -> None:
    assert "knn-digits data fetch mnist" in fails(3, "evaluate")


def test_a_home_that_cannot_be_written_is_told(
    fails: Callable[..., str], text_file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNN_DIGITS_HOME", str(text_file))
    assert str(text_file) in fails(6, "fit", "--data", "sample", "--features", "blocks")
    assert text_file.read_text() == "no picture"


def test_without_a_home_photos_are_read_all_the_same(
    knn: Call, text_file: pathlib.Path, photo: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNN_DIGITS_HOME", str(text_file))
    assert knn("classify", photo) == (0, TEXT + "\n", "")


def test_the_options_of_hog_are_in_the_model_also_where_it_is_joined(
    knn: Call, tmp_path: pathlib.Path
) -> None:
    hog = ("--orientations", 4, "--cells", 5)
    for name in ("hog", "blocks+hog"):
        fitting = ("fit", "--data", "sample", "--features", name, *hog, "--output", tmp_path / "m.npz")
        assert knn(*fitting).code == 0
        options = load_model(tmp_path / "m.npz")[0]["feature"]["options"]
        options = options.get("hog", options)
        assert options == {"orientations": 4, "cells": 5, "spread": 1.2}


# tune


@pytest.fixture
def some(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    np.savez(tmp_path / "some data.npz", digits=sample.digits[:240], labels=sample.labels[:240])
    return tmp_path / "some data.npz"


def test_tune_prints_what_it_tried_and_the_command_that_fits_the_same_model(
    knn: Call, some: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("tune", "--data", some, "--features", "blocks")
    assert result.code == 0
    assert result.err.startswith("tuning on 240 digits of some data.npz, part all\n")
    assert result.err.endswith(BACK.format(current_model()))
    head, _, best, *_ = result.out.splitlines()
    assert head.endswith("settings on 40 held-out training digits, with the k and weights that do best:")
    *_, command, done = result.out.splitlines()
    header, arrays = load_model(current_model())
    note = header.pop("tuning")
    assert best.split()[0] == str(note["errors"]) == str(header["validation"]["errors"])
    assert done.startswith(f"{current_model()}: validation error ")
    assert f"({note['errors']} of 40 held-out training digits)" in done
    program, *arguments = shlex.split(command)
    assert program == "knn-digits"
    assert knn(*arguments, "--output", tmp_path / "again.npz").code == 0
    again = load_model(tmp_path / "again.npz")
    assert again[0] == header
    assert all((again[1][name] == array).all() for name, array in arrays.items())
    assert f"the best of {note['trials']} settings on 40" in knn("info").out


def test_tune_all_prints_a_row_for_every_setting(knn: Call, some: pathlib.Path) -> None:
    rows = knn("tune", "--data", some, "--features", "blocks", "--all").out.splitlines()
    note = load_model(current_model())[0]["tuning"]
    assert sum("rows=" in row for row in rows) == note["trials"]


def test_tune_looks_at_training_digits_alone(
    knn: Call, fails: Callable[..., str], sample: Dataset, tmp_path: pathlib.Path
) -> None:
    x, y = sample.digits, sample.labels
    np.savez(tmp_path / "both.npz", x_train=x[:120], y_train=y[:120], x_test=x[120:240], y_test=y[120:240])
    np.savez(tmp_path / "test.npz", x_test=x[120:240], y_test=y[120:240])
    result = knn(
        "tune", "--data", tmp_path / "both.npz", "--features", "blocks", "--output", tmp_path / "m.npz"
    )
    assert result.err == "tuning on 120 digits of both.npz, part train\n"
    assert (load_model(tmp_path / "m.npz")[1]["digits"] == x[:120]).all()
    assert "only test digits" in fails(3, "tune", "--data", tmp_path / "test.npz")


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX's signal of Ctrl-C")
def test_ctrl_c_ends_tuning_with_one_line_and_writes_nothing(home: pathlib.Path) -> None:
    command = [sys.executable, "-m", "knn_digits", "tune", "--data", "sample"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == "tuning on 5000 digits of sample, part train\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "knn-digits: interrupted\n"
        assert process.stdout.read() == ""
    assert process.returncode == 130
    assert not [path for path in home.rglob("*") if path.is_file()]


# evaluate


def test_evaluate_prints_one_json_object(knn: Call, model: pathlib.Path, sample: Dataset) -> None:
    result = knn("evaluate", "--json", "--data", "sample", "--model", model)
    assert result.code == 0
    found = json.loads(result.out)
    assert set(found) == {
        *("n", "errors", "error_rate", "interval", "confusion", "recall", "seconds", "queries_per_second"),
        *("refused", "calibration_error", "data", "split", "sha256", "seen"),
    }
    assert (found["n"], found["seen"], found["data"], found["split"]) == (5000, 5000, "sample", "train")
    assert found["sha256"] == sample.sha256
    confusion = np.array(found["confusion"])
    assert confusion.sum(axis=1).tolist() == [500] * 10
    assert found["errors"] == 5000 - np.trace(confusion)
    assert found["error_rate"] == found["errors"] / 5000
    assert 0 <= found["interval"][0] < found["error_rate"] < found["interval"][1] <= 1
    assert found["recall"] == pytest.approx(np.diag(confusion) / 500)
    assert found["queries_per_second"] == pytest.approx(5000 / found["seconds"])


def test_evaluate_warns_of_training_digits_and_prints_the_same_numbers_as_text(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    np.savez(tmp_path / "few.npz", digits=sample.digits[:500], labels=sample.labels[:500])
    arguments = ("evaluate", "--data", tmp_path / "few.npz", "--model", model)
    result = knn(*arguments)
    head, warning = result.err.splitlines()
    assert head == "evaluating on 500 digits of few.npz, part all"
    assert warning.startswith("warning: the model was fitted on 500 of these digits")
    found = json.loads(knn(*arguments, "--json").out)
    assert f"error {found['error_rate']:.2%} ({found['errors']} of 500), 95 % interval" in result.out


def test_every_backend_makes_the_same_errors(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    moved = np.roll(sample.digits[:300], 2, axis=2)
    np.savez(tmp_path / "moved.npz", digits=moved, labels=sample.labels[:300])
    confusions = [
        json.loads(
            knn(
                "evaluate", "--json", "--data", tmp_path / "moved.npz", "--model", model, "--backend", backend
            ).out
        )["confusion"]
        for backend in words.BACKENDS
    ]
    assert np.trace(np.array(confusions[0])) < 300
    assert confusions == confusions[:1] * len(words.BACKENDS)


# networks


@pytest.mark.parametrize("name", words.NETWORKS)
def test_a_network_reads_photos_and_digits_as_a_model_does(
    knn: Call, photo: pathlib.Path, sample: Dataset, name: str, tmp_path: pathlib.Path
) -> None:
    assert knn("classify", photo, "--model", name) == (0, TEXT + "\n", "")
    (read,) = json.loads(knn("classify", "--json", photo, "--model", name).out)
    assert all(0 < digit["probability"] <= 1 for line in read["lines"] for digit in line["digits"])
    np.savez(tmp_path / "few.npz", digits=sample.digits[:500], labels=sample.labels[:500])
    result = knn("evaluate", "--json", "--model", name, "--data", tmp_path / "few.npz", "--threads", 1)
    assert "warning: a network keeps no training digits" in result.err
    found = json.loads(result.out)
    assert (found["n"], found["seen"]) == (500, None)
    assert found["error_rate"] < 0.1


@pytest.mark.usefixtures("cached_mnist")
def test_evaluating_a_network_on_test_digits_is_not_warned_of(knn: Call) -> None:
    assert knn("evaluate", "--model", "cnn").err == "evaluating on 10 digits of mnist, part test\n"


def test_info_tells_how_a_network_was_trained(knn: Call) -> None:
    result = knn("info", "--model", "cnn")
    assert (result.code, result.err) == (0, "")
    for part in (
        "121930 parameters",
        "knn-digits train cnn --data mnist",
        "55000 digits of mnist",
        "of 10000",
    ):
        assert part in result.out
    assert json.loads(knn("info", "--json", "--model", "cnn").out) == network.load_card(
        network.find_network("cnn")
    )


def test_a_bad_network_is_refused_in_one_line(
    fails: Callable[..., str], photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copy(network.WEIGHTS / network.CARDS, tmp_path)
    bad = tmp_path / "cnn.onnx"
    for content in (None, b"no network"):
        if content is not None:
            bad.write_bytes(content)
        for command in (("classify", photo), ("evaluate", "--data", "sample"), ("info",)):
            assert str(bad) in fails(4, *command, "--model", bad)


def test_without_pytorch_training_is_a_missing_part_and_all_else_works(
    knn: Call, fails: Callable[..., str], photo: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in session.PARTS:
        monkeypatch.setitem(sys.modules, part, None)
    assert "pip install 'knn-digits[train]'" in fails(5, "train", "cnn", "--data", "sample")
    assert knn("classify", photo, "--model", "cnn").out == TEXT + "\n"


@pytest.fixture
def few(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    pytest.importorskip("torch", reason="needs the extra `train`")
    np.savez(tmp_path / "few.npz", digits=sample.digits[:240], labels=sample.labels[:240])
    return tmp_path / "few.npz"


def test_train_says_where_it_trains_and_its_network_reads_photos(
    knn: Call, few: pathlib.Path, photo: pathlib.Path, home: pathlib.Path
) -> None:
    result = knn("train", "ann", "--data", few, "--epochs", 2, "--device", "cpu", "--threads", 1)
    assert result.code == 0
    head, *epochs = result.err.splitlines()
    assert head == "training ann on the CPU, on 240 digits of few.npz"
    assert [line.split(":")[0] for line in epochs] == ["epoch 1", "epoch 2"]
    path = home / "data" / "networks" / "ann.onnx"
    assert result.out.startswith(f"{path}: train error ")
    assert knn("classify", photo, "--model", path).code == 0
    assert knn("info", "--model", path).out.startswith(f"network     {path}\n")
    with Image.open(path.with_name("ann-curves.png")) as curves:
        assert curves.format == "PNG"


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX's signal of Ctrl-C")
def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(
    knn: Call, few: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    training = ["train", "ann", "--data", str(few), "--output", str(tmp_path / "out")]
    command = [sys.executable, "-m", "knn_digits", *training, "--epochs", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch 2:"):
                break
        process.send_signal(signal.SIGINT)
        said, out = process.stderr.read(), process.stdout.read()
    assert process.returncode == 130
    assert "interrupted: the best epoch so far is kept" in said
    assert out.startswith(f"{tmp_path / 'out' / 'ann.onnx'}: train error ")
    done = network.load_card(tmp_path / "out" / "ann.onnx")["epochs"]["done"]
    result = knn(*training, "--epochs", done + 1, "--resume")
    assert result.code == 0
    assert result.err.splitlines()[-1].startswith(f"epoch {done + 1}: ")
    assert len(result.err.splitlines()) in (2, 3)  # the last epoch may not have been on the disk yet


# show


def test_show_data_draws_the_first_digits_with_their_labels(
    knn: Call, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "digits.png"
    assert knn("show", "data", "--n", 12, "--output", path) == (0, f"{path}\n", "")
    with Image.open(path) as drawn:
        picture = np.asarray(drawn.convert("L"))
    assert np.isin(np.unique(sample.digits[:12]), picture).all()
    assert picture.shape[1] > picture.shape[0]


@pytest.mark.parametrize("model", ["bundled", "cnn"])
def test_show_photo_draws_four_panels_side_by_side(
    knn: Call, photo: pathlib.Path, tmp_path: pathlib.Path, model: str
) -> None:
    path = tmp_path / "panels.png"
    assert knn("show", "photo", photo, "--model", model, "--output", path) == (0, f"{path}\n", "")
    with Image.open(path) as drawn:
        width, height = drawn.size
    assert width > 3 * height


def test_show_tells_what_it_cannot_read_or_write(
    fails: Callable[..., str], photo: pathlib.Path, text_file: pathlib.Path
) -> None:
    assert "not a picture" in fails(1, "show", "photo", text_file)
    assert "cannot write" in fails(6, "show", "photo", photo, "--output", text_file / "a.png")
    assert "no file or folder" in fails(3, "show", "data", "--data", text_file.with_name("none"))
