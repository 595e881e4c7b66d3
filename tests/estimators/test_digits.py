import copy
import pathlib
import pickle
import re
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

import knn_digits
from knn_digits.classifiers.options import BEST
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.estimators import BlockInkCounts, DigitClassifier
from knn_digits.features import make_feature
from tests.arrangements import arrangements

SMALL = DigitClassifier("blocks", dimensions=16)  # with refinement, as the default; its vectors are short


@pytest.fixture(scope="module")
def fitted(sample: Dataset) -> DigitClassifier:
    fitted: DigitClassifier = clone(SMALL).fit(sample.digits[:800], sample.labels[:800])
    return fitted


def test_the_defaults_are_those_of_fit(sample: Dataset) -> None:
    model = DigitClassifier(threads=1).fit(sample.digits[:60], sample.labels[:60]).model_
    assert model.options == BEST
    assert model.header["feature"]["name"] == "hog"


def test_it_answers_as_its_model_does(fitted: DigitClassifier, sample: Dataset) -> None:
    options = replace(BEST, dimensions=16)
    model = knn_digits.DigitKNN.fit(
        sample.digits[:800], sample.labels[:800], feature=make_feature("blocks"), options=options
    )
    queries = sample.digits[4950:]
    votes = model.classify(queries)
    assert fitted.predict(queries).tolist() == votes.labels.tolist()
    np.testing.assert_allclose(fitted.predict_proba(queries), votes.probabilities, atol=1e-6)
    for one, other in zip(fitted.kneighbors(queries), model.kneighbors(queries), strict=True):
        np.testing.assert_array_equal(one, other)
    assert fitted.score(queries, sample.labels[4950:]) > 0.8


def test_a_grid_of_numpys_numbers_is_searched(sample: Dataset) -> None:
    whole = DigitClassifier("blocks", dimensions=0, refine=False)
    grid = {"n_neighbors": np.arange(1, 4, 2), "power": np.linspace(1, 2, 2)}
    search = GridSearchCV(whole, grid, cv=2, error_score="raise").fit(
        sample.digits[:200], sample.labels[:200]
    )
    assert search.best_score_ > 0.5
    counts = BlockInkCounts().set_params(rows=np.int64(7), columns=np.int64(7))
    assert counts.fit_transform(sample.digits[:10]).shape == (10, 49)


def test_the_largest_probability_is_that_of_the_prediction(fitted: DigitClassifier, sample: Dataset) -> None:
    queries = sample.digits[4900:]
    assert (fitted.classes_[fitted.predict_proba(queries).argmax(axis=1)] == fitted.predict(queries)).all()


@pytest.mark.parametrize(
    "names",
    [
        lambda labels: labels.astype(str),
        lambda labels: labels.astype(float),
        lambda labels: np.array(["zero", "one", "two", "three", "4", "5", "6", "7", "8", "9"])[labels],
        lambda labels: labels - 5,
        lambda labels: np.where(labels < 5, "low", "high"),
        lambda labels: labels > 4,
    ],
)
def test_classes_may_have_any_names(names: Any, sample: Dataset) -> None:
    X, y = sample.digits[:400], names(sample.labels[:400])
    plain = DigitClassifier("blocks", n_neighbors=1, dimensions=0, refine=False).fit(X, y)
    assert plain.classes_.tolist() == np.unique(y).tolist()
    predicted = plain.predict(X)
    assert predicted.dtype == y.dtype
    assert (predicted == y).all()
    shares = plain.predict_proba(X)
    assert shares.shape == (400, len(plain.classes_))
    assert (plain.classes_[shares.argmax(axis=1)] == y).all()


def test_a_model_of_named_digits_is_saved_as_one_of_digits(sample: Dataset, tmp_path: pathlib.Path) -> None:
    some = (sample.labels == 3) | (sample.labels == 8)
    named = DigitClassifier("blocks", dimensions=0, refine=False, n_neighbors=3)
    named.fit(sample.digits[some], sample.labels[some].astype(str))
    named.model_.save(tmp_path / "model.npz")
    model = knn_digits.load_classifier(str(tmp_path / "model.npz"))
    labels = model.classify(sample.digits[:20]).labels
    assert labels.astype(str).tolist() == named.predict(sample.digits[:20]).tolist()


