import os
import pathlib
import threading

import pytest

from knn_digits.errors import PhotoError
from knn_digits.images import MAX_BYTES, MAX_PIXELS, MAX_STREAM, read_picture
from tests.images.files import encode, page


def test_a_file_larger_than_any_picture_is_refused_unread(tmp_path: pathlib.Path) -> None:
    assert (MAX_BYTES, MAX_STREAM) == (8 * MAX_PIXELS, 4 * MAX_PIXELS)
    with (tmp_path / "big.png").open("wb") as file:
        file.write(encode(page(200), "PNG"))
        file.truncate(12 << 30)
    with pytest.raises(PhotoError, match="the file has 12,288 MiB, at most 976 are allowed: reduce it first"):
        read_picture(tmp_path / "big.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have names")
def test_what_is_no_ordinary_file_is_refused_and_nobody_waits(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "zero.png"):
        with pytest.raises(PhotoError, match="it is no ordinary one; `classify -` reads what a pipe gives"):
            read_picture(tmp_path / name)
    with pytest.raises(PhotoError, match="cannot open the file: it is a folder"):
        read_picture(tmp_path)


@pytest.mark.skipif(not pathlib.Path("/dev/fd").exists(), reason="needs /dev/fd")
def test_what_a_shell_substitutes_for_a_file_is_read() -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(encode(page(200), "PNG"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert read_picture(pathlib.Path(f"/dev/fd/{reading}")).pixels.shape == (30, 40, 3)
    finally:
        writer.join()
        os.close(reading)


@pytest.mark.parametrize("name", ["a\0b.png", "n" * 300 + ".png", "n" * 9000, "none.png[2]"])
def test_a_name_that_no_file_can_have_is_told(name: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(PhotoError, match="cannot open the file: "):
        read_picture(tmp_path / name)
