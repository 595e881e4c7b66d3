"""Every command opens pictures alike: pages, files that end early, folders that hold more than photos."""

import io
import json
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset
from tests.cli.conftest import Call
from tests.images.files import TURN, encode, exif
from tests.pages import draw, save

TEXT = "314\n278"


def open_rgb(photo: pathlib.Path) -> Image.Image:
    with Image.open(photo) as image:
        return image.convert("RGB")


@pytest.fixture
def scan(photo: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """A file of two pages, the first of which is blank."""
    page = open_rgb(photo)
    blank = Image.new("RGB", page.size, "white")
    (tmp_path / "scan.tif").write_bytes(encode(blank, "TIFF", save_all=True, append_images=[page]))
    return tmp_path / "scan.tif"


@pytest.fixture
def cut(photo: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """A JPEG without its last bytes."""
    (tmp_path / "cut.jpg").write_bytes(encode(open_rgb(photo), "JPEG")[:-2])
    return tmp_path / "cut.jpg"


# pages


def test_classify_reads_every_page_in_every_form_of_output(
    knn: Call, model: pathlib.Path, scan: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("classify", scan, "--model", model, "--annotate", tmp_path / "drawn")
    assert (result.code, result.out) == (0, f"{scan}[1]:\n{scan}[2]:\n{TEXT}\n")
    assert result.err == f"{scan}[1]: no digits found\n"
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == [
        "scan.tif[1].png",
        "scan.tif[2].png",
    ]
    objects = json.loads(knn("classify", "--json", scan, "--model", model).out)
    assert [(one["path"], one["text"]) for one in objects] == [(f"{scan}[1]", ""), (f"{scan}[2]", TEXT)]
    rows = knn("classify", "--csv", scan, "--model", model).out.splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {f"{scan}[2]"}


def test_a_page_that_is_named_is_read_alone(knn: Call, model: pathlib.Path, scan: pathlib.Path) -> None:
    assert knn("classify", f"{scan}[2]", "--model", model) == (0, f"{TEXT}\n", "")
    result = knn("classify", f"{scan}[3]", "--model", model)
    assert (result.code, result.out) == (1, "")
    assert "there is no page 3: the file has 2" in result.err


def test_pages_from_stdin_are_numbered(
    knn: Call, model: pathlib.Path, scan: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(scan.read_bytes())))
    assert knn("classify", "-", "--model", model).out == f"-[1]:\n-[2]:\n{TEXT}\n"


@pytest.mark.parametrize("command", [("explain",), ("show", "photo"), ("learn", "--truth", "314278")])
def test_commands_of_one_photo_take_a_page_and_tell_of_others(
    knn: Call, model: pathlib.Path, scan: pathlib.Path, tmp_path: pathlib.Path, command: tuple[str, ...]
) -> None:
    output = ["--output", tmp_path / "drawn.png"] if command[0] != "learn" else []
    result = knn(*command, f"{scan}[2]", "--model", model, *output)
    assert result.code == 0
    assert "page 1 of" not in result.err
    first = knn(*command, scan, "--model", model, *output)
    if command[0] == "show":
        assert f"{scan}: page 1 of 2: name it scan.tif[2] for another" in first.err
    else:
        assert "page 1 of 2: name it scan.tif[2] for another" in first.err


def test_suggest_names_pages_as_learn_takes_them(
    knn: Call, model: pathlib.Path, scan: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    result = knn("suggest", scan.parent, "--n", 1, "--model", model, "--output", tmp_path / "s" / "s.png")
    assert (result.code, result.err) == (0, f"{scan}[1]: no digits found\n")
    assert f"learn '{scan}[2]' --box" in result.out


def test_a_class_folder_takes_no_picture_of_several_pages(
    fails: Callable[..., str], scan: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "set" / "3").mkdir(parents=True)
    shutil.move(scan, tmp_path / "set" / "3")
    told = fails(3, "fit", "--data", tmp_path / "set", "--features", "blocks", "--k", 1)
    assert "scan.tif has 2 pages, but a digit is one picture; split it or remove it" in told


# files that end early, odd EXIF blocks, little memory


def test_every_command_reads_a_jpeg_without_its_last_bytes_and_says_so(
    knn: Call, model: pathlib.Path, cut: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    note = f"{cut}: the file ends early: the last rows may be missing\n"
    assert knn("classify", cut, "--model", model) == (0, f"{TEXT}\n", note)
    drawn = ("--model", model, "--output", tmp_path / "s" / "s.png")
    for command in ("explain", "show photo"):
        result = knn(*command.split(), cut, *drawn)
        assert (result.code, result.err) == (0, note)
    for result in (
        knn("suggest", cut.parent, *drawn),
        knn("learn", cut, "--truth", "314278", "--model", model),
    ):
        assert result.code == 0
        assert note in result.err


def test_one_odd_exif_block_does_not_end_the_batch(
    knn: Call, model: pathlib.Path, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    page = open_rgb(photo).transpose(Image.Transpose.ROTATE_90)
    odd = (0x0100, 2, 2, b"9\0\0\0")
    for form in ("JPEG", "PNG", "WEBP"):
        (tmp_path / f"{form}.{form.lower()}").write_bytes(encode(page, form, exif=exif(odd, TURN)))
    result = knn("classify", tmp_path, "--model", model)
    assert (result.code, result.out.count(TEXT)) == (0, 3)
    assert result.err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="bounds the memory of a process as Linux does")
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_deep_pictures_need_no_more_memory_than_others(kind: Any, tmp_path: pathlib.Path) -> None:
    Image.fromarray(np.full((11_000, 11_000), 200, kind)).save(tmp_path / "large.png", compress_level=1)
    code = (
        "import resource, pathlib, sys; from knn_digits.images import read_picture; "
        "taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize(); "
        "resource.setrlimit(resource.RLIMIT_AS, (taken + (1200 << 20),) * 2); "
        "print(read_picture(pathlib.Path(sys.argv[1]), largest=2400).pixels.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "large.png")], capture_output=True, check=True, text=True
    )
    assert done.stdout == "(2200, 2200, 3)\n"


# ink that is light, numbers that are deep


def test_light_ink_on_a_transparent_ground_is_read_and_learned_from(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    ink = 255 - draw(sample.digits, (3, 1, 4), (2, 7, 8)).astype(np.uint8)
    clear = np.full((*ink.shape, 4), 255, np.uint8)
    clear[..., 3] = (ink - ink.min()) * (255 / np.ptp(ink))
    save(tmp_path / "clear.png", clear)
    assert knn("classify", tmp_path / "clear.png", "--model", model).out == f"{TEXT}\n"


# folders


def test_a_folder_tells_what_it_passes_over_and_fails_for_photos(
    knn: Call,
    model: pathlib.Path,
    photo: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    shutil.copy(photo, tmp_path / "a.png")
    (tmp_path / "b.jfif").write_bytes(encode(open_rgb(photo), "JPEG"))
    for name in ("c.heic", "d.pdf", "e", "._a.png", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"%PDF-1.4 or anything")
    line = (
        f"{tmp_path}: 3 files passed over: 1 .heic (pip install 'knn-digits[heic]'), "
        "1 .pdf (pip install 'knn-digits[pdf]'), 1 without an ending\n"
    )
    result = knn("classify", tmp_path, "--model", model)
    assert (result.code, result.out.count(TEXT), result.err) == (1, 2, line)
    drawn = ("--output", tmp_path / "s" / "s.png")
    result = knn("suggest", tmp_path, "--model", model, "--n", 1, *drawn)
    assert (result.code, result.err) == (1, line)


def test_a_link_that_leads_nowhere_is_named_and_the_rest_is_read(
    knn: Call, model: pathlib.Path, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copy(photo, tmp_path / "a.png")
    (tmp_path / "f.png").symlink_to("nowhere")
    result = knn("classify", tmp_path, "--model", model)
    assert (result.code, result.out) == (1, f"{tmp_path / 'a.png'}:\n{TEXT}\n")
    assert (
        result.err == f"knn-digits: {tmp_path / 'f.png'}: cannot open the file: No such file or directory\n"
    )


@pytest.mark.parametrize("command", ["classify", "suggest"])
def test_a_folder_of_folders_says_so(
    fails: Callable[..., str], model: pathlib.Path, tmp_path: pathlib.Path, command: str
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    told = fails(1, command, tmp_path, "--model", model)
    assert "no pictures are seen in this folder: 2 folders not entered: name them" in told


# what has no end


def test_a_file_without_bounds_is_refused_and_the_next_is_read(
    knn: Call, model: pathlib.Path, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with (tmp_path / "big.png").open("wb") as file:
        file.truncate(12 << 30)
    result = knn("classify", tmp_path / "big.png", photo, "--model", model)
    assert (result.code, result.out) == (1, f"{photo}:\n{TEXT}\n")
    assert "at most 976 are allowed" in result.err


@pytest.mark.skipif(not pathlib.Path("/dev/zero").exists(), reason="needs a file without an end")
def test_stdin_without_an_end_is_refused(
    fails: Callable[..., str], model: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knn_digits.opening.MAX_STREAM", 5 << 20)
    with pathlib.Path("/dev/zero").open("rb") as zero:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(zero))
        assert "it holds more than 5 MiB" in fails(1, "classify", "-", "--model", model)
