"""Marks as read + model -> the same, whose neighbors tell whose digits they are and show them."""

import functools
from collections.abc import Iterable
from dataclasses import replace

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.layer import Known
from knn_digits.reading.records import Mark, Neighbor


def name_neighbors(marks: Iterable[Mark], model: Classifier) -> list[Mark]:
    """Return marks that the model read, with the origins of their neighbors, whose pictures can wait."""
    if model.knn is None:
        return list(marks)
    known = model.knn.known
    return [
        replace(mark, neighbors=tuple(_named(neighbor, known) for neighbor in mark.neighbors))
        if mark.is_digit
        else mark
        for mark in marks
    ]


def _named(neighbor: Neighbor, known: Known) -> Neighbor:
    origin, row = known.tell_origin(neighbor.index)
    picture = functools.partial(known.picture, neighbor.index)
    return replace(neighbor, origin=origin, row=row, picture=picture)
