"""How well do networks read the digits of other people when they are trained again with other hands?

Each is trained by its recipe, for so many epochs as are asked for, on MNIST's training digits and all digits
of the collections, without the collection that it is then asked to read, as `transfer` does with k-NN models.
The results stand in its file, where those of other models and networks stay as they are.
"""

import argparse
import pathlib
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.measure.sources import Source, add_source_options, check_sources, gather, without_source
from benchmarks.measure.transfer import ask, count
from benchmarks.models.hands import Marks, load_sources, split_marks
from benchmarks.records import read_record, write_record
from benchmarks.script import Parser, describe_run, progress, run
from knn_digits.classifiers.network import NETWORKS, NetworkClassifier
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.training import session
from knn_digits.training.recipes import find_recipe

SEED = 1  # of the training, and of the order of digits, whose last twelfth chooses the best epoch


def main(arguments: Sequence[str]) -> None:
    """Train, measure and add to the raw results."""
    options = parse(arguments)
    session.check_parts()
    path = options.output / "transfer.json"
    read_record(path)  # if there is none, that is said before hours are spent
    collections, mnist = load_sources(options.hands), load_dataset(options.data, split="train")
    sources = gather(options, collections)
    for spelled in options.network:
        found = measure(spelled, sources, training=Training(mnist, collections))
        raw = read_record(path)  # again: another run may have added to it
        raw["result"]["retrained"] = raw["result"].get("retrained", {}) | {found["network"]: found}
        print(write_record(options.output, raw))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_source_options(parser)
    words = "a network and its epochs, by default the recipe's; give it again for several"
    parser.add_argument("--network", action="append", required=True, metavar="NAME[=EPOCHS]", help=words)
    options = check_sources(parser, arguments)
    for name, epochs in map(split_epochs, options.network):
        if name not in NETWORKS or epochs == 0:
            parser.error(f"--network must be NAME or NAME=EPOCHS, of {', '.join(NETWORKS)}")
    return options


def split_epochs(spelled: str) -> tuple[str, int | None]:
    """Return a network's name and its epochs: None without any, 0 where they are no number.

    Examples
    --------
    >>> split_epochs("cnn=3"), split_epochs("cnn"), split_epochs("cnn=few")
    (('cnn', 3), ('cnn', None), ('cnn', 0))
    """
    name, given, epochs = spelled.partition("=")
    if not given:
        return name, None
    return name, int(epochs) if epochs.isdecimal() else 0


class Training:
    """MNIST's training digits and the collections that are added to them."""

    def __init__(self, mnist: Dataset, collections: Mapping[str, Marks]) -> None:
        self._mnist, self._collections = mnist, collections

    def digits(self, left_out: str | None) -> Dataset:
        """Return all digits without a collection, or without half its writers, in an order by chance."""
        hands = [split_marks(marks)[0] for marks in without_source(self._collections, left_out).values()]
        digits = np.concatenate([self._mnist.digits, *(hand.digits for hand in hands)])
        labels = np.concatenate([self._mnist.labels, *(hand.names.astype(np.int64) for hand in hands)])
        order = np.random.default_rng(SEED).permutation(len(labels))
        return Dataset(digits=digits[order], labels=labels[order], name="MNIST and hands", split="train")


def measure(spelled: str, sources: Sequence[Source], *, training: Training) -> dict[str, Any]:
    """Return how a network was trained, and its errors on each source."""
    name, epochs = split_epochs(spelled)
    networks: dict[str | None, NetworkClassifier] = {}
    measured = {}
    for source in progress(sources, name):
        if source.left_out not in networks:
            networks[source.left_out] = train(name, epochs, training.digits(source.left_out))
        answers = ask(networks[source.left_out].classify, source.digits)
        measured[source.name] = count(answers, source.labels)
    options = f"--data FOLDER --hands FOLDER --usps NPZ --sheet PNG --network {spelled}"
    return {
        "network": name,
        "run": describe_run(f"python -m benchmarks.measure.retrained {options}"),
        "epochs": epochs or find_recipe(name).epochs,
        "epochs_of_recipe": find_recipe(name).epochs,
        "trainings": [
            {"left_out": left_out} | {key: network.card[key] for key in ("data", "scores", "versions")}
            for left_out, network in networks.items()
        ],
        "measured": measured,
    }


def train(name: str, epochs: int | None, dataset: Dataset) -> NetworkClassifier:
    """Return a network that was trained on these digits, as its file holds it."""
    with tempfile.TemporaryDirectory() as folder:
        options = session.TrainOptions(folder=pathlib.Path(folder), epochs=epochs, seed=SEED, device="cpu")
        return NetworkClassifier.load(session.train(name, dataset, options=options).path)


if __name__ == "__main__":
    run(main)
