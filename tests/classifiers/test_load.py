import os
import pathlib
from typing import Any

import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED, load_bundled, load_classifier, open_classifier
from knn_digits.classifiers.network import NetworkClassifier
from knn_digits.datasets import load_dataset
from knn_digits.errors import DataError, ModelError, UsageError

NO_NAMES = ["", "a\0b", "\ud800", 5, b"bundled", ["bundled"], 1.5, object()]
pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("load", [load_classifier, load_dataset])
@pytest.mark.parametrize("name", NO_NAMES, ids=repr)
def test_what_is_no_name_is_a_wrong_argument(load: Any, name: object) -> None:
    with pytest.raises(UsageError, match=r"a model|a data set"):
        load(name)


def test_a_data_set_needs_a_name() -> None:
    with pytest.raises(UsageError, match="must be named by a str or a path, got NoneType"):
        load_dataset(None)  # type: ignore[arg-type]


def test_a_name_that_is_too_long_is_no_model_and_no_data() -> None:
    with pytest.raises(ModelError, match="cannot open the model"):
        load_classifier("x" * 5000)
    with pytest.raises(DataError, match=r"cannot read|there is no file"):
        load_dataset("x" * 5000)


def test_a_path_is_a_file_where_a_str_is_a_name() -> None:
    assert isinstance(load_classifier(BUNDLED), DigitKNN)
    with pytest.raises(ModelError):
        load_classifier(pathlib.Path("bundled"))


def test_a_classifier_may_be_given_or_named() -> None:
    model = load_classifier("cnn")
    assert open_classifier(model) is model
    for name in (None, "bundled", str(BUNDLED), BUNDLED):
        assert isinstance(open_classifier(name), DigitKNN)
    assert isinstance(open_classifier("cnn"), NetworkClassifier)


@pytest.mark.parametrize("model", [5, ["cnn"], b"cnn", object(), DigitKNN, os], ids=str)
def test_what_is_no_classifier_is_told_with_what_is_allowed(model: Any) -> None:
    with pytest.raises(UsageError, match="a model must be a classifier, a name or a path, got"):
        open_classifier(model)


def test_the_bundled_model_is_in_memory_once_however_often_it_is_loaded() -> None:
    vectors = load_bundled().known.own_vectors
    for model in (load_classifier("bundled"), load_classifier(BUNDLED, backend="sklearn")):
        assert isinstance(model, DigitKNN)
        assert model.known.own_vectors is vectors
