import json
import pathlib

import pytest

from benchmarks.records import RESULTS, add_output_option, compact, pack, unpack
from benchmarks.script import Parser
from knn_digits.datasets import load_dataset


def test_pictures_are_the_same_after_they_were_packed() -> None:
    digits = load_dataset("sample").digits[:6].reshape(2, 3, 28, 28)
    assert (unpack(pack(digits), 2) == digits).all()


def test_lists_stand_in_one_line_and_are_read_as_they_were() -> None:
    raw = {"a": [1, 2.5, None], "b": [[1], ["x [y]", "z"]], "c": {"d": []}}
    assert json.loads(compact(raw)) == raw
    assert '"a": [1, 2.5, null]' in compact(raw)


def test_a_file_where_a_folder_is_wanted_is_told_before_anything_is_measured(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser()
    add_output_option(parser)
    assert parser.parse_args([]).output == RESULTS
    assert parser.parse_args(["--output", str(tmp_path / "new")]).output == tmp_path / "new"
    file = tmp_path / "a.json"
    file.write_text("kept")
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--output", str(file)])
    assert ended.value.code == 2
    assert f"{file} is a file: name a folder, which may be new; see --help\n" in capsys.readouterr().err
