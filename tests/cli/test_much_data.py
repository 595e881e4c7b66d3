"""`fit` takes several files as one, and tells in one line where memory does not suffice."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from knn_digits.datasets import Dataset
from tests.cli.conftest import Call
from tests.models import load_model

BOUNDED = """
import pathlib, resource, sys
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.cli import run
import faiss, scipy.optimize
size = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
most = size + (int(sys.argv[1]) << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(run(["fit", "--features", "pixels", "--data", sys.argv[2], "--output", sys.argv[3]]))
"""


@pytest.fixture
def halves(tmp_path: pathlib.Path, sample: Dataset) -> list[pathlib.Path]:
    """A data set in two files, and in one."""
    paths = [tmp_path / name for name in ("a.npz", "b.npz", "all.npz")]
    for path, rows in zip(paths, (slice(70), slice(70, 200), slice(200)), strict=True):
        np.savez(path, digits=sample.digits[rows], labels=sample.labels[rows])
    return paths


def test_several_files_make_the_model_of_the_one_that_holds_all(
    knn: Call, halves: list[pathlib.Path], tmp_path: pathlib.Path
) -> None:
    a, b, whole = halves
    assert knn("fit", "--data", a, b, "--features", "blocks", "--output", tmp_path / "1").code == 0
    assert knn("fit", "--data", whole, "--features", "blocks", "--output", tmp_path / "2").code == 0
    twice = knn("fit", "--data", a, "--data", b, "--features", "blocks", "--output", tmp_path / "3")
    assert twice.code == 0
    assert load_model(tmp_path / "3")[0] == load_model(tmp_path / "1")[0]
    one, other = (load_model(tmp_path / name)[0] for name in "12")
    assert one["data"].pop("name") != other["data"].pop("name")
    assert one == other
    words = ("evaluate", "--model", tmp_path / "1", "--json", "--data")
    several, joined = (json.loads(knn(*words, *of).out) for of in ((a, b), (whole,)))
    assert several["confusion"] == joined["confusion"]
    assert several["sha256"] == joined["sha256"]


def test_more_files_without_the_option_are_told_what_to_write(knn: Call, halves: list[pathlib.Path]) -> None:
    result = knn("fit", halves[0])
    assert result.code == 2
    assert f"name data by --data: `--data {halves[0]}`" in result.err


@pytest.mark.parametrize("command", ["inspect", "show data", "train mlp", "tune"])
def test_a_command_of_one_data_set_takes_none_of_two(
    knn: Call, halves: list[pathlib.Path], tmp_path: pathlib.Path, command: str
) -> None:
    twice = ("--data", halves[0], "--data", halves[1])
    named = ("--output", tmp_path / "new.png") if command in ("inspect", "show data") else ()
    result = knn(*command.split(), *twice, *named)
    assert result.code == 2
    assert "--data is given 2 times" in result.err
    assert f"{command.removesuffix(' mlp')}` reads one data set: name one" in result.err
    assert len(result.err.splitlines()) == 1
    assert not (tmp_path / "new.png").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="bounds memory as Linux does")
@pytest.mark.parametrize("megabytes", [40, 140])
def test_too_little_memory_is_one_line_with_the_code_of_data(tmp_path: pathlib.Path, megabytes: int) -> None:
    digits = np.zeros((120_000, 28, 28), np.uint8)
    digits[:, 4:24, 12:16] = 255
    np.savez(tmp_path / "many.npz", digits=digits, labels=np.arange(len(digits)) % 10)
    words = [str(megabytes), str(tmp_path / "many.npz"), str(tmp_path / "model.npz")]
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "not enough memory" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "model.npz").exists()
