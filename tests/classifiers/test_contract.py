"""What every classifier promises, k-NN and networks alike."""

import pathlib
import re
import threading
from typing import Any

import cv2
import numpy as np
import pytest

import knn_digits
from knn_digits.arrays import Digits
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.network import NETWORKS
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.evaluation import evaluate
from knn_digits.features import FEATURES, make_feature
from knn_digits.reading import Reading, read_photo
from tests.pages import draw

KNN = [f"k-NN by {feature}" for feature in FEATURES]


@pytest.fixture(scope="module", params=[*KNN, *NETWORKS])
def classifier(request: pytest.FixtureRequest, sample: Dataset) -> Classifier:
    """Each classifier in turn."""
    if request.param in NETWORKS:
        return load_classifier(request.param)
    feature = make_feature(request.param.removeprefix("k-NN by "), {})
    model = DigitKNN.fit(sample.digits[:2000], sample.labels[:2000], feature=feature)
    model.validate()
    return model


@pytest.fixture(scope="module")
def queries(sample: Dataset) -> Digits:
    return sample.digits[4900:]


def test_it_reads_most_digits(classifier: Classifier, sample: Dataset) -> None:
    assert evaluate(classifier, sample.digits[4000:], sample.labels[4000:]).error_rate < 0.15


def test_answers_have_their_shapes_and_ranges(classifier: Classifier, queries: Digits) -> None:
    answers = classifier.classify(queries)
    assert answers.labels.shape == answers.strangeness.shape == (100,)
    assert answers.labels.dtype == np.int64
    assert ((answers.labels >= 0) & (answers.labels <= 9)).all()
    assert answers.probabilities.shape == (100, 10)
    assert answers.probabilities.dtype == answers.strangeness.dtype == np.float32
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1, atol=1e-6)
    assert (answers.probabilities >= 0).all()
    assert np.isfinite(answers.strangeness).all()
    assert (answers.strangeness >= 0).all()


def test_no_label_is_more_probable_than_the_answer(classifier: Classifier, queries: Digits) -> None:
    answers = classifier.classify(queries)
    own = answers.probabilities[np.arange(100), answers.labels]
    assert (own == answers.probabilities.max(axis=1)).all()


def test_a_batch_is_its_digits_one_by_one(classifier: Classifier, queries: Digits) -> None:
    batch = classifier.classify(queries)
    for row in range(20):
        alone = classifier.classify(queries[row : row + 1])
        assert alone.labels[0] == batch.labels[row]
        np.testing.assert_allclose(alone.probabilities[0], batch.probabilities[row], atol=1e-5)
        np.testing.assert_allclose(alone.strangeness[0], batch.strangeness[row], atol=1e-4)


def test_a_batch_larger_than_the_classifiers_own_is_its_parts(
    classifier: Classifier, sample: Dataset
) -> None:
    digits = sample.digits[:1203]
    whole = classifier.classify(digits)
    parts = [classifier.classify(digits[start : start + 401]).labels for start in range(0, 1203, 401)]
    assert whole.labels.tolist() == np.concatenate(parts).tolist()


def test_the_same_digits_get_the_same_answers(classifier: Classifier, queries: Digits) -> None:
    first = classifier.classify(queries)
    kept = first.probabilities.copy()
    again = classifier.classify(queries)
    assert again.probabilities.tobytes() == kept.tobytes() == first.probabilities.tobytes()
    assert again.strangeness.tobytes() == first.strangeness.tobytes()


def test_one_thread_gives_the_same_labels(classifier: Classifier, queries: Digits) -> None:
    many, before = classifier.classify(queries).labels, cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        assert (classifier.classify(queries).labels == many).all()
    finally:
        cv2.setNumThreads(before)


def test_threads_may_share_a_classifier(classifier: Classifier, queries: Digits) -> None:
    want = classifier.classify(queries).labels.tolist()
    found: list[list[int]] = []

    def work() -> None:
        found.extend(classifier.classify(queries).labels.tolist() for _ in range(3))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [want] * 12


