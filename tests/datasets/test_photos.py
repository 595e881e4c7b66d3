import json
import pathlib

import pytest

from knn_digits.datasets.photos import TRUTH, load_photos
from knn_digits.errors import DataError


def write(folder: pathlib.Path, truth: object) -> pathlib.Path:
    (folder / "a.jpg").touch()
    (folder / TRUTH).write_text(truth if isinstance(truth, str) else json.dumps(truth), "utf-8")
    return folder


def test_the_photos_come_in_order_with_what_is_written_in_them(tmp_path: pathlib.Path) -> None:
    (tmp_path / "b.jpg").touch()
    entries = [
        {"file": "b.jpg", "lines": ["12", "345"], "pen": "red"},
        {"file": "a.jpg", "lines": [], "ordered": False},
    ]
    first, second = load_photos(write(tmp_path, entries))
    assert (first.path, first.lines, first.text) == (tmp_path / "b.jpg", ("12", "345"), "12345")
    assert first.ordered
    assert first.entry["pen"] == "red"
    assert (second.text, second.ordered) == ("", False)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "must be a list of photos"),
        ({"file": "a.jpg", "lines": ["1"]}, "must be a list of photos"),
        ([{"file": "a.jpg"}], "photo 1 of .* needs a file name and lines of digits"),
        ([{"file": "a.jpg", "lines": [7]}], "photo 1 of .* needs a file name and lines of digits"),
        (["a.jpg"], "needs a file name"),
        ([{"file": "a.jpg", "lines": ["1x"]}], "has lines that are no digits: '1x'"),
        ([{"file": "a.jpg", "lines": ["1"]}, {"file": "z.jpg", "lines": ["1"]}], "names z.jpg, but there is"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(truth: object, said: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=said) as caught:
        load_photos(write(tmp_path, truth))
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_truth_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=r"cannot open .*truth\.json"):
        load_photos(tmp_path)
