import json

from benchmarks.records import compact, pack, unpack
from knn_digits.datasets import load_dataset


def test_pictures_are_the_same_after_they_were_packed() -> None:
    digits = load_dataset("sample").digits[:6].reshape(2, 3, 28, 28)
    assert (unpack(pack(digits), 2) == digits).all()


def test_lists_stand_in_one_line_and_are_read_as_they_were() -> None:
    raw = {"a": [1, 2.5, None], "b": [[1], ["x [y]", "z"]], "c": {"d": []}}
    assert json.loads(compact(raw)) == raw
    assert '"a": [1, 2.5, null]' in compact(raw)
