import csv
import pathlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset
from tests.cli.conftest import Call
from tests.pages import save


def test_wrong_labels_are_listed_as_csv_and_drawn(knn: Call, sample: Dataset, tmp_path: pathlib.Path) -> None:
    labels = sample.labels[:300].copy()
    labels[7] = 1
    np.savez(tmp_path / "d.npz", digits=sample.digits[:300], labels=labels)
    output = tmp_path / "doubts.png"
    result = knn("inspect", "--data", tmp_path / "d.npz", "--output", output, "--n", 2)
    rows = list(csv.DictReader(result.out.splitlines()))
    found = {row["index"]: row for row in rows}
    assert (found["7"]["label"], found["7"]["suggested"]) == ("1", "7")
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert result.err.splitlines()[-1] == f"{output}: 2 of {len(rows)}"
    with Image.open(output) as picture:
        assert picture.width > picture.height > 150


def test_data_without_doubts_gives_the_header_alone(
    knn: Call, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    zeros = sample.digits[sample.labels == 0][:20]
    np.savez(tmp_path / "d.npz", digits=zeros, labels=np.zeros(20, np.int64))
    result = knn("inspect", "--data", tmp_path / "d.npz", "--output", tmp_path / "doubts.png")
    assert (result.code, result.out) == (0, "index,label,suggested,score\n")


@pytest.mark.parametrize("command", ["inspect", "suggest"])
def test_a_picture_that_cannot_be_written_is_told_before_anything_is_computed(
    command: str, fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "photos").mkdir()
    save(tmp_path / "photos" / "a.png", np.zeros((9, 9), np.uint8))
    (tmp_path / "file").touch()
    source = ["--data", "sample"] if command == "inspect" else [tmp_path / "photos"]
    said = fails(6, command, *source, "--output", tmp_path / "file" / "s.png")
    assert "cannot write" in said
    assert "inspecting" not in said


def test_one_digit_alone_is_refused(
    fails: Callable[..., str], knn: Call, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    np.savez(tmp_path / "d.npz", digits=sample.digits[:1], labels=sample.labels[:1])
    result = knn("inspect", "--data", tmp_path / "d.npz")
    assert (result.code, result.out) == (3, "")
    assert "at least two are needed" in result.err
    assert "no file or folder" in fails(3, "inspect", "--data", tmp_path / "none.npz")
