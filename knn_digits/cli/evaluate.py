"""Doors: `evaluate` and `info`."""

from __future__ import annotations

import json

import click

from knn_digits.cli.options import (
    engine_options,
    learned_option,
    load_data,
    load_model_option,
    model_option,
    split_option,
    threads_option,
)
from knn_digits.cli.talk import progress_bar, say


@click.command()
@model_option
@click.option(
    "--data", default="mnist", show_default=True, metavar="sample|mnist|PATH", help="Labelled digits."
)
@split_option("test")
@learned_option(default=False)
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    *,
    model: str | None,
    data: str,
    split: str | None,
    learned: bool,
    backend: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Measure a model's error on labelled digits.

    Where the data set has a training and a test part, the test part is used.

    \b
    Example:
      knn-digits evaluate --model model.npz --data mnist
    """
    from dataclasses import asdict

    from knn_digits import evaluation as ev
    from knn_digits.reports.scores import evaluation_text

    classifier = load_model_option(model, backend, device, learned=learned)
    dataset = load_data(data, split=split, prefer="test")
    say(f"evaluating on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    seen = None if classifier.knn is None else ev.count_seen(dataset.digits, classifier.knn.digits)
    if seen is None and dataset.split != "test":
        say("warning: a network keeps no training digits; if it saw these, this is no measure of its error")
    if seen:
        say(f"warning: the model was fitted on {seen} of these digits, so this is no measure of its error")
    result = ev.evaluate(classifier, dataset.digits, dataset.labels, progress=progress_bar("evaluating"))
    if as_json:
        about = {"data": dataset.name, "split": dataset.split, "sha256": dataset.sha256, "seen": seen}
        click.echo(json.dumps(asdict(result) | about, indent=1))
    else:
        click.echo(evaluation_text(result))


@click.command()
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print the header as it stands in the file.")
def info(*, model: str | None, as_json: bool) -> None:
    """Show what a model is and how it was made.

    \b
    Example:
      knn-digits info --model bundled
    """
    from knn_digits.classifiers.load import find_model, is_network
    from knn_digits.classifiers.model_file import read_model
    from knn_digits.classifiers.network import NetworkClassifier, find_network
    from knn_digits.reports.scores import model_text, network_text

    if model is not None and is_network(model):
        header = NetworkClassifier.load(model).card
        text = network_text(str(find_network(model)), header)
    else:
        path = find_model(model)
        stored = read_model(path)
        header, text = stored.header_as_dict(), model_text(str(path), stored.header)
    # The one control character that JSON leaves as it is.
    click.echo(json.dumps(header, indent=1).replace("\x7f", "\\u007f") if as_json else text)
