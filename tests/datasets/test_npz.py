import io
import math
import os
import pathlib
import struct
import tracemalloc
import zipfile
from typing import Any

import numpy as np
import pytest

from knn_digits import digit
from knn_digits.datasets import Dataset, load_dataset, load_datasets
from knn_digits.errors import DataError

from .idx_files import labels, pictures


def save(folder: pathlib.Path, **arrays: Any) -> pathlib.Path:
    path = folder / "set.npz"
    np.savez(path, **arrays)
    return path


def fault(path: pathlib.Path, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_dataset(path, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert path.name in text
    return text


@pytest.mark.parametrize(
    "keys", [("digits", "labels"), ("images", "labels"), ("X", "y"), ("x", "y"), ("data", "target")]
)
def test_one_unnamed_part_is_read_under_its_usual_keys(tmp_path: pathlib.Path, keys: tuple[str, str]) -> None:
    path = save(tmp_path, **{keys[0]: pictures(12), keys[1]: labels(12)})
    dataset = load_dataset(path)
    assert (dataset.digits == pictures(12)).all()
    assert (dataset.name, dataset.split) == ("set.npz", "all")
    assert len(load_dataset(path, split="all").digits) == 12


def test_two_pairs_of_other_labels_are_told_and_two_kinds_of_pictures_of_the_same_are_not(
    tmp_path: pathlib.Path,
) -> None:
    path = save(tmp_path, X=pictures(12), y=labels(12), digits=pictures(5), labels=labels(5))
    told = "holds digits/labels and X/y, and which of them is meant is not told: save it with one pair"
    assert told in fault(path)
    path = save(tmp_path, data=pictures(12).reshape(12, 784), images=pictures(12), target=labels(12))
    assert (load_dataset(path).digits == pictures(12)).all()


@pytest.mark.parametrize("split", ["train", "test"])
def test_asking_one_unnamed_part_for_a_split_is_told(tmp_path: pathlib.Path, split: str) -> None:
    path = save(tmp_path, X=pictures(12), y=labels(12))
    text = fault(path, split=split)
    assert text == f"set.npz has one part, so there is no {split} part; `--split all` uses it whole"


def test_named_parts_are_read_one_by_one_or_joined(tmp_path: pathlib.Path) -> None:
    path = save(tmp_path, x_train=pictures(12), y_train=labels(12), x_test=pictures(5), y_test=labels(5))
    sizes = {split: len(load_dataset(path, split=split).digits) for split in ("train", "test", "all", None)}
    assert sizes == {"train": 12, "test": 5, "all": 17, None: 12}
    assert load_dataset(path).split == "train"


def test_a_lone_named_part_is_used_and_the_other_is_told_missing(tmp_path: pathlib.Path) -> None:
    path = save(tmp_path, x_test=pictures(5), y_test=labels(5))
    assert load_dataset(path).split == "test"
    assert "has only a test part, no train part" in fault(path, split="train")


def test_rows_are_taken_as_square_pictures(tmp_path: pathlib.Path) -> None:
    path = save(tmp_path, X=pictures(12).reshape(12, 784), y=labels(12))
    assert (load_dataset(path).digits == pictures(12)).all()


@pytest.mark.parametrize("flat", [True, False])
def test_other_sizes_are_brought_to_mnists_size_and_strokes(tmp_path: pathlib.Path, flat: bool) -> None:
    images = pictures(12, side=16)
    path = save(tmp_path, X=images.reshape(12, -1) if flat else images, y=labels(12))
    dataset = load_dataset(path)
    assert (dataset.digits == digit.normalize_strokes(images)).all()
    assert "has pictures of 16x16 pixels, brought to MNIST's size and strokes" in dataset.notes[0]


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.int64, np.float16, np.float32, np.float64])
def test_values_of_any_number_type_within_255_are_taken(tmp_path: pathlib.Path, dtype: Any) -> None:
    images = pictures(12)
    path = save(tmp_path, X=images.astype(dtype), y=labels(12))
    assert (load_dataset(path).digits == images).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_up_to_1_are_scaled_to_255(tmp_path: pathlib.Path, dtype: Any) -> None:
    path = save(tmp_path, X=(pictures(12) / 255).astype(dtype), y=labels(12).astype(dtype)[:, None])
    dataset = load_dataset(path)
    assert (dataset.digits == pictures(12)).all()
    assert (dataset.labels == labels(12)).all()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64])
