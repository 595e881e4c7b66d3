"""A model -> the same with drawn European digits beside its own, as photos are read by it."""

import os
from typing import overload

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import with_learned
from knn_digits.classifiers.load import Model, open_classifier
from knn_digits.datasets.european import european_digits

EUROPEAN = "european"  # the name of the layer of drawn digits
EUROPEAN_SHARE = 1 / 200  # drawn digits for each training digit


@overload
def model_for_photos(model: DigitKNN) -> DigitKNN: ...
@overload
def model_for_photos(model: Model = None) -> Classifier: ...
def model_for_photos(model: Model = None) -> Classifier:
    """Return the model with European digits beside its own; do this once before reading many photos.

    One that is named is loaded, and has what the user's corrections taught, too. A network has no digits, and
    stays as it is.

    Raises
    ------
    UsageError, ModelError
        If it is no model, or cannot be loaded.
    """
    named = model is None or isinstance(model, str | os.PathLike)
    classifier = open_classifier(model)
    known = classifier.knn
    if known is None:
        return classifier
    if named:
        known = with_learned(known)
    if any(layer.name == EUROPEAN for layer in known.layers):
        return known
    digits, labels = european_digits(max(1, round(EUROPEAN_SHARE * len(known.own[1]))))
    return known.with_layer(digits, labels, name=EUROPEAN)
