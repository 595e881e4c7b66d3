import numpy as np
import pytest

from knn_digits.arrays import Labels, Vectors
from knn_digits.features import make_feature
from knn_digits.features.discriminant import Projected, learn_directions


def two_classes(*, seed: int = 0) -> tuple[Vectors, Labels]:
    """Return vectors of which the second number alone tells the label, and the first is loud noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, 400)
    noise = generator.normal(size=(400, 5)) * [30, 1, 3, 3, 3]
    noise[:, 1] += 4 * labels
    return noise.astype(np.float32), labels


def learn(vectors: Vectors, labels: Labels, dimensions: int) -> Vectors:
    rows = np.arange(len(vectors))
    distances = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    neighbors = np.argsort(distances, axis=1, kind="stable")[:, :100]
    return learn_directions(vectors, labels, rows=rows, neighbors=neighbors, dimensions=dimensions)


def test_the_best_direction_is_the_one_that_tells_labels_apart() -> None:
    best = learn(*two_classes(), 1)[:, 0]
    along_signal, along_noise = abs(best[1]), abs(best[0]) * 30
    assert along_signal > 3 * along_noise


def test_directions_are_as_many_as_wanted_or_as_there_are() -> None:
    vectors, labels = two_classes()
    assert learn(vectors, labels, 3).shape == (5, 3)
    assert learn(vectors, labels, 64).shape == (5, 5)


def test_fewer_directions_are_the_first_of_more() -> None:
    vectors, labels = two_classes()
    assert (learn(vectors, labels, 2) == learn(vectors, labels, 4)[:, :2]).all()


@pytest.mark.parametrize("label", [0, 3])
def test_digits_of_a_single_label_give_directions_that_are_numbers(label: int) -> None:
    vectors, labels = two_classes()
    assert np.isfinite(learn(vectors, np.full_like(labels, label), 2)).all()


def test_digits_that_share_no_label_give_directions_that_are_numbers() -> None:
    vectors, _ = two_classes()
    directions = learn(vectors[:6], np.arange(6), 2)
    assert np.isfinite(directions).all()
    assert directions.any()


def test_copies_of_one_vector_give_directions_that_are_numbers() -> None:
    assert np.isfinite(learn(np.ones((30, 4), np.float32), np.arange(30) % 2, 2)).all()


def test_projected_vectors_are_whole_and_the_same_alone_and_together() -> None:
    generator = np.random.default_rng(0)
    digits = generator.integers(0, 256, (50, 28, 28)).astype(np.uint8)
    directions = generator.normal(size=(784, 16)).astype(np.float32)
    feature = Projected(make_feature("pixels"), directions)
    together = feature(digits)
    assert together.dtype == np.float32
    assert together.shape == (50, 16)
    assert (together == np.rint(together)).all()
    for row in range(50):
        assert (feature(digits[row : row + 1])[0] == together[row]).all()
