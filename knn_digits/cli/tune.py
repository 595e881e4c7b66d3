"""Door: `tune`."""

from __future__ import annotations

import pathlib

import click

from knn_digits.cli.options import (
    FEATURES,
    PATH,
    check_features,
    check_other,
    check_own,
    data_option,
    default_training_data,
    engine_options,
    load_data,
    tell_current,
    threads_option,
)
from knn_digits.cli.talk import progress_bar, put_line, say


@click.command()
@data_option("Training digits.  [default: mnist if cached, else sample]")
@click.option(
    "--features",
    metavar="NAME[+NAME]",
    callback=check_features,
    default="hog",
    show_default=True,
    help="Whose options are tried: " + ", ".join(FEATURES) + ", or several with +, as `fit` has them.",
)
@engine_options("faiss", "auto")
@threads_option
@click.option("--all", "every", is_flag=True, help="Print every setting that was tried, not the best alone.")
@click.option("--output", type=PATH, help="Model file.  [default: the current model]")
def tune(
    *,
    data: str | None,
    features: str,
    backend: str | None,
    device: str | None,
    every: bool,
    output: pathlib.Path | None,
) -> None:
    """Choose a model's settings, fit it and make it the current one.

    The last sixth of each class of the training digits is held out. Each k, weighing, number of
    discriminant directions and option of the features is tried on it, with and without refinement.
    The settings with the fewest errors are those of the model, which is fitted on all training
    digits. Test digits are never looked at.

    \b
    Example:
      knn-digits tune --data sample --features blocks
    """
    from dataclasses import replace

    from knn_digits.classifiers import tune as tuning
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.load import current_model
    from knn_digits.classifiers.options import KnnOptions
    from knn_digits.errors import DataError
    from knn_digits.reports.scores import validation_text
    from knn_digits.reports.trials import fit_command, trials_text
    from knn_digits.storage import check_writable

    path = output or current_model()
    check_writable(path)
    source = data if data is not None else default_training_data()
    check_other(path, source, "data")
    check_own(path, "model")
    dataset = load_data(source)
    if dataset.split == "test":
        raise DataError(f"{source} has only test digits, on which nothing is chosen: name training digits")
    say(f"tuning on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    trials = tuning.tune(
        dataset.digits,
        dataset.labels,
        features=tuning.candidates(features),
        backend=backend or KnnOptions.backend,
        device=device or KnnOptions.device,
        progress=progress_bar("trying"),
    )
    click.echo(trials_text(trials, every=every))
    click.echo("\nThe first is the model's:")
    put_line(fit_command(trials[0], source))
    model = DigitKNN.fit(
        dataset.digits,
        dataset.labels,
        feature=trials[0].feature,
        options=trials[0].options,
        data_name=f"{dataset.name}/{dataset.split}",
        progress=progress_bar("computing features"),
    )
    model.about = replace(model.about, tuning=tuning.tuning_note(trials))
    model.validate(progress=progress_bar("validating"))
    model.save(path)
    put_line(f"{path}: validation {validation_text(model.about.validation)}")
    tell_current(path)
