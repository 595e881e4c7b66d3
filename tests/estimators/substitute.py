"""Run scikit-learn's own tests of `KNeighborsClassifier` with `KNNClassifier` in its place.

`python -m pytest -p tests.estimators.substitute --pyargs sklearn.neighbors.tests.test_neighbors` runs those tests
whose source names `KNeighborsClassifier`, as the installed scikit-learn ships them. What cannot hold for another
class than its own is left out by its name and the reason.
"""

import inspect
import pathlib

import pytest
import sklearn.neighbors

from knn_digits.estimators import KNNClassifier

NAME = "KNeighborsClassifier"
LEFT_OUT = {
    "test_neighbors_minkowski_semimetric_algo_warn": "p below 1: it reads the private `_fit_method`",
}


def pytest_configure(config: pytest.Config) -> None:
    """Put ours in the place of scikit-learn's, before its tests are imported."""
    setattr(sklearn.neighbors, NAME, KNNClassifier)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Keep the tests that name it: their own parameters, where they are given several estimators."""
    named = [item for item in items if _names_it(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in named])
    items[:] = named
    for item in items:
        reason = LEFT_OUT.get(item.originalname)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def _names_it(item: pytest.Function) -> bool:
    """Tell whether a test's source names the class, and none of its parameters is another estimator."""
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    estimators = [value for value in given if hasattr(value, "get_params")]
    ours = all(value is KNNClassifier or isinstance(value, KNNClassifier) for value in estimators)
    return NAME in inspect.getsource(item.function) and ours
