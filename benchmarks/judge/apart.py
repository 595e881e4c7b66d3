"""MNIST and other hands -> what pages are written from to learn from, and a model that knows none of it.

The bundled model keeps the training digits that are hard, so that the others are too easy to learn from:
pages are written with the sixth that is held out, and looked at by a model made of the rest as the bundled
one is of all.
"""

import argparse
import pathlib
from dataclasses import replace

import numpy as np

from benchmarks.data.pages import Pool, training_pool
from benchmarks.models.bundled import held_out_model
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add what names photos, and what pages are written with."""
    add = parser.add_argument
    add("--photos", type=pathlib.Path, help="a folder with photos and truth.json")
    add("--data", help="MNIST, whose training digits are written with; by default the package's sample")
    add("--hands", type=pathlib.Path, help="a folder with bhmsds.npz, hwd1000.npz and omniglot.npz")


def pool_apart(*, mnist: str | None, hands: pathlib.Path | None) -> tuple[Pool, DigitKNN]:
    """Return the pool and the model; without MNIST the package's sample and the bundled model."""
    pool = training_pool(hands=hands)
    if mnist is None:
        return pool, load_bundled()
    model, digits, labels = held_out_model(mnist)
    return replace(pool, hands={**pool.hands, "mnist": (digits, labels.astype(np.int64))}), model
