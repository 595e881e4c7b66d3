import os
import pathlib
import subprocess
import sys
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset
from knn_digits.images import read_picture
from tests.cli.conftest import Call
from tests.pages import draw, save

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"


def test_each_digit_of_a_photo_is_explained(knn: Call, photo: pathlib.Path, model: pathlib.Path) -> None:
    result = knn("explain", photo, "--model", model)
    assert (result.code, result.err) == (0, "")
    headings = [line for line in result.out.splitlines() if line.startswith("digit ")]
    assert [line.partition(",")[0] for line in headings] == [f"digit {n}" for n in range(1, 7)]
    assert [f"read as {label}" in line for label, line in zip((3, 1, 4, 2, 7, 8), headings, strict=True)]
    assert result.out.count("\nvotes: ") == 6
    assert "▀" in result.out or "#" in result.out


def test_each_digit_says_why_it_was_taken_for_one(
    knn: Call, photo: pathlib.Path, model: pathlib.Path
) -> None:
    assert knn("explain", photo, "--model", model).out.count("\ntaken for a digit: ") == 6


def test_what_was_left_out_is_told_unless_one_digit_is_asked_for(knn: Call, model: pathlib.Path) -> None:
    form = SAMPLES / "form.jpg"
    title = "\nleft out, though perhaps digits:\n  perhaps a"
    assert title in knn("explain", form, "--model", model).out
    assert title not in knn("explain", form, "--model", model, "--digit", 1).out


def test_one_digit_is_chosen_by_its_number(knn: Call, photo: pathlib.Path, model: pathlib.Path) -> None:
    result = knn("explain", photo, "--digit", 5, "--model", model)
    assert result.out.startswith("digit 5, line 2: read as 7")
    assert result.out.count("\nvotes: ") == 1


@pytest.mark.parametrize("digit", [7, 99])
def test_a_number_out_of_range_is_told_with_the_range(
    fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path, digit: int
) -> None:
    said = fails(2, "explain", photo, "--digit", digit, "--model", model)
    assert said == f"there is no digit {digit}: they count from 1 to 6, in reading order"


def test_a_picture_of_many_digits_is_parted_and_no_part_takes_the_place_of_the_photo(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    output = tmp_path / "why.png"
    told = knn("explain", photo, "--model", model, "--output", output).out.splitlines()
    assert told[:2] == [str(output), str(tmp_path / "why-2.png")]
    other = tmp_path / "page-2.png"
    other.write_bytes(photo.read_bytes())
    held = knn("explain", other, "--model", model, "--output", tmp_path / "page.png")
    assert (held.code, "is the photo itself" in held.err) == (2, True)
    assert other.read_bytes() == photo.read_bytes()


@pytest.mark.parametrize("name", ["WHY.PNG", "new/why.png"])
def test_a_picture_is_written(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path, name: str
) -> None:
    output = tmp_path / name
    result = knn("explain", photo, "--digit", 2, "--model", model, "--output", output)
    assert result == (0, f"{output}\n", "")
    with Image.open(output) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert image.height > 200


def test_a_page_is_written(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    output = tmp_path / "why.html"
    result = knn("explain", photo, "--digit", 2, "--model", model, "--output", output)
    assert result == (0, f"{output}\n", "")
    page = output.read_text("utf-8")
    assert f"<title>Why {photo.name} was read so</title>" in page
    assert page.count("<section") == 1
    assert page.endswith("</html>\n")


@pytest.mark.parametrize("name", ["why.jpg", "why", "why.htm.txt"])
def test_another_ending_is_refused_before_anything_is_read(
    fails: Callable[..., str], tmp_path: pathlib.Path, name: str
) -> None:
    output = tmp_path / name
    said = fails(2, "explain", tmp_path / "no.png", "--output", output)
    assert said == f"--output must end in .png or .html, got {output}"
    assert list(tmp_path.glob("why*")) == []


def test_what_cannot_be_written_is_told(
    fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert str(file) in fails(
        6, "explain", photo, "--digit", 1, "--model", model, "--output", file / "why.html"
    )


def test_a_network_cannot_be_explained(fails: Callable[..., str], photo: pathlib.Path) -> None:
    assert "names no neighbors" in fails(2, "explain", photo, "--model", "cnn")


def test_a_photo_that_cannot_be_read_is_told_with_its_name(
    fails: Callable[..., str], text_file: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    assert fails(1, "explain", text_file).startswith(f"{text_file}: not a picture")
    assert fails(1, "explain", tmp_path / "no.png").startswith(f"{tmp_path / 'no.png'}: cannot open")
    assert fails(1, "explain", tmp_path).startswith(f"{tmp_path}: cannot open")


def test_a_photo_without_digits_is_told(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    blank = save(tmp_path / "blank.png", np.full((200, 300), 220, np.uint8))
    output = tmp_path / "why.png"
    said = fails(1, "explain", blank, "--output", output)
    assert said == f"{blank}: no digits found, so there is nothing to explain"
    assert not output.exists()


def test_the_warnings_of_the_reading_are_told(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    page = draw(sample.digits, (3, 1, 4))
    faint = save(tmp_path / "faint.png", np.asarray(225 - (225 - page) // 10, np.uint8))
    result = knn("explain", faint, "--model", model)
    assert result.code == 0
    assert f"{faint}: low contrast" in result.err


@pytest.mark.parametrize(("encoding", "drawn"), [("utf-8", "▀"), ("ascii", "#"), ("latin-1", "#")])
def test_the_text_is_drawn_with_what_the_output_can_print(
    photo: pathlib.Path, model: pathlib.Path, encoding: str, drawn: str
) -> None:
    command = [sys.executable, "-m", "knn_digits", "explain", str(photo), "--digit=1", "--model", str(model)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    run = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert (drawn in run.stdout.decode(encoding), run.stderr) == (True, b"")
    assert b"\\u" not in run.stdout


def test_the_picture_in_the_readme_is_what_its_command_draws(knn: Call, tmp_path: pathlib.Path) -> None:
    model, output = tmp_path / "blocks.npz", tmp_path / "why.png"
    knn("fit", "--data", "sample", "--features", "blocks", "--k", 4, "--output", model)
    assert knn("explain", SAMPLES / "single.png", "--model", model, "--output", output).code == 0
    kept, made = (
        read_picture(path).pixels.astype(np.int16) for path in (SAMPLES / "read" / "single.png", output)
    )
    assert kept.shape == made.shape
    assert np.abs(kept - made).mean() < 1  # versions of OpenCV may write letters in other ways


def test_a_photo_of_which_nothing_is_read_is_explained_by_what_was_left_out(
    knn: Call, tmp_path: pathlib.Path
) -> None:
    pages = np.full((3, 200, 200), 225, np.uint8)
    for page, mark in zip(pages, "#WM", strict=True):
        cv2.putText(page, mark, (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 40, 4)
    photos = [save(tmp_path / f"{n}.png", page) for n, page in enumerate(pages)]
    unread = [photo for photo in photos if not knn("classify", photo).out.strip()]
    told = {photo: knn("explain", photo) for photo in unread}
    photo, result = next((photo, result) for photo, result in told.items() if result.code == 0)
    assert result.out.startswith("left out, though perhaps digits:\n  perhaps a")
    for name in ("why.html", "why.png"):
        assert knn("explain", photo, "--output", tmp_path / name).out == f"{tmp_path / name}\n"
    assert "perhaps a" in (tmp_path / "why.html").read_text("utf-8")
