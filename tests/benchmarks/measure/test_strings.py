import json
import pathlib
import re

from tests.benchmarks.conftest import Run


def test_each_kind_is_measured_and_the_table_printed(
    measure: Run, tables: Run, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = measure("strings", "--data", small_data, "--quick", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((tmp_path / "strings.json").read_text("utf-8"))["result"]
    assert [one["strings"]["n"] for one in result["measured"]] == [40, 20, 20, 12, 10, 10, 13]
    for one in result["measured"]:
        wrong = sum(text != read for text, read in zip(one["truth"], one["read"], strict=True))
        if one["kind"] == "letters":
            assert set(one["truth"]) == {""}
            assert one["strings"]["errors"] == sum(bool(re.search(r"\d", read)) for read in one["read"])
        else:
            assert one["strings"]["errors"] == wrong
            assert one["digits"]["n"] == sum(map(len, one["truth"]))
    shown = tables(tmp_path / "strings.json").stdout
    assert re.search(r"\| pairs that touch +\| bundled +\| +40 \| +\d+\.\d \(\d+\.\d to \d+\.\d\) \|", shown)
    assert re.search(r"\| letters .* - \|\n", shown)


def test_data_without_a_test_part_is_one_clear_line(measure: Run) -> None:
    done = measure("strings", "--data", "sample")
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"strings\.py: .*test.*\n", done.stderr)
