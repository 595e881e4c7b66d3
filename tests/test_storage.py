import hashlib
import io
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from knn_digits import storage
from knn_digits.errors import ModelError, StorageError, UsageError
from knn_digits.storage import check_writable, write_then_rename
from tests.models import load_model, save_model

ROOT = pathlib.Path(__file__).parents[1]

ARRAYS: dict[str, NDArray[Any]] = {
    "digits": np.arange(60, dtype=np.uint8).reshape(3, 4, 5),
    "vectors": np.linspace(0, 1, 7, dtype=np.float32)[:, None],
}
HEADER = {"feature": {"name": "x", "options": {"π": [1, 2.5, None]}}}


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "model.npz"
    save_model(path, header=HEADER, arrays=ARRAYS)
    return path.read_bytes()


# user folders and hashes


def test_a_trial_of_writing_leaves_what_is_there_and_tells_what_cannot_be_written(
    tmp_path: pathlib.Path,
) -> None:
    there = tmp_path / "model.npz"
    there.write_bytes(b"old")
    check_writable(there)
    check_writable(tmp_path / "new" / "model.npz")
    assert there.read_bytes() == b"old"
    assert [path.name for path in tmp_path.rglob("*.npz")] == ["model.npz"]
    assert not list(tmp_path.rglob("*.part"))
    with pytest.raises(StorageError, match="cannot write"):
        check_writable(there / "model.npz")


def test_one_variable_moves_both_user_folders(home: pathlib.Path) -> None:
    assert storage.cache_folder() == home / "cache"
    assert storage.data_folder() == home / "data"
    assert not home.exists()  # asking makes nothing


def test_without_the_variable_the_folders_are_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNN_DIGITS_HOME", raising=False)
    assert storage.cache_folder() == platformdirs.user_cache_path("knn-digits", appauthor=False)
    assert storage.data_folder() == platformdirs.user_data_path("knn-digits", appauthor=False)


def test_the_sha256_is_that_of_the_bytes_in_c_order_one_array_after_the_other() -> None:
    one, two = np.arange(6, dtype=np.int64).reshape(2, 3), np.array([1, 2], np.uint8)
    assert storage.sha256(one, two) == hashlib.sha256(one.tobytes() + two.tobytes()).hexdigest()
    assert storage.sha256(np.asfortranarray(one)) == storage.sha256(one)
    assert storage.sha256(one[:, ::-1]) == hashlib.sha256(one[:, ::-1].tobytes()).hexdigest()
    assert storage.sha256(one[:0]) == storage.sha256() == hashlib.sha256().hexdigest()


# write, then rename


def test_missing_folders_are_made_and_nothing_but_the_file_is_left(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a" / "b" / "größe 1.bin"
    with write_then_rename(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_an_old_file_is_whole_until_the_new_one_is(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with write_then_rename(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit, ModelError])
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: pathlib.Path, failure: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write() -> None:
        with write_then_rename(path) as file:
            file.write(b"half of the n")
            raise failure("on the way")

    with pytest.raises(failure, match="on the way"):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_a_name_can_be_is_written(tmp_path: pathlib.Path) -> None:
    for name in ("n" * 250 + ".bin", "ü" * 120 + ".bin"):
        with write_then_rename(tmp_path / name) as file:
            (half,) = tmp_path.glob(f".{name[:8]}*.part")
            assert len(os.fsencode(half.name)) < 60
            file.write(b"x")
        assert (tmp_path / name).read_bytes() == b"x"
        assert not list(tmp_path.glob("*.part"))


def test_whoever_writes_next_sweeps_what_was_left_half_written_a_day_ago_and_nothing_else(
    tmp_path: pathlib.Path,
) -> None:
    old = (".killed.npz.da45a7ae858168b3.part", ".killed.npz.a_b1c2d3.part", ".größe 1.png.x.part")
    others = ("killed.npz.da45a7ae.part", ".part", ".notes.part", ".a.b.part.txt", "x.part", ".a.b-c.part")
    for name in (*old, *others):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, times=(time.time() - storage.ABANDONED - 60,) * 2)
    new, folder = tmp_path / ".killed.npz.da45a7ae858168b4.part", tmp_path / ".folder.npz.1.part"
    new.touch()
    folder.mkdir()
    os.utime(folder, times=(1, 1))
    with write_then_rename(tmp_path / "another.csv") as file:
        file.write(b"x")
    assert {path.name for path in tmp_path.iterdir()} == {*others, new.name, folder.name, "another.csv"}


def test_what_a_check_refuses_does_not_take_the_place_of_the_old_file(tmp_path: pathlib.Path) -> None:
    path, seen = tmp_path / "file", []

    def check(written: pathlib.Path) -> None:
        seen.append(written.read_bytes())
        raise ModelError("no")

    path.write_bytes(b"old")
    with pytest.raises(ModelError, match="no"), write_then_rename(path, check=check) as file:
        file.write(b"new")
    assert (seen, path.read_bytes(), list(tmp_path.iterdir())) == ([b"new"], b"old", [path])


@pytest.mark.skipif(os.name != "posix", reason="the mode of a file is POSIX's")
def test_a_new_file_may_be_read_by_whom_the_umask_lets(tmp_path: pathlib.Path) -> None:
    old = os.umask(0o027)
    try:
        with write_then_rename(tmp_path / "file") as file:
            file.write(b"x")
    finally:
        assert os.umask(old) == 0o027
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def refusal(path: pathlib.Path) -> str:
    with pytest.raises(StorageError) as caught, write_then_rename(path) as file:
        file.write(b"x")
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"cannot write {path}: ")
    return text


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "no ordinary file" in refusal(tmp_path / "folder")
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder"]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    refusal(tmp_path / "file" / "model.npz")
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.parametrize("nameless", ["/", ".", ""])
def test_a_path_without_a_name_is_told(nameless: str) -> None:
    assert "it is a folder; name a file in it" in refusal(pathlib.Path(nameless))


