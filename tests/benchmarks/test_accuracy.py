import json
import pathlib
import re

from PIL import Image

from benchmarks.models.settings import SETTINGS
from knn_digits.classifiers.options import BEST
from tests.benchmarks.conftest import Script


def test_the_last_setting_is_what_fit_makes_by_default() -> None:
    assert (SETTINGS[-1].name, SETTINGS[-1].feature, SETTINGS[-1].options) == ("default", "hog", BEST)


def test_it_prints_its_table_again_from_what_it_wrote(
    script: Script, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    wanted = ["--only", "default", "--only", "blocks, k 11"]
    done = script("accuracy.py", "--data", small_data, *wanted, "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    raw = json.loads((tmp_path / "accuracy.json").read_text("utf-8"))
    assert [(one["setting"], one["reference_digits"]) for one in raw["measured"]] == [
        ("default", 300),
        ("blocks, k 11", 300),
        ("default", 5000),
    ]
    for one in raw["measured"]:
        low, high = one["test"]["interval"]
        assert one["test"]["n"] == raw["n"] == 60
        assert low <= one["test"]["error_rate"] <= high
        assert len(one["wrong_answers"]) == one["test"]["errors"]
        assert one["validation"]["n"] > 0
    assert len(raw["default_errors"]) == raw["measured"][0]["test"]["errors"]
    assert str(small_data) not in json.dumps(raw)
    again = script("accuracy.py", "--from", tmp_path / "accuracy.json")
    assert again.stdout == done.stdout
    with Image.open(tmp_path / "errors.png") as picture:
        assert picture.width > 28


def test_without_data_it_ends_with_one_clear_line(script: Script) -> None:
    done = script("accuracy.py")
    assert done.returncode == 2
    assert re.fullmatch(r"accuracy\.py: .*--data.*\n", done.stderr)
