import pathlib
from collections.abc import Callable
from typing import NamedTuple

import pytest

from knn_digits import cli
from knn_digits.datasets import Dataset
from tests.pages import draw, save

TALK = ("fitting", "evaluating", "training", "tuning")


class Result(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_home(home: pathlib.Path) -> None:
    """No test sees the user's own models and data."""


@pytest.fixture
def knn(capfd: pytest.CaptureFixture[str]) -> Call:
    """`knn-digits` with these arguments."""

    def call(*arguments: object) -> Result:
        code = cli.run([str(argument) for argument in arguments])
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture
def fails(knn: Call) -> Callable[..., str]:
    """Run what must fail with a code, nothing on stdout and one line on stderr; return that line."""

    def call(code: int, *arguments: object) -> str:
        result = knn(*arguments)
        assert (result.code, result.out) == (code, "")
        lines = [line for line in result.err.splitlines() if not line.startswith(TALK)]
        assert len(lines) == 1
        assert lines[0].startswith("knn-digits: ")
        return lines[0].removeprefix("knn-digits: ")

    return call


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("model") / "model.npz"
    fitting = ["fit", "--data", "sample", "--features", "pixels", "--k", "3", "--output", str(path)]
    assert cli.run(fitting) == 0
    return path


@pytest.fixture(scope="session")
def photo(sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    assert sample.labels[:10].tolist() == list(range(10))
    folder = tmp_path_factory.mktemp("photo")
    return save(folder / "数字 1.png", draw(sample.digits, (3, 1, 4), (2, 7, 8)))


@pytest.fixture(scope="session")
def text_file(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("text") / "text.jpg"
    path.write_text("no picture")
    return path