def test_ink_of_1_on_0_is_scaled_to_255(tmp_path: pathlib.Path, dtype: Any) -> None:
    ink = pictures(12) > 128
    path = save(tmp_path, X=ink.astype(dtype), y=labels(12))
    assert (load_dataset(path).digits == ink * np.uint8(255)).all()


def test_many_pictures_are_converted_alike_across_blocks(tmp_path: pathlib.Path) -> None:
    digits = np.resize(load_dataset("sample").digits, (9000, 28, 28))
    path = save(tmp_path, X=digits.astype(np.float32), y=labels(9000))
    assert (load_dataset(path).digits == digits).all()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.full((2, 28, 28), -1), "has values from -1 to -1; rescale them to 0..255 or 0..1"),
        (np.full((2, 28, 28), 256), "has values from 256 to 256"),
        (np.full((2, 28, 28), 255.5), "has values from 255.5 to 255.5"),
        (np.full((2, 28, 28), np.nan), "holds NaN or infinity"),
        (np.full((2, 28, 28), np.inf), "holds NaN or infinity"),
        (np.full((2, 28, 28), 1j), "must be integers or floats, got complex128"),
        (np.full((2, 28, 28), "a"), "must be integers or floats, got <U1"),
        (np.zeros((2, 783), np.uint8), "got (2, 783); reshape it"),
        (np.zeros((2, 0), np.uint8), "must have the shape (n, height, width)"),
        (np.zeros((2, 28, 28, 3), np.uint8), "got (2, 28, 28, 3); make it grey"),
        (np.uint8(3), "must have the shape (n, height, width)"),
    ],
)
def test_pictures_that_cannot_be_meant_are_refused(tmp_path: pathlib.Path, images: Any, message: str) -> None:
    assert message in fault(save(tmp_path, X=images, y=labels(2)))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (labels(11), "holds 12 images (X) but 11 labels (y)"),
        (labels(12) + np.uint8(1), "labels must be 0..9, got 10"),
        (labels(12).astype(np.int64) - 1, "labels must be 0..9, got -1"),
        (labels(12) + 0.5, "labels must be integers"),
        (labels(12) * 1e30, "labels must be 0..9"),
        (np.full(12, np.nan), "labels must be integers"),
        (np.full(12, "shoe"), "labels must be 0..9 or zero to nine, got 'shoe'"),
        (np.full(12, "7" * 99), "labels must be integers"),
        (np.ones((12, 10)), "labels of 10 columns must have one 1 in each row"),
        (np.eye(12), "labels must be integers of shape (n,), got int64 of shape (12, 12)"),
        (np.uint8(3), "labels must be integers"),
    ],
)
def test_labels_that_are_no_digits_are_refused(tmp_path: pathlib.Path, names: Any, message: str) -> None:
    assert message in fault(save(tmp_path, X=pictures(12), y=names))


class Trap:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (pathlib.Path.touch, (self.path,))


@pytest.mark.parametrize("key", ["X", "y"])
def test_python_objects_are_refused_and_never_run(tmp_path: pathlib.Path, key: str) -> None:
    sprung = tmp_path / "sprung"
    arrays: dict[str, Any] = {"X": pictures(2), "y": labels(2)}
    arrays[key] = np.array([Trap(sprung), None], dtype=object)
    assert "holds Python objects, which could run code" in fault(save(tmp_path, **arrays))
    assert not sprung.exists()


def test_a_bare_pickle_in_the_archive_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", b"\x80\x04N.")
        archive.writestr("y.npy", b"\x80\x04N.")
    assert "X of" in fault(path)


