"""Every command takes names of any script with spaces, and says in one line that a home cannot be written."""

import os
import pathlib
import shutil
from collections.abc import Callable

import numpy as np
import pytest

from knn_digits.classifiers.load import BUNDLED
from knn_digits.classifiers.network import WEIGHTS
from knn_digits.datasets import Dataset, fetch
from tests.cli.conftest import Call
from tests.datasets.idx_files import tiny_mnist

NAME = "数字 mit Ümlaut ٣"


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / NAME
    folder.mkdir()
    return folder


@pytest.fixture
def few(sample: Dataset, folder: pathlib.Path) -> pathlib.Path:
    """A few labelled digits."""
    path = folder / "数字.npz"
    np.savez(path, digits=sample.digits[:120], labels=sample.labels[:120])
    return path


@pytest.fixture
def tiny(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder with tiny files that are taken for MNIST's."""
    files, expected = tiny_mnist()
    monkeypatch.setattr(fetch.import_mnist, "__kwdefaults__", {"expected": expected})
    monkeypatch.setattr(fetch.verify_mnist, "__kwdefaults__", {"expected": expected})
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


# names


def test_classify_reads_and_draws_photos_of_any_name(
    knn: Call, photo: pathlib.Path, folder: pathlib.Path
) -> None:
    shutil.copy(photo, folder / "数字.png")
    shutil.copy(BUNDLED, folder / "模型.npz")
    out = folder / "gezeichnete Bilder"
    result = knn(
        "classify", folder / "数字.png", "--model", folder / "模型.npz", "--annotate", out, "--debug", out
    )
    assert result == (0, "314\n278\n", "")
    assert (out / "数字.png.png").stat().st_size
    assert len(list(out.iterdir())) == 9
    assert str(folder / "数字.png") in knn("classify", "--csv", folder).out


def test_fit_tune_evaluate_and_info_take_any_name(knn: Call, few: pathlib.Path, folder: pathlib.Path) -> None:
    model = folder / "new folder" / "模型 1.npz"
    assert knn("fit", "--data", few, "--features", "blocks", "--k", 1, "--output", model).code == 0
    assert knn("evaluate", "--data", few, "--model", model, "--threads", 1).code == 0
    assert str(model) in knn("info", "--model", model).out
    assert knn("tune", "--data", few, "--features", "pixels", "--output", model).code == 0


def test_show_takes_any_name(knn: Call, photo: pathlib.Path, few: pathlib.Path, folder: pathlib.Path) -> None:
    drawn = folder / "图.png"
    assert knn("show", "photo", photo, "--output", drawn) == (0, f"{drawn}\n", "")
    assert knn("show", "data", "--data", few, "--output", drawn) == (0, f"{drawn}\n", "")


def test_explain_takes_any_name(knn: Call, photo: pathlib.Path, folder: pathlib.Path) -> None:
    shutil.copy(photo, folder / "数字.png")
    for name in ("warum 图.png", "warum 图.html"):
        result = knn("explain", folder / "数字.png", "--output", folder / name)
        assert result.code == 0
        assert (folder / name).stat().st_size


def test_learn_suggest_and_inspect_take_any_name(
    knn: Call, photo: pathlib.Path, few: pathlib.Path, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)  # where the pictures are drawn
    monkeypatch.setenv("KNN_DIGITS_HOME", str(folder / "家"))
    (folder / "写真 1").mkdir()
    shutil.copy(photo, folder / "写真 1" / "数字.png")
    assert knn("learn", folder / "写真 1" / "数字.png", "--truth", "314278").code == 0
    assert "数字.png" in knn("learn", "--list").out
    suggested = knn("suggest", folder / "写真 1", "--n", 3)
    assert (suggested.code, "Traceback" in suggested.err) == (0, False)
    assert knn("inspect", "--data", few).code == 0


def test_data_is_imported_from_and_into_folders_of_any_name(
    knn: Call, tiny: pathlib.Path, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "家"
    monkeypatch.setenv("KNN_DIGITS_HOME", str(home))
    assert knn("data", "fetch", "mnist", "--from", tiny) == (
        0,
        f"mnist is in {home / 'cache' / 'mnist'}\n",
        "",
    )
    assert knn("data", "verify").code == 0


def test_a_network_may_have_any_name(knn: Call, photo: pathlib.Path, folder: pathlib.Path) -> None:
    for name in ("cnn.onnx", "weights.json"):
        shutil.copy(WEIGHTS / name, folder)
    assert knn("classify", "--model", folder / "cnn.onnx", photo).out == "314\n278\n"


def test_a_folder_of_pictures_may_have_any_names(
    knn: Call, photo: pathlib.Path, folder: pathlib.Path
) -> None:
    for label in (3, 4):
        (folder / str(label)).mkdir()
        for place in range(3):
            shutil.copy(photo, folder / str(label) / f"图 {place}.png")
    model = folder / "model.npz"
    assert knn("fit", "--data", folder, "--features", "blocks", "--k", 1, "--output", model).code == 0


# a home that cannot be written


def file_in_its_place(home: pathlib.Path) -> pathlib.Path:
    home.write_text("a file where the folder should be")
    return home


def read_only(home: pathlib.Path) -> pathlib.Path:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    home.mkdir(mode=0o500)
    return home


def kernels_own(_: pathlib.Path) -> pathlib.Path:
    if not pathlib.Path("/proc/self").exists():
        pytest.skip("needs Linux's /proc, where nobody can make a folder")
    return pathlib.Path("/proc/knn-digits")


@pytest.fixture(params=[file_in_its_place, read_only, kernels_own])
def closed_home(
    request: pytest.FixtureRequest, home: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """A home folder in which nothing can be written."""
    closed: pathlib.Path = request.param(home)
    monkeypatch.setenv("KNN_DIGITS_HOME", str(closed))
    return closed


def test_what_would_be_written_there_is_told_in_one_line(
    fails: Callable[..., str],
    closed_home: pathlib.Path,
    few: pathlib.Path,
    tiny: pathlib.Path,
    photo: pathlib.Path,
) -> None:
    for command in (
        ("fit", "--data", few, "--features", "blocks", "--k", 1),
        ("data", "fetch", "mnist", "--from", tiny),
        ("learn", photo, "--truth", "314278"),
    ):
        told = fails(6, *command)
        assert told.startswith(f"cannot write {closed_home}")
        assert "name another place or free this one" in told


def test_tune_tells_it_too(knn: Call, closed_home: pathlib.Path, few: pathlib.Path) -> None:
    result = knn("tune", "--data", few, "--features", "pixels")
    assert result.code == 6
    assert result.err.splitlines()[-1].startswith(f"knn-digits: cannot write {closed_home}")


def test_what_only_looks_there_works(
    knn: Call, fails: Callable[..., str], closed_home: pathlib.Path, photo: pathlib.Path
) -> None:
    assert closed_home
    assert knn("classify", photo).out == "314\n278\n"
    assert str(BUNDLED) in knn("info").out
    assert "run `knn-digits data fetch mnist`" in fails(3, "evaluate")
    assert knn("data", "verify").code == 3
