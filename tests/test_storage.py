import hashlib
import io
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from typing import Any

import hypothesis
import numpy as np
import platformdirs
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from knn_digits import storage
from knn_digits.errors import ModelError, StorageError, UsageError
from knn_digits.storage import KIND, check_writable, load_model, save_model, write_then_rename

ROOT = pathlib.Path(__file__).parents[1]
Content = tuple[dict[str, Any], dict[str, NDArray[Any]]]

ARRAYS: dict[str, NDArray[Any]] = {
    "digits": np.arange(60, dtype=np.uint8).reshape(3, 4, 5),
    "vectors": np.linspace(0, 1, 7, dtype=np.float32)[:, None],
}
HEADER = {"feature": {"name": "x", "options": {"π": [1, 2.5, None]}}}


def fault(path: pathlib.Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


def equal(one: Content, other: Content) -> bool:
    return (
        one[0] == other[0]
        and one[1].keys() == other[1].keys()
        and all(
            a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
            for a, b in ((one[1][name], other[1][name]) for name in one[1])
        )
    )


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
from knn_digits import errors, storage
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8)
try:
    storage.save_model(pathlib.Path(sys.argv[1]), header={}, arrays={"noise": noise})
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
from knn_digits import storage
for i in itertools.count():
    arrays = {"a": np.full((50, 1000), i % 256, np.uint8)}
    storage.save_model(pathlib.Path(sys.argv[1]), header={"i": i}, arrays=arrays)
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


# the model file


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 28, 28), np.uint8),
        np.float64(2.5) * np.ones(()),
        np.arange(24, dtype=np.int64).reshape(2, 3, 4)[:, ::-1],
        np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        np.array([True, False]),
        np.array([np.nan, -0.0, np.inf, 1e-45], np.float32),
        np.arange(5, dtype=">i4"),
    ],
)
def test_an_array_comes_back_bit_for_bit(tmp_path: pathlib.Path, array: NDArray[Any]) -> None:
    path = tmp_path / "model.npz"
    save_model(path, header={}, arrays={"a": array})
    _, arrays = load_model(path)
    assert equal(({}, arrays), ({}, {"a": array}))


def test_the_header_comes_back_with_kind_format_and_hashes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    save_model(path, header=HEADER, arrays=ARRAYS)
    header, _ = load_model(path)
    hashes = {name: storage.sha256(array) for name, array in ARRAYS.items()}
    assert header == {**HEADER, "kind": KIND, "format": storage.FORMAT, "sha256": hashes}


