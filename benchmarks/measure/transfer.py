"""How well do models that know MNIST read the digits of other people, and what do they take for digits?

Each source is left out of the hands that the models know: these are chosen again from the other collections.
Of bhmsds the second half of its writers is also read by models that know the first half. Pictures are brought
to MNIST's size and stroke as a mark in a photo is; MNIST's own are taken as they are.
"""

import argparse
import functools
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.counts import rate
from benchmarks.data.drawn import SIGNS, draw_signs
from benchmarks.data.foreign import load_sheet, load_usps
from benchmarks.models.bundled import FEATURE, REFERENCES, Pool
from benchmarks.models.hands import (
    Marks,
    choose,
    find_reach,
    halves,
    load_sources,
    project,
    short_names,
    split_marks,
)
from benchmarks.records import RESULTS, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.arrays import CLASSES, Digits, Indices, Labels
from knn_digits.classifiers import Answers, Classifier
from knn_digits.classifiers.knn import BATCH, DigitKNN
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.network import NETWORKS
from knn_digits.classifiers.options import TEXTBOOK
from knn_digits.classifiers.validation import ask_held_out, held_out
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.datasets.hands import Hands
from knn_digits.digit import match_stroke, normalize
from knn_digits.features import make_feature
from knn_digits.vote import REFUSED_SHARE

WRITERS = "bhmsds, other writers"
DRAWN_SEED = 16  # of the signs that are asked, none of which is known
ASKED = 300  # drawn signs of a kind
TEXTBOOKS = {"blocks, k 11": "blocks", "pixels, k 11": "pixels"}
BUNDLED, DEFAULT, WITHOUT = "bundled", "default", " without hands"
_Said = TypeVar("_Said", bound=Answers)


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Digits of some people."""

    name: str
    digits: Digits
    labels: Labels
    left_out: str | None = None  # the collection that the hands are chosen without


class Models:
    """MNIST and the collections -> the models that are compared, each made when it is first asked for."""

    def __init__(self, training: Dataset, collections: Mapping[str, Marks]) -> None:
        self.training, self.collections = training, collections
        self._raw = project(FEATURE, training.digits)
        self._pool = Pool(training.digits, training.labels, self._raw, training.name)

    @functools.cached_property
    def plain(self) -> dict[str, DigitKNN]:
        """The bundled and the default model without hands."""
        return self._both(self._pool, REFERENCES)

    @functools.cached_property
    def _rest(self) -> dict[str, DigitKNN]:
        """The same of five sixths of the training digits."""
        known = ~held_out(self.training.labels)
        digits, labels = self.training.digits[known], self.training.labels[known]
        return self._both(
            Pool(digits, labels, self._raw[known], "rest"), round(REFERENCES * float(known.mean()))
        )

    def _both(self, pool: Pool, n: int) -> dict[str, DigitKNN]:
        return {BUNDLED: pool.condensed(n), DEFAULT: pool.model(np.arange(len(pool.labels)))}

    @functools.cached_property
    def _reach(self) -> NDArray[np.float32]:
        return find_reach(self.plain[DEFAULT])

    @functools.cache  # noqa: B019 - one lives as long as the run
    def hands(self, left_out: str | None) -> Hands:
        """Return the hands that are chosen without a collection, or from half its writers."""
        parts = {name: marks for name, marks in self.collections.items() if name != left_out}
        if left_out == WRITERS:
            parts["bhmsds"] = halves(self.collections["bhmsds"])[0]
        return choose(self.plain[DEFAULT].unrefined(), parts, self._reach)

    @functools.cache  # noqa: B019
    def knn(self, name: str, left_out: str | None) -> DigitKNN:
        """Return the bundled or the default model with those hands, its limits learned on held-out digits."""
        hands, held = self.hands(left_out), held_out(self.training.labels)
        model = self.plain[name].with_hands(hands)
        note = ask_held_out(
            self._rest[name].with_hands(hands),
            self.training.digits[held],
            self.training.labels[held],
            refuse_rate=REFUSED_SHARE,
            batch=BATCH,
            progress=iter,
        )
        model.about = replace(model.about, validation=note)
        return model

    @functools.cached_property
    def others(self) -> dict[str, Classifier]:
        """The textbook's models and the networks, which know no hands."""
        digits, labels = self.training.digits, self.training.labels
        textbook: dict[str, Classifier] = {
            name: DigitKNN.fit(digits, labels, feature=make_feature(feature, {}), options=TEXTBOOK)
            for name, feature in TEXTBOOKS.items()
        }
        return textbook | {name: load_classifier(name) for name in NETWORKS}


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results, of which `python -m benchmarks.report.tables` makes tables."""
    options = parse(arguments)
    collections = load_sources(options.hands)
    models = Models(load_dataset(options.data, split="train"), collections)
    sources = [thin(source, options.most) for source in gather(options, collections)]
    measured = [measure(source, models) for source in progress(sources, "sources")]
    marks = [
        measure_marks(name, pictures, models, left_out)
        for left_out in (WRITERS, "bhmsds")
        for name, pictures in marks_of(collections, options.most)
    ]
    result = {"most": options.most, "measured": measured, "marks": marks}
    print(write_record(options.output, record("transfer", result, options="--data FOLDER --hands FOLDER")))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="MNIST: `mnist`, or a folder with its IDX files")
    add("--hands", required=True, type=pathlib.Path, help="bhmsds.npz, hwd1000.npz and omniglot.npz")
    add("--usps", type=pathlib.Path, metavar="FILE", help="an .npz file with x_test and y_test")
    add("--sheet", type=pathlib.Path, metavar="FILE", help="the sheet of digits that comes with OpenCV")
    add("--source", action="append", default=[], metavar="NAME=PATH", help="class folders or an .npz file")
    add("--most", type=int, default=10_000, help="digits of a source, spread evenly (default: 10000)")
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where raw results go")
    options = parser.parse_args(arguments)
    if any("=" not in source for source in options.source):
        parser.error("--source must be NAME=PATH, such as scans=folder")
    return options


def gather(options: argparse.Namespace, collections: Mapping[str, Marks]) -> list[Source]:
    """Return all sources."""
    test = load_dataset(options.data, split="test")
    sources = [Source(name="MNIST test", digits=test.digits, labels=test.labels)]
    foreign = ((options.usps, "USPS test", load_usps), (options.sheet, "OpenCV's sheet", load_sheet))
    for path, name, load in foreign:
        if path is not None:
            pictures, labels = load(path)
            sources.append(Source(name=name, digits=as_in_photos(pictures), labels=labels))
    sources.extend(_collected(name, collections[name], left_out=name) for name in ("hwd1000", "bhmsds"))
    sources.append(_collected(WRITERS, halves(collections["bhmsds"])[1], left_out=WRITERS))
    sources.extend(_given(*given.split("=", 1)) for given in options.source)
    return sources


def _given(name: str, path: str) -> Source:
    data = load_dataset(path, split="all")
    return Source(name=name, digits=as_in_photos(data.digits), labels=data.labels)


def _collected(name: str, marks: Marks, *, left_out: str) -> Source:
    digits, _ = split_marks(marks)
    return Source(name=name, digits=digits.digits, labels=digits.names.astype(np.int64), left_out=left_out)


def as_in_photos(pictures: Sequence[Digits] | Digits) -> Digits:
    """Return pictures brought to MNIST's size and stroke."""
    return normalize([match_stroke(picture) for picture in pictures])