def test_other_keys_are_told_with_those_allowed(tmp_path: pathlib.Path) -> None:
    text = fault(save(tmp_path, pixels=pictures(2), classes=labels(2)))
    assert "holds classes, pixels; allowed are x_train/y_train, x_test/y_test, digits/labels" in text


def test_a_missing_partner_is_told(tmp_path: pathlib.Path) -> None:
    assert "has x_train but not y_train; add it" in fault(save(tmp_path, x_train=pictures(2)))


@pytest.mark.parametrize("keep", [0, 100, -1, -300])
def test_a_truncated_file_is_told(tmp_path: pathlib.Path, keep: int) -> None:
    path = save(tmp_path, X=pictures(12), y=labels(12))
    path.write_bytes(path.read_bytes()[:keep])
    assert "is no .npz file, or its end is missing" in fault(path)


def test_a_web_page_saved_as_npz_is_told(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "set.npz"
    path.write_text("<!DOCTYPE html>")
    assert "is no .npz file" in fault(path)


def test_a_changed_byte_is_told(tmp_path: pathlib.Path) -> None:
    path = save(tmp_path, X=pictures(12), y=labels(12))
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    assert "X of" in fault(path)


def test_a_count_that_the_file_cannot_hold_is_told(tmp_path: pathlib.Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "|u1", "fortran_order": False, "shape": (1 << 50, 28, 28)}
    )
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", stream.getvalue())
        archive.writestr("y.npy", stream.getvalue())
    assert "X of" in fault(path)


def write_members(
    folder: pathlib.Path, *members: tuple[str, bytes], how: int = zipfile.ZIP_STORED
) -> pathlib.Path:
    path = folder / "set.npz"
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def announced(head: str, *, size: int = 99) -> bytes:
    """Return a `.npy` with this text for its header."""
    text = head.encode() + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(size)


def described(dtype: str, shape: object) -> str:
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    "head",
    [
        "(",
        "{}",
        "-" * 9000,
        "(" * 5000,
        described("'|u1'", "(99999999999999999999,)"),
        described("'|u1'", "(99999999999999999999, 0)"),
        described("'|u1'", "(-1, 28, 28)"),
        described("'|u1'", "(1e3, 28)"),
        described("'|u1'", "(4, 28, 28)"),
        described("'<M8[s]'", "(1, 5, 5)"),
        described("('<f4', (99999, 99999))", "(1,)"),
        described("[('a', '<i4'), ('b', '|u1')]", "(1, 5, 5)"),
        described("'|S0'", "(9999999, 28, 28)"),
    ],
)
@pytest.mark.parametrize("key", ["X.npy", "y.npy"])
def test_a_header_that_cannot_be_meant_is_told(tmp_path: pathlib.Path, head: str, key: str) -> None:
    whole = {"X.npy": npy(pictures(5)), "y.npy": npy(labels(5)), key: announced(head)}
    assert f"{key[0]} of" in fault(write_members(tmp_path, *whole.items()))


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_in_every_way_of_packing_is_told(tmp_path: pathlib.Path, how: int) -> None:
    path = write_members(tmp_path, ("X.npy", npy(pictures(12))), ("y.npy", npy(labels(12))), how=how)
    content = path.read_bytes()
    for place in (44, 60, 300, 3000):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        assert "X of" in fault(path)


def test_an_encrypted_array_is_told(tmp_path: pathlib.Path) -> None:
    path = save(tmp_path, X=pictures(2), y=labels(2))
    content = bytearray(path.read_bytes())
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + flags] |= 1
    path.write_bytes(content)
    assert "is encrypted" in fault(path)


def test_an_array_that_is_there_twice_is_refused(tmp_path: pathlib.Path) -> None:
    twice = [("X.npy", npy(pictures(2))), ("X", npy(pictures(2))), ("y.npy", npy(labels(2)))]
    assert "holds X 2 times; save it anew with one" in fault(write_members(tmp_path, *twice))


