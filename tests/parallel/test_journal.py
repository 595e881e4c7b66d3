import json
import pathlib
from typing import Any

import pytest

from knn_digits.errors import DataError, StorageError, UsageError
from knn_digits.parallel.journal import Journal

MADE_BY = {"version": "1", "model": "abc", "options": {}}


@pytest.fixture
def photos(tmp_path: pathlib.Path) -> list[str]:
    paths = [tmp_path / name for name in ("a.png", "b.tif", "c.png")]
    for path in paths:
        path.write_bytes(b"photo")
    return list(map(str, paths))


def entries(photo: str) -> list[dict[str, Any]]:
    pages = ["[1]", "[2]"] if photo.endswith(".tif") else [""]
    return [{"path": photo + page, "text": "é" * 9} for page in pages]


def write(path: pathlib.Path, photos: list[str], *, resume: bool = True) -> list[str]:
    """Write what is missing, and return of which photos that was."""
    with Journal(path, MADE_BY, resume=resume) as journal:
        missing = list(journal.missing(photos))
        for photo in missing:
            journal.add(photo, entries(photo))
    return missing


def test_the_first_line_tells_what_made_the_others(tmp_path: pathlib.Path, photos: list[str]) -> None:
    write(tmp_path / "x.jsonl", photos, resume=False)
    first, *others = map(json.loads, (tmp_path / "x.jsonl").read_text().splitlines())
    assert first == {"kind": "knn-digits readings", "format": 1, **MADE_BY}
    assert [one["path"] for one in others] == [page["path"] for photo in photos for page in entries(photo)]


def test_wherever_a_kill_ends_the_file_the_resumed_one_is_the_same(
    tmp_path: pathlib.Path, photos: list[str]
) -> None:
    path = tmp_path / "x.jsonl"
    write(path, photos)
    whole = path.read_bytes()
    for end in range(0, len(whole), 9):
        path.write_bytes(whole[:end])
        write(path, photos)
        assert path.read_bytes() == whole


def test_a_photo_that_was_changed_is_read_again_and_no_other(
    tmp_path: pathlib.Path, photos: list[str]
) -> None:
    write(tmp_path / "x.jsonl", photos)
    pathlib.Path(photos[1]).write_bytes(b"another photo")
    assert write(tmp_path / "x.jsonl", photos) == [photos[1]]
    assert write(tmp_path / "x.jsonl", photos) == []


def test_a_photo_that_is_named_twice_is_read_once(tmp_path: pathlib.Path, photos: list[str]) -> None:
    assert write(tmp_path / "x.jsonl", photos * 2) == photos


def test_errors_of_an_earlier_run_still_count(tmp_path: pathlib.Path, photos: list[str]) -> None:
    for _ in range(2):
        with Journal(tmp_path / "x.jsonl", MADE_BY, resume=True) as journal:
            for photo in journal.missing(photos[:1]):
                journal.add(photo, [{"path": photo, "error": "worker died: twice"}])
        assert journal.failed


def write_error(path: pathlib.Path, photo: str, error: str) -> None:
    with Journal(path, MADE_BY, resume=True) as journal:
        for missing in journal.missing([photo]):
            journal.add(missing, [{"path": missing, "error": error}])


def test_a_photo_that_could_not_be_read_is_tried_again(tmp_path: pathlib.Path, photos: list[str]) -> None:
    path = tmp_path / "x.jsonl"
    write_error(path, photos[0], "Permission denied")
    held = path.read_bytes()
    write_error(path, photos[0], "Permission denied")
    assert path.read_bytes() == held  # what is known already is not written once more
    assert write(path, photos[:1]) == photos[:1]
    with Journal(path, MADE_BY, resume=True) as journal:
        assert not journal.failed
        assert list(journal.missing(photos[:1])) == []


def test_a_photo_that_ends_its_process_is_not_tried_again(tmp_path: pathlib.Path, photos: list[str]) -> None:
    write_error(tmp_path / "x.jsonl", photos[0], "worker died: 3 processes that read it were killed")
    assert write(tmp_path / "x.jsonl", photos[:1]) == []


def test_a_file_is_written_by_one_run_at_a_time(tmp_path: pathlib.Path, photos: list[str]) -> None:
    pytest.importorskip("fcntl")
    told = pytest.raises(StorageError, match="is being written by another run")
    with Journal(tmp_path / "x.jsonl", MADE_BY, resume=True), told:
        Journal(tmp_path / "x.jsonl", MADE_BY, resume=True)
    write(tmp_path / "x.jsonl", photos)


def test_of_options_that_differ_only_these_are_told(tmp_path: pathlib.Path, photos: list[str]) -> None:
    made_by = {**MADE_BY, "model": "other", "options": {"k": 3}}
    write(tmp_path / "x.jsonl", photos)
    with pytest.raises(UsageError, match=r'its options: \{"k": null\} instead of \{"k": 3\}'):
        Journal(tmp_path / "x.jsonl", made_by, resume=True)


@pytest.mark.parametrize("name", MADE_BY)
def test_lines_of_something_else_are_not_gone_on_with(
    tmp_path: pathlib.Path, photos: list[str], name: str
) -> None:
    write(tmp_path / "x.jsonl", photos)
    with pytest.raises(UsageError, match=f'made differently, its {name}: .* instead of "other"'):
        Journal(tmp_path / "x.jsonl", {**MADE_BY, name: "other"}, resume=True)


def test_a_file_that_is_there_is_not_written_over(tmp_path: pathlib.Path, photos: list[str]) -> None:
    write(tmp_path / "x.jsonl", photos)
    with pytest.raises(UsageError, match="is there: --resume goes on with it"):
        Journal(tmp_path / "x.jsonl", MADE_BY, resume=False)


@pytest.mark.parametrize("content", [b"my diary", b"my diary\n", b"[]\n", b"{}\n", b"\xff\n"])
def test_a_file_of_another_kind_stays_as_it_is(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="no readings that can be gone on with"):
        Journal(tmp_path / "x", MADE_BY, resume=True)
    assert (tmp_path / "x").read_bytes() == content


def test_a_damaged_line_is_named(tmp_path: pathlib.Path, photos: list[str]) -> None:
    write(tmp_path / "x", photos)
    first, *others = (tmp_path / "x").read_bytes().splitlines(keepends=True)
    (tmp_path / "x").write_bytes(b"".join([first, b"{}\n", *others]))
    with pytest.raises(DataError, match="line 2 is none of a photo"):
        Journal(tmp_path / "x", MADE_BY, resume=True)


def test_where_nothing_can_be_written_that_is_told(tmp_path: pathlib.Path, photos: list[str]) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*; name another file"):
        Journal(pathlib.Path(photos[0]) / "x", MADE_BY, resume=True)