def thin(source: Source, most: int) -> Source:
    """Return at most so many digits, spread evenly."""
    rows = _spread(len(source.labels), most)
    return replace(source, digits=source.digits[rows], labels=source.labels[rows])


def _spread(n: int, most: int) -> Indices:
    return np.linspace(0, n - 1, min(n, most)).astype(np.int64)


def measure(source: Source, models: Models) -> dict[str, Any]:
    """Return the errors of each model on a source, and what the models with hands refuse."""
    compared = dict(models.others)
    for name, plain in models.plain.items():
        compared[name + WITHOUT] = plain
        compared[name] = models.knn(name, source.left_out)
    found = {name: ask(model.classify, source.digits) for name, model in compared.items()}
    return {
        "source": source.name,
        "n": len(source.labels),
        "models": {name: count(answers, source.labels) for name, answers in found.items()},
    }


def ask(classify: Callable[[Digits], _Said], digits: Digits) -> list[_Said]:
    """Return a model's answers, in batches."""
    return [classify(digits[start : start + BATCH]) for start in range(0, len(digits), BATCH)]


def count(answers: Sequence[Answers], labels: Labels) -> dict[str, Any]:
    """Return errors with their interval, those of each digit, and what is refused."""
    wrong = np.concatenate([one.labels for one in answers]) != labels
    refused = np.concatenate([one.doubt for one in answers]) > 1
    per_label = [
        rate(int(wrong[labels == label].sum()), int((labels == label).sum())) for label in _seen(labels)
    ]
    return rate(int(wrong.sum()), len(labels)) | {
        "per_digit": {str(label): one for label, one in zip(_seen(labels), per_label, strict=True)},
        "refused": rate(int(refused.sum()), len(labels)),
    }


def _seen(labels: Labels) -> list[int]:
    return [label for label in range(CLASSES) if (labels == label).any()]


def marks_of(collections: Mapping[str, Marks], most: int) -> list[tuple[str, Digits]]:
    """Return marks that are no digits: bhmsds's second half of writers, and drawn ones."""
    _, marks = split_marks(halves(collections["bhmsds"])[1])
    names = short_names(marks.names)
    found = []
    for name in dict.fromkeys(names.tolist()):
        pictures = marks.digits[names == name]
        found.append((name, pictures[_spread(len(pictures), most)]))
    return found + [(f"drawn {name}", draw_signs(name, ASKED, seed=DRAWN_SEED)) for name in SIGNS]


def measure_marks(name: str, pictures: Digits, models: Models, left_out: str) -> dict[str, Any]:
    """Return what the models with hands say of marks: refused, known as what they are, read as a digit."""
    found = {}
    for model in (BUNDLED, DEFAULT):
        votes = ask(models.knn(model, left_out).classify, pictures)
        refused = np.concatenate([one.doubt for one in votes]) > 1
        names = np.concatenate([one.sign_names for one in votes])
        shares = np.concatenate([one.sign_shares for one in votes])
        known = (names == name.removeprefix("drawn ")) & (shares > 0.5)
        read = np.bincount(np.concatenate([one.labels for one in votes])[~refused], minlength=CLASSES)
        found[model] = {
            "refused": rate(int(refused.sum()), len(refused)),
            "known": rate(int(known.sum()), len(known)),
            "read_as": read.tolist(),
        }
    return {"mark": name, "left_out": left_out, "models": found}


if __name__ == "__main__":
    run(main)
