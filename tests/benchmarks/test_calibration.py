import json
import pathlib

import pytest

from tests.benchmarks.conftest import Script


def test_it_prints_its_table_again_from_what_it_wrote(script: Script, tmp_path: pathlib.Path) -> None:
    done = script("calibration.py", "--data", "sample", "--only", "blocks, k 11", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (one,) = json.loads((tmp_path / "calibration.json").read_text("utf-8"))["measured"]
    assert one["digits"] == 830
    losses = {way: found["log_loss"] for way, found in one["ways"].items()}
    assert losses["one map"] == losses["two maps"] < losses["shares"] / 2
    again = script("calibration.py", "--from", tmp_path / "calibration.json")
    assert again.stdout == done.stdout


@pytest.mark.parametrize("wrong", [["--data", "none"], ["--only", "magic"], []])
def test_what_it_cannot_do_is_one_clear_line(script: Script, wrong: list[str]) -> None:
    done = script("calibration.py", *wrong)
    assert done.returncode in (2, 3)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
