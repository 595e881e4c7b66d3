import json
import pathlib
import re

from tests.benchmarks.conftest import Run


def test_a_question_asked_alone_gives_the_record_that_a_report_reads(
    measure: Run, report: Run, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = measure("accuracy", "--data", small_data, "--quick", "--output", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'accuracy.json'}\n", "")
    text = (tmp_path / "accuracy.json").read_text("utf-8")
    raw = json.loads(text)
    assert raw["run"]["command"] == "python -m benchmarks.measure.accuracy --data PATH --quick"
    assert raw["result"]["models"]["default"]["reference_digits"] == 300
    assert str(small_data) not in text
    wanted = ["--quick", "--only", "accuracy", "--output", tmp_path]
    assert report("--data", small_data, *wanted).stderr == "accuracy: done before\n"


def test_without_data_it_ends_with_one_clear_line(measure: Run) -> None:
    done = measure("accuracy")
    assert done.returncode == 2
    assert re.fullmatch(r"accuracy\.py: .*--data.*\n", done.stderr)
