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
    return beside_print(known)


def readers_of(marks: Sequence[Mark], model: DigitKNN) -> list[DigitKNN]:
    """Return by what each mark was read: the model, or with printed digits beside it where one voted."""
    printed = [print_voted(mark, model) for mark in marks]
    beside = beside_print(model) if any(printed) else model
    return [beside if voted else model for voted in printed]


def print_voted(mark: Mark, model: DigitKNN) -> bool:
    """Tell whether printed digits beside the model's own voted on a mark, as they do in cells."""
    return any(neighbor.index >= len(model.labels) for neighbor in mark.neighbors)


@functools.cache
def load_scout() -> DigitKNN:
    """Return the bundled model, with printed digits and quick, which judges what is a digit in cells."""
    return scout_of(load_bundled())


def scout_of(model: DigitKNN) -> DigitKNN:
    """Return the same of another model."""
    return beside_print(model.unrefined())


def beside_print(model: DigitKNN) -> DigitKNN:
    """Return a model with printed digits beside its own."""
    printed = load_printed()
    return model.with_layer(printed.digits, printed.labels, name=LAYER)
