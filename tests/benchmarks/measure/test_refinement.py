import json
import pathlib

import pytest

from tests.benchmarks.conftest import Run


def test_it_measures_time_in_turn_and_the_memory_of_a_fresh_process(
    measure: Run, tables: Run, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = measure("refinement", "--data", small_data, "--rounds", 2, "--output", tmp_path)
    assert done.returncode == 0
    text = (tmp_path / "refinement.json").read_text("utf-8")
    raw = json.loads(text)["result"]
    assert [len(times) for times in raw["batch_seconds"].values()] == [2, 2]
    assert 2**24 < raw["peak_bytes"] < 2**31
    assert str(tmp_path) not in text
    assert "| default " in tables(tmp_path / "refinement.json").stdout


@pytest.mark.parametrize("wrong", [["--rounds", "0"], ["--threads", "0"]])
def test_what_it_cannot_do_is_one_clear_line(measure: Run, wrong: list[str]) -> None:
    done = measure("refinement", "--data", "sample", *wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
