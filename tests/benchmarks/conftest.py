import pathlib
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from knn_digits.datasets import load_dataset

ROOT = pathlib.Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def script() -> Script:
    """Ask a question of `benchmarks.measure` as a person does; stdout and stderr are no terminals."""

    def run(name: str, *arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
        module = ["-m", f"benchmarks.measure.{name.removesuffix('.py')}"]
        place = [str(BENCHMARKS / name)] if name == "report.py" else module
        command = [sys.executable, *place, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **options)  # type: ignore[call-overload,no-any-return]

    return run


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
