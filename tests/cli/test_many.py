import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset
from tests.cli.conftest import Call


@pytest.fixture
def folder(tmp_path: pathlib.Path, sample: Dataset) -> pathlib.Path:
    """Forty tiny pictures of digits."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for row, digit in enumerate(sample.digits[:40]):
        Image.fromarray(255 - np.pad(digit, 2)).save(folder / f"{row:02}.png")
    return folder


def test_what_is_printed_does_not_depend_on_who_reads(knn: Call, folder: pathlib.Path) -> None:
    assert knn("classify", folder, "--jobs", 2) == knn("classify", folder)


def test_a_run_that_is_killed_is_gone_on_with(
    knn: Call, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    words = ["classify", str(folder), "--jsonl", "--output"]
    assert knn(*words, whole) == (0, "", "")
    command = [sys.executable, "-m", "knn_digits", *words, str(killed), "--jobs", "1"]
    with subprocess.Popen(command) as process:
        while process.poll() is None and lines_of(killed) < 4:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert 4 <= lines_of(killed) < 41
    assert knn(*words, killed, "--resume") == (0, "", "")
    assert killed.read_bytes() == whole.read_bytes()
    assert [json.loads(line).get("text") for line in whole.read_text().splitlines()[1:4]] == ["0", "1", "2"]


def test_photos_that_cannot_be_read_are_told_beside_the_file(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    words = ("classify", tmp_path / "gone.png", "--jsonl", "--output", tmp_path / "lines.jsonl")
    assert fails(1, *words).startswith("some photos could not be read")
    assert fails(1, *words, "--resume").startswith("some photos could not be read")


def lines_of(path: pathlib.Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes().count(b"\n")
    return 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--jobs", "2", "--annotate", "DIR"), "--annotate and --debug draw in one process"),
        (("--resume",), "--resume goes on with a file: name it with --output"),
        (("--output", "F"), "--output writes lines of JSON alone: give --jsonl"),
        (("--jsonl", "--output", "F", "-"), "leave - out"),
        (("--jsonl", "--output", "-"), "leave - out"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    fails: Callable[..., str], words: tuple[str, ...], said: str
) -> None:
    assert said in fails(2, "classify", "photo.png", *words)
