"""Door: `train`."""

from __future__ import annotations

import pathlib

import click

from knn_digits.cli.options import (
    DEVICES,
    PATH,
    RECIPES,
    THREADS,
    data_option,
    default_training_data,
    load_data,
)
from knn_digits.cli.talk import INTERRUPTED, progress_bar, put_line, say
from knn_digits.errors import ModelError, UsageError


@click.command()
@click.argument("name", type=click.Choice(RECIPES))
@data_option("Labelled digits.  [default: mnist if cached, else sample]")
@click.option(
    "--epochs", type=click.IntRange(min=1), metavar="N", help="Epochs in all.  [default: the recipe's]"
)
@click.option(
    "--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to train."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of all that is random."
)
@click.option("--threads", **THREADS)
@click.option("--resume", is_flag=True, help="Go on where a training was interrupted.")
@click.option(
    "--output",
    type=PATH,
    metavar="DIR",
    help="Folder for the network.  [default: `networks` in the user's data folder]",
)
def train(
    *,
    name: str,
    data: str | None,
    epochs: int | None,
    device: str,
    seed: int,
    threads: int | None,
    resume: bool,
    output: pathlib.Path | None,
) -> int:
    """Train a network by its recipe; needs the extra `train`.

    Writes NAME.onnx, its card in weights.json, the curves as NAME-curves.json and .png, and
    NAME.checkpoint. The last twelfth of the training digits is held out to choose the best
    epoch. Ctrl-C keeps the best epoch so far, and --resume goes on.

    \b
    Examples:
      knn-digits train cnn --data mnist
      knn-digits classify --model DIR/cnn.onnx photo.jpg
    """
    from knn_digits.reports import curves
    from knn_digits.reports.scores import scores_text
    from knn_digits.training import session
    from knn_digits.training.loop import choose_device

    folder = output or session.networks_folder()
    _check_own(folder / f"{name}.onnx")
    session.check_parts()
    source = data if data is not None else default_training_data()
    dataset = load_data(source)
    test = load_data(source, prefer="test", told=dataset.notes)
    where = choose_device(device)
    say(f"training {name} on the {where.upper()}, on {len(dataset.digits)} digits of {dataset.name}")
    trained = session.train(
        name,
        dataset,
        options=session.TrainOptions(
            folder=folder,
            epochs=epochs,
            seed=seed,
            device=where,
            threads=threads,
            resume=resume,
        ),
        test=test if test.split == "test" else None,
        report=lambda epoch: say(curves.epoch_text(epoch)),
        progress=progress_bar("learning"),
    )
    curves.write_curves(trained.path.with_name(f"{name}-curves.png"), name, trained.history)
    put_line(f"{trained.path}: {scores_text(trained.card)}")
    if trained.interrupted:
        say("interrupted: the best epoch so far is kept; --resume goes on")
        return INTERRUPTED
    return 0


def _check_own(path: pathlib.Path) -> None:
    """Raise UsageError if what is trained would take the place of a network that `train` did not make."""
    from knn_digits.classifiers.network import load_card

    if not path.exists():
        return
    try:
        load_card(path)
    except ModelError as error:
        wanted = "name another folder, or remove it"
        raise UsageError(f"{path} is there, and is no network of knn-digits: {wanted}") from error
