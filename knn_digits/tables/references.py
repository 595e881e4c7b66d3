"""A model -> the same with printed digits beside its own: tables are printed as often as written."""

import functools
from collections.abc import Sequence

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled
from knn_digits.datasets.printed import load_printed
from knn_digits.reading.records import Mark

LAYER = "print"


def with_print(model: Classifier) -> Classifier:
    """Return the model with printed digits beside its own; a network has no digits, and stays as it is."""
    known = model.knn
    if known is None or any(layer.name == LAYER for layer in known.layers):
        return model
    return _with_print(known)


def readers_of(marks: Sequence[Mark], model: DigitKNN) -> list[DigitKNN]:
    """Return by what each mark was read: the model, or with printed digits beside it where one voted."""
    own = len(model.labels)
    by_print = [any(neighbor.index >= own for neighbor in mark.neighbors) for mark in marks]
    beside = _with_print(model) if any(by_print) else model
    return [beside if printed else model for printed in by_print]


@functools.cache
def load_scout() -> DigitKNN:
    """Return the bundled model, with printed digits and quick, which judges what is a digit in cells."""
    return scout_of(load_bundled())


def scout_of(model: DigitKNN) -> DigitKNN:
    """Return the same of another model."""
    return _with_print(model.unrefined())


def _with_print(model: DigitKNN) -> DigitKNN:
    printed = load_printed()
    return model.with_layer(printed.digits, printed.labels, name=LAYER)
