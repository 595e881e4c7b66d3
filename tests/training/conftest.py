import importlib.util

import pytest

from knn_digits.datasets import Dataset
from knn_digits.training.session import PARTS

MISSING = [name for name in PARTS if importlib.util.find_spec(name) is None]


@pytest.fixture(autouse=True)
def _needs_the_extra() -> None:
    if MISSING:
        pytest.skip(f"needs the extra `train` ({', '.join(MISSING)} not installed)")


@pytest.fixture
def few(sample: Dataset) -> Dataset:
    """Enough digits to train on for a second."""
    return Dataset(sample.digits[:480], sample.labels[:480], "few", "train")
