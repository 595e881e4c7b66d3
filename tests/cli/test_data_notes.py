"""What is converted, passed over or missing in data is told on stderr by every command that reads data."""

import pathlib

import numpy as np
import pytest

from knn_digits import cli
from knn_digits.datasets import Dataset
from knn_digits.images import encode_png

from .conftest import Call

NOTE = "note: X of {} has dark ink on light paper, which was inverted to light ink on black"


@pytest.fixture(scope="module")
def white(sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("white") / "white.npz"
    np.savez(path, X=255 - sample.digits[:300], y=sample.labels[:300])
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("fit", "--features", "blocks", "--k", "1"),
        ("tune", "--features", "pixels"),
        ("evaluate", "--model", "bundled"),
        ("inspect",),
        ("show", "data"),
    ],
    ids=lambda command: command[0],
)
def test_each_command_tells_what_was_done_to_the_data(
    knn: Call, white: pathlib.Path, tmp_path: pathlib.Path, command: tuple[str, ...]
) -> None:
    output = ("--output", tmp_path / ("o.npz" if command[0] in ("fit", "tune") else "o.png"))
    result = knn(*command, "--data", white, *(output if command[0] != "evaluate" else ()))
    assert result.code == 0
    assert result.err.splitlines()[0] == NOTE.format(white)


def test_a_model_of_converted_digits_reads_photos(
    knn: Call, white: pathlib.Path, photo: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    np.savez(tmp_path / "16.npz", X=np.rint(sample.digits[:300] / 255 * 16), y=sample.labels[:300])
    np.savez(tmp_path / "plain.npz", X=sample.digits[:300], y=sample.labels[:300])
    read = []
    for data in (tmp_path / "plain.npz", white, tmp_path / "16.npz"):
        fitting = ("fit", "--data", data, "--features", "pixels", "--k", 1, "--output", tmp_path / "m.npz")
        assert knn(*fitting).code == 0
        read.append(knn("classify", "--model", tmp_path / "m.npz", photo).out)
    assert read[0] == read[1] == read[2]
    assert "314" in read[0]


def test_evaluate_brings_digits_of_another_scale_to_the_models(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    np.savez(tmp_path / "f.npz", X=sample.digits[:300] / 255 * 2 - 1, y=sample.labels[:300])
    result = knn("evaluate", "--data", tmp_path / "f.npz", "--model", model)
    assert "values from -1 to 1, which are scaled to 0..255" in result.err
    assert "fitted on 300 of these digits" in result.err


def test_a_model_without_a_class_is_told_when_it_is_fitted(
    knn: Call, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    some = sample.labels[:300] != 7
    for digit, label in zip(sample.digits[:300][some], sample.labels[:300][some], strict=True):
        folder = tmp_path / "set" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{len(list(folder.iterdir()))}.png").write_bytes(encode_png(digit))
    result = knn(
        "fit", "--data", tmp_path / "set", "--features", "blocks", "--k", 1, "--output", tmp_path / "m"
    )
    assert result.code == 0
    assert result.err.startswith("note: set has no 7: what is fitted on it never answers that\n")


def test_too_little_memory_is_told_in_one_line(
    knn: Call, monkeypatch: pytest.MonkeyPatch, white: pathlib.Path
) -> None:
    def empty(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(np, "empty", empty)
    result = knn("show", "data", "--data", white)
    assert (result.code, result.out) == (3, "")
    assert result.err == (
        f"knn-digits: not enough memory to read {white} (Unable to allocate 9 GiB); split it\n"
    )
    monkeypatch.undo()
    monkeypatch.setattr(cli.cli, "invoke", empty)
    result = knn("fit")
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert "not enough memory (Unable to allocate 9 GiB)" in result.err
