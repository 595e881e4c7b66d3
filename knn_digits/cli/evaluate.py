"""Doors: `evaluate` and `info`."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import click

from knn_digits.cli.options import (
    engine_options,
    learned_option,
    list_sources,
    load_data,
    load_model_option,
    model_option,
    more_data,
    split_option,
    tell_current,
    threads_option,
    weights_option,
)
from knn_digits.cli.talk import progress_bar, say

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.datasets import Dataset


def _read_ks(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Return the numbers of neighbors that are named."""
    if value is None:
        return None
    words = value.split(",")
    if not all(word.isascii() and word.isdigit() and int(word) > 0 for word in words):
        raise click.BadParameter(f"{value!r} is not one k or several, such as 1,3,5,11")
    return tuple(dict.fromkeys(map(int, words)))


@click.command()
@model_option
@click.option("--data", multiple=True, metavar="sample|mnist|PATH", help="Labelled digits.  [default: mnist]")
@more_data
@split_option("test")
@learned_option(default=False)
@click.option(
    "--k",
    "ks",
    callback=_read_ks,
    metavar="K[,K...]",
    help="Neighbors that vote; several are compared, by one search.  [default: the model's]",
)
@weights_option
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    *,
    model: str | None,
    data: tuple[str, ...],
    more: tuple[str, ...],
    split: str | None,
    learned: bool,
    ks: tuple[int, ...] | None,
    weights: str | None,
    backend: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Measure a model's error on labelled digits.

    Where the data set has a training and a test part, the test part is used.

    \b
    Examples:
      knn-digits evaluate --model model.npz --data mnist
      knn-digits evaluate --k 1,3,5,11
    """
    from knn_digits.evaluation import evaluate as measure
    from knn_digits.reports.scores import evaluation_text, evaluations_text

    one = ks[0] if ks and len(ks) == 1 else None
    classifier = load_model_option(model, backend, device, learned=learned, k=one, weights=weights)
    dataset = load_data(*list_sources(data, more, default=lambda: "mnist"), split=split, prefer="test")
    seen = _tell_seen(classifier, dataset)
    about = {"data": dataset.name, "split": dataset.split, "sha256": dataset.sha256, "seen": seen}
    labelled, progress = (dataset.digits, dataset.labels), progress_bar("evaluating")
    if ks is None or len(ks) == 1:
        result = measure(classifier, *labelled, progress=progress)
        click.echo(json.dumps(result.to_dict() | about, indent=1) if as_json else evaluation_text(result))
        return
    found = measure(classifier, *labelled, k=ks, progress=progress)
    rows = [{"k": k} | result.to_dict() | about for k, result in found.items()]
    click.echo(json.dumps(rows, indent=1) if as_json else evaluations_text(found))


def _tell_seen(classifier: Classifier, dataset: Dataset) -> int | None:
    """Say what is evaluated, and return how many of the digits the model knows; None where it keeps none."""
    from knn_digits.evaluation import count_seen

    say(f"evaluating on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    if classifier.knn is None:
        if dataset.split != "test":
            say("warning: a network keeps no training digits; if it saw these, this measures no error")
        return None
    known = classifier.knn.known
    pictures = chain(known.own_digits, *(layer.digits for layer in known.layers))  # not copied into one
    seen = count_seen(dataset.digits, pictures)
    if seen:
        say(f"warning: the model was fitted on {seen} of these digits, so this is no measure of its error")
    return seen


@click.command()
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print the header as it stands in the file.")
def info(*, model: str | None, as_json: bool) -> None:
    """Show what a model is and how it was made.

    \b
    Example:
      knn-digits info --model bundled
    """
    from knn_digits.classifiers.load import find_model, is_network, read_named
    from knn_digits.classifiers.network import NetworkClassifier, find_network
    from knn_digits.reports.scores import model_text, network_text

    if model is not None and is_network(model):
        header = NetworkClassifier.load(model).card
        text = network_text(str(find_network(model)), header)
    else:
        path, stored = find_model(model), read_named(model)
        header, text = stored.header_as_dict(), model_text(str(path), stored.header)
        tell_current(path)
    # The one control character that JSON leaves as it is.
    click.echo(json.dumps(header, indent=1).replace("\x7f", "\\u007f") if as_json else text)
