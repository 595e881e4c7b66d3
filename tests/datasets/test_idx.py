import gzip
import pathlib
import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset, idx, load_dataset
from knn_digits.errors import DataError

from .idx_files import idx_bytes, labels, pictures, write_pair

HTML = b"<!DOCTYPE html>\n<html><body>403 Forbidden</body></html>"


def damaged(folder: pathlib.Path, content: bytes, *, name: str = "train-images-idx3-ubyte") -> str:
    """Return the error's text for a folder whose one file has this content."""
    write_pair(folder, 12, images="train-images-idx3-ubyte")
    (folder / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        load_dataset(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert str(folder / name) in text
    return text


@pytest.mark.parametrize(
    "name",
    [
        "train-images-idx3-ubyte",
        "train-images-idx3-ubyte.gz",
        "train-images.idx3-ubyte",
        "train-images.idx3-ubyte.gz",
        "other-digits-train-images-idx3-ubyte.gz",
    ],
)
def test_a_pair_is_found_by_its_usual_names(tmp_path: pathlib.Path, name: str) -> None:
    images, names = write_pair(tmp_path / "set", 12, images=name)
    dataset = load_dataset(tmp_path / "set")
    assert (dataset.digits == images).all()
    assert (dataset.labels == names).all()
    assert dataset.labels.dtype == np.int64
    assert (dataset.name, dataset.split) == ("set", "train")


def test_train_is_taken_unless_another_part_is_asked_for(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte", seed=1)
    write_pair(tmp_path, 5, images="t10k-images-idx3-ubyte.gz", seed=2)
    assert (len(load_dataset(tmp_path).digits), load_dataset(tmp_path).split) == (12, "train")
    assert len(load_dataset(tmp_path, split="test").digits) == 5
    assert load_dataset(tmp_path, prefer="test").split == "test"
    whole = load_dataset(tmp_path, split="all")
    assert (whole.digits[:12] == pictures(12, seed=1)).all()
    assert (whole.digits[12:] == pictures(5, seed=2)).all()
    assert whole.split == "all"


def test_only_the_part_that_is_asked_for_is_read(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte")
    write_pair(tmp_path, 5, images="t10k-images-idx3-ubyte")
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(HTML)
    assert len(load_dataset(tmp_path).digits) == 12


def test_one_file_of_images_finds_its_labels_beside_it(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="my-images-idx3-ubyte.gz", names="my-labels.idx1-ubyte")
    dataset = load_dataset(tmp_path / "my-images-idx3-ubyte.gz")
    assert (len(dataset.digits), dataset.split) == (12, "all")


def test_emnist_pictures_are_turned_upright(tmp_path: pathlib.Path) -> None:
    images, _ = write_pair(tmp_path, 12, images="emnist-digits-train-images-idx3-ubyte.gz")
    assert (load_dataset(tmp_path).digits == images.transpose(0, 2, 1)).all()


def test_several_sets_in_a_folder_are_refused(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="emnist-digits-train-images-idx3-ubyte.gz")
    write_pair(tmp_path, 12, images="emnist-mnist-train-images-idx3-ubyte.gz")
    with pytest.raises(DataError, match=r"several data sets \(emnist-digits-…, emnist-mnist-…\)"):
        load_dataset(tmp_path)
    one = tmp_path / "emnist-mnist-train-images-idx3-ubyte.gz"
    assert len(load_dataset(one).digits) == 12


def test_a_file_is_read_by_its_content_and_not_by_its_ending(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte")
    (tmp_path / "train-images-idx3-ubyte").rename(tmp_path / "train-images-idx3-ubyte.gz")
    assert len(load_dataset(tmp_path).digits) == 12


def test_images_of_another_size_are_normalized(tmp_path: pathlib.Path) -> None:
    bars = np.zeros((3, 40, 30), np.uint8)
    bars[:, 5:35, 10:16] = 255
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(bars))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels(3)))
    digits = load_dataset(tmp_path).digits
    assert digits.shape == (3, 28, 28)
    assert digits[0].any(axis=1).sum() == 20


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_web_page_saved_as_data_is_told(tmp_path: pathlib.Path, pack: object) -> None:
    content = HTML if pack is bytes else gzip.compress(b"\xef\xbb\xbf\n" + HTML)
    assert "is a web page saved under the name of data; get the file again" in damaged(tmp_path, content)


@pytest.mark.parametrize("keep", [2, 11, 25, 5000, -9, -1])
def test_a_truncated_gzip_is_told(tmp_path: pathlib.Path, keep: int) -> None:
    content = gzip.compress(idx_bytes(pictures(12)))[:keep]
    assert "is truncated: its gzip data ends early" in damaged(tmp_path, content)


def test_a_damaged_gzip_is_told(tmp_path: pathlib.Path) -> None:
    content = bytearray(gzip.compress(idx_bytes(pictures(12))))
    content[-6] ^= 1
    assert "is damaged: its gzip data cannot be unpacked" in damaged(tmp_path, bytes(content))


@pytest.mark.parametrize("keep", [6, 16, 17, -1])
def test_a_truncated_file_is_told(tmp_path: pathlib.Path, keep: int) -> None:
    assert "is truncated" in damaged(tmp_path, idx_bytes(pictures(12))[:keep])


def test_a_truncated_file_packed_whole_is_told(tmp_path: pathlib.Path) -> None:
    content = gzip.compress(idx_bytes(pictures(12))[:-100])
    assert "is truncated: it announces 9408 bytes of images, has 9308" in damaged(tmp_path, content)


def test_more_bytes_than_the_header_announces_are_told(tmp_path: pathlib.Path) -> None:
    assert "holds more than the 9408 bytes" in damaged(tmp_path, idx_bytes(pictures(12)) + b"\0")


@pytest.mark.parametrize("content", [b"", b"PK\3\4 and more", b"\0\0\x0d\3" + bytes(12), b"version https://"])
def test_a_wrong_magic_is_told(tmp_path: pathlib.Path, content: bytes) -> None:
    text = damaged(tmp_path, content)
    assert "is no IDX file: IDX images begin with 0x00000803" in text


def test_labels_in_the_place_of_images_are_told(tmp_path: pathlib.Path) -> None:
    assert "holds labels: IDX images begin with 0x00000803" in damaged(tmp_path, idx_bytes(labels(12)))


def test_counts_that_differ_are_told(tmp_path: pathlib.Path) -> None:
    text = damaged(tmp_path, idx_bytes(pictures(11)))
    assert "holds 11 images but train-labels-idx1-ubyte holds 12 labels" in text


def test_labels_outside_0_to_9_are_told(tmp_path: pathlib.Path) -> None:
    content = idx_bytes(labels(12) + np.uint8(3))
    text = damaged(tmp_path, content, name="train-labels-idx1-ubyte")
    assert "labels must be 0..9, got 10 (3 labels outside)" in text


@pytest.mark.parametrize(
    ("gone", "kind"), [("train-labels-idx1-ubyte", "labels"), ("train-images-idx3-ubyte", "images")]
)
def test_a_missing_partner_is_told(tmp_path: pathlib.Path, gone: str, kind: str) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte")
    (tmp_path / gone).unlink()
    with pytest.raises(DataError, match=f"has train-.* but not its file of {kind}"):
        load_dataset(tmp_path)


def test_a_missing_partner_of_one_file_is_told(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="there is no train-labels-idx1-ubyte beside it"):
        load_dataset(tmp_path / "train-images-idx3-ubyte")


def test_a_file_of_labels_or_of_another_kind_is_told(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="train-images-idx3-ubyte")
    with pytest.raises(DataError, match="is a file of labels by its name; name its file of images"):
        load_dataset(tmp_path / "train-labels-idx1-ubyte")
    (tmp_path / "digits.bin").write_text("1,2,3")
    with pytest.raises(DataError, match=r"digits.bin is no data that can be read; allowed are IDX"):
        load_dataset(tmp_path / "digits.bin")


def test_a_set_without_digits_is_told(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 0, images="train-images-idx3-ubyte")
    with pytest.raises(DataError, match="holds no digits"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_count_that_the_file_cannot_hold_takes_no_memory(tmp_path: pathlib.Path, pack: type[bytes]) -> None:
    content = pack(struct.pack(">4I", 0x0803, 0xFFFFFFFF, 0xFFFF, 0xFFFF) + bytes(100))
    tracemalloc.start()
    try:
        assert "is truncated or damaged: it announces 18" in damaged(tmp_path, content)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_an_array_above_the_bound_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((2000, 28, 28), np.uint8))))
    with path.open("rb") as file, pytest.raises(DataError, match="holds at most 1000"):
        idx.decode(file, dimensions=3, max_bytes=1000)


