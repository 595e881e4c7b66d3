"""Whole commands, of which one process is killed in the middle: the file that is gone on with is the same."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("distributed", reason="needs the extra `distributed`")

COPIES = 20  # of each photo: enough that a run is in its middle when the first lines are written
PATIENCE = 60  # seconds


@pytest.fixture
def many(photos: list[pathlib.Path]) -> pathlib.Path:
    """A folder of 200 photos."""
    for photo in photos:
        for copy in range(1, COPIES):
            shutil.copy(photo, photo.with_name(f"{photo.stem}-{copy}.png"))
    return photos[0].parent


@pytest.fixture
def cluster(tmp_path: pathlib.Path) -> Iterator[tuple[pathlib.Path, list["subprocess.Popen[bytes]"]]]:
    """The file of a scheduler; the scheduler's process and a worker's."""
    file = tmp_path / "scheduler.json"
    told = ["--scheduler-file", str(file), "--no-dashboard"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *words, *told],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for words in (
            ["scheduler", "--port", "0"],
            ["worker", "--nthreads", "1", "--local-directory", str(tmp_path)],
        )
    ]
    yield file, started
    for process in started:
        process.kill()
        process.wait()


def command(folder: pathlib.Path, output: pathlib.Path, *more: str) -> list[str]:
    words = ["classify", str(folder), "--model", "cnn", "--jsonl", "--output", str(output), *more]
    return [sys.executable, "-m", "knn_digits", *words]


def run_until_lines(words: list[str], output: pathlib.Path) -> "subprocess.Popen[str]":
    """Start a command, and return when the first of its lines are in the file."""
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    end = time.monotonic() + PATIENCE
    while not (output.exists() and output.read_bytes().count(b"\n") > 5):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.005)
    return process


def lines(output: pathlib.Path) -> list[str]:
    first, *others = output.read_text("utf-8").splitlines()
    return [first, *sorted(others)]


@pytest.fixture
def whole(many: pathlib.Path, tmp_path: pathlib.Path) -> list[str]:
    """The lines of a run that nothing interrupts."""
    output = tmp_path / "whole.jsonl"
    subprocess.run(command(many, output), check=True, stdout=subprocess.DEVNULL)
    return lines(output)


def test_a_run_whose_scheduler_is_killed_ends_in_one_line_and_is_gone_on_with(
    many: pathlib.Path,
    whole: list[str],
    tmp_path: pathlib.Path,
    cluster: tuple[pathlib.Path, list["subprocess.Popen[bytes]"]],
) -> None:
    output, (file, (scheduler, _)) = tmp_path / "killed.jsonl", cluster
    process = run_until_lines(command(many, output, "--scheduler-file", str(file)), output)
    scheduler.kill()
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert told.startswith("knn-digits: the cluster is gone, or its scheduler does not answer")
    assert told.count("\n") == 1
    assert len(output.read_text("utf-8").splitlines()) < len(whole)
    subprocess.run(command(many, output, "--resume"), check=True, stdout=subprocess.DEVNULL)
    assert lines(output) == whole


def test_a_run_that_is_killed_or_whose_worker_is_killed_is_gone_on_with(
    many: pathlib.Path, whole: list[str], tmp_path: pathlib.Path
) -> None:
    output = tmp_path / "killed.jsonl"
    process = run_until_lines(command(many, output, "--jobs", "2"), output)
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/children")
    worker, *_ = (int(child) for thread in threads for child in thread.read_text().split())
    os.kill(worker, signal.SIGKILL)
    process.kill()
    process.communicate()
    assert len(output.read_text("utf-8").splitlines()) < len(whole)
    subprocess.run(command(many, output, "--jobs", "2", "--resume"), check=True, stdout=subprocess.DEVNULL)
    assert lines(output) == whole
