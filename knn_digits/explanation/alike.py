"""A digit + the others of its page -> those that look like it, which had a say in its label."""

from collections.abc import Iterator, Sequence

import numpy as np

from knn_digits.classifiers.load import load_bundled
from knn_digits.explanation.records import Alike
from knn_digits.reading import Mark
from knn_digits.reading.alike import apart, reach_of

SHOWN = 5  # of a digit, at most


def find_alike(
    read: Sequence[Mark], places: Sequence[str], rows: Sequence[int]
) -> Iterator[tuple[Alike, ...]]:
    """Yield for the digits in these rows the others that are nearer than the training digits that vote.

    Parameters
    ----------
    read : sequence of Mark
        All digits of a page.
    places : sequence of str
        What each is called.
    rows : sequence of int
    """
    asked = [row for row in rows if read[row].page_share is not None]
    if not asked:
        yield from ((),) * len(rows)
        return
    scout = load_bundled().unrefined()
    vectors = scout.feature(np.stack([mark.digit for mark in read]))
    reach = dict(zip(asked, reach_of(vectors[asked], scout), strict=True))
    for row in rows:
        if row not in reach:
            yield ()
            continue
        distances = apart(vectors[[row]], vectors)[0]
        distances[row] = np.inf
        nearest = np.argsort(distances, kind="stable")[:SHOWN]
        near = nearest[distances[nearest] < reach[row]]
        yield tuple(
            Alike(place=places[i], label=read[i].label, distance=float(distances[i]), digit=read[i].digit)
            for i in near
        )