@pytest.mark.shared
def test_mnist_is_read_whole(mnist_files: pathlib.Path) -> None:
    train, test = load_dataset(mnist_files), load_dataset(mnist_files, split="test")
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert (len(train.digits), len(test.digits)) == (60_000, 10_000)


def load_pair(folder: pathlib.Path, images: Pixels, names: Pixels) -> Dataset:
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(names))
    return load_dataset(folder)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (lambda x: 255 - x, ["dark ink on light paper"]),
        (lambda x: x // 15, ["values from 0 to 17, which are scaled"]),
        (lambda x: 17 - x // 15, ["values from 0 to 17, which are scaled", "dark ink on light paper"]),
        (lambda x: x // 128, ["values from 0 to 1, which are scaled"]),
    ],
)
def test_another_scale_or_ground_is_converted_and_told(
    tmp_path: pathlib.Path, sample: Dataset, form: Callable[[Pixels], Pixels], words: list[str]
) -> None:
    dataset = load_pair(tmp_path, form(sample.digits[:50]), sample.labels[:50].astype(np.uint8))
    assert np.abs(dataset.digits.astype(int) - sample.digits[:50]).max() <= 128
    assert len(dataset.notes) == len(words)
    assert all(text in note for text, note in zip(words, dataset.notes, strict=True))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", [(3_000_000, 1, 1), (6_000_000, 5, 3), (10, 4, 4), (1, 5000, 5000)])
def test_pictures_too_many_too_small_or_too_large_take_no_memory(
    tmp_path: pathlib.Path, pack: Callable[[bytes], bytes], shape: tuple[int, int, int]
) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(pack(idx_bytes(np.zeros(shape, np.uint8))))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(pack(idx_bytes(np.zeros(shape[0], np.uint8))))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="allowed"):
            load_dataset(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_hidden_companions_are_no_second_data_set(tmp_path: pathlib.Path) -> None:
    write_pair(tmp_path, 12, images="my-train-images-idx3-ubyte")
    for name in ("my-train-images-idx3-ubyte", "my-train-labels-idx1-ubyte"):
        (tmp_path / f"._{name}").write_bytes(b"\0\5\26\7")
    assert len(load_dataset(tmp_path).digits) == 12


def test_missing_classes_and_blank_digits_are_told(tmp_path: pathlib.Path, sample: Dataset) -> None:
    images, names = sample.digits[:50].copy(), sample.labels[:50].astype(np.uint8)
    images[:3] = 0
    names[(names == 7) | (names == 4)] = 1
    missing, blank = load_pair(tmp_path, images, names).notes
    assert missing.endswith("has no 4, 7: what is fitted on it never answers that")
    assert "has 3 blank digits among 50" in blank


def test_digits_that_are_all_ink_are_told(tmp_path: pathlib.Path, sample: Dataset) -> None:
    images = sample.digits[:50].copy()
    images[:2] = 255
    (full,) = load_pair(tmp_path, images, sample.labels[:50].astype(np.uint8)).notes
    assert "has 2 digits among 50 that are nothing but ink" in full


def test_damage_anywhere_is_told_in_one_line(tmp_path: pathlib.Path, sample: Dataset) -> None:
    generator, told = np.random.default_rng(0), list[str]()
    names = sample.labels[:4].astype(np.uint8)
    for number in range(300):
        content = bytearray(idx_bytes(sample.digits[:4]))
        if number % 2:
            content = bytearray(gzip.compress(bytes(content)))
        for place in (generator.integers(0, 30), generator.integers(0, len(content)), -1):
            content[place] = generator.integers(0, 256)
        (tmp_path / "train-images-idx3-ubyte").write_bytes(content[: len(content) - number % 5])
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(names))
        try:
            load_dataset(tmp_path)
        except DataError as error:
            told.append(str(error))
    assert len(told) > 50
    assert all(line.isprintable() for line in told)