def test_a_name_that_is_too_long_is_told(tmp_path: pathlib.Path) -> None:
    assert "too long" in refusal(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in refusal(tmp_path / "file")
        assert "Permission denied" in refusal(tmp_path / "folder" / "file")
    finally:
        tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import pathlib, resource, sys
import numpy as np
from knn_digits import errors
from tests.models import save_model
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8)
try:
    save_model(pathlib.Path(sys.argv[1]), header={}, arrays={"noise": noise})
except errors.StorageError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits on a file's size are POSIX's")
def test_a_disk_that_fills_up_leaves_the_old_model_and_one_line(
    tmp_path: pathlib.Path, model_bytes: bytes
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(model_bytes)
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"cannot write {path}: ")
    assert run.stdout.count("\n") == 1
    assert path.read_bytes() == model_bytes
    assert list(tmp_path.iterdir()) == [path]


HALF_WAY = """
import pathlib, sys, time
from knn_digits import storage
with storage.write_then_rename(pathlib.Path(sys.argv[1])) as file:
    file.write(b"half of the n")
    file.flush()
    print("half", flush=True)
    time.sleep(60)
"""
SAVING = """
import itertools, pathlib, sys
import numpy as np
from tests.models import save_model
for i in itertools.count():
    arrays = {"a": np.full((50, 1000), i % 256, np.uint8)}
    save_model(pathlib.Path(sys.argv[1]), header={"i": i}, arrays=arrays)
    if i == 3:
        print("saving", flush=True)
"""


def killed(program: str, path: pathlib.Path, *, after: float) -> None:
    """Run a program, and kill it so many seconds after it has printed a line."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_kill_half_way_leaves_the_old_file_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    killed(HALF_WAY, path, after=0)
    assert path.read_bytes() == b"old"


ASKED_TO_END = HALF_WAY.replace(
    "import pathlib, sys, time",
    """import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))""",
)


@pytest.mark.skipif(os.name != "posix", reason="SIGTERM is POSIX's")
def test_a_program_that_is_asked_to_end_leaves_nothing_half_written(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with subprocess.Popen(
        [sys.executable, "-c", ASKED_TO_END, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.terminate()
    assert process.returncode == 143
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("after", [0.003, 0.0111, 0.027, 0.05])
def test_a_kill_at_any_moment_of_saving_leaves_a_whole_model(tmp_path: pathlib.Path, after: float) -> None:
    path = tmp_path / "model.npz"
    killed(SAVING, path, after=after)
    header, arrays = load_model(path)
    assert (arrays["a"] == header["i"] % 256).all()
    assert arrays["a"].shape == (50, 1000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_is_read_in_any_encoding_of_unicode(encoding: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.json").write_bytes('{"é": ["数"]}'.encode(encoding))
    assert storage.read_json(tmp_path / "a.json", most=1000) == {"é": ["数"]}


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"9" * 5000, b"{,\n}", b'{"a": 1, "a": 1}']
)
def test_what_is_no_json_is_told_in_one_line(content: bytes, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"\w") as caught:
        storage.read_json(tmp_path / "a.json", most=1 << 20)
    assert str(caught.value).isprintable()
    with pytest.raises(OSError, match="more than"):
        storage.read_json(pathlib.Path("/dev/zero"), most=1000)


@pytest.mark.parametrize("source", [None, 5, b"a", ["a"], "", "a\0b", "\ud800"])
def test_what_no_file_is_called_is_told_with_what_is_allowed(source: object) -> None:
    with pytest.raises(UsageError, match="a thing"):
        storage.as_path(source, what="a thing", error=UsageError)


def test_no_more_than_the_bound_is_read_of_a_file_or_stream(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert storage.read_bounded(path, most=5) == b"12345"
    for source in (path, io.BytesIO(b"123456"), pathlib.Path("/dev/zero")):
        with pytest.raises(OSError, match="more than"):
            storage.read_bounded(source, most=4)
