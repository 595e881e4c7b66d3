import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.reading import model_for_photos
from tests.photo.scenes import (
    Sheet,
    sheet_of,
)


@pytest.fixture(scope="session")
def model() -> DigitKNN:
    """The bundled model, ready for photos."""
    return model_for_photos(DigitKNN.load(BUNDLED))


@pytest.fixture(scope="module")
def page(sample: Dataset) -> Sheet:
    """The ten digits on two lines."""
    return sheet_of(sample.digits, range(20, 25), range(25, 30))


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """01234 on one line."""
    return sheet_of(sample.digits, range(20, 25))
