import pytest

from knn_digits.classifiers.knn import BUNDLED, KnnClassifier
from knn_digits.reading import model_for_photos


@pytest.fixture(scope="session")
def model() -> KnnClassifier:
    """The bundled model, ready for photos."""
    return model_for_photos(KnnClassifier.load(BUNDLED))
