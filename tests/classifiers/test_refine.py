import dataclasses
import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Digits
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.classifiers.options import BEST, KnnOptions
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.errors import UsageError
from knn_digits.features import make_feature
from knn_digits.neighbors.deformation import Refinement
from knn_digits.vote import Votes


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return load_dataset("sample")


@pytest.fixture(scope="module")
def model(sample: Dataset) -> DigitKNN:
    """Fitted on the first half of the sample."""
    feature = make_feature("hog")
    return DigitKNN.fit(sample.digits[:2500], sample.labels[:2500], feature=feature, options=BEST)


@pytest.fixture(scope="module")
def queries(sample: Dataset) -> Digits:
    return sample.digits[2500:2750]


def same(one: Votes, other: Votes) -> bool:
    pairs = [(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(Votes)]
    return all((a == b).all() for a, b in pairs)


def test_only_digits_whose_nearest_disagree_are_refined(model: DigitKNN, queries: Digits) -> None:
    votes, plain = model.classify(queries), model.unrefined().classify(queries)
    _, indices = model.kneighbors(queries, Refinement.agree)
    near = model.labels[indices]
    assert (votes.refined == (near != near[:, :1]).any(axis=1)).all()
    assert 0 < votes.refined.sum() < len(queries) / 2
    assert not plain.refined.any()
    rest = ~votes.refined
    assert (votes.indices[rest] == plain.indices[rest]).all()
    assert (votes.probabilities[rest] == plain.probabilities[rest]).all()


def test_a_refined_digit_is_as_strange_as_before(model: DigitKNN, queries: Digits) -> None:
    assert (model.classify(queries).strangeness == model.unrefined().classify(queries).strangeness).all()


def test_refined_neighbors_come_from_the_shortlist_by_ascending_distance(
    model: DigitKNN, queries: Digits
) -> None:
    votes = model.classify(queries)
    _, shortlist = model.kneighbors(queries, Refinement.shortlist)
    assert (np.diff(votes.distances, axis=1) >= 0).all()
    for row in np.flatnonzero(votes.refined):
        assert set(votes.indices[row]) <= set(shortlist[row])


def test_digits_are_refined_alike_alone_and_together(model: DigitKNN, queries: Digits) -> None:
    together = model.classify(queries[:60])
    for row in range(60):
        alone = model.classify(queries[row : row + 1])
        assert alone.labels[0] == together.labels[row]
        assert alone.indices[0].tolist() == together.indices[row].tolist()


def test_a_refined_model_answers_the_same_after_saving(
    model: DigitKNN, queries: Digits, tmp_path: pathlib.Path
) -> None:
    model.save(tmp_path / "model.npz")
    loaded = DigitKNN.load(tmp_path / "model.npz")
    assert loaded.options == model.options
    assert same(loaded.classify(queries), model.classify(queries))


def test_refinement_makes_fewer_errors(model: DigitKNN, sample: Dataset) -> None:
    queries, truth = sample.digits[2500:], sample.labels[2500:]
    refined, plain = model.classify(queries), model.unrefined().classify(queries)
    assert (refined.labels != truth).sum() < (plain.labels != truth).sum()


def test_directions_make_fewer_errors_than_the_feature_alone(model: DigitKNN, sample: Dataset) -> None:
    whole = DigitKNN.fit(sample.digits[:2500], sample.labels[:2500], feature=make_feature("hog"))
    queries, truth = sample.digits[2500:], sample.labels[2500:]
    errors, plain = ((m.classify(queries).labels != truth).sum() for m in (model.unrefined(), whole))
    assert errors < plain


def test_validation_learns_nothing_from_the_digits_held_out(sample: Dataset) -> None:
    """Else labels at random could be told better than by chance."""
    digits = sample.digits[:1250]
    labels = np.random.default_rng(0).integers(0, 10, len(digits))
    options = KnnOptions(k=1, dimensions=64)
    random = DigitKNN.fit(digits, labels, feature=make_feature("hog"), options=options)
    random.validate()
    assert random.header["validation"]["error_rate"] > 0.8


def test_digits_beside_the_model_are_refined_too(model: DigitKNN, queries: Digits) -> None:
    unsure = queries[model.classify(queries).refined][:3]
    layered = model.with_layer(unsure, np.array([7, 7, 7]))
    votes = layered.classify(unsure)
    assert (votes.indices[:, 0] == len(model.digits) + np.arange(3)).all()


def test_more_neighbors_than_are_measured_again_are_refused() -> None:
    with pytest.raises(UsageError, match="choose a k of at most 50, or no refinement"):
        KnnOptions(k=51, refinement=Refinement())


def test_fewer_training_digits_than_the_shortlist_are_enough(sample: Dataset, queries: Digits) -> None:
    few = DigitKNN.fit(sample.digits[:20], sample.labels[:20], feature=make_feature("hog"), options=BEST)
    assert few.classify(queries).labels.shape == (len(queries),)


def test_the_bundled_model_has_the_best_settings() -> None:
    assert dataclasses.replace(DigitKNN.load(BUNDLED).options, backend=BEST.backend) == BEST
