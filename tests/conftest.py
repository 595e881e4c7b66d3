import pathlib
import signal

import hypothesis
import pytest

from knn_digits.datasets import Dataset, load_dataset

MNIST = pathlib.Path(__file__).parents[2] / "shared" / "data" / "mnist"

# Times on a busy machine say nothing, and a check that anyone can run again must fail or pass each time.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True)
hypothesis.settings.load_profile("project")

# What a shell starts in the background, or by nohup, ignores these, and so would the commands under test.
for _name, _handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    if hasattr(signal, _name) and signal.getsignal(getattr(signal, _name)) is signal.SIG_IGN:
        signal.signal(getattr(signal, _name), _handler)


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A user folder of its own."""
    monkeypatch.setenv("KNN_DIGITS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def sample() -> Dataset:
    """The 5,000 digits that come with the package."""
    return load_dataset("sample")


@pytest.fixture(scope="session")
def mnist_train() -> Dataset:
    """MNIST's 60,000 training digits, which are not part of the project."""
    return _mnist("train")


@pytest.fixture(scope="session")
def mnist_test() -> Dataset:
    """MNIST's 10,000 test digits, which are not part of the project."""
    return _mnist("test")


def _mnist(split: str) -> Dataset:
    if not MNIST.is_dir():
        pytest.skip(f"needs MNIST's files in {MNIST}")
    return load_dataset(MNIST, split=split)
