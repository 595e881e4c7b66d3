import json
import pathlib
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.errors import ModelError
from knn_digits.reading import judge
from knn_digits.reading.judge import FILE, Judged, Trees, learned_text, load_judge, read_learned
from knn_digits.reading.marks import no_marks


def stump(*, asked: int, limit: float, low: float, high: float) -> Trees:
    """Return one tree that asks one feature."""
    return Trees(
        names=("width", "height"),
        start=0.5,
        roots=np.array([0]),
        asked=np.array([asked, -1, -1]),
        limits=np.array([limit, 0.0, 0.0]),
        right=np.array([2, 0, 0]),
        values=np.array([(low + high) / 2, low, high]),
    )


def both() -> Trees:
    """Return two trees: the first asks the width, and then, where it is large, the height."""
    return Trees(
        names=("width", "height"),
        start=-1.0,
        roots=np.array([0, 5]),
        asked=np.array([0, -1, 1, -1, -1, 1, -1, -1]),
        limits=np.array([2.0, 0, 3, 0, 0, 1, 0, 0]),
        right=np.array([2, 0, 4, 0, 0, 7, 0, 0]),
        values=np.array([0.1, -0.5, 0.4, 0.2, 0.6, 0.0, -0.25, 0.25]),
    )


def test_up_to_a_limit_a_mark_goes_left_and_above_it_right() -> None:
    trees = stump(asked=1, limit=3.0, low=-1, high=2)
    table = np.array([(9, 2.9), (9, 3.0), (9, 3.1)], np.float32)
    assert trees.log_odds(table).tolist() == [-0.5, -0.5, 2.5]


def test_the_log_odds_are_the_start_and_the_sum_over_the_trees() -> None:
    table = np.array([(1, 0), (5, 2), (5, 9)], np.float32)
    assert both().log_odds(table) == pytest.approx([-1 - 0.5 - 0.25, -1 + 0.2 + 0.25, -1 + 0.6 + 0.25])


def test_what_features_add_is_all_that_parts_marks_from_the_mean() -> None:
    table = np.array([(1, 0), (5, 2), (5, 9)], np.float32)
    trees = both()
    added = trees.contributions(table)
    assert added.sum(axis=1) == pytest.approx(
        trees.log_odds(table) - trees.start - trees.values[[0, 5]].sum()
    )
    assert added[0] == pytest.approx([-0.6, -0.25])


def test_trees_stored_as_lists_are_the_same_again() -> None:
    trees = both()
    assert Trees.from_dict(json.loads(json.dumps(trees.as_dict()))) == trees


def test_a_calibrated_probability_lies_between_those_of_the_known_log_odds() -> None:
    known = load_judge()
    odds = np.linspace(-12, 12, 50)
    probabilities = known.calibrate(odds)
    assert (np.diff(probabilities) >= 0).all()
    assert (probabilities > 0).all()
    assert (probabilities < 1).all()


def test_another_model_is_believed_more_where_it_is_sure_and_gives_the_same_label() -> None:
    evidence, sure = np.array([0.9, 0.9, 0.9]), np.array([0.99, 0.6, 0.99])
    same, unsure, other = load_judge().settle(evidence, sure, np.array([True, True, False]))
    assert same > unsure
    assert same > other


def test_without_marks_there_is_nothing_to_judge() -> None:
    judged = load_judge().judge(no_marks())
    assert (len(judged.evidence), len(judged.digits)) == (0, 0)


def test_of_a_page_that_is_likely_without_digits_nothing_is_read() -> None:
    known = load_judge()
    marks = replace(no_marks(), boxes=np.array([(0, 0, 30, 50)]), wholes=np.array([-1]))
    for least, rows in ((0.3, [0]), (0.5, [])):
        judged = Judged(evidence=np.ones(1), digits=np.ones(1), features={}, whole=0.4)
        judge_of_pages = replace(known, whole=replace(known.whole, least=least))
        assert judge_of_pages.choose(marks, judged)[0].tolist() == rows


def test_the_judge_says_what_it_was_learned_from() -> None:
    about = json.loads(FILE.read_text("utf-8"))["about"]
    assert about["command"].startswith("python -m benchmarks.learn_judge")
    assert about["marks"] > 0


def test_a_judge_whose_file_was_changed_is_not_trusted(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = json.loads(FILE.read_text("utf-8"))
    stored["judge"]["least"] = 0.01
    path = tmp_path / "judge.json"
    path.write_text(json.dumps(stored, separators=(",", ":")))
    monkeypatch.setattr(judge, "FILE", path)
    with pytest.raises(ModelError, match=r"judge.json was changed: install the package again$"):
        load_judge.__wrapped__()


def test_what_was_learned_is_read_as_it_was_written(tmp_path: pathlib.Path) -> None:
    path, learned = tmp_path / "judge.json", {"b": 0.1 + 0.2, "a": ["ü", None]}
    path.write_text(learned_text({"judge": "}"}, learned), encoding="utf-8")
    assert list(read_learned(path).items()) == list(learned.items())
    assert json.loads(path.read_text(encoding="utf-8"))["about"] == {"judge": "}"}
    path.write_text(path.read_text(encoding="utf-8")[:-5], encoding="utf-8")
    with pytest.raises(ModelError, match="was changed"):
        read_learned(path)
