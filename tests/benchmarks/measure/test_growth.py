import json
import pathlib
import subprocess
from typing import Any

import pytest

from benchmarks.measure import growth
from knn_digits.datasets import Dataset


@pytest.mark.parametrize(
    ("stderr", "told"), [("at most 5 are allowed\n", "at most 5 are allowed"), ("", "exit code -9")]
)
def test_a_size_that_fails_ends_the_measure_and_is_told(
    sample: Dataset, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, stderr: str, told: str
) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise subprocess.CalledProcessError(-9, "fit", stderr=stderr)

    monkeypatch.setattr(growth, "_measure", fail)
    monkeypatch.setattr(growth, "load_dataset", lambda *_, **__: sample)
    growth.main(["--data", "mnist", "--sizes", "10", "20", "--output", str(tmp_path)])
    result = json.loads((tmp_path / "growth.json").read_text("utf-8"))["result"]
    assert result["stopped"] == f"10 digits: {told}"
    assert result["rows"] == []
