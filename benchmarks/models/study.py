"""A data source -> the digits that the report's parts share, models of them, how much is measured."""

import pathlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.data.mnist import MNIST_TEST
from benchmarks.data.truth import load_photos
from benchmarks.models.lineup import ENTRANTS, Entrant
from knn_digits.arrays import Labels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.rows import BATCH
from knn_digits.classifiers.validation import held_out
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.errors import DataError
from knn_digits.evaluation import count_seen

LEAST_TRAINING, LEAST_TEST = 100, 10  # digits: shortlists have 50
SEED = 1  # of the order in which learning curves take up digits


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is measured."""

    name: str
    training: int  # digits at most
    test: int  # digits at most
    sizes: tuple[int, ...]  # reference digits, in the learning curves
    rounds: int  # turns of each model in a timing
    batch: int  # queries in a turn
    single: int  # queries one at a time in a turn
    corrupted: int  # digits a corruption, where no raw results are there
    peaks: int  # models whose memory is measured, the default first


FULL = Scale(
    name="full",
    training=60_000,
    test=10_000,
    sizes=(100, 300, 1000, 3000, 10_000, 30_000, 60_000),
    rounds=5,
    batch=2000,
    single=40,
    corrupted=2000,
    peaks=99,
)
QUICK = Scale(
    name="quick",
    training=5000,
    test=1000,
    sizes=(100, 300, 1000, 3000),
    rounds=3,
    batch=500,
    single=15,
    corrupted=100,
    peaks=3,
)


@dataclass(kw_only=True)
class Study:
    """What the parts of one report share; models are made when they are first asked for, and kept."""

    training: Dataset
    test: Dataset
    about_test: str  # in words: which digits the errors are of
    scale: Scale
    photos: pathlib.Path
    threads: int | None
    found: dict[str, Any] = field(default_factory=dict)  # results of the parts that are done
    _models: dict[str, Classifier] = field(default_factory=dict)

    @property
    def is_mnist(self) -> bool:
        """Whether errors are those of MNIST's 10,000 test digits."""
        return self.test.sha256 == MNIST_TEST

    def entrants(self) -> dict[str, Entrant]:
        """Return what takes part: a model that was fitted on the test digits does not."""
        return {entrant.name: entrant for entrant in ENTRANTS if not self._knows(entrant)}

    def model(self, name: str) -> Classifier:
        """Return an entrant's model."""
        if name not in self._models:
            entrant = next(entrant for entrant in ENTRANTS if entrant.name == name)
            self._models[name] = entrant.make(self.training)
        return self._models[name]

    def validated(self, name: str) -> Classifier:
        """Return an entrant's model, which knows from held-out digits how sure its answers are."""
        model = self.model(name)
        if model.knn is not None and "validation" not in model.header:
            model.knn.validate()
        return model

    def knn(self, name: str) -> DigitKNN:
        """Return the validated model of an entrant that is one of ours."""
        model = self.validated(name).knn
        if model is None:
            raise TypeError(f"{name} is no k-NN model of ours")
        return model

    def key(self) -> dict[str, Any]:
        """Return what results must have in common to be of one report."""
        return {
            "data": self.training.name,
            "training": len(self.training.labels),
            "training_sha256": self.training.sha256,
            "test": len(self.test.labels),
            "test_sha256": self.test.sha256,
            "scale": self.scale.name,
            "seed": SEED,
        }

    def _knows(self, entrant: Entrant) -> bool:
        known = entrant.knows
        return known is not None and bool(count_seen(self.test.digits, load_dataset(known).digits))


def open_study(source: str, *, scale: Scale, photos: pathlib.Path, threads: int | None = None) -> Study:
    """Read the data; where it has no test part, the last sixth of each class is held out as one."""
    load_photos(photos)  # a wrong folder is better known before all is measured than after
    test = load_dataset(source, prefer="test")
    if test.split == "test":
        training, about = load_dataset(source, split="train"), f"the test digits of {test.name}"
    else:
        about = f"the last sixth of each class of {test.name}, held out from learning"
        training, test = hold_out(test)
    training, test = _thin(training, scale.training), _thin(test, scale.test)
    if len(training.labels) < LEAST_TRAINING or len(test.labels) < LEAST_TEST:
        raise DataError(
            f"a report needs {LEAST_TRAINING} digits to learn from and {LEAST_TEST} others, {source} gives "
            f"{len(training.labels)} and {len(test.labels)}: name more"
        )
    return Study(
        training=training,
        test=test,
        about_test=f"{len(test.labels):,} digits: {about}",
        scale=scale,
        photos=photos,
        threads=threads,
    )


def hold_out(dataset: Dataset) -> tuple[Dataset, Dataset]:
    """Return the digits to learn from, and those held out: the last sixth of each class."""
    held = held_out(dataset.labels)
    known, rest = (
        Dataset(dataset.digits[rows], dataset.labels[rows], dataset.name, split)
        for rows, split in ((~held, "train"), (held, "test"))
    )
    return known, rest


def answer(model: Classifier, test: Dataset) -> tuple[Labels, Any]:
    """Return a model's answers, and its (n, 10) probabilities."""
    found = [
        model.classify(test.digits[start : start + BATCH]) for start in range(0, len(test.labels), BATCH)
    ]
    labels = np.concatenate([one.labels for one in found])
    return labels, np.concatenate([one.probabilities for one in found])


def _thin(dataset: Dataset, most: int) -> Dataset:
    """Return at most so many digits, spread evenly."""
    if len(dataset.labels) <= most:
        return dataset
    rows = np.linspace(0, len(dataset.labels) - 1, most).astype(np.int64)
    return Dataset(dataset.digits[rows], dataset.labels[rows], dataset.name, dataset.split)
