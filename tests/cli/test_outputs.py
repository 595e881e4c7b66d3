import pathlib
import shutil
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset


@pytest.mark.parametrize("command", [("show", "photo"), ("explain",)], ids=" ".join)
def test_a_picture_never_takes_the_place_of_the_photo(
    command: tuple[str, ...], fails: Callable[..., str], photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(photo, tmp_path / "own.png"))
    before = own.read_bytes()
    assert "is the photo itself: name another file" in fails(2, *command, own, "--output", own)
    assert own.read_bytes() == before


@pytest.mark.parametrize("command", [("show", "photo"), ("explain",)], ids=" ".join)
def test_nor_that_of_the_file_whose_page_is_read(
    command: tuple[str, ...], fails: Callable[..., str], photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    own = tmp_path / "own.png"
    with Image.open(photo) as page:
        page.save(own, save_all=True, append_images=[page.rotate(180)])
    before = own.read_bytes()
    assert "is the photo itself" in fails(2, *command, f"{own}[2]", "--output", own)
    assert own.read_bytes() == before


def test_suggestions_never_take_the_place_of_a_photo_of_the_folder(
    fails: Callable[..., str], photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(photo, tmp_path / "own.png"))
    before = own.read_bytes()
    assert "is the photo itself: name another file" in fails(2, "suggest", tmp_path, "--output", own)
    assert own.read_bytes() == before


@pytest.mark.parametrize("command", ["fit", "tune"])
def test_a_model_never_takes_the_place_of_its_data(
    command: str, fails: Callable[..., str], tmp_path: pathlib.Path, sample: Dataset
) -> None:
    own = tmp_path / "own.npz"
    np.savez(own, X=sample.digits[:60], y=sample.labels[:60])
    before = own.read_bytes()
    assert "is the data itself: name another file" in fails(2, command, "--data", own, "--output", own)
    assert own.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [("show", "data"), ("show", "photo", "x.jpg"), ("suggest", "scans"), ("inspect",)],
    ids=" ".join,
)
def test_a_picture_is_written_under_the_name_of_one(
    command: tuple[str, ...], fails: Callable[..., str]
) -> None:
    assert "out.npz must end in .png" in fails(2, *command, "--output", "out.npz")


@pytest.mark.parametrize(
    "command", [("show", "photo"), ("learn", "--truth", "5"), ("explain",), ("classify",)], ids=" ".join
)
def test_a_photo_that_cannot_be_read_is_named(
    command: tuple[str, ...], fails: Callable[..., str], text_file: pathlib.Path
) -> None:
    words = command if command[0] != "learn" else command[:1]
    assert fails(1, *words, text_file, *command[len(words) :]).startswith(str(text_file))
