import pathlib

import pytest

from benchmarks import learn_judge
from knn_digits.reading import judge
from knn_digits.reading.judge import load_judge


def test_a_judge_learned_from_a_few_pages_is_a_file_that_can_be_loaded(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "judge.json"
    learn_judge.main(["--pages", "6", "--output", str(path)])
    monkeypatch.setattr(judge, "FILE", path)
    learned = load_judge.__wrapped__()
    assert 0 < learned.least < 1
    assert learned.alone.names
    assert not list(tmp_path.glob("*.new"))
