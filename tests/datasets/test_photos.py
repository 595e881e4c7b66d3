import json
import pathlib
import random
from typing import Any

import pytest

from knn_digits.datasets import photos
from knn_digits.datasets.photos import TRUTH, load_photos
from knn_digits.errors import DataError

ONE = [{"file": "a.jpg", "lines": ["12", "345"]}]


def write(folder: pathlib.Path, truth: object) -> pathlib.Path:
    (folder / "a.jpg").touch()
    content = truth if isinstance(truth, str | bytes) else json.dumps(truth)
    (folder / TRUTH).write_bytes(content if isinstance(content, bytes) else content.encode())
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_it_is_read_in_any_encoding_that_editors_write(encoding: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "写真.jpg").touch()
    text = json.dumps([{"file": "写真.jpg", "lines": ["7"]}], ensure_ascii=False, indent=1)
    (photo,) = load_photos(write(tmp_path, text.encode(encoding)))
    assert (photo.path.name, photo.text) == ("写真.jpg", "7")


def test_a_photo_may_be_in_a_folder_below(tmp_path: pathlib.Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.jpg").touch()
    (photo,) = load_photos(write(tmp_path, [{"file": "below/b.jpg", "lines": ["1"]}]))
    assert photo.path == tmp_path / "below" / "b.jpg"


def entry(**changes: Any) -> list[dict[str, Any]]:
    return [{"file": "a.jpg", "lines": ["1"], **changes}]


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ("{", "is no JSON"),
        ("", "is no JSON"),
        (b"\xe9\xff", "is no JSON: .* save it as UTF-8"),
        ("[" * 100_000, "is no JSON: it is nested too deeply"),
        ('[{"file": ' + "[" * 100_000, "is no JSON: it is nested too deeply"),
        ("9" * 5000, "is no JSON: .*4300 digits"),
        ("[]", "must be a list of photos"),
        ("null", "must be a list of photos"),
        ({"file": "a.jpg", "lines": ["1"]}, "must be a list of photos"),
        ([{"file": "a.jpg"}], "photo 1 of .* needs a file name and lines of digits"),
        (entry(lines=[7]), "photo 1 of .* needs a file name and lines of digits"),
        (entry(lines="72104"), "needs a file name and lines of digits, a list of texts"),
        (entry(lines={"7": 1}), "needs a file name and lines of digits, a list of texts"),
        (entry(lines=[["7"]]), "needs a file name and lines of digits, a list of texts"),
        (entry(file=7), "needs a file name"),
        (entry(file=["a.jpg"]), "needs a file name"),
        (["a.jpg"], "needs a file name"),
        ([None], "needs a file name"),
        (entry(lines=["1x"]), "has lines that are no digits: '1x'"),
        (entry(lines=["\u0661"]), "has lines that are no digits"),
        (entry(lines=["\x1b[2J" + "1" * 9000]), "has lines that are no digits"),
        (entry(ordered="no"), "neither true nor false"),
        (entry(ordered=10**400), "neither true nor false"),
        ([*ONE, {"file": "z.jpg", "lines": ["1"]}], "names z.jpg, but there is"),
        (ONE * 2, "photo 2 of .* is there twice: a.jpg; keep one"),
        (entry(file="n" * 5000), "names n{60}..., but there is no such file"),
        (entry(file="a\0b"), r"names a\\x00b, but there is no such file"),
        (entry(file="\ud800"), r"names \\ud800, but there is no such file"),
        (entry(file=""), "but there is no such file"),
        (entry(file="a.jpg\nknn-digits: all is well"), r"names a.jpg\\nknn-digits: all is well, but"),
        (entry(file="/etc/hostname"), "names /etc/hostname, which is not in the folder"),
        (entry(file="../a.jpg"), "names ../a.jpg, which is not in the folder"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(truth: object, said: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=said) as caught:
        load_photos(write(tmp_path, truth))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_a_folder_without_a_truth_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=r"cannot open .*truth\.json"):
        load_photos(tmp_path)
    for folder in ("", "a\0b", "x" * 5000, None):
        with pytest.raises(DataError):
            load_photos(folder)  # type: ignore[arg-type]


def test_more_than_the_bound_is_not_read(tmp_path: pathlib.Path) -> None:
    with (tmp_path / TRUTH).open("wb") as file:
        file.truncate(photos.MAX_BYTES + 1)
    with pytest.raises(DataError, match="it holds more than 16 MiB"):
        load_photos(tmp_path)


def test_a_damaged_truth_is_read_or_told(tmp_path: pathlib.Path) -> None:
    chance = random.Random(28)
    whole = json.dumps([*ONE, {"file": "b.jpg", "lines": ["7"], "ordered": False}]).encode()
    (tmp_path / "b.jpg").touch()
    parts = [
        b"[",
        b"{",
        b'"',
        b"null",
        b"1e999",
        b"\xff\xfe",
        b"\0",
        b"\\ud800",
        b"NaN",
        b"-",
        b"," * 3,
        b"]",
    ]
    for _ in range(600):
        content = bytearray(whole.decode().encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "utf-32"])))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(content))
            content[place : place + chance.randint(0, 6)] = chance.choice(parts)
        try:
            load_photos(write(tmp_path, bytes(content)))
        except DataError as error:
            assert str(error).isprintable()  # noqa: PT017 (most are damaged, some are not)


def test_spaces_between_words_of_digits_are_passed_over(tmp_path: pathlib.Path) -> None:
    (photo,) = load_photos(write(tmp_path, entry(lines=["72 104", " 5\u00a00 "])))
    assert (photo.lines, photo.text) == (("72104", "50"), "7210450")
