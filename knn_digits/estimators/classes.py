"""Door: y, of one or several outputs -> the sorted classes of each, and the place of each element in them."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets

from knn_digits.arrays import Labels
from knn_digits.errors import DataError


def find_outputs(y: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the classes of each output, each (n,); y (n, 1) is one, with scikit-learn's warning."""
    if y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
            "(n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=4,
        )
        y = y.ravel()
    check_classification_targets(y)
    return list(y.reshape(len(y), -1).T)


def find_classes(y: NDArray[Any], classes: Any) -> NDArray[Any]:
    """Return all classes, sorted: those that were told, else those of y."""
    return np.asarray(np.unique(y if classes is None else classes))


def encode(y: NDArray[Any], classes: NDArray[Any]) -> Labels:
    """Return the place of each element of y among the sorted classes, (n,) int64."""
    labels = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    unknown = classes[labels] != y
    if unknown.any():
        raise DataError(
            f"y has the class {y[unknown].tolist()[0]!r}, which is none of {classes.tolist()}: the first "
            "partial_fit takes all that may come as `classes`"
        )
    return np.asarray(labels, np.int64)
