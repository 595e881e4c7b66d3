import json
import pathlib

import pytest

from benchmarks.data.nondigits import KINDS
from tests.benchmarks.conftest import Run


def test_things_that_are_no_digits_are_told_from_digits_and_the_tables_are_printed(
    measure: Run, tables: Run, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    options = ("--data", small_data, "--model", "bundled", "--model", "cnn", "--n", 20)
    done = measure("refusal", *options, "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "refusal.json").read_text("utf-8")
    raw = json.loads(text)["result"]
    assert [one["model"] for one in raw["measured"]] == ["bundled", "cnn"]
    assert str(tmp_path) not in text
    for one in raw["measured"]:
        assert set(one["kinds"]) == {kind.name for kind in KINDS} | {"all kinds"}
        assert 0.8 < one["kinds"]["all kinds"]["area"] < 1
        assert not one["blank_read"]
    assert "| expected calibration error " in tables(tmp_path / "refusal.json").stdout


@pytest.mark.parametrize("wrong", [["--n", "0"], ["--model", "none.npz"], []])
def test_what_it_cannot_do_is_one_clear_line(measure: Run, wrong: list[str]) -> None:
    data = ["--data", "sample"] if wrong else []
    done = measure("refusal", *data, *wrong)
    assert done.returncode in (2, 4)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
