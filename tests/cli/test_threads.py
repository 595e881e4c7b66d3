"""`--threads` changes no answer. In processes of their own: the limit holds for the rest of a process."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from knn_digits.datasets import Dataset
from tests.models import load_model

KNN = [sys.executable, "-m", "knn_digits"]


@pytest.fixture
def few(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    np.savez(tmp_path / "few.npz", digits=sample.digits[:400], labels=sample.labels[:400])
    return tmp_path / "few.npz"


def run(*arguments: object) -> str:
    done = subprocess.run([*KNN, *map(str, arguments)], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_model_is_the_same_whatever_threads_fitted_it(few: pathlib.Path, tmp_path: pathlib.Path) -> None:
    models = []
    for threads in (1, 2):
        path = tmp_path / f"{threads}.npz"
        run("fit", "--data", few, "--features", "hog", "--refine", "--threads", threads, "--output", path)
        models.append(load_model(path))
    (header, arrays), (other_header, other_arrays) = models
    assert header == other_header
    assert all((arrays[name] == other_arrays[name]).all() for name in arrays)


def test_evaluate_and_tune_count_the_same_errors(few: pathlib.Path, tmp_path: pathlib.Path) -> None:
    measured, tuned = [], []
    for threads in (1, 2):
        told = json.loads(
            run("evaluate", "--data", few, "--model", "bundled", "--json", "--threads", threads)
        )
        measured.append(told["confusion"])
        path = tmp_path / f"{threads}.npz"
        tuned.append(
            run("tune", "--data", few, "--features", "pixels", "--threads", threads, "--output", path)
        )
    assert measured[0] == measured[1]
    assert tuned[0].replace("1.npz", "") == tuned[1].replace("2.npz", "")
