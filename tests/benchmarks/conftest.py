import pathlib
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from knn_digits.datasets import load_dataset

ROOT = pathlib.Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
RESULTS = BENCHMARKS / "results"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*command: object, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run Python as a person does in the checkout; stdout and stderr are no terminals."""
    words = [sys.executable, *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, check=False, **{"cwd": ROOT, **options})  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="session")
def measure() -> Run:
    """Ask a question of `benchmarks.measure`."""

    def ask(question: str, *arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
        return run("-m", f"benchmarks.measure.{question}", *arguments, **options)

    return ask


@pytest.fixture(scope="session")
def tables() -> Run:
    """Print the tables of a file of raw results."""
    return lambda path: run("-m", "benchmarks.report.tables", path)


@pytest.fixture(scope="session")
def report() -> Run:
    """Run the script of the report."""
    return lambda *arguments, **options: run(BENCHMARKS / "report.py", *arguments, **options)


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """300 training and 60 other digits, as a file of both parts."""
    sample = load_dataset("sample")
    path = tmp_path_factory.mktemp("data") / "small.npz"
    training, test = slice(0, 300), slice(300, 360)
    np.savez(
        path,
        x_train=sample.digits[training],
        y_train=sample.labels[training],
        x_test=sample.digits[test],
        y_test=sample.labels[test],
    )
    return path
