import numpy as np

from knn_digits.datasets import Dataset
from knn_digits.features.pixels import PixelValues


def test_the_vector_is_the_digit_row_by_row_with_values_0_to_255(sample: Dataset) -> None:
    digits = sample.digits[:20]
    vectors = PixelValues()(digits)
    assert vectors.shape == (20, 784)
    assert vectors[7, 28 * 13 + 5] == digits[7, 13, 5]
    assert (vectors.astype(np.uint8).reshape(20, 28, 28) == digits).all()
