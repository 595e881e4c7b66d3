"""How well do models that know MNIST read the digits of other people, and what do they take for digits?

Each collection is left out of the hands that a model knows: they are chosen again from the others, for the
model that has the most digits. Of bhmsds the second half of its writers is also read by models that know the
first half. The limits of refusal stay the models' own. Pictures are brought to MNIST's size and stroke as a
mark in a photo is; MNIST's own are taken as they are.
"""

import argparse
import functools
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from benchmarks.counts import rate
from benchmarks.data.drawn import SIGNS, draw_signs
from benchmarks.measure.sources import (
    BHMSDS,
    WRITERS,
    Source,
    add_source_options,
    check_sources,
    gather,
    spread,
    without_source,
)
from benchmarks.models.hands import Marks, choose, find_reach, halves, load_sources, short_names, split_marks
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import read_record, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.arrays import CLASSES, Digits, Labels
from knn_digits.classifiers import Answers, Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.rows import BATCH
from knn_digits.datasets.hands import Hands
from knn_digits.errors import DataError

DRAWN_SEED = 16  # of the signs that are asked, none of which is known
WITHOUT = " without hands"
_Said = TypeVar("_Said", bound=Answers)


class Models:
    """The models that are compared; of those with hands the hands are chosen again for each source."""

    def __init__(self, models: Mapping[str, Classifier], collections: Mapping[str, Marks]) -> None:
        self.collections = collections
        self.handed = {name: knn for name, model in models.items() if (knn := _handed(model)) is not None}
        self.others = {name: model for name, model in models.items() if name not in self.handed}
        if not self.handed:
            raise DataError("no model knows other hands: name one with --model, such as `bundled`")

    @property
    def plain(self) -> dict[str, DigitKNN]:
        """Those with hands, without them."""
        return {name: without_hands(model) for name, model in self.handed.items()}

    @functools.cache  # noqa: B019 - one lives as long as the run
    def hands(self, left_out: str) -> Hands:
        """Return the hands that are chosen without a collection, or from half its writers."""
        parts = without_source(self.collections, left_out)
        largest = max(self.plain.values(), key=lambda model: len(model.labels))
        return choose(largest.unrefined(), parts, find_reach(largest))

    def with_hands(self, left_out: str | None) -> dict[str, DigitKNN]:
        """Return those with hands, without what is left out."""
        if left_out is None:
            return self.handed
        return {name: model.with_hands(self.hands(left_out)) for name, model in self.handed.items()}

    def compared(self, left_out: str | None) -> dict[str, Classifier]:
        """Return all, in the order of a table."""
        found = dict(self.others)
        for name, model in self.with_hands(left_out).items():
            found |= {name + WITHOUT: self.plain[name], name: model}
        return found


def _handed(model: Classifier) -> DigitKNN | None:
    return model.knn if model.knn is not None and model.knn.hands is not None else None


def without_hands(model: DigitKNN) -> DigitKNN:
    """Return a model without digits of other hands and marks that are no digits."""
    hands = model.hands
    if hands is None:
        return model
    none = hands.without_signs()
    return model.with_hands(
        replace(none, digits=none.digits[:0], labels=none.labels[:0], sources=none.sources[:0])
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results, of which `python -m benchmarks.report.tables` makes tables."""
    options = parse(arguments)
    collections = load_sources(options.hands)
    models = Models(load_models(options.model), collections)
    sources = gather(options, collections)
    result = {
        "most": options.most,
        "models": {
            name: describe_model(model) for name, model in [*models.others.items(), *models.handed.items()]
        },
        "with_hands": list(models.handed),
        "measured": [measure(source, models) for source in progress(sources, "sources")],
        "marks": measure_all_marks(models, options.marks),
    }
    result |= retrained(options.output)
    spelled = f"--data FOLDER --hands FOLDER --usps NPZ --sheet PNG {spell_models(options.model)}"
    print(write_record(options.output, record("transfer", result, options=spelled)))


def retrained(folder: pathlib.Path) -> dict[str, Any]:
    """Return what `benchmarks.measure.retrained` added to earlier results, if there are any."""
    path = folder / "transfer.json"
    earlier = read_record(path)["result"] if path.exists() else {}
    return {"retrained": earlier["retrained"]} if "retrained" in earlier else {}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_source_options(parser)
    add_model_option(parser)
    parser.add_argument(
        "--marks", type=int, default=100, help="marks of a kind, spread evenly (default: 100)"
    )
    options = check_sources(parser, arguments)
    if options.marks < 1:
        parser.error("--marks must be at least 1")
    return options


def measure(source: Source, models: Models) -> dict[str, Any]:
    """Return the errors of each model on a source, and what it refuses."""
    found = {
        name: count(ask(model.classify, source.digits), source.labels)
        for name, model in models.compared(source.left_out).items()
    }
    return {"source": source.name, "n": len(source.labels), "models": found}


def ask(classify: Callable[[Digits], _Said], digits: Digits) -> list[_Said]:
    """Return a model's answers, in batches."""
    return [classify(digits[start : start + BATCH]) for start in range(0, len(digits), BATCH)]


def count(answers: Sequence[Answers], labels: Labels) -> dict[str, Any]:
    """Return errors with their interval, those of each digit, and what is refused."""
    wrong = np.concatenate([one.labels for one in answers]) != labels
    refused = np.concatenate([one.doubt for one in answers]) > 1
    seen = [label for label in range(CLASSES) if (labels == label).any()]
    return rate(int(wrong.sum()), len(labels)) | {
        "per_digit": {
            str(label): rate(int(wrong[labels == label].sum()), int((labels == label).sum()))
            for label in seen
        },
        "refused": rate(int(refused.sum()), len(labels)),
    }


def measure_all_marks(models: Models, most: int) -> list[dict[str, Any]]:
    """Return what is said of marks by models that know half of bhmsds's writers, and none of them."""
    asked = marks_of(models.collections, most)
    found = []
    for left_out in (WRITERS, BHMSDS):
        known = models.with_hands(left_out)
        found += [
            measure_marks(name, pictures, known) | {"left_out": left_out}
            for name, pictures in progress(asked, f"marks, without {left_out}")
        ]
    return found


def marks_of(collections: Mapping[str, Marks], most: int) -> list[tuple[str, Digits]]:
    """Return marks that are no digits: bhmsds's second half of writers, and drawn ones."""
    _, marks = split_marks(halves(collections[BHMSDS])[1])
    names = short_names(marks.names)
    found = []
    for name in dict.fromkeys(names.tolist()):
        pictures = marks.digits[names == name]
        found.append((name, pictures[spread(len(pictures), most)]))
    return found + [(f"drawn {name}", draw_signs(name, most, seed=DRAWN_SEED)) for name in SIGNS]


def measure_marks(name: str, pictures: Digits, models: Mapping[str, DigitKNN]) -> dict[str, Any]:
    """Return what models say of marks: refused, known as what they are, read as which digits."""
    found = {}
    for model, one in models.items():
        votes = ask(one.classify, pictures)
        refused = np.concatenate([some.doubt for some in votes]) > 1
        names = np.concatenate([some.sign_names for some in votes])
        shares = np.concatenate([some.sign_shares for some in votes])
        known = (names == name.removeprefix("drawn ")) & (shares > 0.5)
        read = np.bincount(np.concatenate([some.labels for some in votes])[~refused], minlength=CLASSES)
        found[model] = {
            "refused": rate(int(refused.sum()), len(refused)),
            "known": rate(int(known.sum()), len(known)),
            "read_as": read.tolist(),
        }
    return {"mark": name, "models": found}


if __name__ == "__main__":
    run(main)
