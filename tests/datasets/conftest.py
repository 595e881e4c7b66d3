import pathlib

import pytest

SHARED = pathlib.Path(__file__).parents[3] / "shared"


@pytest.fixture
def mnist_files() -> pathlib.Path:
    """The folder of the genuine files of MNIST, which are not part of the project."""
    folder = SHARED / "data" / "mnist"
    if not folder.is_dir():
        pytest.skip(f"needs MNIST's files in {folder}")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A user folder of its own for each test."""
    monkeypatch.setenv("KNN_DIGITS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
