import pathlib
import re
import shlex
import shutil
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from knn_digits.classifiers.learned import load_learned
from knn_digits.datasets import Dataset
from knn_digits.tables import TableReader
from tests.cli.conftest import Call
from tests.pages import draw, save

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"


@pytest.fixture
def folder(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    """Two photos with 8 digits each, one of which has a name that must be quoted."""
    save(tmp_path / "scans" / "a.png", draw(sample.digits, range(50, 54), range(54, 58)))
    save(tmp_path / "scans" / "b c\nd.png", draw(sample.digits, range(60, 64), range(64, 68)))
    return tmp_path / "scans"


def test_it_prints_a_script_that_learns_and_draws_the_digits(
    knn: Call, model: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("suggest", folder, "--n", "5", "--model", model, "--output", tmp_path / "s.png")
    assert (result.code, result.err) == (0, "")
    with Image.open(tmp_path / "s.png") as picture:
        assert min(picture.size) > 300
    _, *comments = [line for line in result.out.splitlines() if line.startswith("# ")]
    assert [line.split(":")[0] for line in comments] == [f"# {place}" for place in range(1, 6)]
    assert all("margin" in line for line in comments)
    commands = [line for line in result.out.splitlines() if not line.startswith("# ")]
    assert sum(line.count("=?") for line in commands) == 5
    assert all(line.startswith("knn-digits learn ") for line in commands)
    assert len(commands) <= len(list(folder.iterdir()))


def test_its_picture_of_the_last_time_is_no_photo(
    knn: Call, model: pathlib.Path, folder: pathlib.Path
) -> None:
    picture = folder / "suggestions.png"
    first, second = (knn("suggest", folder, "--model", model, "--output", picture) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out


def test_its_commands_learn_once_the_digits_are_filled_in(
    knn: Call, model: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    max(folder.iterdir()).unlink()  # its name is quoted as bash alone knows
    out = knn("suggest", folder, "--n", "1", "--model", model, "--output", tmp_path / "s.png").out
    words = shlex.split(out, comments=True)
    filled = [word.replace("=?", "=8") for word in words[1:]]
    assert knn(*filled, "--force").code == 0
    (kept,) = load_learned().additions
    assert (kept.text, f"--box {kept.numbers[0]}=?" in out) == ("8", True)


def test_cells_of_a_table_are_asked_for_and_learned(
    knn: Call, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for photo in folder.iterdir():
        photo.unlink()
    shutil.copy(SAMPLES / "jobs/table.jpg", folder)
    asked = knn(
        "suggest", folder, "--tables", "--n", "2", "--model", "bundled", "--output", tmp_path / "s.png"
    )
    assert asked.out.startswith(f"# drawn in {tmp_path / 's.png'}\n")
    places = re.findall(r"^# \d: row (\d) column (\d) of ", asked.out, re.MULTILINE)
    (command,) = (line for line in asked.out.splitlines() if not line.startswith("# "))
    assert len(places) == 2
    assert all(f"--cell {row},{column}=?" in command for row, column in places)
    tables = TableReader("bundled").read(folder / "table.jpg")
    texts = {f"{cell.row},{cell.column}=?": cell.text for cell in tables[0].cells}
    words = [word.replace("?", texts[word]) if word in texts else word for word in shlex.split(command)]
    learned = knn(*words[1:])
    named = " ".join(texts[f"{row},{column}=?"] for row, column in sorted(places))
    assert learned.code == 0
    assert f"; read as {named}, before as {named}\n" in learned.out  # not what its lines are read as


@pytest.mark.parametrize("options", [(), ("--tables",)])
def test_digits_that_printed_ones_voted_on_are_drawn(
    knn: Call, folder: pathlib.Path, tmp_path: pathlib.Path, options: tuple[str, ...]
) -> None:
    for photo in folder.iterdir():
        photo.unlink()
    shutil.copy(SAMPLES / "jobs/sudoku.jpg", folder)  # read by its cells, and so beside printed digits
    asked = knn("suggest", folder, *options, "--model", "bundled", "--output", tmp_path / "s.png")
    assert (asked.code, asked.out.count("margin")) == (0, 20)
    with Image.open(tmp_path / "s.png") as picture:
        assert min(picture.size) > 300


def test_photos_whose_digits_are_all_learned_are_told_so(
    knn: Call, model: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for photo in folder.iterdir():
        truth = "".join(knn("classify", photo, "--model", model).out.split()).replace("?", "5")
        assert knn("learn", photo, "--truth", truth, "--model", model, "--force").code == 0
    result = knn("suggest", folder, "--model", model, "--output", tmp_path / "s.png")
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith("in these photos all digits read are learned, so there is nothing to label\n")


def test_what_is_learned_is_not_asked_for_again(
    knn: Call, model: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    photo = min(folder.iterdir())
    assert knn("learn", photo, "--box", "2=3", "--model", model, "--force").code == 0
    out = knn("suggest", folder, "--model", model, "--output", tmp_path / "s.png").out
    assert out.count("margin") == 15
    (command,) = (line for line in out.splitlines() if line.startswith("knn-digits") and photo.name in line)
    assert "--box 1=?" in command
    assert "--box 2=?" not in command


def test_an_unreadable_photo_is_told_and_the_others_are_read(
    knn: Call, model: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (folder / "z.jpg").write_text("no picture")
    result = knn("suggest", folder, "--model", model, "--output", tmp_path / "s.png")
    assert result.code == 1
    assert result.err.startswith("knn-digits: ")
    assert result.out.count("margin") == 16


def test_photos_without_digits_give_nothing_to_label(
    knn: Call, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    save(tmp_path / "blank" / "a.png", np.full((200, 300), 225, np.uint8))
    result = knn("suggest", tmp_path / "blank", "--model", model, "--output", tmp_path / "s.png")
    assert (result.code, result.out) == (0, "")
    assert "nothing to label" in result.err
    assert not (tmp_path / "s.png").exists()


def test_what_has_no_pictures_is_told(
    fails: Callable[..., str], model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    empty, none = tmp_path, tmp_path / "none"
    assert f"{empty}: no pictures are seen" in fails(1, "suggest", empty, "--model", model)
    assert f"{none}: cannot look into this folder" in fails(1, "suggest", none, "--model", model)
    assert "name a k-NN model" in fails(2, "suggest", tmp_path, "--model", "cnn")


@pytest.mark.parametrize("name", ["写真.png", "é" * 110 + ".png", "😀عرب\n.png", "scan\udcff.png"])
def test_photos_of_any_name_are_drawn(
    name: str, knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    save(tmp_path / "scans" / "plain.png", draw(sample.digits, range(50, 54)))
    try:
        (tmp_path / "scans" / "plain.png").rename(tmp_path / "scans" / name)
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such name")
    result = knn("suggest", tmp_path / "scans", "--model", model, "--output", tmp_path / "s.png")
    assert (result.code, result.err) == (0, "")
    with Image.open(tmp_path / "s.png") as picture:
        assert min(picture.size) > 300
