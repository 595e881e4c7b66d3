import pathlib

import numpy as np
import pytest
from PIL import Image

from knn_digits.datasets import Dataset


@pytest.fixture
def photos(tmp_path: pathlib.Path, sample: Dataset) -> list[pathlib.Path]:
    """One tiny picture of each digit, which is called after it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for label, digit in enumerate(sample.digits[:10]):
        Image.fromarray(255 - np.pad(digit, 2)).save(folder / f"{label}.png")
    return sorted(folder.iterdir())


@pytest.fixture
def deaths(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder in which `Deadly` counts."""
    folder = tmp_path / "deaths"
    folder.mkdir()
    return folder
