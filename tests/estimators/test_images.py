from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset
from knn_digits.digit import normalize
from knn_digits.errors import DataError
from knn_digits.estimators import BlockInkCounts, DigitClassifier, Hog, KNNClassifier, RawPixels

FAR_TOO_FAINT = np.full((2, 784), 16.0)


@pytest.fixture(scope="module")
def digits(sample: Dataset) -> Digits:
    return sample.digits[:50]


@pytest.mark.parametrize(
    ("form", "scale"),
    [
        (lambda digits: digits, 255),
        (lambda digits: digits.reshape(-1, 784), 255),
        (lambda digits: digits.astype(np.int64), 255),
        (lambda digits: digits.astype(np.float32), 255),
        (lambda digits: digits.astype(float).reshape(-1, 784).tolist(), 255),
        (lambda digits: digits.astype(float).tolist(), 255),
        (lambda digits: digits / 255, 1),
        (lambda digits: (digits / 255).astype(np.float32), 1),
        (lambda digits: np.asfortranarray(digits.reshape(-1, 784) / 255), 1),
    ],
)
def test_every_usual_form_of_digits_gives_the_same_vectors(digits: Digits, form: Any, scale: float) -> None:
    pixels = RawPixels()
    assert (pixels.fit_transform(form(digits)) == digits.reshape(-1, 784)).all()
    assert pixels.scale_ == scale


def test_masks_are_full_ink(digits: Digits) -> None:
    assert (RawPixels().fit_transform(digits > 0) == (digits > 0).reshape(-1, 784) * 255.0).all()


def test_a_scale_that_is_given_is_taken(digits: Digits) -> None:
    sixteen = np.rint(digits.reshape(-1, 784) / 255 * 16)
    vectors = RawPixels(scale=16).fit_transform(sixteen)
    assert (vectors == np.rint(sixteen * 255 / 16)).all()


@pytest.mark.parametrize(
    "X",
    [FAR_TOO_FAINT, np.ones((2, 784), np.uint8), np.full((2, 784), 1.2), np.full((2, 784), 300)],
    ids=["0..16", "whole numbers up to 1", "slightly above 1", "above 255"],
)
def test_a_scale_in_doubt_is_asked_for_and_not_guessed(X: Any) -> None:
    for estimator in (RawPixels(), DigitClassifier("pixels", dimensions=0)):
        with pytest.raises(DataError, match="give the value of full ink as scale"):
            estimator.fit(X, [0, 1])