def test_the_digits_are_left_as_they_were(classifier: Classifier, queries: Digits) -> None:
    copy = queries.copy()
    copy.setflags(write=False)
    classifier.classify(copy)
    assert (copy == queries).all()


def test_how_the_digits_lie_in_memory_does_not_matter(classifier: Classifier, queries: Digits) -> None:
    want = classifier.classify(queries).labels
    assert (classifier.classify(queries[::-1]).labels == want[::-1]).all()
    assert (classifier.classify(np.asfortranarray(queries)).labels == want).all()


def test_no_digits_have_no_answers(classifier: Classifier, queries: Digits) -> None:
    answers = classifier.classify(queries[:0])
    assert answers.labels.shape == answers.strangeness.shape == (0,)
    assert answers.labels.dtype == np.int64
    assert answers.probabilities.shape == (0, 10)


@pytest.mark.parametrize(
    "digits",
    [
        np.zeros((3, 784), np.uint8),
        np.zeros((3, 28, 28)),
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 28, 27), np.uint8),
        [[1]],
        None,
    ],
)
def test_what_is_no_digits_is_told(classifier: Classifier, digits: Any) -> None:
    with pytest.raises(DataError, match="digits must be uint8 of shape"):
        classifier.classify(digits)


def test_few_digits_and_most_noise_are_strange(classifier: Classifier, sample: Dataset) -> None:
    assert (classifier.classify(sample.digits[4000:]).strangeness > 1).mean() < 0.1
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    strange = classifier.classify(noise).strangeness
    assert np.median(strange) > np.median(classifier.classify(sample.digits[4000:]).strangeness)


def test_blank_and_full_pictures_have_an_answer(classifier: Classifier) -> None:
    answers = classifier.classify(np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)]))
    assert np.isfinite(answers.probabilities).all()
    assert np.isfinite(answers.strangeness).all()


def test_it_reads_photos(classifier: Classifier, sample: Dataset) -> None:
    reading: Reading = read_photo(draw(sample.digits, (3, 1, 4), (2, 7, 8)), classifier)
    assert len(reading.text) == 7
    right = sum(read == want for read, want in zip(reading.text, "314\n278", strict=True))
    assert right >= 6
    for line in reading.lines:
        assert all(0 < digit.probability <= 1 for digit in line.digits)


def test_the_evidence_of_an_answer_is_its_neighbors_and_a_network_has_none(
    classifier: Classifier, queries: Digits
) -> None:
    answers = classifier.classify(queries)
    for row in range(5):
        indices, labels, distances = answers.evidence(row)
        assert len(indices) == len(labels) == len(distances)
        if classifier.knn is None:
            assert not len(indices)
        else:
            assert len(indices) == classifier.knn.options.k
            assert (classifier.knn.labels[indices] == labels).all()
            assert (np.diff(distances) >= 0).all()


def test_quick_answers_find_the_same_digits_strange(classifier: Classifier, queries: Digits) -> None:
    quick = classifier.quick()
    assert (quick.classify(queries).strangeness == classifier.classify(queries).strangeness).all()
    assert quick.quick() is quick


def test_every_classifier_tells_what_it_is_made_of(classifier: Classifier) -> None:
    assert {"data", "versions", "date"} <= set(classifier.header)
    assert classifier.knn in (None, classifier)


def test_no_one_outside_of_the_classifiers_asks_of_which_kind_one_is() -> None:
    asked = re.compile(r"isinstance\([^)]*\b(DigitKNN|NetworkClassifier|Votes|Scores)\b")
    root = pathlib.Path(knn_digits.__file__).parents[1]
    paths = [path for room in ("knn_digits", "benchmarks") for path in (root / room).rglob("*.py")]
    assert len(paths) > 100
    own = root / "knn_digits" / "classifiers"
    found = [path for path in paths if own not in path.parents and asked.search(path.read_text("utf-8"))]
    assert not found
