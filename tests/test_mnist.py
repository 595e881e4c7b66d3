"""What the project promises on the 10,000 test digits of MNIST, by all 60,000 training digits."""

import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.evaluation import evaluate
from knn_digits.features import Feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.pixels import PixelValues
from knn_digits.neighbors import BACKENDS

pytestmark = pytest.mark.shared


def count_errors(
    train: Dataset, test: Dataset, *, feature: Feature, backend: str = "faiss", n: int = 10_000
) -> int:
    options = KnnOptions(k=11, backend=backend, device="cpu")
    model = DigitKNN.fit(train.digits, train.labels, feature=feature, options=options)
    return evaluate(model, test.digits[:n], test.labels[:n]).errors


def test_blocks_read_all_but_6_7_percent_the_same_with_every_backend(
    mnist_train: Dataset, mnist_test: Dataset
) -> None:
    errors = {
        name: count_errors(mnist_train, mnist_test, feature=Blocks(), backend=name) for name in BACKENDS
    }
    assert errors["faiss"] <= 670
    assert len(set(errors.values())) == 1, errors


def test_pixels_read_all_but_3_2_percent(mnist_train: Dataset, mnist_test: Dataset) -> None:
    assert count_errors(mnist_train, mnist_test, feature=PixelValues()) == pytest.approx(320, abs=10)


def test_pixels_make_the_same_errors_with_every_backend(mnist_train: Dataset, mnist_test: Dataset) -> None:
    errors = {
        name: count_errors(mnist_train, mnist_test, feature=PixelValues(), backend=name, n=1000)
        for name in BACKENDS
    }
    assert len(set(errors.values())) == 1, errors