def test_what_is_not_asked_for_is_never_unpacked(tmp_path: pathlib.Path) -> None:
    path = write_members(
        tmp_path,
        ("X.npy", npy(pictures(12))),
        ("y.npy", npy(labels(12))),
        ("bomb.npy", bytes(64 << 20)),
        how=zipfile.ZIP_DEFLATED,
    )
    tracemalloc.start()
    try:
        assert (load_dataset(path).digits == pictures(12)).all()
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [(3_000_000, 1, 1), (2_000_000, 16), (1, 5000, 5000), (32 << 20, 1)])
def test_too_much_is_refused_before_it_is_unpacked(tmp_path: pathlib.Path, shape: tuple[int, ...]) -> None:
    head = announced(described("'|u1'", shape), size=0)
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("X.npy", "w", force_zip64=True) as member:
            member.write(head)
            for start in range(0, math.prod(shape), 16 << 20):
                member.write(bytes(min(16 << 20, math.prod(shape) - start)))
        archive.writestr("y.npy", npy(np.zeros(shape[0], np.uint8)))
    tracemalloc.start()
    try:
        assert "allowed" in fault(path) or "must have the shape" in fault(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_names_in_the_archive_are_told_without_control_characters(tmp_path: pathlib.Path) -> None:
    many = [(f"\x1b[31m{number}\n.npy", b"") for number in range(1000)]
    text = fault(write_members(tmp_path, *many))
    assert "\x1b" not in text
    assert len(text) < 500


def test_damage_anywhere_is_told_in_one_line(tmp_path: pathlib.Path) -> None:
    generator, told = np.random.default_rng(0), list[str]()
    arrays = ("X.npy", npy(pictures(2))), ("y.npy", npy(labels(2)))
    wholes = [write_members(tmp_path, *arrays, how=how).read_bytes() for how in (0, 8, 12, 14)]
    path = tmp_path / "set.npz"
    for number in range(400):
        content = bytearray(wholes[number % 4])
        for place in (*generator.integers(0, 200, 2), -1 - generator.integers(0, 200)):
            content[place] = generator.integers(0, 256)
        path.write_bytes(content)
        try:
            load_dataset(path)
        except DataError as error:
            told.append(str(error))
    assert len(told) > 50
    assert all(line.isprintable() for line in told)


@pytest.mark.parametrize("name", ["set.npz", "train-images-idx3-ubyte"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: pathlib.Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert "is no ordinary file" in fault(tmp_path / name)


@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_long_arrays_of_digits_that_are_not_packed_are_mapped(
    tmp_path: pathlib.Path, sample: Dataset, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("knn_digits.storage.MAPPED", 1)
    digits, labels = sample.digits[:200], sample.labels[:200]
    if ending == "npz":
        np.savez(tmp_path / "digits.npz", digits=digits, labels=labels)
    else:
        np.save(tmp_path / "digits.npy", digits)
        np.save(tmp_path / "labels.npy", labels)
    found = load_dataset(tmp_path / f"digits.{ending}")
    lies: Any = found.digits
    while isinstance(lies.base, np.ndarray):
        lies = lies.base
    assert isinstance(lies, np.memmap)
    assert (found.digits == digits).all()
    assert (found.labels == labels).all()


def test_several_files_are_read_as_the_one_that_holds_all(tmp_path: pathlib.Path, sample: Dataset) -> None:
    paths = [tmp_path / name for name in ("a.npz", "b.npz", "all.npz")]
    for path, rows in zip(paths, (slice(3), slice(3, 400), slice(400)), strict=True):
        np.savez(path, digits=sample.digits[rows], labels=sample.labels[rows])
    joined, whole = load_datasets(paths[:2]), load_dataset(paths[2])
    assert joined.sha256 == whole.sha256
    assert (joined.name, joined.split, joined.notes) == ("a.npz+b.npz", whole.split, whole.notes)
