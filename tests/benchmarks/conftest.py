import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # where a script finds the modules beside it

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def script() -> Script:
    """Run a script of `benchmarks/` as a person does; stdout and stderr are no terminals."""

    def run(name: str, *arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(BENCHMARKS / name), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]

    return run
