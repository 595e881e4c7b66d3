"""MNIST and the package's hands -> `bundled.npz`, the model for who fits none.

Run as `python -m benchmarks.models.bundled --data MNIST [--references N] [--output FILE]`. Directions are
learned on all training digits, whichever of them are kept; `python -m benchmarks.measure.references` measures
what each number of them costs. `--heard` keeps FILE's own digits and directions: the package's hands are
placed beside them anew, and how the nearness of signs counts when it refuses is learned again.
"""

import argparse
import pathlib
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.models.condense import choose_references
from benchmarks.models.hands import project
from knn_digits.arrays import Digits, Indices, Labels, Vectors
from knn_digits.classifiers.directions import find_directions
from knn_digits.classifiers.header import Validation, describe_model
from knn_digits.classifiers.hearing import Hearing
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.layer import Known
from knn_digits.classifiers.load import BUNDLED
from knn_digits.classifiers.options import BEST
from knn_digits.classifiers.validation import ask_held_out, held_out
from knn_digits.classifiers.variants import vary
from knn_digits.datasets import load_dataset
from knn_digits.datasets.hands import Hands, load_hands
from knn_digits.errors import DataError
from knn_digits.features import make_feature
from knn_digits.features.discriminant import Projected
from knn_digits.vote import REFUSE_RATE

REFERENCES = 10_000  # digits kept: more made no fewer errors on held-out digits
FEATURE = make_feature("hog", {})


class Pool:
    """All training digits, from which models of some of them are made."""

    def __init__(self, digits: Digits, labels: Labels, raw: Vectors, name: str) -> None:
        self.digits, self.labels, self.name = digits, labels, name
        self.feature = Projected(FEATURE, find_directions(raw, labels, BEST))
        self.vectors = self.feature.project(raw)

    def model(self, rows: Indices) -> DigitKNN:
        """Return the model that knows these rows."""
        rows = np.sort(rows)
        digits, labels = self.digits[rows], self.labels[rows]
        about = describe_model(digits, labels, feature=FEATURE, options=BEST, data_name=self.name)
        known = Known.of(digits, labels, self.vectors[rows], BEST)
        return DigitKNN(known, feature=self.feature, options=BEST, about=about)

    def condensed(self, n: int) -> DigitKNN:
        """Return the model of the n digits that stand best for all."""
        return self.model(choose_references(self.vectors, self.labels, n))


def make_bundled(digits: Digits, labels: Labels, hands: Hands, n: int, *, name: str) -> DigitKNN:
    """Return the model of n digits and the hands, validated as one of five sixths of them all is."""
    raw = project(FEATURE, digits)
    note = make_rest(digits, labels, raw, hands, n=n).about.validation
    model = Pool(digits, labels, raw, name).condensed(n).with_hands(hands)
    # FAISS takes longer to import than a few digits take to be read.
    options = replace(BEST, backend="opencv")
    model.about = replace(model.about, validation=note, options=options)
    return model


def make_rest(digits: Digits, labels: Labels, raw: Vectors, hands: Hands, *, n: int) -> DigitKNN:
    """Return the model of five sixths of the digits, of n as many, with what the others teach."""
    held = held_out(labels)
    rest = Pool(digits[~held], labels[~held], raw[~held], "rest")
    model = rest.condensed(round(n * float((~held).mean()))).with_hands(hands)
    note = ask_held_out(model, digits[held], labels[held], refuse_rate=REFUSE_RATE, progress=iter)
    model.about = replace(model.about, validation=note)
    return model


def held_out_model(data: str) -> tuple[DigitKNN, Digits, Labels]:
    """Return a model of five sixths of MNIST's training digits, made as the bundled one is; the others."""
    training = load_dataset(data, split="train")
    digits, labels = training.digits, training.labels
    held = held_out(labels)
    model = make_rest(digits, labels, project(FEATURE, digits), load_hands(), n=REFERENCES)
    model.about = replace(model.about, options=replace(BEST, backend="opencv"))
    return model, digits[held], labels[held]


def hear_as(model: DigitKNN, note: Validation | None) -> DigitKNN:
    """Return the model that refuses as a note says, and is as it was in all else.

    It keeps its limit of doubt, which judges of photos learned with; what the note says of signs is scaled.
    """
    own = model.about.validation
    if own is None or own.refusal is None or note is None or note.refusal is None:
        raise DataError("the model was never validated: make it without --heard")
    nearer, scale = note.refusal.nearer, note.refusal.limit / own.refusal.limit
    if nearer is not None:
        nearer = Hearing(weight=scale * nearer.weight, limit=scale * nearer.limit)
    refusal = replace(note.refusal, limit=own.refusal.limit, nearer=nearer)
    return vary(model, about=replace(model.about, validation=replace(own, refusal=refusal)))


def main(arguments: Sequence[str]) -> None:
    """Make the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="MNIST: `mnist` or a folder with its IDX files")
    add("--references", type=int, default=REFERENCES)
    add("--output", type=pathlib.Path, default=BUNDLED)
    add("--heard", action="store_true", help="only place the hands, and learn how near signs count")
    options = parser.parse_args(arguments)
    training = load_dataset(options.data, split="train")
    digits, labels, name = training.digits, training.labels, f"{training.name}/{training.split}"
    if options.heard:
        rest = make_rest(digits, labels, project(FEATURE, digits), load_hands(), n=options.references)
        model = hear_as(DigitKNN.load(options.output).with_hands(load_hands()), rest.about.validation)
    else:
        model = make_bundled(digits, labels, load_hands(), options.references, name=name)
    model.save(options.output)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.2f} MB, {model.about.validation}")


if __name__ == "__main__":
    main(sys.argv[1:])
