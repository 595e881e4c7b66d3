import os
import pathlib
import subprocess
import sys
import time

import pytest
from PIL import Image

from knn_digits import read_photos
from knn_digits.errors import PhotoError, UsageError
from knn_digits.parallel.pool import START
from tests.parallel.deadly import Deadly


def test_several_processes_read_what_one_reads_in_the_same_order(photos: list[pathlib.Path]) -> None:
    photos.insert(3, photos[0].with_name("none.png"))
    alone, together = (list(read_photos(photos, "cnn", jobs=jobs)) for jobs in (None, 2))
    assert [path for path, _ in together] == list(map(str, photos))
    assert list(map(repr, together)) == list(map(repr, alone))


def test_each_page_of_a_file_is_read(photos: list[pathlib.Path], tmp_path: pathlib.Path) -> None:
    pages = [Image.open(photo) for photo in photos[4:6]]
    pages[0].save(tmp_path / "two.tif", save_all=True, append_images=pages[1:])
    read = dict(read_photos([tmp_path / "two.tif"], "cnn"))
    assert [path.removeprefix(str(tmp_path)) for path in read] == ["/two.tif[1]", "/two.tif[2]"]


def test_a_photo_on_which_three_processes_die_is_a_record_and_the_others_are_read(
    photos: list[pathlib.Path], deaths: pathlib.Path
) -> None:
    results = [result for _, result in read_photos(photos, Deadly(5, deaths, 9), jobs=2)]
    errors = {place: str(one) for place, one in enumerate(results) if isinstance(one, PhotoError)}
    assert list(errors) == [5]
    assert errors[5].startswith("worker died: 3 processes")
    assert len(list(deaths.iterdir())) == 3


def test_a_process_that_dies_once_costs_nothing(photos: list[pathlib.Path], deaths: pathlib.Path) -> None:
    results = [result for _, result in read_photos(photos[4:7], Deadly(5, deaths, 1), jobs=1)]
    assert not any(isinstance(one, PhotoError) for one in results)
    assert len(list(deaths.iterdir())) == 1


def test_who_asks_for_no_more_waits_for_no_photo(photos: list[pathlib.Path]) -> None:
    results = read_photos(photos * 100, "cnn", jobs=1)
    next(results)
    start = time.monotonic()
    del results
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("jobs", [-1, 1.5, True, "2"])
def test_another_number_of_processes_is_refused(jobs: int) -> None:
    with pytest.raises(UsageError, match="jobs must be a whole number, 0 for one process a core"):
        list(read_photos([], "cnn", jobs=jobs))


def test_what_is_no_path_is_told_in_its_place(photos: list[pathlib.Path]) -> None:
    (_, empty), (_, read) = read_photos(["", photos[0]], "cnn")
    assert "the name of a photo is empty" in str(empty)
    assert not isinstance(read, PhotoError)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal of POSIX")
def test_ctrl_c_while_a_process_still_starts_is_passed_over(tmp_path: pathlib.Path) -> None:
    package = tmp_path / "knn_digits" / "parallel"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("import signal; signal.raise_signal(signal.SIGINT)")
    (package / "worker.py").write_text("def work(): print('started')")
    command = [sys.executable, "-c", START.format(path=[str(tmp_path), *sys.path])]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"started\n", b"")


def test_ctrl_c_is_passed_over_before_the_first_line_of_a_process(
    photos: list[pathlib.Path], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = 'import os, signal, sys\nif "-c" in sys.orig_argv:\n    os.kill(os.getpid(), signal.SIGINT)\n'
    (tmp_path / "sitecustomize.py").write_text(early)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    (result,) = [result for _, result in read_photos(photos[:1], "cnn", jobs=1)]
    assert not isinstance(result, PhotoError)