def test_a_model_is_the_same_bytes_whenever_it_is_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "now.npz", tmp_path / "later.npz"]
    for day, path in enumerate(files, 1):
        monkeypatch.setattr("time.time", lambda day=day: 86400.0 * 365 * 20 * day)
        save_model(path, header={"k": 1}, arrays=ARRAYS)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_numpy_opens_a_model_file_without_pickle(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    save_model(path, header=HEADER, arrays=ARRAYS)
    with np.load(path, allow_pickle=False) as archive:
        assert (archive["digits"] == ARRAYS["digits"]).all()


def test_objects_are_not_written(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        save_model(tmp_path / "model.npz", header={}, arrays={"a": np.array([None])})
    assert list(tmp_path.iterdir()) == []


def same_or_refused(changed: bytes, model_bytes: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, whole = pathlib.Path(folder) / "changed.npz", pathlib.Path(folder) / "whole.npz"
        path.write_bytes(changed)
        whole.write_bytes(model_bytes)
        text, loaded = str(path), load_model(whole)
        try:
            loaded = load_model(path)
        except ModelError as error:
            text = str(error)
        assert "\n" not in text
        assert str(path) in text
        assert equal(loaded, load_model(whole))


def test_a_model_cut_off_at_any_byte_is_refused(tmp_path: pathlib.Path, model_bytes: bytes) -> None:
    path = tmp_path / "model.npz"
    for length in range(len(model_bytes)):
        path.write_bytes(model_bytes[:length])
        fault(path)


@hypothesis.settings(max_examples=600)
@hypothesis.given(data=st.data(), change=st.integers(1, 255))
def test_a_model_with_a_changed_byte_is_refused_or_the_same(
    model_bytes: bytes, data: st.DataObject, change: int
) -> None:
    place = data.draw(st.integers(0, len(model_bytes) - 1))
    changed = bytearray(model_bytes)
    changed[place] ^= change
    same_or_refused(bytes(changed), model_bytes)


@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_a_bit_changed_anywhere_is_refused_or_changes_nothing(model_bytes: bytes, change: int) -> None:
    for place in range(0, len(model_bytes), 3):
        changed = bytearray(model_bytes)
        changed[place] ^= change
        same_or_refused(bytes(changed), model_bytes)


@hypothesis.given(data=st.data(), noise=st.binary(max_size=40))
def test_a_model_with_bytes_put_in_or_taken_out_is_refused_or_the_same(
    model_bytes: bytes, data: st.DataObject, noise: bytes
) -> None:
    start = data.draw(st.integers(0, len(model_bytes)))
    stop = data.draw(st.integers(start, len(model_bytes)))
    same_or_refused(model_bytes[:start] + noise + model_bytes[stop:], model_bytes)


@pytest.mark.parametrize("content", [b"", b"\n", b"PK", b"<!DOCTYPE html>", b"\x80\x04N.", bytes(1000)])
def test_what_is_no_archive_is_no_model(tmp_path: pathlib.Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    assert "is no knn-digits model" in fault(path)


def test_a_missing_file_and_a_folder_are_told_with_what_to_do(tmp_path: pathlib.Path) -> None:
    assert "No such file or directory; `knn-digits fit` makes one" in fault(tmp_path / "none.npz")
    assert "cannot open the model" in fault(tmp_path)


def test_an_npz_without_a_header_is_no_model(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, digits=ARRAYS["digits"])
    assert "it has no readable header.json" in fault(path)


# hostile files, made by hand


def npy(description: str, *, shape: str = "(1,)", body: bytes = bytes(64)) -> bytes:
    header = f"{{'descr': {description}, 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header + body


def forge(path: pathlib.Path, member: bytes = b"", **header: Any) -> pathlib.Path:
    """Write a model file with one member "a" and any header."""
    full = {"kind": KIND, "format": storage.FORMAT, "sha256": {"a": "0" * 64}, **header}
    return forge_text(path, json.dumps(full), member)


def forge_text(path: pathlib.Path, header: str, member: bytes = b"") -> pathlib.Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", header)
        archive.writestr("a.npy", member)
    return path


@pytest.mark.parametrize("kind", ["another", "knn-digits data", None, 3, ["a"], "two\nlines"])
def test_a_header_of_another_kind_is_refused(tmp_path: pathlib.Path, kind: Any) -> None:
    assert "is no knn-digits model" in fault(forge(tmp_path / "model.npz", kind=kind))


@pytest.mark.parametrize("newer", [storage.FORMAT + 1, 999, 10**30])
def test_a_newer_format_asks_for_an_upgrade(tmp_path: pathlib.Path, newer: int) -> None:
    text = fault(forge(tmp_path / "model.npz", format=newer))
    assert f"has format {newer}, this version reads up to {storage.FORMAT}; upgrade knn-digits" in text


@pytest.mark.parametrize("form", ["null", '"x"', "[]", "{}", "NaN", "Infinity", "-Infinity", "1e999"])
def test_a_format_that_is_no_number_is_refused(tmp_path: pathlib.Path, form: str) -> None:
    header = f'{{"kind": "{KIND}", "format": {form}, "sha256": {{}}}}'
    fault(forge_text(tmp_path / "model.npz", header))


@pytest.mark.parametrize("hashes", [None, [], "a", 3, {"b": "0"}, {"a": None}, {"a": "0" * 64}, {"../a": ""}])
def test_hashes_that_do_not_fit_are_refused(tmp_path: pathlib.Path, hashes: Any) -> None:
    fault(forge(tmp_path / "model.npz", npy("'<f4'"), sha256=hashes))


@pytest.mark.parametrize("header", ["", "[]", "3", "null", "{", "[" * 100_000, '"\ud800"', "{}", "\x00"])
def test_a_header_that_is_no_json_object_is_refused(tmp_path: pathlib.Path, header: str) -> None:
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", header.encode("utf-8", "surrogatepass"))
    assert "no readable header.json" in fault(path)


NO_ARRAYS = {
    "nothing": b"",
    "something else": b"no array",
    "version": b"\x93NUMPY\x09\x00" + bytes(100),
    "too few bytes": npy("'<f4'", shape="(99,)"),
    "less than nothing": npy("'<f4'", shape="(-1,)"),
    "4 GB of nothing": npy("'<f4'", shape=f"({10**9},)"),
    "more than any memory": npy("'<f4'", shape=f"({10**15},)"),
    "more than an integer": npy("'<f4'", shape=f"({10**30},)"),
    "parentheses": npy("'<f4'", shape="(" * 3000),
    "too long a header": npy("'<f4'", shape=f"({'1,' * 9000})"),
    "open string": npy("'<f4'", shape="('''"),
    "code": npy("'<f4'", shape="__import__('os')"),
    "unknown dtype": npy("'foo'"),
    "dates": npy("'<M8[s]'"),
    "void": npy("'|V8'"),
    "text": npy("'<U2'"),
    "records": npy("[('a', '<f4'), ('b', '<M8[s]')]"),
    "objects": npy("'|O'", body=b"\x80\x04N."),
    "records with objects": npy("[('a', '<f4'), ('b', '|O')]", body=b"\x80\x04N."),
}


@pytest.mark.parametrize("member", NO_ARRAYS.values(), ids=NO_ARRAYS)
def test_an_array_that_is_none_is_refused(tmp_path: pathlib.Path, member: bytes) -> None:
    fault(forge(tmp_path / "model.npz", member))


class Trap:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (pathlib.Path.touch, (self.path,))


def test_a_pickle_in_a_model_is_refused_and_never_run(tmp_path: pathlib.Path) -> None:
    sprung, stream = tmp_path / "sprung", io.BytesIO()
    np.save(stream, np.array([Trap(sprung), None], dtype=object), allow_pickle=True)
    stream.seek(0)
    np.load(stream, allow_pickle=True)
    assert sprung.exists()  # the trap works
    sprung.unlink()
    assert "is damaged" in fault(forge(tmp_path / "model.npz", stream.getvalue()))
    assert not sprung.exists()


def test_a_model_that_declares_to_unpack_to_more_than_the_bound_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"kind": KIND, "format": 1, "sha256": {"a": "0" * 64}}))
        archive.writestr("a.npy", bytes(1000))
        archive.infolist()[1].file_size = storage.MAX_BYTES  # and the header makes it more
    assert "unpacks to more than 16 MiB" in fault(path)


def test_a_header_of_numbers_that_json_has_not_is_not_written(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        save_model(tmp_path / "model.npz", header={"reach": float("nan")}, arrays=ARRAYS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_no_model_and_is_not_waited_for(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no ordinary file" in fault(tmp_path / "pipe")


def test_a_member_that_unpacks_to_more_than_it_declares_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"kind": KIND, "format": 1, "sha256": {"a": "0" * 64}}))
        archive.writestr("a.npy", npy("'|u1'", shape=f"({10**7},)", body=bytes(10**7)))
        archive.infolist()[1].file_size = 2000
    assert "is damaged" in fault(path)


@pytest.mark.parametrize("method", [1, 12, 14, 93, 99])
def test_a_way_of_packing_that_does_not_fit_is_refused(tmp_path: pathlib.Path, method: int) -> None:
    path = forge(tmp_path / "model.npz", npy("'<f4'"))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\1\2", 10), (b"PK\3\4", 8)):  # where a ZIP names the method
        content[content.rfind(signature) + offset] = method
    path.write_bytes(content)
    assert "is damaged" in fault(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_is_read_in_any_encoding_of_unicode(encoding: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.json").write_bytes('{"é": ["数"]}'.encode(encoding))
    assert storage.read_json(tmp_path / "a.json", most=1000) == {"é": ["数"]}


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"9" * 5000, b"{,\n}"])
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
