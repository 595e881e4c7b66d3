"""A pool -> a half of it, so that what is learned and what is measured are of different writers."""

from dataclasses import replace

import numpy as np

from benchmarks.data.pages.pool import Pool
from knn_digits.arrays import CLASSES, Digits, Labels


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
