"""A model -> the same with digits of other hands beside its own, as photos are read by it."""

import os
from typing import overload

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import with_learned
from knn_digits.classifiers.load import Model, open_classifier
from knn_digits.datasets.hands import load_hands


@overload
def model_for_photos(model: DigitKNN) -> DigitKNN: ...
@overload
def model_for_photos(model: Model = None) -> Classifier: ...
def model_for_photos(model: Model = None) -> Classifier:
    """Return the model with digits of other hands beside its own; do this once before reading many photos.

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
    return known if known.about.hands is not None else known.with_hands(load_hands().without_signs())