def test_values_of_another_scale_than_was_fitted_are_refused(digits: Digits) -> None:
    with pytest.raises(DataError, match=r"0\.\.1, but the estimator was fitted on 0\.\.255"):
        RawPixels().fit(digits).transform(digits / 255)
    with pytest.raises(DataError, match=r"0 \(paper\) to 1 \(full ink\), got 255"):
        RawPixels().fit(digits / 255).transform(digits)
    blank = np.zeros((1, 784))
    assert not RawPixels().fit(digits).transform(blank).any()
    assert RawPixels(scale=255).fit(digits).transform(blank + 1).max() == 1


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (np.zeros((2, 783)), ValueError, r"shape \(n, 784\) or \(n, 28, 28\), got 2 sample"),
        (np.zeros((2, 7, 28)), ValueError, r"got 2 sample\(s\) of 7 by 28 feature"),
        (np.zeros((2, 28, 28, 1)), ValueError, "28 by 28 by 1"),
        (np.zeros(784), ValueError, "Reshape your data"),
        (np.full((2, 784), np.nan), ValueError, "NaN"),
        (np.full((2, 784), np.inf), ValueError, "infinity"),
        (np.full((2, 784), -1.0), ValueError, "Negative values in data"),
        (np.empty((0, 784)), ValueError, "minimum of 1 is required"),
        (np.empty((0, 28, 28)), ValueError, "minimum of 1 is required"),
        (np.full((2, 784), "ink", object), ValueError, "could not convert"),
        (np.full((2, 784), None), ValueError, "NaN"),
        (np.full((2, 784), 1j), ValueError, "Complex"),
        (sparse.csr_array(np.eye(784)), TypeError, "Sparse"),
        ("0", ValueError, "array"),
    ],
)
def test_what_is_no_digits_is_refused_as_scikit_learn_does(
    digits: Digits, X: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        BlockInkCounts().fit(X)
    with pytest.raises(error, match=r"784|" + words):
        BlockInkCounts().fit(digits).transform(X)


@pytest.mark.parametrize("scale", [0, -1, "auto!", True, np.inf])
def test_a_scale_that_is_none_is_refused(digits: Digits, scale: Any) -> None:
    with pytest.raises(ValueError, match="scale must be 'auto' or a number above 0"):
        RawPixels(scale=scale).fit(digits)


def test_what_is_not_fitted_says_so(digits: Digits) -> None:
    with pytest.raises(NotFittedError):
        RawPixels().transform(digits)
    for method in ("predict", "predict_proba", "kneighbors"):
        with pytest.raises(NotFittedError):
            getattr(DigitClassifier(), method)(digits)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (lambda x: 255 - x, "dark ink on light paper; give `scale - X`"),
        (lambda x: 1 - x / 255, "dark ink on light paper; give `scale - X`"),
        (lambda x: x < 128, "dark ink on light paper"),
        (lambda x: np.where(np.arange(50)[:, None, None] % 2, x, 255 - x), "invert the one kind"),
        (lambda x: np.maximum(x, 90), "grey paper, and paper must be 0"),
        (lambda x: np.where(x == 254, 1.003, x / 255), "give the value of full ink as scale"),
        (lambda x: x / 255 / 16, "give the value of full ink as scale"),
        (
            lambda x: np.where(np.arange(x.size).reshape(x.shape) == 9, 200, x // 16),
            "give the value of full ink",
        ),
    ],
)
def test_another_ground_or_scale_is_refused_and_not_guessed(digits: Digits, form: Any, words: str) -> None:
    for estimator in (RawPixels(), DigitClassifier("pixels", dimensions=0)):
        with pytest.raises(DataError, match=words):
            estimator.fit(form(digits), np.arange(50) % 10)


def test_another_ground_than_was_fitted_is_refused(digits: Digits) -> None:
    pixels = RawPixels().fit(digits)
    for few in (digits, digits[:1]):
        with pytest.raises(DataError, match="dark ink on light paper"):
            pixels.transform(255 - few)
    with pytest.raises(DataError, match="dark ink on light paper"):
        RawPixels(scale=16).fit(16 - digits // 16)


def test_pictures_of_another_size_are_brought_to_28_by_28() -> None:
    small = load_digits()
    pixels = RawPixels(scale=16).fit(small.data)
    assert pixels.image_shape_ == (8, 8)
    want = normalize(np.rint(small.images[:9] * 255 / 16).astype(np.uint8)).reshape(9, 784)
    for X in (small.data[:9], small.images[:9]):
        assert (pixels.transform(X) == want).all()
    model = make_pipeline(Hog(scale=16), KNNClassifier()).fit(small.data[:1000], small.target[:1000])
    assert model.score(small.data[1000:], small.target[1000:]) > 0.9
    whole = DigitClassifier(dimensions=0, refine=False, scale=16).fit(small.images[:500], small.target[:500])
    assert whole.score(small.images[500:600], small.target[500:600]) > 0.9


def test_pictures_of_another_size_than_was_fitted_are_refused(digits: Digits) -> None:
    tall = RawPixels(scale=255).fit(np.full((2, 16, 9), 255 * np.eye(16, 9)))
    assert tall.image_shape_ == (16, 9)
    assert tall.transform(np.full((2, 144), 255 * np.eye(16, 9).ravel())).any()
    for X in (np.zeros((1, 12, 12)), np.zeros((1, 9, 16)), digits):
        with pytest.raises(DataError, match="as those that were fitted"):
            tall.transform(X)


def test_an_explanation_names_the_digits_that_voted(sample: Dataset) -> None:
    names = np.array([*"abcdefghij"])[sample.labels[:300]]
    model = DigitClassifier("blocks", dimensions=0, refine=False, n_neighbors=3).fit(
        sample.digits[:300], names
    )
    for why, label, shares in zip(
        model.explain(sample.digits[:5]),
        model.predict(sample.digits[:5]),
        model.predict_proba(sample.digits[:5]),
        strict=True,
    ):
        assert why.label == label
        assert all(names[voter.row] == voter.label for voter in why.voters)
        assert why.shares[label] == pytest.approx(shares.max(), abs=1e-6)
