"""Whole commands, of which processes are killed in the middle: the file that is gone on with is the same."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("distributed", reason="needs the extra `distributed`")

COPIES = 40  # of each photo: enough that a run is in its middle when the first lines are written
PATIENCE = 60  # seconds


@pytest.fixture
def many(photos: list[pathlib.Path]) -> pathlib.Path:
    """A folder of 400 photos."""
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
    there = count_lines(output)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    wait_for_lines(process, output, there)
    return process


def wait_for_lines(process: "subprocess.Popen[str]", output: pathlib.Path, there: int) -> None:
    """Wait until a command has written some lines more."""
    end = time.monotonic() + PATIENCE
    while count_lines(output) <= there + 5:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.005)


def count_lines(output: pathlib.Path) -> int:
    return output.read_bytes().count(b"\n") if output.exists() else 0


def children_of(process: "subprocess.Popen[Any]") -> list[int]:
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def lines(output: pathlib.Path) -> list[str]:
    first, *others = output.read_text("utf-8").splitlines()
    return [first, *sorted(others)]


@pytest.fixture
def whole(many: pathlib.Path, tmp_path: pathlib.Path) -> list[str]:
    """The lines of a run that nothing interrupts."""
    output = tmp_path / "whole.jsonl"
    subprocess.run(command(many, output), check=True, stdout=subprocess.DEVNULL)
    return lines(output)


def test_a_run_is_gone_on_with_whose_client_worker_and_scheduler_are_killed_one_after_the_other(
    many: pathlib.Path,
    whole: list[str],
    tmp_path: pathlib.Path,
    cluster: tuple[pathlib.Path, list["subprocess.Popen[bytes]"]],
) -> None:
    output, (file, (scheduler, nanny)) = tmp_path / "killed.jsonl", cluster
    client = run_until_lines(command(many, output, "--scheduler-file", str(file)), output)
    client.kill()
    client.communicate()
    process = run_until_lines(command(many, output, "--scheduler-file", str(file), "--resume"), output)
    there = count_lines(output)
    for worker in children_of(nanny):
        os.kill(worker, signal.SIGKILL)
    wait_for_lines(process, output, there)  # another takes its place
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
    worker, *_ = children_of(process)
    os.kill(worker, signal.SIGKILL)
    process.kill()
    process.communicate()
    assert len(output.read_text("utf-8").splitlines()) < len(whole)
    subprocess.run(command(many, output, "--jobs", "2", "--resume"), check=True, stdout=subprocess.DEVNULL)
    assert lines(output) == whole
