import pathlib
import shutil
from collections.abc import Callable

import pytest


@pytest.mark.parametrize("command", [("show", "photo"), ("explain",)], ids=" ".join)
def test_a_picture_never_takes_the_place_of_the_photo(
    command: tuple[str, ...], fails: Callable[..., str], photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    own = pathlib.Path(shutil.copy(photo, tmp_path / "own.png"))
    before = own.read_bytes()
    assert "is the photo itself: name another file" in fails(2, *command, own, "--output", own)
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
