import io
import json
import os
import pathlib
import struct
import tempfile
import zipfile
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from knn_digits import storage
from knn_digits.archive import MAX_BYTES, MODEL
from knn_digits.errors import ModelError
from tests.models import load_model, save_model

Content = tuple[dict[str, Any], dict[str, NDArray[Any]]]

ARRAYS: dict[str, NDArray[Any]] = {
    "digits": np.arange(60, dtype=np.uint8).reshape(3, 4, 5),
    "vectors": np.linspace(0, 1, 7, dtype=np.float32)[:, None],
}
HEADER_OF_A = json.dumps({"kind": MODEL.name, "format": 1, "sha256": {"a": "0" * 64}})
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
    assert header == {**HEADER, "kind": MODEL.name, "format": MODEL.form, "sha256": hashes}


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


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read_is_to_be_made_readable(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    path.touch(mode=0)
    assert fault(path).endswith("model.npz: Permission denied; make it readable")


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
    full = {"kind": MODEL.name, "format": MODEL.form, "sha256": {"a": "0" * 64}, **header}
    return forge_text(path, json.dumps(full), member)


def forge_text(path: pathlib.Path, header: str, member: bytes = b"") -> pathlib.Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", header)
        archive.writestr("a.npy", member)
    return path


@pytest.mark.parametrize("kind", ["another", "knn-digits data", None, 3, ["a"], "two\nlines"])
def test_a_header_of_another_kind_is_refused(tmp_path: pathlib.Path, kind: Any) -> None:
    assert "is no knn-digits model" in fault(forge(tmp_path / "model.npz", kind=kind))


@pytest.mark.parametrize("newer", [MODEL.form + 1, 999, 10**30])
def test_a_newer_format_asks_for_an_upgrade(tmp_path: pathlib.Path, newer: int) -> None:
    text = fault(forge(tmp_path / "model.npz", format=newer))
    assert f"has format {newer}, this version reads up to {MODEL.form}; upgrade knn-digits" in text


@pytest.mark.parametrize("form", ["null", '"x"', "[]", "{}", "NaN", "Infinity", "-Infinity", "1e999"])
def test_a_format_that_is_no_number_is_refused(tmp_path: pathlib.Path, form: str) -> None:
    header = f'{{"kind": "{MODEL.name}", "format": {form}, "sha256": {{}}}}'
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
        archive.writestr("header.json", HEADER_OF_A)
        archive.writestr("a.npy", bytes(1000))
        archive.infolist()[1].file_size = MAX_BYTES  # and the header makes it more
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
        archive.writestr("header.json", HEADER_OF_A)
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


def test_long_arrays_of_bytes_are_mapped_and_still_checked(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, digits = tmp_path / "model.npz", np.arange(60_000, dtype=np.uint8).reshape(-1, 4, 5)
    for room in ("storage", "archive"):
        monkeypatch.setattr(f"knn_digits.{room}.MAPPED", digits.nbytes)
    save_model(path, header={}, arrays={"digits": digits})
    found = load_model(path)[1]["digits"]
    assert isinstance(found.base, np.memmap)
    assert (found == digits).all()
    content = bytearray(path.read_bytes())
    content[content.index(digits.tobytes()) + 100] ^= 1
    path.write_bytes(content)
    fault(path)


def test_what_is_not_packed_may_not_declare_another_length(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("header.json", HEADER_OF_A)
        file.writestr("a.npy", bytes(1000))
        file.infolist()[1].file_size = MAX_BYTES
    assert "another length than it declares" in fault(path)
