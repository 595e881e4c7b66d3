import json
import pathlib
import re

from tests.benchmarks.conftest import Run


def test_each_level_is_measured_and_the_table_printed(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    done = measure("robustness", "--quick", "--kind", "blur", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    shown = tables(tmp_path / "robustness.json").stdout
    assert re.search(r"\| blur +\| +pixels \| 0: 100 · 4: \d+ · 10: \d+ \| +\d+ \|", shown)
    (blur,) = json.loads((tmp_path / "robustness.json").read_text("utf-8"))["result"]["measured"]
    assert [level["level"] for level in blur["levels"]] == [0, 4, 10]


def test_an_unknown_kind_is_one_clear_line(measure: Run) -> None:
    done = measure("robustness", "--kind", "rain")
    assert done.returncode == 2
    assert re.fullmatch(r"robustness\.py: .*'rain'.*\n", done.stderr)
