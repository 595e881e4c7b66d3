"""`benchmarks.learn_gaps`: how wide a gap ends a word."""

import json
import pathlib

from benchmarks.learn_gaps import main
from knn_digits.photo.gaps import FILE


def test_what_comes_with_the_package_is_what_is_learned_again(tmp_path: pathlib.Path) -> None:
    again = tmp_path / "gaps.json"
    main(["--output", str(again)])
    assert json.loads(again.read_text("utf-8")) == json.loads(FILE.read_text("utf-8"))


def test_the_rule_that_is_used_tells_most_lines_right_of_all() -> None:
    told = json.loads(FILE.read_text("utf-8"))["about"]["wrong, of lines left out"]
    for lines in told.values():
        wrong = {name: rule["lines_wrong"] for name, rule in lines["rules"].items()}
        assert wrong["the smaller of both"] == min(wrong.values())
