import json
import pathlib

import pytest

from tests.benchmarks.conftest import Run


def test_each_way_is_measured_and_its_table_printed(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    done = measure("calibration", "--data", "sample", "--only", "blocks, k 11", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (one,) = json.loads((tmp_path / "calibration.json").read_text("utf-8"))["result"]["measured"]
    assert one["digits"] == 830
    losses = {way: found["log_loss"] for way, found in one["ways"].items()}
    assert losses["one map"] == losses["two maps"] < losses["shares"] / 2
    assert "| blocks, k 11 | " in tables(tmp_path / "calibration.json").stdout


@pytest.mark.parametrize("wrong", [["--data", "none"], ["--only", "magic"], []])
def test_what_it_cannot_do_is_one_clear_line(measure: Run, wrong: list[str]) -> None:
    done = measure("calibration", *wrong)
    assert done.returncode in (2, 3)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
