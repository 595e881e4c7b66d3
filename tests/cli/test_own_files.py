"""No command writes over a file that no command wrote as such; what one wrote before, it writes again."""

import os
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from knn_digits.classifiers.learned import Addition, keep
from knn_digits.classifiers.load import BUNDLED, current_model
from knn_digits.cli.options import is_foreign
from knn_digits.datasets import Dataset
from tests.cli.conftest import Call

FORMS = pathlib.Path(__file__).parents[2] / "samples" / "forms"
SMALL = ("--data", "small.npz")
COMMANDS = [
    (("fit", *SMALL, "--features", "blocks", "--k", "1", "--output", "a.npz"), "a.npz", "model"),
    (("learn", "--export", "a.npz"), "a.npz", "export"),
    (("show", "data", *SMALL), "digits.png", "picture"),
    (("show", "photo", "photo.png"), "panels.png", "picture"),
    (("inspect", *SMALL, "--n", "1"), "doubts.png", "picture"),
    (("suggest", "photos", "--n", "1", "--no-learned"), "suggestions.png", "picture"),
    (("explain", "photo.png", "--digit", "1", "--output", "a.png"), "a.png", "picture"),
    (("explain", "photo.png", "--digit", "1", "--output", "a.html"), "a.html", "page"),
    (
        ("form", "read", FORMS / "form.json", "photo.png", "--output", "a.csv", "--review", "a.html"),
        "a.html",
        "page",
    ),
]
OTHERS = {"model": "small.npz", "export": "numbers.npz", "picture": "photo.png", "page": "page.html"}


@pytest.fixture(autouse=True)
def _in_a_folder_of_files(
    knn: Call, sample: Dataset, photo: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test runs where a photo, data and files like those of commands are, and digits learned."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(photo, "photo.png")
    (tmp_path / "photos").mkdir()
    shutil.copy(photo, "photos/photo.png")
    boxes = np.zeros((20, 4), np.int64)
    some: dict[str, Any] = {
        "numbers": np.arange(1, 21),
        "boxes": boxes,
        "source": "photo.png",
        "read": "?" * 20,
        "date": "",
    }
    keep(Addition(digits=sample.digits[:20], labels=sample.labels[:20], **some))
    assert knn("learn", "--export", "small.npz").code == 0
    (tmp_path / "page.html").write_text("<!doctype html>\n<title>Mine</title>\n" + "<p>" * 300)
    with (tmp_path / "numbers.npz").open("wb") as file:
        np.savez(file, digits=np.zeros((1, 28, 28), np.uint8), labels=np.zeros(1, np.uint8))


@pytest.mark.parametrize(("words", "name", "what"), COMMANDS)
def test_a_file_of_the_user_s_is_not_written_over(
    words: tuple[str, ...], name: str, what: str, fails: Callable[..., str]
) -> None:
    path = pathlib.Path(name)
    for other in (OTHERS[what], FORMS / "form-1.png", FORMS / "form.json"):
        held = pathlib.Path(shutil.copy(other, path)).read_bytes()
        told = fails(2, *words)
        assert f"{name} is there, and is no {what} of knn-digits: name another file" in told
        assert path.read_bytes() == held


@pytest.mark.parametrize(("words", "name", "what"), COMMANDS)
def test_what_a_command_wrote_it_writes_again(
    words: tuple[str, ...], name: str, what: str, knn: Call
) -> None:
    path = pathlib.Path(name)
    path.touch()  # an empty file holds nothing that could be lost
    for _ in range(2):
        pathlib.Path("a.csv").unlink(missing_ok=True)
        knn(*words)
        assert path.stat().st_size
        assert not is_foreign(path, what)


def test_nor_is_one_that_may_not_be_read(fails: Callable[..., str]) -> None:
    path = pathlib.Path(shutil.copy("photo.png", "digits.png"))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("who runs this may read every file")
    assert "digits.png is there, and is no picture" in fails(2, "show", "data", *SMALL)


def test_no_further_picture_of_an_explanation_takes_the_place_of_one(knn: Call) -> None:
    held = pathlib.Path(shutil.copy("photo.png", "a-2.png")).read_bytes()
    result = knn("explain", "photo.png", "--output", "a.png")
    assert (result.code, result.out) == (2, "a.png\n")
    assert "a-2.png is there, and is no picture of knn-digits" in result.err
    assert pathlib.Path("a-2.png").read_bytes() == held


def test_tuning_begins_only_where_its_model_may_be_written(fails: Callable[..., str]) -> None:
    assert "photo.png is there, and is no model" in fails(2, "tune", *SMALL, "--output", "photo.png")


def test_a_network_that_was_not_trained_here_stays(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "cnn.onnx").write_bytes(b"mine")
    told = fails(2, "train", "cnn", *SMALL, "--output", tmp_path)
    assert "cnn.onnx is there, and is no network of knn-digits: name another folder" in told
    assert (tmp_path / "cnn.onnx").read_bytes() == b"mine"


def test_a_broken_current_model_is_fitted_anew(knn: Call) -> None:
    current_model().parent.mkdir(parents=True, exist_ok=True)
    current_model().write_bytes(BUNDLED.read_bytes()[:5000])
    assert knn("fit", *SMALL, "--features", "blocks", "--k", "1").code == 0
    assert knn("info").code == 0


def test_pictures_of_photos_take_the_place_of_none(knn: Call, fails: Callable[..., str]) -> None:
    drawn, page = pathlib.Path("drawn"), pathlib.Path("debug", "index.html")
    drawn.mkdir()
    page.parent.mkdir()
    shutil.copy("page.html", page)
    held = pathlib.Path(shutil.copy(FORMS / "form-1.png", drawn / "photo.png.png")).read_bytes()
    for command in ("classify", "table"):
        result = knn(command, "photo.png", "--annotate", drawn)
        assert result.code == 6
        assert "it is there, and is no picture of knn-digits; name another folder" in result.err
        assert (drawn / "photo.png.png").read_bytes() == held
    told = fails(6, "classify", "photo.png", "--debug", "debug")
    assert f"cannot write {page}: it is there, and is no page of knn-digits" in told
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
