import datetime
import os
import pathlib
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import (
    LEARNED,
    Addition,
    Learned,
    export,
    keep,
    learned_folder,
    load_learned,
    undo,
    with_learned,
)
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.errors import DataError, StorageError
from knn_digits.features.pixels import PixelValues
from knn_digits.storage import ABANDONED

KEEPER = """
import pathlib, sys
import numpy as np
from knn_digits.classifiers.learned import Addition, keep
folder, name, n = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(n):
    digits = np.random.default_rng(number).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    kept = keep(Addition(digits=digits, labels=np.full(40, number % 10), numbers=np.arange(40),
        boxes=np.zeros((40, 4), np.int64), source=name, read=str(number), date=""), folder)
    print(kept.path.name, flush=True)
"""


def addition(sample: Dataset, *rows: int, source: str = "/photos/a.jpg") -> Addition:
    n = len(rows)
    return Addition(
        digits=sample.digits[list(rows)],
        labels=sample.labels[list(rows)],
        numbers=np.arange(1, n + 1),
        boxes=np.arange(4 * n).reshape(n, 4),
        source=source,
        read="?" * n,
        date="",
    )


def start(folder: pathlib.Path, name: str, n: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", KEEPER, str(folder), name, str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_is_kept_is_read_again_with_its_source_and_date(sample: Dataset, tmp_path: pathlib.Path) -> None:
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    kept = keep(addition(sample, 3, 7, source="/photos/数字\udcff.jpg"), tmp_path)
    (found,) = load_learned(tmp_path).additions
    assert (found.digits == sample.digits[[3, 7]]).all()
    assert found.labels.tolist() == [3, 7]
    assert found.numbers.tolist() == [1, 2]
    assert found.boxes.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (found.source, found.read, found.text) == ("/photos/数字\udcff.jpg", "??", "37")
    assert found.path == kept.path
    assert datetime.datetime.fromisoformat(found.date) >= before


@pytest.mark.usefixtures("home")
def test_without_a_folder_it_is_the_users_own(sample: Dataset, home: pathlib.Path) -> None:
    assert load_learned() == Learned()
    keep(addition(sample, 1))
    assert learned_folder() == home / "data" / "learned"
    assert len(load_learned().additions) == 1


def test_two_processes_that_learn_at_the_same_time_lose_nothing(tmp_path: pathlib.Path) -> None:
    processes = [start(tmp_path, name, 12) for name in ("one", "two")]
    printed = [process.communicate(timeout=60)[0].split() for process in processes]
    learned = load_learned(tmp_path)
    assert not learned.damaged
    assert sorted(a.path.name for a in learned.additions if a.path) == sorted(printed[0] + printed[1])
    for name in ("one", "two"):
        own = [a.read for a in learned.additions if a.source == name]
        assert own == [str(number) for number in range(12)]  # in the order in which they were learned


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("delay", [0.0, 0.004, 0.011, 0.023])
def test_a_kill_loses_at_most_the_addition_in_progress(delay: float, tmp_path: pathlib.Path) -> None:
    process = start(tmp_path, "killed", 10_000)
    assert process.stdout is not None
    done = [process.stdout.readline().strip()]
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    done += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    learned = load_learned(tmp_path)
    assert not learned.damaged
    names = [a.path.name for a in learned.additions if a.path]
    assert names[: len(done)] == done
    assert len(names) <= len(done) + 1


def test_what_a_kill_left_half_written_is_swept_away_a_day_later(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    old, new = tmp_path / ".x.npz.1.part", tmp_path / ".x.npz.2.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, times=(time.time() - ABANDONED - 60,) * 2)
    keep(addition(sample, 1), tmp_path)
    assert not old.exists()
    assert new.exists()
    assert len(load_learned(tmp_path).additions) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: path.write_bytes(path.read_bytes()[:90] + b"?" + path.read_bytes()[91:]),
        lambda path: np.savez(path, digits=np.zeros((1, 28, 28), np.uint8), labels=np.array([1])),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["empty", "cut off", "changed", "of another kind", "a folder"],
)
def test_a_damaged_file_has_one_clear_line_and_the_others_remain_usable(
    damage: object, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    first, second, third = (keep(addition(sample, row), tmp_path) for row in (1, 2, 3))
    assert second.path is not None
    damage(second.path)  # type: ignore[operator]
    learned = load_learned(tmp_path)
    assert [a.path for a in learned.additions] == [first.path, third.path]
    (line,) = learned.damaged
    assert str(second.path) in line
    assert "\n" not in line


def test_undo_takes_back_the_newest_and_tells_what_it_was(sample: Dataset, tmp_path: pathlib.Path) -> None:
    first, second = (keep(addition(sample, row), tmp_path) for row in (4, 5))
    assert undo(tmp_path).path == second.path
    assert [a.path for a in load_learned(tmp_path).additions] == [first.path]
    assert undo(tmp_path).text == "4"
    with pytest.raises(DataError, match="nothing is learned"):
        undo(tmp_path)


def test_undo_takes_nothing_back_where_the_newest_file_is_damaged(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    keep(addition(sample, 4), tmp_path)
    newest = tmp_path / "29990101T000000_000000-00000000.npz"
    newest.write_bytes(b"no arrays")
    with pytest.raises(DataError, match=newest.name):
        undo(tmp_path)
    assert len(load_learned(tmp_path).additions) == 1


UNDOER = """
import pathlib, sys
from knn_digits.classifiers.learned import undo
for _ in range(int(sys.argv[2])):
    print(undo(pathlib.Path(sys.argv[1])).path.name)
"""


def test_two_processes_that_take_back_at_the_same_time_take_back_each_once(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    kept = [keep(addition(sample, number), tmp_path) for number in range(80)]
    command = [sys.executable, "-c", UNDOER, str(tmp_path), "40"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [len(names) for names in printed] == [40, 40]
    assert sorted(printed[0] + printed[1]) == [one.path.name for one in kept if one.path]
    assert not list(tmp_path.iterdir())


def test_what_could_not_be_read_again_is_not_kept(sample: Dataset, tmp_path: pathlib.Path) -> None:
    wrong = replace(addition(sample, 3), labels=np.array([11]))
    with pytest.raises(DataError, match="cannot be opened again"):
        keep(wrong, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_layer_of_learned_digits_is_replaced_not_stacked(sample: Dataset) -> None:
    model = DigitKNN.fit(
        sample.digits[:50], sample.labels[:50], feature=PixelValues(), options=KnnOptions(k=3)
    )
    one = with_learned(model, Learned(additions=(addition(sample, 60),)))
    other = with_learned(one, Learned(additions=(addition(sample, 61, 62),)))
    assert [len(layer.labels) for layer in other.layers] == [2]
    assert len(other.digits) == len(other.labels) == 52
    assert not with_learned(one, Learned()).layers


def test_what_is_learned_last_of_a_digit_holds_until_it_is_taken_back(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    keep(addition(sample, 4, 5), tmp_path)
    again = addition(sample, 5)
    again.labels[:] = 8
    keep(again, tmp_path)
    digits, labels = load_learned(tmp_path).latest()
    assert (digits == sample.digits[4:6]).all()
    assert labels.tolist() == [4, 8]
    undo(tmp_path)
    assert load_learned(tmp_path).latest()[1].tolist() == [4, 5]


def test_an_export_is_a_data_set_of_the_learned_digits(sample: Dataset, tmp_path: pathlib.Path) -> None:
    for rows in ((1, 2), (2, 9)):
        keep(addition(sample, *rows, source=f"/photos/{rows[0]}.jpg"), tmp_path / "learned")
    path = tmp_path / "own.npz"
    assert export(load_learned(tmp_path / "learned"), path) == 3
    data = load_dataset(path)
    assert (data.digits == sample.digits[[1, 2, 9]]).all()
    assert data.labels.tolist() == [1, 2, 9]
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["source"].tolist() == ["/photos/1.jpg", "/photos/2.jpg", "/photos/2.jpg"]
        assert len(arrays["date"]) == 3


def test_nothing_cannot_be_exported_and_a_file_holds_nothing_and_keeps_nothing(
    tmp_path: pathlib.Path, sample: Dataset
) -> None:
    with pytest.raises(DataError, match="nothing is learned"):
        export(Learned(), tmp_path / "own.npz")
    file = tmp_path / "file"
    file.touch()
    assert load_learned(file) == Learned()
    with pytest.raises(StorageError, match="cannot write"):
        keep(addition(sample, 1), file)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everywhere")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(DataError, match=r"cannot look for learned digits in .*closed: Permission denied"):
        load_learned(tmp_path / "closed")


def test_learned_digits_stand_beside_any_model_and_count_as_k(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    model = DigitKNN.fit(
        sample.digits[:400], sample.labels[:400], feature=PixelValues(), options=KnnOptions(k=5)
    )
    assert with_learned(model, Learned()) is model
    keep(addition(sample, 500), tmp_path)
    taught = with_learned(model, load_learned(tmp_path))
    assert taught.origin(400) == (LEARNED, 0)
    assert taught.classify(sample.digits[500:501]).indices.tolist() == [[400] * 5]
