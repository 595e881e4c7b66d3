"""scikit-learn's own tests of `KNeighborsClassifier` -> run with `KNNClassifier` in its place.

`python -m pytest -p tests.estimators.substitute --pyargs sklearn.neighbors.tests.test_neighbors` runs those
whose source names the class, as the installed scikit-learn ships them. What cannot hold for any other class
is left out by name, with the reason.
"""

import inspect

import pytest
import sklearn.neighbors

from knn_digits.estimators import KNNClassifier

NAME = "KNeighborsClassifier"
FEWEST = 100  # tests that name it; release 1.9.1 has 176
LEFT_OUT = {
    "test_neighbors_minkowski_semimetric_algo_warn": "p below 1: it reads the private `_fit_method`",
}


def pytest_configure(config: pytest.Config) -> None:
    """Put ours in the place of scikit-learn's, before its tests are imported."""
    setattr(sklearn.neighbors, NAME, KNNClassifier)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Keep the tests of the class; an installed scikit-learn that has none is a fault."""
    items[:] = [item for item in items if _names_it(item)]
    if len(items) < FEWEST:
        raise pytest.UsageError(
            f"scikit-learn ships {len(items)} tests of {NAME}, expected at least {FEWEST}"
        )
    for item in items:
        if item.originalname in LEFT_OUT:
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT[item.originalname]))


def _names_it(item: pytest.Function) -> bool:
    """Tell whether a test's source names the class, and none of its parameters is another estimator."""
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    estimators = [value for value in given if hasattr(value, "get_params")]
    ours = all(value is KNNClassifier or isinstance(value, KNNClassifier) for value in estimators)
    return NAME in inspect.getsource(item.function) and ours
