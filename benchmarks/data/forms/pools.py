"""A pool -> a half of it, so that what is learned and what is measured are of different writers."""

import pathlib
from dataclasses import replace

import numpy as np

from benchmarks.data.pages.pool import Pool, training_pool
from knn_digits.arrays import CLASSES, Digits, Labels

SOURCES = ("bhmsds", "hwd1000")  # whose digits the samples are


def half_pool(pool: Pool, half: int) -> Pool:
    """Return the first (0) or second (1) half of each collection but MNIST, label by label."""
    hands = {name: found if name == "mnist" else _half(*found, half) for name, found in pool.hands.items()}
    return replace(pool, hands=hands)


def test_pool(pool: Pool, digits: Digits, labels: Labels) -> Pool:
    """Return the second halves, and these digits of MNIST in the place of the training digits."""
    other = half_pool(pool, 1)
    return replace(other, hands={**other.hands, "mnist": (digits, labels)})


def _half(digits: Digits, labels: Labels, half: int) -> tuple[Digits, Labels]:
    rows = []
    for label in range(CLASSES):
        own = np.flatnonzero(labels == label)
        rows.append(np.array_split(own, 2)[half])
    chosen = np.concatenate(rows)
    return digits[chosen], labels[chosen]


def sample_pool(hands: pathlib.Path) -> Pool:
    """Return the digits that the samples are written with; `hands` is the folder of the collections."""
    whole = half_pool(training_pool(hands=hands), 1)
    return Pool(hands={name: whole.hands[name] for name in SOURCES}, signs={}, foreign=())