def test_it_is_cloned_validated_and_pickled(fitted: DigitClassifier, sample: Dataset) -> None:
    X, y = sample.digits[:300].reshape(-1, 784), sample.labels[:300]
    plain = DigitClassifier("blocks", feature_options={"rows": 7, "columns": 7}, dimensions=0, refine=False)
    assert cross_val_score(plain, X, y, cv=2).mean() > 0.7
    assert clone(plain).get_params() == plain.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict(sample.digits[4970:]) == fitted.predict(sample.digits[4970:])).all()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"features": "hogg"}, "allowed are blocks"),
        ({"feature_options": {"rows": 3}}, "does not take"),
        ({"n_neighbors": 0}, "at least 1"),
        ({"n_neighbors": 500}, "choose a smaller k"),
        ({"threads": 0}, "threads must be"),
    ],
)
def test_a_parameter_out_of_range_is_told(parameters: dict[str, Any], words: str, sample: Dataset) -> None:
    with pytest.raises(UsageError, match=words):
        DigitClassifier(**parameters).fit(sample.digits[:40], sample.labels[:40])


@pytest.mark.parametrize(
    "change",
    [
        {"features": "hogg"},
        {"features": None},
        {"feature_options": [1]},
        {"feature_options": {"rows": 3}},
        {"n_neighbors": 0},
        {"n_neighbors": 2.5},
        {"n_neighbors": "3"},
        {"weights": np.ones(3)},
        {"power": None},
        {"power": 10**400},
        {"dimensions": -1},
        {"dimensions": np.ones(2)},
        {"refine": "no"},
        {"refine": np.ones((2, 2))},
        {"backend": "tree"},
        {"backend": np.ones(3)},
        {"device": None},
        {"threads": 0},
        {"scale": None},
        {"scale": 0},
        {"scale": np.ones((3, 3))},
        {"scale": "Auto"},
    ],
    ids=str,
)
def test_a_parameter_is_checked_when_it_is_fitted_and_wherever_it_is_used(
    change: dict[str, Any], fitted: DigitClassifier, sample: Dataset
) -> None:
    X, y = sample.digits[:40], sample.labels[:40]
    with pytest.raises(UsageError) as caught:
        clone(SMALL).set_params(**change).fit(X, y)
    assert "\n" not in str(caught.value)
    changed = copy.copy(fitted).set_params(**change)
    for use in (changed.predict, changed.predict_proba, changed.kneighbors, lambda X: changed.score(X, y)):
        with pytest.raises(UsageError, match=re.escape(str(caught.value))):
            use(X)


def test_answers_do_not_depend_on_how_digits_lie_in_memory(
    fitted: DigitClassifier, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    digits = sample.digits[:30].copy()
    want = fitted.predict_proba(digits)
    for X in (digits, digits.reshape(30, 784)):
        for how, same in arrangements(X, tmp_path):
            assert (fitted.predict_proba(same) == want).all(), how
            assert (fitted.predict_proba(same.astype(float)) == want).all(), how


def test_more_classes_than_digits_are_refused(sample: Dataset) -> None:
    with pytest.raises(ValueError, match="y has 11 classes: digits have at most 10"):
        DigitClassifier().fit(sample.digits[:22], np.arange(22) % 11)


@pytest.mark.parametrize("threads", [1, 2])
def test_answers_do_not_depend_on_threads(fitted: DigitClassifier, sample: Dataset, threads: int) -> None:
    limited = clone(SMALL).set_params(threads=threads).fit(sample.digits[:800], sample.labels[:800])
    queries = sample.digits[4950:]
    assert limited.predict_proba(queries).tobytes() == fitted.predict_proba(queries).tobytes()


def test_several_threads_ask_one_model_at_once(fitted: DigitClassifier, sample: Dataset) -> None:
    limited = clone(fitted).set_params(threads=1).fit(sample.digits[:800], sample.labels[:800])
    parts = [sample.digits[4000 + 10 * part : 4010 + 10 * part] for part in range(8)]
    want = [fitted.predict_proba(part) for part in parts]
    found: dict[int, Any] = {}

    def ask(part: int) -> None:
        found[part] = (limited if part % 2 else fitted).predict_proba(parts[part])

    threads = [threading.Thread(target=ask, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((found[part] == want[part]).all() for part in range(8))
