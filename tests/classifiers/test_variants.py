"""A model votes otherwise without being fitted again."""

import pathlib
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import knn_digits
from knn_digits import DigitKNN, KnnOptions
from knn_digits.classifiers.options import BEST
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError


@pytest.fixture(scope="module")
def model(sample: Dataset) -> DigitKNN:
    options = replace(BEST, dimensions=16)
    known = sample.digits[:600], sample.labels[:600]
    made = DigitKNN.fit(*known, feature=knn_digits.make_feature("hog"), options=options)
    made.validate()
    return made


def fitted(sample: Dataset, **options: Any) -> DigitKNN:
    known = sample.digits[:600], sample.labels[:600]
    made = replace(BEST, dimensions=16, **options)
    return DigitKNN.fit(*known, feature=knn_digits.make_feature("hog"), options=made)


@pytest.mark.parametrize(("k", "weights"), [(1, None), (3, "uniform"), (30, None), (None, "uniform")])
def test_other_votes_are_those_of_a_model_fitted_for_them(
    k: int | None, weights: str | None, model: DigitKNN, sample: Dataset
) -> None:
    given = {name: value for name, value in (("k", k), ("weights", weights)) if value is not None}
    votes, want = (
        one.classify(sample.digits[600:700])
        for one in (model.with_votes(k=k, weights=weights), fitted(sample, **given))
    )
    for name in ("labels", "shares", "distances", "indices", "refined"):
        assert np.array_equal(getattr(votes, name), getattr(want, name)), name


def test_without_other_votes_a_model_is_itself(model: DigitKNN) -> None:
    assert model.with_votes() is model
    assert model.with_votes(k=model.options.k, weights=model.options.weights) is model


def test_probabilities_of_other_votes_are_shares_and_say_so(model: DigitKNN, sample: Dataset) -> None:
    other = model.with_votes(k=3)
    votes = other.classify(sample.digits[600:700])
    assert (model.calibrated, other.calibrated) == (True, False)
    assert np.array_equal(votes.probabilities, votes.shares)
    other.validate()
    assert other.calibrated
    assert model.about.validation is not None
    assert model.about.validation.plain is not None


def test_how_strange_a_digit_is_does_not_depend_on_who_votes(model: DigitKNN, sample: Dataset) -> None:
    before, after = (one.classify(sample.digits[600:700]) for one in (model, model.with_votes(k=1)))
    same = before.labels == after.labels
    assert same.sum() > 90
    assert np.array_equal(before.strangeness[same], after.strangeness[same])


def test_other_votes_are_saved_and_loaded(model: DigitKNN, sample: Dataset, tmp_path: pathlib.Path) -> None:
    other = model.with_votes(k=3, weights="uniform")
    other.save(tmp_path / "model.npz")
    loaded = DigitKNN.load(tmp_path / "model.npz")
    assert (loaded.options, loaded.about.validation) == (other.options, other.about.validation)
    assert loaded.classify(sample.digits[600:620]) == other.classify(sample.digits[600:620])


def test_what_decided_alone_decides_alone_among_more(model: DigitKNN, sample: Dataset) -> None:
    digit = sample.digits[600:601]
    wrong = (sample.labels[600:601] + 1) % 10
    taught = model.with_layer(digit, wrong, name="learned", copies=model.options.k)
    for k in (1, 5, 25):
        assert taught.with_votes(k=k).classify(digit).labels == wrong


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ({"k": 0}, "k must be an integer of at least 1, got 0"),
        ({"k": "3"}, "k must be an integer of at least 1, got '3'"),
        ({"k": 601}, "k is 601, but there are only 600 training digits"),
        ({"weights": "near"}, "weights must be one of uniform, distance, got 'near'"),
    ],
)
def test_votes_that_no_model_has_are_told(votes: dict[str, Any], said: str, model: DigitKNN) -> None:
    with pytest.raises(UsageError, match=said):
        model.with_votes(**votes)


def test_several_k_are_evaluated_by_one_search_as_one_by_one(model: DigitKNN, sample: Dataset) -> None:
    held = sample.digits[600:700], sample.labels[600:700]
    together = knn_digits.evaluate(model, *held, k=[1, 60, 3])
    assert list(together) == [1, 60, 3]
    for k, found in together.items():
        alone = knn_digits.evaluate(model, *held, k=k)
        for name in ("errors", "confusion", "refused", "calibration_error"):
            assert getattr(found, name) == getattr(alone, name)
    with pytest.raises(UsageError, match="no k to evaluate"):
        knn_digits.evaluate(model, *held, k=[])
    with pytest.raises(UsageError, match="k and weights belong to k-NN"):
        knn_digits.evaluate("cnn", *held, k=[1, 3])


@pytest.mark.parametrize("backend", ["faiss", "opencv", "pca", "sklearn"])
def test_a_model_is_pickled_without_its_index(backend: str, sample: Dataset) -> None:
    known = sample.digits[:100], sample.labels[:100]
    options = KnnOptions(k=3, backend=backend)
    model = DigitKNN.fit(*known, feature=knn_digits.make_feature("blocks"), options=options)
    model = model.with_layer(sample.digits[100:110], sample.labels[100:110])
    again = pickle.loads(pickle.dumps(model))
    assert again.classify(sample.digits[200:220]) == model.classify(sample.digits[200:220])
